"""A file that was not there is written whole, and never over one that is there by now.

Must not know what is written.
"""

from __future__ import annotations

import os

from pinlint.fix.places import Unwritten, held, temporary

__all__ = ["create"]


def create(root: str, path: str, new: bytes) -> None:
    """Puts `new` at `path` below `root`. Raises Unwritten where something is by now, a link too, or where it cannot be written;
    then nothing happened."""
    place = held(root, path, follow=False)
    beside, descriptor = None, -1
    try:
        beside, descriptor = temporary(place)
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.write(new)
        os.fchmod(descriptor, _usual_mode(place.folder))
        os.fsync(descriptor)
        # Unlike a renaming, this never takes the place of what is there.
        os.link(beside.name, place.name, src_dir_fd=place.folder, dst_dir_fd=place.folder, follow_symlinks=False)
    except FileExistsError:
        raise Unwritten("it was written by someone else meanwhile") from None
    except OSError as error:
        raise Unwritten(f"it cannot be written: {error.strerror or error}") from None
    finally:
        if beside is not None:
            beside.removed()
        for opened in (descriptor, place.folder):
            if opened >= 0:
                os.close(opened)


def _usual_mode(folder: int) -> int:
    """What a new file would get: the process's mask cannot be read without setting it, which other threads would notice."""
    return 0o644 if os.fstat(folder).st_mode & 0o044 else 0o600
