"""Files are replaced whole or not at all: whoever looks, at any moment and after any crash, sees the old bytes or the new ones.

Must not know what is written.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Sequence
from contextlib import suppress

from pinlint.text import Unread
from pinlint.tree import read_bytes

__all__ = ["Unwritten", "replace", "replace_all"]


class Unwritten(Exception):
    """A file that was left as it is; str() is the reason."""


def replace(path: str, old: bytes, new: bytes) -> None:
    """Puts `new` in the place of `old` at `path`: a synced temporary file in the same directory is renamed over it, with mode and
    owner kept. A link stays a link, its target is replaced. Raises Unwritten for a file that is read-only, that changed meanwhile
    or that cannot be replaced; then nothing happened."""
    replace_all([(path, old, new)])


def replace_all(changes: Sequence[tuple[str, bytes, bytes]]) -> None:
    """As `replace`, for (path, old, new) of files that belong together: all are prepared before the first is renamed, and then the
    renames follow back to back. Raises Unwritten; nothing happened unless a rename itself failed."""
    prepared: list[tuple[str, str]] = []
    try:
        for path, old, new in changes:
            prepared.append(_prepared(path, old, new))
        for path, old, _ in changes:  # once more: writing takes its time, and an editor may have been quicker
            _unchanged(path, old)
        while prepared:
            os.replace(*prepared[0])
            _sync_directory(os.path.dirname(prepared.pop(0)[1]))
    except OSError as error:
        raise Unwritten(f"it cannot be replaced: {error.strerror or error}") from None
    finally:
        for temporary, _ in prepared:
            with suppress(OSError):
                os.unlink(temporary)


def _prepared(path: str, old: bytes, new: bytes) -> tuple[str, str]:
    """(a synced temporary file that holds `new`, what it is to be renamed to). Raises Unwritten or OSError, and leaves nothing."""
    target = os.path.realpath(path)
    try:
        status = os.stat(target)
    except OSError as error:
        raise Unwritten(f"it cannot be looked at: {error.strerror or error}") from None
    if not status.st_mode & stat.S_IWUSR or not os.access(target, os.W_OK):
        raise Unwritten("it is read-only")
    if not stat.S_ISREG(status.st_mode):
        raise Unwritten("it is no regular file")
    _unchanged(target, old)
    name = f".{os.path.basename(target)[:50]}."  # 200 bytes at most, whatever the characters
    descriptor, temporary = tempfile.mkstemp(prefix=name, suffix=".pinlint", dir=os.path.dirname(target))
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(new)
            file.flush()
            if hasattr(os, "fchown") and (status.st_uid, status.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(file.fileno(), status.st_uid, status.st_gid)
            if hasattr(os, "fchmod"):
                os.fchmod(file.fileno(), stat.S_IMODE(status.st_mode))
            os.fsync(file.fileno())
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    return temporary, target


def _unchanged(path: str, old: bytes) -> None:
    """Raises Unwritten where a file holds anything but `old`."""
    try:
        if read_bytes(path) != old:
            raise Unwritten("it changed while pinlint was at work")
    except Unread as error:
        raise Unwritten(str(error)) from None


def _sync_directory(path: str) -> None:
    """Makes the rename itself durable, where the system can; the file is in its place either way."""
    if os.name == "nt":
        return
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
