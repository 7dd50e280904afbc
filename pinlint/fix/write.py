"""Files are replaced whole or not at all: whoever looks, at any moment and after any crash, sees the old bytes or the new ones.

Must not know what is written.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

from pinlint.fix.places import Place, Unwritten, held, temporary

__all__ = ["Unwritten", "replace_all"]

#: Attributes that are about the old bytes, and that the kernel makes anew.
_ABOUT_BYTES = ("security.ima", "security.evm", "security.capability")
#: What a folder gives to every file in it, wanted or not.
_INHERITED = "system.posix_acl_access"
#: Files that are changed together and stay locked meanwhile: a process may not have many more than a thousand open.
_MOST_LOCKED = 100


class _Prepared(NamedTuple):
    """A file to be replaced: where it lies, which file that was, and what is to take its place."""

    place: Place
    identity: tuple[int, int]
    old: bytes
    new: Place


def replace_all(root: str, changes: Sequence[tuple[str, bytes, bytes]]) -> list[str]:
    """Puts new bytes in the place of old ones, for (path below `root`, old, new) of files that belong together. A synced temporary
    file in the same folder is renamed over each, with mode, owner, access control list and extended attributes kept; all are
    prepared before the first is renamed, and then the renames follow back to back. A link stays a link, its target is replaced.

    Returns the paths of files with other names (hard links), which keep the old bytes, as they do when git checks a file out: to
    write in place would leave half a file after a crash, and could write to a file outside. Raises Unwritten for a file that is
    read-only, that changed or turned into a link meanwhile, that leads out of the root, or that cannot be replaced; then nothing
    happened, unless a rename itself failed.
    """
    prepared: list[_Prepared] = []
    named_elsewhere = []
    with _closing() as opened:
        try:
            for path, old, new in changes:
                one, names = _prepared(held(root, path), old, new, opened)
                prepared.append(one)
                if len(changes) > _MOST_LOCKED:
                    os.close(opened.pop())
                named_elsewhere += [path] if names > 1 else []
            for one in prepared:  # once more: writing takes its time, and an editor may have been quicker
                _unchanged(one.place, one.old, one.identity)
            while prepared:
                one = prepared[0]
                os.replace(one.new.name, one.place.name, src_dir_fd=one.new.folder, dst_dir_fd=one.place.folder)
                with suppress(OSError):  # makes the rename itself durable; the file is in its place either way
                    os.fsync(one.place.folder)
                del prepared[0]
        except OSError as error:
            raise Unwritten(f"it cannot be replaced: {error.strerror or error}") from None
        finally:
            for one in prepared:
                one.new.removed()
    return named_elsewhere


@contextmanager
def _closing() -> Iterator[list[int]]:
    """A list of descriptors, all of which are closed at the end."""
    opened: list[int] = []
    try:
        yield opened
    finally:
        for descriptor in opened:
            os.close(descriptor)


def _prepared(place: Place, old: bytes, new: bytes, opened: list[int]) -> tuple[_Prepared, int]:
    """(a synced temporary file that holds `new`, and what it is to replace; how many names that has). Raises Unwritten or OSError,
    and leaves nothing. What stays open is added to `opened`."""
    opened.append(place.folder)
    source, status = _unchanged(place, old)
    try:
        if not status.st_mode & stat.S_IWUSR or not os.access(place.name, os.W_OK, dir_fd=place.folder):
            raise Unwritten("it is read-only")
        beside, descriptor = temporary(place)
        opened.append(descriptor)
        try:
            _written(descriptor, new)
            if (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(descriptor, status.st_uid, status.st_gid)
            _keep_attributes(source, descriptor)
            os.fchmod(descriptor, stat.S_IMODE(status.st_mode))
            os.fsync(descriptor)
        except BaseException:
            beside.removed()
            raise
    finally:
        os.close(source)
    return _Prepared(place, (status.st_dev, status.st_ino), old, beside), status.st_nlink


def _written(descriptor: int, data: bytes) -> None:
    """All of `data` in the file."""
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def _keep_attributes(source: int, target: int) -> None:
    """The extended attributes of one file, its access control list among them, on another. Raises Unwritten where one cannot be
    kept: it may be what another program goes by."""
    if not hasattr(os, "listxattr"):  # macOS has them, Python has no way to them
        return
    try:
        wanted = {name: os.getxattr(source, name) for name in os.listxattr(source) if name not in _ABOUT_BYTES}
        there = {name: os.getxattr(target, name) for name in os.listxattr(target)}
    except OSError:  # a file system without any
        return
    for name in (name for name in wanted if wanted[name] != there.get(name)):
        try:
            os.setxattr(target, name, wanted[name])
        except OSError as error:
            raise Unwritten(f"its extended attribute {name} cannot be kept: {error.strerror}") from None
    if _INHERITED in there and _INHERITED not in wanted:
        os.removexattr(target, _INHERITED)


def _unchanged(place: Place, old: bytes, identity: tuple[int, int] = (0, 0)) -> tuple[int, os.stat_result]:
    """(a descriptor of the file, what it is); with an identity, the descriptor is closed. Raises Unwritten where the file holds
    anything but `old`, is a link, no file, or another file than the one that the identity means."""
    try:
        descriptor = place.opened(os.O_RDONLY)
    except OSError as error:
        linked = error.errno in (errno.ELOOP, errno.EMLINK)
        raise Unwritten(
            "it became a link while pinlint was at work" if linked else f"it cannot be looked at: {error.strerror}"
        ) from None
    keep = False
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Unwritten("it is no regular file")
        same = identity in ((0, 0), (status.st_dev, status.st_ino))
        if not same or status.st_size != len(old) or _read(descriptor, len(old) + 1) != old:
            raise Unwritten("it changed while pinlint was at work")
        keep = identity == (0, 0)
    except OSError as error:
        raise Unwritten(f"it cannot be read: {error.strerror}") from None
    finally:
        if not keep:
            os.close(descriptor)
    return descriptor, status


def _read(descriptor: int, size: int) -> bytes:
    chunks = []
    while size and (chunk := os.read(descriptor, size)):
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)
