"""What a version of a project asks for itself: the core metadata of one of its files.

Knows where wheels and source distributions keep them (PEP 427, 643, 658) and which file pip would rather take; must not know
how bytes are fetched. Nothing is built: where only a build would tell, nobody can tell.
"""

from __future__ import annotations

import bz2
import hashlib
import io
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable
from email.parser import BytesHeaderParser
from typing import NamedTuple

from pinlint.ecosystems.pypi.names import normalise
from pinlint.ecosystems.pypi.pages import File
from pinlint.ecosystems.pypi.versions import satisfies

__all__ = ["Metadata", "Ranged", "metadata_of"]

#: Bytes from the end of a wheel that nearly always hold its metadata and its directory.
_TAIL = 48 << 10
_LARGEST, _UNPACKED = 4 << 20, 32 << 20
#: Requirements of one version; those that ask for most have a few hundred.
_MOST = 5000
#: What reading a damaged archive may raise.
_DAMAGED = (OSError, ValueError, RuntimeError, OverflowError, EOFError, zipfile.BadZipFile, zlib.error, struct.error)
#: Metadata of a source distribution can be relied on from this version on, as far as they do not say "dynamic". Source: PEP 643.
_STATIC = (2, 2)


class Metadata(NamedTuple):
    """`requires` are requirements with their markers, `python` is the range of Pythons; `unclear` is why nobody can tell ("" = they
    are told)."""

    requires: tuple[str, ...] = ()
    python: str = ""
    unclear: str = ""


class Ranged(NamedTuple):
    """Bytes of a file: from `start` on, of `size` in all."""

    data: bytes
    start: int
    size: int


#: Fetches the bytes of an address: all, or those between two numbers (negative: so many from the end) where the server sends
#: them alone; text is why they cannot be had.
Fetch = Callable[[str, tuple[int, int] | None], Ranged | str]


def metadata_of(
    files: Iterable[File], rank: Callable[[str], tuple[object, ...]], project: str, version: str, fetch: Fetch
) -> Metadata:
    """The metadata of the version of which these are the files: of the wheel that pip would take here (the least `rank` of a name),
    else of any wheel, else of a source distribution that says that building changes nothing about them."""
    wheels = [file for file in files if file.name.endswith(".whl")]
    chosen = min(wheels, key=lambda file: (rank(file.name), file.name), default=None) or next(iter(files), None)
    if chosen is None:
        return Metadata(unclear=f"there is no file of {project} {version} to look into")
    data = _offered(chosen, fetch) if chosen.metadata else ""
    if isinstance(data, str):
        data = _of_wheel(chosen, fetch) if wheels else _of_sources(chosen, fetch)
    if isinstance(data, str):
        return Metadata(unclear=f"what {project} {version} asks for cannot be told: {data}")
    return _read(data, project, version, built=not wheels)


def _offered(file: File, fetch: Fetch) -> bytes | str:
    """The metadata that the index offers beside a file."""
    got = fetch(f"{file.url}.metadata", None)
    if isinstance(got, str):
        return got
    if file.metadata != "?" and hashlib.sha256(got.data).hexdigest() != file.metadata:
        return f"the index sends other metadata of {file.name} than it describes"
    return got.data


def _of_wheel(file: File, fetch: Fetch) -> bytes | str:
    """The METADATA of a wheel: from its end, where the server lets that be had alone, else from all of it."""
    got = fetch(file.url, (-_TAIL, 0))
    if isinstance(got, str):
        return got
    digest = file.hashes.get("sha256")
    if not got.start and digest and hashlib.sha256(got.data).hexdigest() != digest:
        return f"the index sends a {file.name} that is not the one it describes"
    try:
        with zipfile.ZipFile(_Remote(got, lambda start, end: fetch(file.url, (start, end)))) as archive:
            names = [name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)]
            if len(names) != 1 or archive.getinfo(names[0]).file_size > _LARGEST:
                return f"{file.name} has no METADATA of its own"
            with archive.open(names[0]) as member:
                return member.read(_LARGEST)
    except _DAMAGED:
        return f"{file.name} is no wheel that can be read"


