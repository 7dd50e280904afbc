"""Files are old or new, whoever looks and whatever happens."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import stat
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlint.cli import main
from pinlint.discover import format_of
from pinlint.ecosystems.oci.registry import Registry
from pinlint.fix import places
from pinlint.fix.create import create
from pinlint.fix.write import Unwritten, replace_all
from pinlint.pins import Pin

if TYPE_CHECKING:
    from collections.abc import Callable

OLD, NEW = b"FROM old\n", b"FROM new\r\n\xff"


def replace(path: str, old: bytes, new: bytes) -> list[str]:
    """A file replaced, seen from its folder."""
    return replace_all(os.path.dirname(path), [(os.path.basename(path), old, new)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "Dockerfile"
    path.write_bytes(OLD)
    return path


def refused(path: Path, old: bytes = OLD) -> str:
    """Why a file is not replaced; nothing happened, and nothing is left behind."""
    before = {one: one.lstat() for one in path.parent.iterdir()}
    with pytest.raises(Unwritten) as caught:
        replace(str(path), old, NEW)
    assert {one: one.lstat().st_ino for one in path.parent.iterdir()} == {one: status.st_ino for one, status in before.items()}
    return str(caught.value)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_what_is_given_is_what_is_there(tmp_path_factory: pytest.TempPathFactory, old: bytes, new: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "Dockerfile"
    path.write_bytes(old)
    replace(str(path), old, new)
    assert path.read_bytes() == new
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o755, 0o664, 0o200, 0o4755])
def test_the_mode_is_kept(file: Path, mode: int) -> None:
    file.chmod(mode)
    replace(str(file), OLD, NEW)
    assert stat.S_IMODE(file.stat().st_mode) == mode


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can give files away")
def test_the_owner_is_kept(file: Path) -> None:
    os.chown(file, 12345, 23456)
    file.chmod(0o640)
    replace(str(file), OLD, NEW)
    assert (file.stat().st_uid, file.stat().st_gid, stat.S_IMODE(file.stat().st_mode)) == (12345, 23456, 0o640)


def test_a_link_stays_and_its_target_is_written(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "real"
    target.parent.mkdir()
    target.write_bytes(OLD)
    (tmp_path / "one").symlink_to("deep/real")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    replace(str(tmp_path / "two"), OLD, NEW)
    assert target.read_bytes() == NEW
    assert (tmp_path / "one").is_symlink()
    assert (tmp_path / "two").is_symlink()
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("name", ["x" * 255, "\xe9" * 127, os.fsdecode(b"\xff\xfe\n"), " ", "-rf", "\U0001f4cc" * 60])
def test_any_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(OLD)
    replace(str(path), OLD, NEW)
    assert path.read_bytes() == NEW


def test_what_is_read_only_is_left(file: Path) -> None:
    file.chmod(0o444)
    assert refused(file) == "it is read-only"


def test_what_changed_meanwhile_is_left(file: Path) -> None:
    assert refused(file, b"FROM older\n") == "it changed while pinlint was at work"
    assert file.read_bytes() == OLD


def test_what_changes_at_the_last_moment_is_left(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the new bytes were written beside it."""
    sync = os.fsync

    def slow(descriptor: int) -> None:
        sync(descriptor)
        file.write_bytes(b"FROM an editor\n")

    monkeypatch.setattr(os, "fsync", slow)
    assert refused(file) == "it changed while pinlint was at work"
    assert file.read_bytes() == b"FROM an editor\n"


def test_what_is_gone_or_no_file_is_left(tmp_path: Path) -> None:
    assert "cannot be looked at" in refused(tmp_path / "none")
    (tmp_path / "folder").mkdir()
    assert refused(tmp_path / "folder") == "it is no regular file"
    os.mkfifo(tmp_path / "fifo")
    assert refused(tmp_path / "fifo") == "it is no regular file"


@pytest.mark.parametrize("call", ["replace", "fsync", "fchmod"])
def test_an_error_on_the_way_leaves_nothing(file: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, fail)
    assert refused(file) == "it cannot be replaced: No space left on device"
    assert file.read_bytes() == OLD


def test_an_interruption_on_the_way_leaves_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        replace(str(file), OLD, NEW)
    assert (file.read_bytes(), list(file.parent.iterdir())) == (OLD, [file])


# What somebody else who can write to the work tree does meanwhile

OUTSIDE = b"mine, and not in the repository\n"


