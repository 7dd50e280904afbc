"""Which version a lock of Gradle gives a module. Must not know how firm a version is."""

import re
from collections.abc import Mapping

from pinlint.text import Unread
from pinlint.tree import Tree, join

__all__ = ["settled_by"]

_LINE = re.compile(r"(?m)^([^:=\s#]+:[^:=\s]+):([^=\s]+)=")
_NAMES = ("gradle.lockfile", "buildscript-gradle.lockfile")


def settled_by(tree: Tree, path: str, module: str) -> str:
    """The lock beside a build file that gives a module a version, as "FILE: VERSION"; "" if none does."""
    for name in _NAMES:
        lock = join(path, name)
        if tree.exists(lock) and (version := tree.memo("gradle lock", lock, lambda found=lock: _versions(tree, found)).get(module)):  # type: ignore[misc]
            return f"{name}: {version}"
    return ""


def _versions(tree: Tree, path: str) -> Mapping[str, str]:
    try:
        return {found[1]: found[2] for found in _LINE.finditer(tree.read(path).text)}
    except Unread:
        return {}
