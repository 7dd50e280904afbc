"""Where a file really lies, held open: what is done there is done there, whatever a path leads to a moment later.

Nobody who can write to a work tree while pinlint is at work (a container of the same job, a build) can move a write elsewhere by
putting a link in the place of a file or folder. Must not know what is written.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from contextlib import suppress
from typing import NamedTuple

__all__ = ["Place", "Unwritten", "held", "swept", "temporary"]

_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
_FILE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_LINKED = (errno.ELOOP, errno.EMLINK, errno.ENOTDIR)
#: What a temporary file is called: dots around the name that it stands for, luck, and what shows that it is ours.
_OURS = re.compile(r"\.(.*)\.([0-9a-f]{16})([0-9a-f]{16})\.pinlint", re.DOTALL)


class Unwritten(Exception):
    """A file that was left as it is; str() is the reason."""


class Place(NamedTuple):
    """A name in a folder that is held open."""

    folder: int
    name: str

    def opened(self, flags: int, mode: int = 0o600) -> int:
        """A descriptor of the file. Raises OSError, also where it is a link."""
        return os.open(self.name, flags | _FILE, mode, dir_fd=self.folder)

    def removed(self) -> None:
        """Nothing there any more, if it can be removed."""
        with suppress(OSError):
            os.unlink(self.name, dir_fd=self.folder)


def held(root: str, path: str, *, follow: bool = True) -> Place:
    """Where the file at `path` below the folder `root` really lies; its last part is followed, if it is a link and `follow`. The
    caller closes the folder. Raises Unwritten where that is not below the root, or where a folder turns into a link meanwhile."""
    real_root = os.path.realpath(root)
    full = os.path.join(root, path)
    above, name = os.path.split(os.path.realpath(full) if follow else full)
    way = os.path.relpath(os.path.realpath(above), real_root)
    if way == os.pardir or way.startswith(os.path.join(os.pardir, "")):
        raise Unwritten("it leads out of the repository by a link")
    folder = -1
    try:
        folder = os.open(real_root, _FOLDER)
        for part in way.split(os.sep) if way != os.curdir else ():
            below = os.open(part, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = below
    except OSError as error:
        if folder >= 0:
            os.close(folder)
        why = "a folder became a link while pinlint was at work" if error.errno in _LINKED else error.strerror
        raise Unwritten(f"its folder cannot be opened: {why}") from None
    return Place(folder, name)


def temporary(place: Place) -> tuple[Place, int]:
    """(a new file beside a place, its descriptor). It is locked as long as that is open, so that nobody takes it for left behind.
    Raises OSError."""
    while True:
        name = f"{place.name[:50]}"  # 200 bytes at most, whatever the characters
        luck = os.urandom(8).hex()
        beside = place._replace(name=f".{name}.{luck}{_check(name, luck)}.pinlint")
        descriptor = beside.opened(os.O_RDWR | os.O_CREAT | os.O_EXCL)
        if _locked(descriptor) and os.fstat(descriptor).st_nlink:
            return beside, descriptor
        os.close(descriptor)  # somebody who sweeps was quicker than the lock


def swept(folder: int) -> list[str]:
    """The names of temporary files that a run left in a folder when it was killed; they are gone now.

    Only what is beyond doubt pinlint's own goes: a plain file of this user whose name proves that pinlint made it up, and that no
    run holds locked.
    """
    gone = []
    with suppress(OSError):
        for name in sorted(os.listdir(folder)):
            made = _OURS.fullmatch(name)
            if made and made[3] == _check(made[1], made[2]) and _left_behind(Place(folder, name)):
                gone.append(name)
    return gone


def _check(name: str, luck: str) -> str:
    return hashlib.sha256(f"pinlint\0{name}\0{luck}".encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _left_behind(place: Place) -> bool:
    """Whether the temporary file had no owner; then it is gone."""
    try:
        descriptor = place.opened(os.O_RDONLY)
    except OSError:
        return False
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or not _locked(descriptor, wait=False):
            return False
        place.removed()
        return True
    finally:
        os.close(descriptor)


def _locked(descriptor: int, *, wait: bool = True) -> bool:
    """Whether the file is locked by this process now; where a file system knows no locks, it is if nobody can hold one."""
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return wait
    return True
