"""Files are old or new, whoever looks and whatever happens."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinlint.discover import format_of
from pinlint.fix.write import Unwritten, replace

OLD, NEW = b"FROM old\n", b"FROM new\r\n\xff"


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
    def fail(*_: object) -> None:
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


_WRITER = """
import sys
from pinlint.fix.write import replace
path, size = sys.argv[1], 300_000
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
