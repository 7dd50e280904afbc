"""Which files git is asked for, and when it is not: each arrangement that git itself makes is understood, no other is trusted."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pinlint import git as git_module
from pinlint import listing as module
from pinlint.listing import listing
from pinlint.roots import root_of

USER = ["-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main"]


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *USER, *arguments], cwd=folder, check=True, capture_output=True)


def repository(folder: Path, *options: str) -> Path:
    """A repository with a tracked file, one that is new, one that .gitignore names and one that its own list of excludes names."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", *options)
    for name in ("tracked", "new", "out", "excluded"):
        (folder / "a").mkdir(exist_ok=True)
        (folder / "a" / name).write_text(name)
    (folder / ".gitignore").write_text("out\n")
    (folder / ".git/info/exclude").write_text("excluded\n")
    git(folder, "add", ".gitignore", "a/tracked")
    git(folder, "commit", "-qm", "first")
    return folder


def paths(root: Path, below: str = "") -> set[str]:
    found, notes = listing(str(root), below)
    assert notes == ()
    return set(filter(None, found.split("\0")))


LISTED = {".gitignore", "a/tracked", "a/new"}


@pytest.mark.parametrize("options", [(), ("--object-format=sha256",)], ids=["sha1", "sha256"])
def test_git_says_what_is_tracked_or_not_ignored(tmp_path: Path, options: tuple[str, ...]) -> None:
    root = repository(tmp_path / "r", *options)
    assert paths(root) == LISTED
    assert paths(root, "a") == {"a/tracked", "a/new"}