@pytest.fixture
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder beside the repository that looks like one in it."""
    folder = tmp_path_factory.mktemp("outside")
    (folder / "Dockerfile").write_bytes(OLD)
    return folder


def swapped(monkeypatch: pytest.MonkeyPatch, when: str, swap: Callable[[], None]) -> None:
    """`swap` happens once, just before the first call of a function of `os`."""
    call = getattr(os, when)

    def first(*arguments: Any, **more: Any) -> Any:
        monkeypatch.setattr(os, when, call)
        swap()
        return call(*arguments, **more)

    monkeypatch.setattr(os, when, first)


@pytest.mark.parametrize("when", ["open", "fstat", "read", "access", "write", "fsync", "fchmod", "replace"])
@pytest.mark.parametrize("what", ["file", "folder", "folder above"])
def test_a_link_in_the_place_of_a_file_or_folder_is_never_written_through(
    tmp_path: Path, outside: Path, monkeypatch: pytest.MonkeyPatch, when: str, what: str
) -> None:
    """At whichever step: what lies outside stays, and inside is the old file or the new one."""
    (tmp_path / "a/b").mkdir(parents=True)
    file = tmp_path / "a/b/Dockerfile"
    file.write_bytes(OLD)
    (outside / "b").mkdir()
    (outside / "b/Dockerfile").write_bytes(OLD)
    path, target = {
        "file": (file, outside / "Dockerfile"),
        "folder": (file.parent, outside / "b"),
        "folder above": (file.parent.parent, outside),
    }[what]

    def swap() -> None:
        path.rename(tmp_path / "moved")
        path.symlink_to(target)

    swapped(monkeypatch, when, swap)
    with contextlib.suppress(Unwritten):
        replace_all(str(tmp_path), [("a/b/Dockerfile", OLD, NEW)])
    assert path.is_symlink() or (when == "replace" and what == "file"), "nothing was swapped: this test says nothing"
    assert [one.read_bytes() for one in outside.rglob("*") if one.is_file()] == [OLD, OLD]
    assert all(one.name in ("Dockerfile", "b") for one in outside.rglob("*"))
    kept = [one.read_bytes() for one in tmp_path.rglob("*") if one.is_file() and not one.is_symlink()]
    assert kept in ([OLD], [NEW], [OLD, NEW], [NEW, OLD])


def test_what_leads_out_of_the_root_is_left(tmp_path: Path, outside: Path) -> None:
    (tmp_path / "one").symlink_to(outside / "Dockerfile")
    (tmp_path / "folder").symlink_to(outside)
    for path in ("one", "folder/Dockerfile", "../outside/Dockerfile", str(outside / "Dockerfile")):
        with pytest.raises(Unwritten, match="leads out of the repository"):
            replace_all(str(tmp_path), [(path, OLD, NEW)])
    with pytest.raises(Unwritten, match="leads out of the repository"):
        create(str(tmp_path), "folder/Chart.lock", NEW)
    assert sorted(one.name for one in outside.iterdir()) == ["Dockerfile"]
    assert (outside / "Dockerfile").read_bytes() == OLD


def test_another_file_of_the_same_bytes_is_another_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def swap() -> None:
        file.rename(file.with_name("moved"))
        file.write_bytes(OLD)

    swapped(monkeypatch, "fsync", swap)
    with pytest.raises(Unwritten, match="changed while"):
        replace(str(file), OLD, NEW)
    assert file.read_bytes() == OLD


def test_a_new_file_is_not_written_through_a_dangling_link(tmp_path: Path, outside: Path) -> None:
    (tmp_path / "Chart.lock").symlink_to(outside / "profile")
    with pytest.raises(Unwritten, match="meanwhile"):
        create(str(tmp_path), "Chart.lock", NEW)
    assert not (outside / "profile").exists()
    assert [one.name for one in tmp_path.iterdir()] == ["Chart.lock"]


# What belongs to a file besides its bytes


def attributes(path: Path) -> dict[str, bytes]:
    return {name: os.getxattr(path, name) for name in os.listxattr(path)}


@pytest.fixture
def extended(file: Path) -> Path:
    """A file with extended attributes, where there are such."""
    try:
        os.setxattr(file, "user.origin", b"here\0\xff")
    except (AttributeError, OSError):
        pytest.skip("this file system has no extended attributes")
    return file


def test_extended_attributes_are_kept(extended: Path) -> None:
    os.setxattr(extended, "user.empty", b"")
    before = attributes(extended)
    replace(str(extended), OLD, NEW)
    assert attributes(extended) == before
    assert extended.read_bytes() == NEW


#: user::rw- user:12345:rw- group::r-- mask::rw- other::---, as the kernel hands it out (acl(5), linux/posix_acl_xattr.h).
_LIST = struct.pack("<I", 2) + b"".join(
    struct.pack("<HHI", *entry)
    for entry in ((1, 6, 2**32 - 1), (2, 6, 12345), (4, 4, 2**32 - 1), (16, 6, 2**32 - 1), (32, 0, 2**32 - 1))
)


def test_an_access_control_list_is_kept_and_none_is_inherited(file: Path) -> None:
    try:
        os.setxattr(file, "system.posix_acl_access", _LIST)
    except (AttributeError, OSError):
        pytest.skip("this file system has no access control lists")
    mode = file.stat().st_mode
    replace(str(file), OLD, NEW)
    assert (os.getxattr(file, "system.posix_acl_access"), file.stat().st_mode) == (_LIST, mode)
    os.removexattr(file, "system.posix_acl_access")
    file.chmod(0o640)
    os.setxattr(file.parent, "system.posix_acl_default", _LIST)
    replace(str(file), NEW, OLD)
    assert (attributes(file), stat.S_IMODE(file.stat().st_mode)) == ({}, 0o640)


def test_what_cannot_be_kept_is_not_lost(extended: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "setxattr", fail)
    assert refused(extended) == "its extended attribute user.origin cannot be kept: Operation not supported"


def test_other_names_of_a_file_keep_the_old_bytes_and_that_is_said(
    tmp_path: Path, outside: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As git does it: writing in place could leave half a file, and write to a file outside of the repository."""
    (tmp_path / "Dockerfile").hardlink_to(outside / "Dockerfile")
    assert replace(str(tmp_path / "Dockerfile"), OLD, NEW) == ["Dockerfile"]
    assert ((tmp_path / "Dockerfile").read_bytes(), (outside / "Dockerfile").read_bytes()) == (NEW, OLD)
    assert replace(str(tmp_path / "Dockerfile"), NEW, OLD) == []
    (outside / "Dockerfile").write_bytes(b"FROM alpine:3\n")
    (tmp_path / "Dockerfile").unlink()
    (tmp_path / "Dockerfile").hardlink_to(outside / "Dockerfile")
    monkeypatch.setattr(Registry, "resolve", lambda _, reference: Pin(reference.version, ("sha256:" + "5f" * 32,), "test"))
    monkeypatch.chdir(tmp_path)
    assert main(["--fix"]) == 0
    assert "(other names of this file, hard links, keep the old text)" in capsys.readouterr().out
    assert (outside / "Dockerfile").read_bytes() == b"FROM alpine:3\n"


