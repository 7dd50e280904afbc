"""The session of a run, over files of this machine or over repositories elsewhere: those are fetched first, and no local path leads
to a network.

Knows which arguments are addresses; must not know how anything is fetched.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pinlint.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.options import Options

__all__ = ["opened"]

_FAR = ("github:", "gitlab:", "https://", "http://")


@contextmanager
def opened(options: Options, *, audits: bool = False) -> Iterator[Session]:
    """A session over what the command line names. Raises PinlintError as that does, and for a repository that cannot be had."""
    far = [path for path in options.paths if path.startswith(_FAR) and not os.path.lexists(path)]
    if not far:
        yield Session(options, audits=audits)
        return
    from pinlint.elsewhere import trees  # the only way from here to a network

    with trees(far) as found:
        yield Session(options, audits=audits, far=found)
