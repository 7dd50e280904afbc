"""Which version a lock of Gradle gives a module. Must not know how firm a version is."""

import re
from collections.abc import Mapping

from pinlint.text import Unread
from pinlint.tree import Tree, join

__all__ = ["settled_by"]

_LINE = re.compile(r"(?m)^([^:=\s#]+:[^:=\s]+):([^=\s]+)=")
_NAMES = ("gradle.lockfile", "buildscript-gradle.lockfile")


def settled_by(tree: Tree, path: str, module: str) -> str:
    """The lock beside a build file that knows a module, as "FILE: VERSION", without the version where configurations have several;
    "" if none does."""
    for name in _NAMES:
        lock = join(path, name)
        if tree.exists(lock) and module in (known := tree.memo("gradle lock", lock, lambda found=lock: _versions(tree, found))):  # type: ignore[misc]
            return f"{name}: {known[module]}" if known[module] else name
    return ""


def _versions(tree: Tree, path: str) -> Mapping[str, str]:
    """The version of every module, "" where there are several."""
    found: dict[str, str] = {}
    try:
        for line in _LINE.finditer(tree.read(path).text):
            found[line[1]] = line[2] if found.get(line[1], line[2]) == line[2] else ""
    except Unread:
        return {}
    return found