# What a run leaves behind that is killed


def left_behind(folder: Path, name: str = "Dockerfile") -> Path:
    """A temporary file whose owner is gone."""
    descriptor = os.open(folder, os.O_RDONLY)
    beside, opened = places.temporary(places.Place(descriptor, name))
    os.close(opened)
    os.close(descriptor)
    return folder / beside.name


def test_the_next_run_removes_what_a_killed_one_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/Dockerfile").write_text("FROM alpine:3\n")
    left = [left_behind(tmp_path / "a/b"), left_behind(tmp_path / "a/b", os.fsdecode(b"\xff\n" + b"x" * 200))]
    elsewhere = left_behind(tmp_path / "a")
    monkeypatch.setattr(Registry, "resolve", lambda _, reference: Pin(reference.version, ("sha256:" + "5f" * 32,), "test"))
    monkeypatch.chdir(tmp_path)
    main([])
    main(["--diff"])
    assert all(path.exists() for path in left), "who only looks removes nothing"
    assert main(["--fix"]) == 0
    assert not any(path.exists() for path in left)
    assert elsewhere.exists(), "in folders without files of ours nothing is looked for"


def test_only_what_is_beyond_doubt_its_own_is_removed(tmp_path: Path, outside: Path) -> None:
    left = left_behind(tmp_path)
    digits = left.name[:-9] + ("1" if left.name[-9] == "0" else "0") + left.name[-8:]
    kept = [
        tmp_path / name
        for name in (digits, ".Dockerfile.pinlint", f".Dockerfile.{'0' * 32}.pinlint", left.name.replace("Docker", "Locker"))
    ]
    for path in kept:
        path.write_text("mine")
    linked, folder = left_behind(tmp_path, "link"), left_behind(tmp_path, "folder")
    linked.unlink()
    linked.symlink_to(outside / "Dockerfile")
    folder.unlink()
    folder.mkdir()
    descriptor = os.open(tmp_path, os.O_RDONLY)
    _, opened = places.temporary(places.Place(descriptor, "at-work"))
    if os.geteuid() == 0:
        foreign = left_behind(tmp_path, "foreign")
        os.chown(foreign, 12345, 12345)
        kept.append(foreign)
    assert places.swept(descriptor) == [left.name]
    assert all(os.path.lexists(path) for path in (*kept, linked, folder))
    assert sum(".at-work." in one.name for one in tmp_path.iterdir()) == 1, "another run writes it"
    os.close(opened)
    assert len(places.swept(descriptor)) == 1
    os.close(descriptor)


