"""The files of a commit, read from git's objects without a checkout: from a work tree's repository or a bare one.

Knows how git stores files; must not know formats. The repository is taken for hostile: git is asked as `git` says, what it answers
is data, and a link in a commit leads to nothing but other files of the commit.
"""

from __future__ import annotations

import os
import re
import selectors
from typing import TYPE_CHECKING, NamedTuple

from pinlint.entries import Entry, EntryTree, is_inside
from pinlint.errors import PinlintError
from pinlint.git import LIMIT, Directory, Refused, answer, bare, directory, started
from pinlint.refs import resolved
from pinlint.text import SIZE_LIMIT, Unread
from pinlint.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Commit", "CommitTree", "base", "commit", "named", "renames"]

_ENTRY = re.compile(rb"(\d{6}) blob ([0-9a-f]{40,64})\t(.+)", re.DOTALL)


class Commit(NamedTuple):
    """A commit of the repository whose work tree has this `root`, or that lies at it; `id` is complete."""

    root: str
    directory: Directory
    id: str


def commit(root: str, revision: str) -> Commit:
    """The commit that a revision names, in git's own grammar. Raises PinlintError for one that is not there."""
    found = repository(root)
    try:
        return Commit(root, found, _id(root, found, revision))
    except Refused as error:
        shallow = os.path.exists(os.path.join(found.common, "shallow"))
        raise PinlintError(
            f"{root}: there is no commit {revision!r}{_why(error)}",
            f"this clone is shallow; `git fetch --depth=1 origin {_fetched(revision)}` brings a commit, `git fetch --unshallow` all"
            if shallow
            else "name a commit, branch or tag that `git rev-parse` knows there",
        ) from None


def _why(error: Refused) -> str:
    """What git says, if that is more than that there is none."""
    return "" if "single revision" in str(error) else f": {error}"


def repository(root: str) -> Directory:
    """Git's directory of a work tree's root, or the bare repository at it. Raises PinlintError where there is neither."""
    try:
        if os.path.lexists(os.path.join(root, ".git")):
            return directory(root)
    except Refused as error:
        raise PinlintError(f"{root}: git cannot be asked for a commit: {error}", "name the root of a repository") from None
    if found := bare(root):
        return found
    raise PinlintError(f"{root} lies in no git repository, so it has no commits", "name a repository, or a bare one itself")


def named(root: str, revision: str) -> str:
    """The object that a revision names now, as the repository's small files say, without asking git; "" where only reading the
    repository can tell."""
    try:
        return resolved(repository(root), revision)
    except (PinlintError, Refused, OSError):
        return ""


def _fetched(revision: str) -> str:
    """A revision as a remote may be asked for it."""
    return re.sub(r"[~^@:].*", "", revision.removeprefix("origin/")) or "HEAD"


def _id(root: str, found: Directory, revision: str) -> str:
    return _said(root, found, ["rev-parse", "--verify", "--end-of-options", f"{resolved(found, revision)}^{{commit}}"])


def _said(root: str, found: Directory, words: list[str]) -> str:
    out, _ = answer(found, words, lambda: None, root=root, objects=True)
    return os.fsdecode(out).strip()


def base(root: str, revision: str) -> Commit:
    """Where what is checked out left the history that a revision names: their merge base; the revision itself where a shallow clone
    holds none. Raises PinlintError as `commit` does."""
    named = commit(root, revision)
    try:
        return named._replace(id=_said(root, named.directory, ["merge-base", named.id, _id(root, named.directory, "HEAD")]))
    except Refused:
        return named


def renames(one: Commit) -> dict[str, str]:
    """Old paths by new ones, as git sees files renamed from a commit to the one that is checked out."""
    words = ["diff-tree", "-r", "-z", "-M", "--diff-filter=R", "--name-status", "--no-ext-diff", "--end-of-options", one.id]
    try:
        words.append(_id(one.root, one.directory, "HEAD"))
        out, _ = answer(one.directory, words, lambda: None, root=one.root, objects=True)
    except Refused:
        return {}
    parts = os.fsdecode(out).split("\0")
    return {new: old for status, old, new in zip(*[iter(parts)] * 3, strict=False) if status.startswith("R")}