class _Remote(io.RawIOBase):
    """A file of which the end is known; what is read before that is fetched, a stretch at a time."""

    def __init__(self, end: Ranged, more: Callable[[int, int], Ranged | str]) -> None:
        super().__init__()
        self._tail = self._known = end
        self._more, self._at, self._left = more, 0, 4

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """The place."""
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        """The new place."""
        self._at = max(0, offset + (0, self._at, self._tail.size)[whence])
        return self._at

    def read(self, size: int = -1) -> bytes:
        """The bytes from here on. Raises OSError where they cannot be had, or are more than metadata ever take."""
        end = min(self._tail.size, self._at + size) if size is not None and size >= 0 else self._tail.size
        if self._at >= end:
            return b""
        if end - self._at > _LARGEST:
            raise OSError("too much")
        if not (self._known.start <= self._at and end <= self._known.start + len(self._known.data)):
            self._known = self._tail if self._at >= self._tail.start else self._fetched(self._at, end)
        data = self._known.data[self._at - self._known.start : end - self._known.start]
        self._at += len(data)
        return data

    def _fetched(self, start: int, end: int) -> Ranged:
        self._left -= 1
        stop = min(max(end, start + _TAIL), self._tail.start)
        got = self._more(start, stop) if self._left >= 0 else "it is asked for too often"
        if isinstance(got, str) or (got.start, len(got.data), got.size) != (start, stop - start, self._tail.size):
            raise OSError("another file")
        return Ranged(got.data + (self._tail.data if stop == self._tail.start else b""), start, got.size)


def _of_sources(file: File, fetch: Fetch) -> bytes | str:
    """The PKG-INFO of a source distribution."""
    got = fetch(file.url, None)
    if isinstance(got, str):
        return got
    if (digest := file.hashes.get("sha256")) and hashlib.sha256(got.data).hexdigest() != digest:
        return f"the index sends a {file.name} that is not the one it describes"
    try:
        found = _from_zip(got.data) if file.name.endswith(".zip") else _from_tar(got.data, file.name)
    except (*_DAMAGED, tarfile.TarError, lzma.LZMAError):
        found = None
    return f"{file.name} is no source distribution with metadata that can be read" if found is None else found


def _from_zip(data: bytes) -> bytes | None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        name = next((name for name in archive.namelist() if re.fullmatch(r"[^/]+/PKG-INFO", name)), None)
        if name is None or archive.getinfo(name).file_size > _LARGEST:
            return None
        with archive.open(name) as member:
            return member.read(_LARGEST)


def _from_tar(data: bytes, name: str) -> bytes | None:
    if name.endswith(".tar.bz2"):
        unpacked = bz2.BZ2Decompressor().decompress(data, _UNPACKED)
    elif name.endswith(".tar.xz"):
        unpacked = lzma.LZMADecompressor(memlimit=_UNPACKED * 2).decompress(data, _UNPACKED)
    else:
        unpacked = zlib.decompressobj(31).decompress(data, _UNPACKED)
    with tarfile.open(fileobj=io.BytesIO(unpacked), mode="r:") as archive:
        for member in archive:
            if re.fullmatch(r"(?:\./)?[^/]+/PKG-INFO", member.name) and member.isreg():
                found = archive.extractfile(member) if member.size <= _LARGEST else None
                return found.read() if found else None
    return None


def _read(data: bytes, project: str, version: str, *, built: bool) -> Metadata:
    """What core metadata say. Those of sources (`built`) may say that only a build tells, or be too old to say so."""
    fields = BytesHeaderParser().parsebytes(data[:_LARGEST])
    name, own = str(fields.get("Name", "")).strip(), str(fields.get("Version", "")).strip()
    if normalise(name) != project or not own or not satisfies(own, [("==", version)]):
        return Metadata(unclear=f"what {project} {version} asks for cannot be told: its metadata are another's")
    dynamic = {str(one).strip().lower() for one in fields.get_all("Dynamic", [])}
    numbers = tuple(int(part) for part in re.findall("[0-9]{1,3}", str(fields.get("Metadata-Version", "")))[:2])
    if built and (numbers < _STATIC or dynamic & {"requires-dist", "provides-extra", "requires-python"}):
        why = "it has no wheel, and only building it would say"
        return Metadata(unclear=f"what {project} {version} asks for cannot be told: {why}")
    requires = tuple(" ".join(str(one).split()) for one in fields.get_all("Requires-Dist", []))
    if len(requires) > _MOST:
        return Metadata(unclear=f"{project} {version} asks for more than {_MOST} others")
    return Metadata(requires, str(fields.get("Requires-Python", "")).strip())
