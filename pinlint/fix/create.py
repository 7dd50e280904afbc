"""A file that was not there is written whole, and never over one that is there by now.

Must not know what is written.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress

from pinlint.fix.write import Unwritten

__all__ = ["create"]


def create(path: str, new: bytes) -> None:
    """Puts `new` at `path`. Raises Unwritten where something is by now, or where it cannot be written; then nothing happened."""
    folder, name = os.path.split(path)
    temporary = ""
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{name[:100]}.", suffix=".pinlint", dir=folder)
        with os.fdopen(descriptor, "wb") as file:
            file.write(new)
            file.flush()
            os.chmod(temporary, _usual_mode(folder))
            os.fsync(file.fileno())
        os.link(temporary, path)  # unlike a renaming, it never takes the place of what is there
    except FileExistsError:
        raise Unwritten("it was written by someone else meanwhile") from None
    except OSError as error:
        raise Unwritten(f"it cannot be written: {error.strerror or error}") from None
    finally:
        if temporary:
            with suppress(OSError):
                os.unlink(temporary)


def _usual_mode(folder: str) -> int:
    """What a new file would get: the process's mask cannot be read without setting it, which other threads would notice."""
    return 0o644 if os.stat(folder).st_mode & 0o044 else 0o600
