"""The files of one repository: read lazily, cached, never from outside the root.

Only named or discovered files are judged, but a format may look at any other file under the root through a `Tree`: a lock,
an included requirements file, a parent pom, `.env`. Knows files; must not know formats.
"""

from __future__ import annotations

import builtins
import errno
import os
import stat
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from pinlint.budget import Exceeded, apart
from pinlint.text import SIZE_LIMIT, Document, Unread

__all__ = ["OUTSIDE", "Tree", "join", "read_bytes"]

T = TypeVar("T")

#: Directories one inside the other. What a file names may be longer than anything that a file system holds.
_DEEPEST = 500

_READING = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
#: Makes open(2) refuse a link; 0 where there is no such thing.
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
#: A directory as a place to start from, which need not be readable.
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0) | _NO_LINK
_BY_DESCRIPTOR = bool(_NO_LINK) and os.open in os.supports_dir_fd
#: Directories that a tree keeps open. Files are read in the order of their paths, so that few are opened twice.
_KEPT = 16
OUTSIDE = "it is a link to a place outside the repository, where pinlint does not look"


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


def _is_below(path: str) -> bool:
    """Whether a path relative to the root cannot lead out of it, links aside."""
    if os.sep != "/" and (os.sep in path or ":" in path):
        return False
    return not path.startswith("/") and "\0" not in path and ".." not in path.split("/")


def _real(path: str) -> str:
    """The real path; "" where a link on the way was replaced between two looks at it, for which os.path.realpath has no answer."""
    try:
        return os.path.realpath(path)
    except OSError:
        return ""


def read_bytes(path: str) -> bytes:
    """The bytes of a regular file, or of the one that a link leads to. Raises Unread, never OSError; opens neither FIFOs nor
    devices, and reads at most SIZE_LIMIT."""
    return _content(_opened(path, _READING))


def _opened(path: str, flags: int, folder: int | None = None) -> int:
    """A descriptor of `path`, relative to the directory `folder` if there is one. Raises Unread; Linked where a link may be in the
    way and `flags` forbid to follow it."""
    try:
        return os.open(path, flags, dir_fd=folder)
    except FileNotFoundError:
        raise Unread("it does not exist") from None
    except (OSError, ValueError) as error:
        reason = f"it cannot be opened: {getattr(error, 'strerror', None) or error}"
        in_the_way = (errno.ELOOP, errno.EMLINK, errno.ENOTDIR)  # the last for a link where a directory is wanted
        linked = _NO_LINK and flags & _NO_LINK and getattr(error, "errno", 0) in in_the_way
        raise (Linked if linked else Unread)(reason) from None


