"""Where the user's own programs are: by absolute path, and never in a repository.

Knows PATH; starts nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

__all__ = ["folders", "lies_in", "program", "without_home_in"]


def folders(environment: Mapping[str, str], root: str = "") -> list[str]:
    """The directories of PATH in which a program of the user's may be looked for: the absolute ones (an empty entry or "." is
    wherever one stands) that do not lie in `root`, whose files anybody may have written."""
    entries = [entry for entry in environment.get("PATH", os.defpath).split(os.pathsep) if os.path.isabs(entry)]
    return [entry for entry in entries if not lies_in(entry, root)] if root else entries


def program(name: str, environment: Mapping[str, str], root: str = "", besides: Iterable[str] = ()) -> str:
    """The absolute path of a program, "" where none is found. It is looked for as `folders` says, and not in `besides`."""
    endings = [""] if os.name == "posix" else environment.get("PATHEXT", ".EXE").split(os.pathsep)
    for folder in folders(environment, root):
        for ending in endings if folder not in besides else ():
            path = os.path.join(folder, name + ending)
            if os.path.isfile(path) and os.access(path, os.X_OK):
                return path
    return ""


def without_home_in(environment: Mapping[str, str], root: str) -> dict[str, str]:
    """The environment without home directories that lie in `root` or are no absolute paths: what a program would read there as
    settings of its user anybody may have written."""
    homes = ("HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM")
    return {
        name: value
        for name, value in environment.items()
        if name not in homes or value == os.devnull or (os.path.isabs(value) and not lies_in(value, root))
    }


def lies_in(path: str, root: str) -> bool:
    """Whether a path is `root` or lies below it, where both really are."""
    try:
        real, top = os.path.realpath(path), os.path.realpath(root)
    except OSError:  # a link was replaced between two looks at it
        return False
    return real == top or real.startswith(top.rstrip(os.sep) + os.sep)
