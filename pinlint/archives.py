"""The files of a packed chart: read in memory, within bounds, as Helm reads them; nothing is written anywhere.

Source: helm pkg/chart/loader/archive (LoadArchiveFiles): every file lies in one folder, whose name says nothing; charts that it
depends on lie unpacked or packed in `charts/`. What no chart has (a link, a device, a way out) makes the archive one that nobody
should read. Knows archives; must not know what their files mean.
"""

from __future__ import annotations

import io
import os
import re
import tarfile
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pinlint.entries import Entry, EntryTree, is_inside
from pinlint.text import Unread

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

__all__ = ["ArchiveTree", "unpacked"]

#: Bytes of everything that comes out of an archive and of those in it, of one file, of the headers that are no file's.
_ALL, _FILE, _HEADERS = 64 << 20, 5 << 20, 256 << 10
#: Entries of an archive and of those in it, archives one inside the other, folders in a path.
_ENTRIES, _NESTED, _DEEPEST = 20_000, 8, 50
_CHUNK = 64 << 10
_NESTED_PATH = re.compile(r"(?:.*/)?charts/[^/_.][^/]*\.tgz")


class ArchiveTree(EntryTree):
    """The files of a packed chart by their paths in it; of a chart in `charts/x-1.0.tgz` those below `charts/x-1.0/`."""

    def __init__(self, name: str, packed: bytes, settings: Mapping[str, tuple[str, ...]] | None = None) -> None:
        super().__init__(name, settings=settings)
        self._packed = packed
        self._contents: dict[str, bytes] = {}

    def made(self) -> dict[str, Entry]:
        """Every file. Raises Unread for what is no packed chart, or one that is larger than any."""
        self._contents = unpacked(self._packed)
        self._packed = b""
        return {path: Entry("100644", path) for path in self._contents}

    def content(self, entry: Entry) -> bytes:
        """What an entry holds."""
        return self._contents[entry.id]


class _Left:
    """What may still come out of an archive, and of those in it."""

    def __init__(self) -> None:
        self.bytes, self.entries = _ALL, _ENTRIES

    def take(self, size: int) -> None:
        self.bytes -= size
        if self.bytes < 0:
            raise Unread(f"more than {_ALL >> 20} MiB come out of it")


def unpacked(packed: bytes) -> dict[str, bytes]:
    """The files of a packed chart, and of the charts in it, by path. Raises Unread."""
    found: dict[str, bytes] = {}
    _unpack(packed, "", _Left(), found, set(), 0)
    return found


def _unpack(packed: bytes, folder: str, left: _Left, found: dict[str, bytes], folders: set[str], depth: int) -> None:
    """Adds the files, and the folders that they lie in, of an archive that lies in a folder."""
    if depth > _NESTED:
        raise Unread(f"charts lie in it more than {_NESTED} inside one another")
    nested: list[tuple[str, bytes]] = []
    for path, content in _files(packed, left):
        if _NESTED_PATH.fullmatch(path):
            nested.append((path, content))
        elif folder + path in found:
            raise Unread(f"{_shown(folder + path)} is in it twice")
        else:
            found[folder + path] = content
            above = (folder + path).rpartition("/")[0]
            while above and above not in folders:
                folders.add(above)
                above = above.rpartition("/")[0]
    for path, content in nested:
        inner = folder + path.removesuffix(".tgz")
        if inner in folders:
            raise Unread(f"{_shown(inner)} is in it packed and unpacked")
        _unpack(content, f"{inner}/", left, found, folders, depth + 1)


def _files(packed: bytes, left: _Left) -> Iterator[tuple[str, bytes]]:
    """(path below its one folder, content) of every file of an archive. Raises Unread."""
    try:
        # A stream can only go on: no size that is below nothing leads back.
        with tarfile.open(fileobj=_Inflated(packed, left), mode="r|", tarinfo=_headers(), errors="surrogateescape") as archive:
            for member in archive:
                left.entries -= 1
                if left.entries < 0:
                    raise Unread(f"it has more than {_ENTRIES:,} entries")
                path = _path(member)
                if path and (file := archive.extractfile(member)) is not None:
                    yield path, file.read()
                archive.members = []  # type: ignore[attr-defined]  # which it would keep
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError, RecursionError, OverflowError) as error:
        raise Unread(f"it is no packed chart: {_shown(str(error))}") from None