def _content(descriptor: int) -> bytes:
    """What a descriptor of a regular file holds; closes it."""
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
        self._there: dict[str, bool] = {}
        self._open: dict[str, int] = {}
        self._memo: dict[tuple[str, str], Any] = {}
        self._listed: list[str] | None = None
        self._by_name: dict[str, list[str]] | None = None
        self._under: Tree | None = None

    def wants(self, fact: str) -> bool:
        """Whether anybody would hear of a fact that only rules want which are off by default; else it need not be looked for."""
        return fact in self.settings.get("facts", ())

    def overlaid(self, contents: dict[str, bytes]) -> Tree:
        """The same files with these contents in place of some. Of the others it remembers what was read of them, and of none what
        was made of it."""
        made = Tree(self.root, self.listed, contents, self.settings)
        made._under = self
        return made

    def beneath(self, listed: list[str]) -> Tree:
        """The same files for who may read all that it knows by name, and is told of these alone."""
        made = Tree(self.root, lambda: listed, {}, self.settings)
        made._under = self
        return made

    def stored(self, path: str) -> builtins.bytes:
        """The bytes at a path below the root, as the work tree has them now. Raises Unread. Other sources of files have others."""
        if _BY_DESCRIPTOR:
            with suppress(Linked):
                return self._unlinked(path)
        real = _real(os.path.join(self._real, path))
        if not real:
            raise Unread("a link that leads to it was replaced while it was followed")
        if not self._inside(real):
            raise Unread(OUTSIDE)
        return self._unlinked(real[len(self._below) :]) if _BY_DESCRIPTOR else read_bytes(real)

    def is_stored(self, path: str) -> bool:
        """Whether a path below the root is a file, or a link to one."""
        full = os.path.join(self.root, path)
        return os.path.isfile(full) and self._inside(self._resolved(full))

    def read(self, path: str, decoding: str = "utf-8") -> Document:
        """The document at `path`. Raises Unread for what is missing, outside the root, too large or no text."""
        if self._under is not None and path not in self._overlay:
            return self._under.read(path, decoding)
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

    def known(self, path: str, decoding: str = "utf-8") -> Document | None:
        """The document at `path` if it was read for another one's sake: one that nobody asks for twice is not kept."""
        known = self._documents.get((path, decoding))
        return known if isinstance(known, Document) else None

    def bytes(self, path: str) -> bytes:
        """The bytes at `path`, not cached. Raises Unread as `read` does."""
        if path in self._overlay:
            if len(self._overlay[path]) > SIZE_LIMIT:
                raise Unread(f"it is larger than {SIZE_LIMIT // 2**20} MiB; exclude it or split it")
            return self._overlay[path]
        if not _is_below(path):
            raise Unread("it lies outside the repository, where pinlint does not look")
        if path.count("/") > _DEEPEST:
            raise Unread(f"it would lie more than {_DEEPEST} directories deep")
        if "//" in f"/{path}" or "/./" in f"/{path}":
            path = join("", path)
        return self.stored(path) if self._under is None else self._under.bytes(path)

    def _unlinked(self, path: str) -> builtins.bytes:
        """The bytes at a path without any link in it. From the root on each directory is opened by its name in the one above, so
        that nothing which is put there meanwhile leads elsewhere. Raises Linked where a link is in the way."""
        folder, _, name = path.rpartition("/")
        descriptor = self._open.pop(folder, None)  # whoever takes it out has it alone
        if descriptor is None:
            descriptor = self._opened(folder)
        try:
            return _content(_opened(name or ".", _READING | _NO_LINK, descriptor))
        finally:
            if len(self._open) >= _KEPT or self._open.setdefault(folder, descriptor) != descriptor:
                os.close(descriptor)

    def _opened(self, folder: str) -> int:
        """A descriptor of a directory at or below the root."""
        for oldest in list(self._open)[: 1 - _KEPT]:
            with suppress(KeyError):  # another thread may have taken it
                os.close(self._open.pop(oldest))
        descriptor = _opened(self._real, _FOLDER)
        for name in folder.split("/") if folder else ():
            try:
                inner = _opened(name, _FOLDER, descriptor)
            finally:
                os.close(descriptor)
            descriptor = inner
        return descriptor

    def __del__(self) -> None:
        """Closes the directories that were kept."""
        while self.__dict__.get("_open"):
            with suppress(KeyError, OSError):
                os.close(self._open.popitem()[1])

    def _inside(self, real: str) -> bool:
        """Whether a real path is the root's or lies under it."""
        return real == self._real or real.startswith(self._below)

    def exists(self, path: str) -> bool:
        """Whether `path` is a file (or a link to one) under the root; looked up once, for a thousand files may name it."""
        if self._under is not None and path not in self._overlay:
            return self._under.exists(path)
        known = self._there.get(path)
        if known is None:
            known = self._there[path] = path in self._overlay or (_is_below(path) and self.is_stored(path))
        return known

    def _resolved(self, path: str) -> str:
        """The real path of something at or below the root; each directory is looked at once."""
        if path == self.root:
            return self._real
        if os.path.islink(path):
            return _real(path)
        above, name = os.path.split(path)
        if above not in self._folders:
            self._folders[above] = self._resolved(above) if name and above != path else above
        return os.path.join(self._folders[above], name)

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
                self._memo[key] = Exceeded(str(error), error.offset)  # without what was at hand when it was raised
        value: T | Exceeded = self._memo[key]
        if isinstance(value, Exceeded):
            raise Exceeded(str(value), value.offset)
        return value
