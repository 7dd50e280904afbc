"""The files of one repository: read lazily, cached, never from outside the root.

Only named or discovered files are judged, but a format may look at any other file under the root through a `Tree`: a lock,
an included requirements file, a parent pom, `.env`. Knows files; must not know formats.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from pinlint.budget import Exceeded, apart
from pinlint.text import SIZE_LIMIT, Document, Unread

__all__ = ["Tree", "join", "read_bytes"]

T = TypeVar("T")

#: Directories one inside the other. What a file names may be longer than anything that a file system holds.
_DEEPEST = 500

_READING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
#: Makes open(2) refuse a link, which saves a look at each file; 0 where there is no such thing.
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


class Linked(Unread):
    """A path that is a link, where only the file itself was asked for."""


def join(path: str, other: str) -> str:
    """`other` as seen from the file `path`, normalised, both POSIX and relative to the root: `join("a/b.txt", "../c")` is "c".

    A result that starts with ".." lies outside the root.
    """
    base = path.rpartition("/")[0]
    parts: list[str] = []
    for part in (base.split("/") if base and not other.startswith("/") else []) + other.split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return ("/" if other.startswith("/") else "") + "/".join(parts)


def read_bytes(path: str, flags: int = 0) -> bytes:
    """The bytes of a regular file. Raises Unread, never OSError; opens neither FIFOs nor devices, and reads at most SIZE_LIMIT.

    `flags` are more of those of open(2); with O_NOFOLLOW a link raises Linked.
    """
    try:
        descriptor = os.open(path, _READING | flags)
    except FileNotFoundError:
        raise Unread("it does not exist") from None
    except (OSError, ValueError) as error:
        if flags and getattr(error, "errno", 0) in (errno.ELOOP, errno.EMLINK):
            raise Linked("it is a link") from None
        raise Unread(f"it cannot be opened: {getattr(error, 'strerror', None) or error}") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Unread("it is no regular file")
        if status.st_size > SIZE_LIMIT:
            raise Unread(f"it is larger than {SIZE_LIMIT // 2**20} MiB; exclude it or split it")
        # No more than the file should have, and one byte to see whether it grew: a large buffer costs more than a small file.
        chunks, size, wanted = [], 0, status.st_size + 1
        while chunk := os.read(descriptor, wanted):
            chunks.append(chunk)
            size += len(chunk)
            if len(chunk) < wanted and size == status.st_size:
                break
            if size > SIZE_LIMIT:
                raise Unread(f"it is larger than {SIZE_LIMIT // 2**20} MiB; exclude it or split it")
            wanted = max(65536, status.st_size + 1 - size)
        return b"".join(chunks)
    except OSError as error:
        raise Unread(f"it cannot be read: {error.strerror or error}") from None
    finally:
        os.close(descriptor)


class Tree:
    """The files under `root` (an absolute path of the file system). Paths are relative to it, POSIX, normalised.

    `listing` yields every path of the repository (tracked or not ignored) when a format asks which files there are; it is
    called at most once. `overlay` holds contents that take the place of files (standard input). `settings` are those of the
    configuration that say where formats have to look.
    """

    def __init__(
        self,
        root: str,
        listing: Callable[[], Iterable[str]],
        overlay: dict[str, bytes] | None = None,
        settings: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self.root = root
        self.settings = settings or {}
        self._real = os.path.realpath(root)
        self._below = self._real.rstrip(os.sep) + os.sep
        self._listing = listing
        self._overlay = overlay or {}
        self._documents: dict[tuple[str, str], Document | Unread] = {}
        self._folders: dict[str, str] = {}
        self._memo: dict[tuple[str, str], Any] = {}
        self._listed: list[str] | None = None
        self._by_name: dict[str, list[str]] | None = None

    def overlaid(self, contents: dict[str, bytes]) -> Tree:
        """The same files with these contents in place of some: nothing that was read before is remembered."""
        return Tree(self.root, self.listed, contents, self.settings)

    def read(self, path: str, decoding: str = "utf-8") -> Document:
        """The document at `path`. Raises Unread for what is missing, outside the root, too large or no text."""
        known = self._documents.get((path, decoding))
        if known is None:
            try:
                known = Document(path, self.bytes(path), decoding)
            except Unread as error:
                known = error
            self._documents[path, decoding] = known
        if isinstance(known, Unread):
            raise known
        return known

    def bytes(self, path: str) -> bytes:
        """The bytes at `path`, not cached. Raises Unread as `read` does."""
        if path in self._overlay:
            if len(self._overlay[path]) > SIZE_LIMIT:
                raise Unread(f"it is larger than {SIZE_LIMIT // 2**20} MiB; exclude it or split it")
            return self._overlay[path]
        if path.startswith(("../", "/")) or path == ".." or "\0" in path:
            raise Unread("it lies outside the repository, where pinlint does not look")
        if path.count("/") > _DEEPEST:
            raise Unread(f"it would lie more than {_DEEPEST} directories deep")
        full = os.path.join(self.root, path)
        if _NO_LINK and self._inside(self._resolved(os.path.dirname(full))):
            try:
                return read_bytes(full, _NO_LINK)
            except Linked:
                pass
        if not self._inside(os.path.realpath(full)):
            raise Unread("it is a link to a place outside the repository, where pinlint does not look")
        return read_bytes(full)

    def _inside(self, real: str) -> bool:
        """Whether a real path is the root's or lies under it."""
        return real == self._real or real.startswith(self._below)

    def _resolved(self, folder: str) -> str:
        """The real path of a directory at or below the root; each is looked at once."""
        real = self._folders.get(folder)
        if real is None:
            if folder == self.root:
                real = self._real
            elif os.path.islink(folder):
                real = os.path.realpath(folder)
            else:
                above, name = os.path.split(folder)
                real = os.path.join(self._resolved(above) if name and above != folder else above, name)
            self._folders[folder] = real
        return real

    def exists(self, path: str) -> bool:
        """Whether `path` is a file (or a link to one) under the root."""
        if path in self._overlay:
            return True
        return not path.startswith(("../", "/")) and "\0" not in path and os.path.isfile(os.path.join(self.root, path))

    def listed(self) -> list[str]:
        """Every path of the repository (tracked or not ignored), in no particular order."""
        if self._listed is None:
            self._listed = [path for path in self._listing() if path]
        return self._listed

    def named(self, name: str) -> list[str]:
        """Every path of the repository whose last part is `name`, sorted."""
        if self._by_name is None:
            self._by_name = {}
            for path in self.listed():
                self._by_name.setdefault(path.rpartition("/")[2], []).append(path)
        return sorted(self._by_name.get(name, ()))

    def memo(self, what: str, path: str, make: Callable[[], T]) -> T:
        """`make()`, computed once a run for (`what`, `path`): parsed parents, resolved includes.

        It has an account of steps of its own, so that it is the same whoever asks first; that it was exceeded is told to everyone.
        """
        key = (what, path)
        if key not in self._memo:
            try:
                with apart():
                    self._memo[key] = make()
            except Exceeded as error:
                self._memo[key] = error
        value: T | Exceeded = self._memo[key]
        if isinstance(value, Exceeded):
            raise value
        return value