@pytest.mark.parametrize("options", [(), ("--object-format=sha256",)], ids=["sha1", "sha256"])
def test_git_is_asked_where_pinlint_lies_in_an_archive(
    tmp_path: Path, options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository(tmp_path / "r", *options)
    monkeypatch.setattr(git_module, "_NOTHING", str(tmp_path / "pinlint.pyz/pinlint/nothing"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    assert paths(root) == LISTED
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_split_index_and_a_sparse_one_are_read(tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    (root / "b").mkdir()
    (root / "b/f").write_text("f")
    git(root, "add", "b")
    git(root, "commit", "-qm", "second")
    git(root, "update-index", "--split-index")
    assert list((root / ".git").glob("sharedindex.*"))
    assert paths(root) == {*LISTED, "b/f"}
    git(root, "update-index", "--no-split-index")
    git(root, "sparse-checkout", "set", "--cone", "--sparse-index", "a")
    assert not (root / "b").exists()
    assert paths(root) - {"b/", "b/f"} == LISTED


def test_a_worktree_and_a_submodule_lead_to_the_directory_that_knows_them(tmp_path: Path) -> None:
    inner = repository(tmp_path / "inner")
    root = repository(tmp_path / "r")
    git(root, "worktree", "add", "-q", str(tmp_path / "tree"))
    (tmp_path / "tree/excluded").write_text("")
    assert paths(tmp_path / "tree") == {".gitignore", "a/tracked"}
    git(root, "submodule", "add", "-q", str(inner), "sub")
    (root / "sub/out").write_text("")
    assert paths(root / "sub") == {".gitignore", "a/tracked"}
    git(tmp_path / "tree", "submodule", "add", "-q", str(inner), "deep/sub")
    (tmp_path / "tree/deep/sub/out").write_text("")
    assert paths(tmp_path / "tree/deep/sub") == {".gitignore", "a/tracked"}


def test_the_owner_of_a_checkout_does_not_matter(tmp_path: Path) -> None:
    """In a CI job the checkout often is another user's, and git would not look at it: its settings could run something."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a directory away")
    root = repository(tmp_path / "r")
    for path in [root, *root.rglob("*")]:
        os.chown(path, 12345, 12345)
    assert paths(root) == LISTED


def swapped(path: Path, target: Path) -> Path:
    path.rename(target)
    path.symlink_to(target)
    return path


def piped(path: Path) -> Path:
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    os.mkfifo(path)
    return path


def emptied(path: Path) -> Path:
    shutil.rmtree(path)
    path.mkdir()
    return path


def led_astray(root: Path, outside: Path) -> Path:
    (root / ".git").rename(outside / "g")
    (root / ".git").write_text(f"gitdir: {outside / 'g'}\n")
    return root


def anothers(root: Path, outside: Path) -> Path:
    git(repository(outside / "o"), "worktree", "add", "-q", str(outside / "w"))
    shutil.rmtree(root / ".git")
    shutil.copy(outside / "w/.git", root / ".git")
    return root


REFUSED: dict[str, tuple[str, Callable[[Path, Path], object]]] = {
    "no git on PATH": ("there is no git on PATH", lambda root, outside: None),
    "a directory of nothing": ("no HEAD", lambda root, outside: (emptied(root / ".git"), (root / ".git/x").write_text(""))),
    "a link": (".git is a link", lambda root, outside: swapped(root / ".git", outside / "g")),
    "a pipe": ("neither a directory", lambda root, outside: piped(root / ".git")),
    "a file that leads astray": ("does not lead back", led_astray),
    "another's worktree": ("does not lead back", anothers),
    "an index that is a link": ("index in its directory", lambda root, outside: swapped(root / ".git/index", outside / "i")),
    "an index that is a pipe": ("index in its directory", lambda root, outside: piped(root / ".git/index")),
    "a HEAD that is a pipe": ("no HEAD", lambda root, outside: piped(root / ".git/HEAD")),
    "an index of nonsense": ("index", lambda root, outside: (root / ".git/index").write_bytes(b"DIRC" + bytes(60))),
}


@pytest.mark.parametrize("case", REFUSED)
def test_where_git_cannot_be_asked_everything_is_listed_and_that_is_said(
    tmp_path: Path, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, outside = repository(tmp_path / "r"), tmp_path / "outside"
    outside.mkdir()
    reason, spoil = REFUSED[case]
    spoil(root, outside)
    if case == "no git on PATH":
        monkeypatch.setenv("PATH", str(outside))
    found, notes = listing(str(root))
    assert {*LISTED, "a/out", "a/excluded"} <= set(found.split("\0"))
    assert len(notes) == 1
    assert notes[0].startswith("git could not be asked: ")
    assert reason in notes[0]
    assert notes[0].endswith("; what .gitignore names was looked at too")


def test_git_is_looked_for_where_no_repository_can_put_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, proof = repository(tmp_path / "r"), tmp_path / "proof"
    for folder in (root, root / "bin"):
        folder.mkdir(exist_ok=True)
        (folder / "git").write_text(f"#!/bin/sh\ntouch {proof}\n")
        (folder / "git").chmod(0o755)
    monkeypatch.chdir(root)
    for path in ("", ".", ":/nowhere", "bin", "./bin", str(root / "bin"), f"{root}/bin/../bin"):
        monkeypatch.setenv("PATH", f"{path}{os.pathsep}/nowhere")
        assert "no git on PATH" in listing(str(root)).notes[0]
    monkeypatch.undo()
    monkeypatch.setenv("PATH", f"{os.pathsep}{root}/bin{os.pathsep}{os.environ['PATH']}")
    assert "a/out" not in paths(root)
    assert not proof.exists()


def test_a_home_directory_in_the_repository_is_not_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository(tmp_path / "r")
    (root / ".gitconfig").write_text(f"[core]\n\texcludesFile = {root}/hide\n")
    (root / "hide").write_text("new\n")
    monkeypatch.setenv("HOME", str(root))
    assert "a/new" in paths(root)
    monkeypatch.setenv("HOME", ".")
    monkeypatch.chdir(root)
    assert "a/new" in paths(root)


def test_variables_that_lead_git_elsewhere_are_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, other = repository(tmp_path / "r"), repository(tmp_path / "other")
    for name, value in {
        "GIT_DIR": str(other / ".git"), "GIT_INDEX_FILE": str(other / ".git/none"), "GIT_WORK_TREE": str(other), "GIT_PREFIX": "x/",
        "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.excludesFile", "GIT_CONFIG_VALUE_0": str(tmp_path / "hide"),
        "GIT_CEILING_DIRECTORIES": "/", "GIT_GLOB_PATHSPECS": "1",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    (tmp_path / "hide").write_text("new\n")
    assert paths(root) == LISTED


def test_the_users_own_excludes_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = repository(tmp_path / "r")
    (tmp_path / "mine").write_text("new\n")
    (tmp_path / ".gitconfig").write_text(f"[core]\n\texcludesFile = {tmp_path}/mine\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    assert paths(root) == LISTED - {"a/new"}


def test_a_pipe_for_gitignore_ends_in_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_module, "PATIENCE", 0.3)
    root = repository(tmp_path / "r")
    os.mkfifo(root / "a/.gitignore")
    began = time.monotonic()
    found, notes = listing(str(root))
    assert "a/new" in found.split("\0")
    assert "a/.gitignore is or leads to what is no regular file, and git waits for it" in notes[0]
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("way", ["directory", "pointer"])
def test_a_repository_inside_whose_head_is_a_pipe_ends_in_a_note(tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_module, "PATIENCE", 0.3)
    root = repository(tmp_path / "r")
    inner = root / ("b/.git" if way == "directory" else "c/d")
    for name in ("objects", "refs"):
        (inner / name).mkdir(parents=True)
    os.mkfifo(inner / "HEAD")
    if way == "pointer":
        (root / "b").mkdir()
        (root / "b/.git").write_text(f"gitdir: {inner}\n")
    assert "b/.git is or leads to what is no regular file" in listing(str(root)).notes[0]


def test_a_git_that_never_ends_or_never_stops_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, own = repository(tmp_path / "r"), tmp_path / "bin"
    own.mkdir()
    monkeypatch.setenv("PATH", f"{own}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(git_module, "PATIENCE", 0.1)
    monkeypatch.setattr(git_module, "LIMIT", 0.5)
    monkeypatch.setattr(git_module, "_LONGEST", 1000)
    for script, reason in (("import time\ntime.sleep(60)", "longer than"), ("print('x\\0' * 10000)", "answers with more than")):
        (own / "git").write_text(f"#!{sys.executable}\n{script}\n")
        (own / "git").chmod(0o755)
        assert reason in listing(str(root)).notes[0]


def test_paths_that_lead_out_of_the_root_are_dropped() -> None:
    good = "a\0a..b/c\0..c/d\0.gitignore\0sub/\0.github/x\0"
    bad = "../x\0/x\0a/../../x\0./x\0a//x\0.git/config\0a/.GIT/hooks/x\0a/..\0"
    assert module._below(good) == good
    assert module._below(good + bad) == good


def test_directories_that_cannot_be_read_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With and without git; beyond the longest path that the system takes, too."""
    name = "d" * 200
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(25):
        os.mkdir(name, dir_fd=here)
        here = os.open(name, os.O_RDONLY, dir_fd=here)
    for _ in range(2):
        (note,) = listing(str(tmp_path)).notes
        assert note.startswith("not looked into: ")
        assert "too long" in note
        git(tmp_path, "init", "-q")


def test_links_are_listed_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "x").symlink_to("y")
    (tmp_path / "y").symlink_to("x")
    (tmp_path / "up").symlink_to("..")
    assert paths(tmp_path) == {"x", "y", "up"}
    git(tmp_path, "init", "-q")
    assert paths(tmp_path) == {"x", "y", "up"}


def test_no_link_of_a_repository_leads_to_another_root(tmp_path: Path) -> None:
    root, other = repository(tmp_path / "r"), repository(tmp_path / "other")
    (root / "services").symlink_to(other)
    (root / "same").symlink_to("a")
    assert root_of(str(root / "services")) == str(root)
    assert root_of(str(root / "same")) == str(root)
    (tmp_path / "link").symlink_to(root)
    assert root_of(str(tmp_path / "link/a")) == str(tmp_path / "link")
    assert paths(tmp_path / "link", "a") == {"a/tracked", "a/new"}