_WRITER = """
import sys
import os
from pinlint.fix.write import replace_all
path, size = sys.argv[1], 300_000
def replace(path, old, new):
    replace_all(os.path.dirname(path), [(os.path.basename(path), old, new)])
def content(number):
    return (b"%07d\\n" % number) * (size // 8)
number = int(open(path, "rb").read(7))
print("ready", flush=True)
while True:
    replace(path, content(number), content(number + 1))
    number += 1
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no kill -9")
def test_a_kill_at_any_moment_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_bytes(b"0000000\n" * 37500)
    luck = random.Random(5)
    last = 0
    for _ in range(80):
        with subprocess.Popen([sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
            time.sleep(luck.random() * 0.03)
            writer.send_signal(signal.SIGKILL)
        data = path.read_bytes()
        assert len(data) == 300_000
        assert data == data[:8] * 37500
        assert int(data[:7]) >= last
        last = int(data[:7])
        assert not path.is_symlink()
    assert last > 80, "the kills came while it wrote"
    left = [one.name for one in tmp_path.iterdir() if one != path]
    assert all(name.startswith(".Dockerfile.") and name.endswith(".pinlint") for name in left)
    assert left, "not one kill in eighty met a write: this test says nothing"
    assert all(format_of(name) is None for name in left)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no fork")
def test_a_run_stopped_at_a_hundred_random_points_leaves_whole_files(tmp_path: Path) -> None:
    """By kill -9 and by Ctrl-C in turn; whatever state that leaves, the next run ends where an undisturbed one does."""
    before = _tree(tmp_path)
    command = [sys.executable, str(Path(__file__).with_name("interrupted.py")), str(tmp_path), "100"]
    lines = subprocess.run(command, capture_output=True, check=True, timeout=300).stdout.splitlines()
    (code, after), *stops, (_, last) = [json.loads(line) for line in lines]
    assert (os.waitstatus_to_exitcode(code), len(stops)) == (0, 100)
    assert set(after) == {*before, "chart/Chart.lock"}
    assert all(after[name] != text for name, text in before.items() if not name.startswith((".pinlint.toml", "chart")))
    partly = 0
    for _, found in stops:
        whole = {name: text for name, text in found.items() if not name.rpartition("/")[2].startswith(".") or name in before}
        assert all(name.endswith(".pinlint") for name in found.keys() - whole.keys())
        assert before.keys() <= whole.keys() <= after.keys()
        assert all(_timeless(text) in (before.get(name), _timeless(after[name])) for name, text in whole.items())
        partly += 0 < sum(text != before.get(name) for name, text in whole.items()) < len(after) - 2
    assert partly > 5, "the stops came before or after the writing: this test says little"
    assert {name: _timeless(text) for name, text in last.items() if name in after} == {
        name: _timeless(text) for name, text in after.items()
    }


def _timeless(text: str) -> str:
    return re.sub("(?m)^generated: .*", "", text)


def _tree(folder: Path) -> dict[str, str]:
    """Files that are fixed one by one, files that are fixed together, and a chart whose lock is missing."""
    packages = {f"node_modules/p{number}": {"version": "1.0.0"} for number in range(300)}
    files = {
        ".pinlint.toml": '[require]\npypi = "digest"\n',
        "chart/Chart.yaml": "apiVersion: v2\nname: c\ndependencies:\n- {name: r, version: ^1, repository: 'https://charts.example'}\n",
        "web/package-lock.json": json.dumps({"lockfileVersion": 3, "packages": packages}, indent=2),
        "api/requirements.txt": "-r base.txt\nred==1.0\n",
        "api/base.txt": "".join(f"blue{number}==1.0\n" for number in range(50)),
        **{f"image{number}/Dockerfile": f"FROM acme/app:{number}\n" for number in range(12)},
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return files