class CommitTree(EntryTree):
    """The files of a commit. Links are followed within it; what is a submodule is not there."""

    def __init__(
        self, of: Commit, overlay: dict[str, bytes] | None = None, settings: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        super().__init__(of.root, overlay, settings)
        self.commit = of
        self._objects: _Objects | None = None

    def made(self) -> dict[str, Entry]:
        """Every file and link of the commit by its path. Raises Unread where git cannot say them."""
        return _entries(self.commit)

    def stored(self, path: str) -> bytes:
        """The content of a file, also of one that a link leads to; git's own settings are in no commit and hold for all. Raises
        Unread."""
        if path == ".git/config" and self.commit.directory.common:
            return Tree(self.commit.directory.common, list).bytes("config")
        return super().stored(path)

    def content(self, entry: Entry) -> bytes:
        """What an entry holds. Raises Unread where git does not say."""
        if self._objects is None:
            self._objects = _Objects(self.commit)
        return self._objects.read(entry.id)

    def __del__(self) -> None:
        """Ends git."""
        if objects := self.__dict__.get("_objects"):
            objects.close()
        super().__del__()


def _entries(of: Commit) -> dict[str, Entry]:
    try:
        out, _ = answer(of.directory, ["ls-tree", "-r", "-z", "--full-tree", of.id], lambda: None, root=of.root, objects=True)
    except Refused as error:
        raise Unread(f"git cannot say which files the commit has: {error}") from None
    found: dict[str, Entry] = {}
    for line in out.split(b"\0"):
        match = _ENTRY.fullmatch(line)
        if match and is_inside(path := os.fsdecode(match[3])):
            found[path] = Entry(match[1].decode(), match[2].decode())
    return found


class _Objects:
    """The contents of a repository, from one git that is asked for one after the other."""

    def __init__(self, of: Commit) -> None:
        self._of = of
        self._start()

    def _start(self) -> None:
        of = self._of
        self._git = started(of.directory, ["cat-file", "--batch"], root=of.root, objects=True, asking=True)
        try:
            process = self._git.__enter__()
        except Refused as error:
            raise Unread(f"git cannot be asked for it: {error}") from None
        assert process.stdin is not None
        assert process.stdout is not None
        self._process, self._in, self._out = process, process.stdin.fileno(), process.stdout.fileno()
        self._left = b""
        self._waiting = selectors.DefaultSelector()
        self._waiting.register(self._out, selectors.EVENT_READ)

    def read(self, name: str) -> bytes:
        """The content of this name. Raises Unread where it is too large, the repository lacks it, or git does not answer."""
        try:
            os.write(self._in, f"{name}\n".encode("ascii"))
            head = self._until_newline().split()
            if len(head) != 3 or head[1] != b"blob":
                raise Unread("the repository does not hold its content, as in a partial clone")
            if int(head[2]) > SIZE_LIMIT:
                self.close()  # rather than to read all of it
                self._start()
                raise Unread(f"it is larger than {SIZE_LIMIT // 2**20} MiB; exclude it or split it")
            return self._exactly(int(head[2]) + 1)[:-1]
        except (OSError, ValueError) as error:
            raise Unread(f"git does not answer: {error}") from None

    def _until_newline(self) -> bytes:
        while b"\n" not in self._left:
            self._left += self._more()
        line, _, self._left = self._left.partition(b"\n")
        return line

    def _exactly(self, size: int) -> bytes:
        chunks, there = [self._left], len(self._left)
        while there < size:
            chunk = self._more()
            chunks.append(chunk)
            there += len(chunk)
        content = b"".join(chunks)
        self._left = content[size:]
        return content[:size]

    def _more(self) -> bytes:
        if not self._waiting.select(LIMIT):
            self._process.kill()
            raise Unread(f"git took longer than {LIMIT:.0f} seconds")
        chunk = os.read(self._out, 1 << 20)
        if not chunk:
            raise Unread("git ended before it had answered")
        return chunk

    def close(self) -> None:
        """Ends git."""
        self._waiting.close()
        self._git.__exit__(None, None, None)
