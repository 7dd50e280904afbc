"""A tree of files as found in the wild, fixed in one run against servers on loopback: what tests of whole repositories share."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from conftest import need
from servers.git_http import git
from servers.legacy import Names

__all__ = ["Fixed", "copied", "files", "fixed", "pinlint", "root_at"]


class Fixed(NamedTuple):
    """A copy of the tree after a run: its exit code and what it said."""

    names: Names
    environment: dict[str, str]
    folder: Path
    arguments: tuple[str, ...]
    before: dict[str, bytes]
    code: int
    said: str

    def run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Another run of pinlint in the tree."""
        return pinlint(self.environment, self.folder, *arguments)

    def use(self, where: str, *command: str) -> subprocess.CompletedProcess[str]:
        """What a consumer makes of a project."""
        need(command[0])
        return subprocess.run(
            command, cwd=self.folder / where, env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )  # fmt: skip

    def text(self, path: str) -> str:
        """A file as it is now."""
        return (self.folder / path).read_bytes().decode()


def pinlint(environment: dict[str, str], folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """A run of pinlint in a folder; a traceback is a failure."""
    command = [sys.executable, "-m", "pinlint", *arguments, "."]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=120, check=False)
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done


def fixed(tree: Path, names: Names, environment: dict[str, str], folder: Path, *arguments: str) -> Fixed:
    """The tree, put into a folder and fixed there without a word on stderr."""
    before = copied(tree, names, folder)
    done = pinlint(environment, folder, *arguments)
    assert done.stderr == b"", done.stderr.decode()
    return Fixed(names, environment, folder, arguments, before, done.returncode, done.stdout.decode())


def copied(tree: Path, names: Names, folder: Path) -> dict[str, bytes]:
    """Puts the tree into a folder that becomes a repository: its files by path."""
    for path in sorted(tree.rglob("*")):
        if path.is_file():
            target = folder / path.relative_to(tree)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(names.fill(path.read_bytes()))
    git(folder, "init", "-q")
    return files(folder)


def root_at(folder: Path) -> None:
    """Makes a folder, if need be, the root of a repository that git can list: nothing is tracked or ignored."""
    (folder / ".git").mkdir(parents=True, exist_ok=True)
    (folder / ".git/HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a folder but those of git."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in sorted(found.items()) if not name.startswith(".git/")}