def _path(member: tarfile.TarInfo) -> str:
    """Where a file lies below the one folder; "" for a folder. Raises Unread for what no chart has, as the filter of tarfile does
    for what no archive should have."""
    if member.isdir():
        return ""
    name = member.name.replace("\\", "/")
    shown = _shown(member.name)
    if not member.isreg() or member.issparse():
        raise Unread(f"{shown} is a link, a device or the like, which no chart has")
    if member.size > _FILE or member.size < 0:
        raise Unread(f"{shown} is larger than {_FILE >> 20} MiB")
    try:
        tarfile.data_filter(member, os.sep)
    except tarfile.TarError:
        raise Unread(f"{shown} leads out of it") from None
    path = name.removeprefix("./").partition("/")[2]
    leads_out = name.startswith("/") or re.match(r"[A-Za-z]:", name) or not is_inside(name.removeprefix("./"))
    if leads_out or name.count("/") > _DEEPEST or "\0" in name:
        raise Unread(f"{shown} leads out of it, or lies too deep")
    if not path:
        raise Unread(f"{shown} lies beside its folder")
    return path


def _shown(text: str) -> str:
    return repr(text[:80].encode("utf-8", "replace").decode())[1:-1]


class _Inflated(io.BufferedIOBase):
    """What comes out of gzip, as a stream. What lies behind the last of its members is nobody's, as for Helm."""

    def __init__(self, packed: bytes, left: _Left) -> None:
        self._in, self._at, self._left = packed, 0, left
        self._zip = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._out = b""

    def read(self, size: int | None = -1, /) -> bytes:
        """The next bytes, as many as are wanted or there are."""
        size = _CHUNK if size is None or size < 0 else size
        pieces, wanted = [self._out], size - len(self._out)
        while wanted > 0 and (more := self._more()):
            pieces.append(more)
            wanted -= len(more)
        out = b"".join(pieces)
        self._out = out[size:]
        return out[:size]

    def _more(self) -> bytes:
        while not self._zip.eof or self._begins():
            piece = self._zip.unconsumed_tail
            if not piece:
                piece = self._in[self._at : self._at + _CHUNK]
                self._at += len(piece)
            out = self._zip.decompress(piece, _CHUNK)
            if out:
                self._left.take(len(out))
                return out
            if not piece:
                raise EOFError("it ends too soon")
        return b""

    def _begins(self) -> bool:
        """Whether another member begins where one ended."""
        rest = self._zip.unused_data
        self._at -= len(rest)
        if self._in[self._at : self._at + 2] != b"\x1f\x8b":
            self._at += len(rest)
            return False
        self._zip = zlib.decompressobj(zlib.MAX_WBITS | 16)
        return True


def _headers() -> type[tarfile.TarInfo]:
    """Headers as Go reads them, by tarfile, but: those that are no file's within bounds of all together, since it keeps them, and
    searches them in a time that grows with their square; one that is damaged is no end; one for all files is for none."""
    left = [_HEADERS]

    class Headers(tarfile.TarInfo):
        __slots__ = ()

        @classmethod
        def fromtarfile(cls, archive: tarfile.TarFile) -> Self:
            try:
                return super().fromtarfile(archive)
            except (tarfile.EOFHeaderError, tarfile.EmptyHeaderError):  # type: ignore[attr-defined]
                raise
            except tarfile.HeaderError as error:  # for which tarfile takes it to be at its end, unless it is the first
                raise tarfile.ReadError(str(error)) from None

        def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
            archive.pax_headers = {}  # Go hands them to whoever wants them, and Helm does not
            if self.type in (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, *tarfile.GNU_TYPES):
                left[0] -= max(0, self.size)
                if left[0] < 0 or not 0 <= self.size <= _HEADERS >> 6:
                    raise Unread("its headers are larger than those of any chart")
            if self.type == tarfile.GNUTYPE_SPARSE:
                self._proc_gnusparse_10()
            made: tarfile.TarInfo = super()._proc_member(archive)  # type: ignore[misc]
            return made

        def _proc_gnusparse_10(self, *_: object) -> None:
            raise Unread("it has a sparse file, which no chart has")  # its map may be as large as everything else

    return Headers
