"""Where a repository begins, and which files were seen in it.

Looks for `.git` and opens nothing.
"""

import os
from collections.abc import Callable

from pinlint.executables import lies_in

__all__ = ["keep", "root_of", "seen"]


def root_of(path: str) -> str | None:
    """The nearest directory at or above `path` (absolute) that holds `.git`, or None. A link by which a repository leads out of
    itself leads to no root: whoever wrote the link does not choose what is looked at."""
    found = None
    while True:
        if found is None and os.path.lexists(os.path.join(path, ".git")):
            found = path
        parent = os.path.dirname(path)
        if parent == path:
            return found
        if found is not None and os.path.islink(path):
            around = root_of(parent)  # which looks at what is above
            return found if around is None or lies_in(found, around) else around
        path = parent


#: What was listed of whole roots, until somebody takes it: git may need seconds to look through a large work tree.
_kept: dict[str, str] = {}


def keep(root: str, paths: str) -> None:
    """Keeps the listing of a whole root (each path with a NUL behind it) for whoever asks what was `seen`."""
    _kept[root] = paths


def seen(root: str) -> Callable[[], str]:
    """What lists the files under `root`: what was kept of the first look at it, for the first who asks."""
    known = _kept.pop(root, None)
    return lambda: _now(root) if known is None else known


def _now(root: str) -> str:
    from pinlint.listing import listing  # a run over named files seldom lists any

    return listing(root).paths
