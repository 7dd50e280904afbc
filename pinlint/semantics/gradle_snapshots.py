"""Which SNAPSHOTs a repository makes itself with Gradle. Nothing is run: only literals say a group and a version."""

import re

from pinlint.text import Unread
from pinlint.tree import Tree

__all__ = ["maker"]

_SAID = r"(?im)^[ \t]*(?:project\.)?(group|version)(?:_name)?(?:[ \t]*=[ \t]*|[ \t]+)[\"']?([\w.-]+)[\"']?"
_NAMES = ("build.gradle", "build.gradle.kts", "gradle.properties")


def maker(tree: Tree, path: str, module: str, version: str) -> str:
    """The build in a folder above that of `path` whose modules have this very group and SNAPSHOT; "" if none has. One beside it
    says what the file itself makes, which asks for the SNAPSHOTs of others by the same group as often as not."""
    if not version.endswith("-SNAPSHOT"):
        return ""
    group, folder = module.partition(":")[0], path.rpartition("/")[0]
    while folder:
        folder = folder.rpartition("/")[0]
        said = tree.memo("gradle group and version", folder, lambda at=folder: _said(tree, at))  # type: ignore[misc]
        if ("group", group) in said and ("version", version) in said:
            return f"{folder}/{said['group', group]}".lstrip("/")
    return ""


def _said(tree: Tree, folder: str) -> dict[tuple[str, str], str]:
    """The file of a folder that says a group or a version, by both."""
    found: dict[tuple[str, str], str] = {}
    for name in _NAMES:
        path = f"{folder}/{name}".lstrip("/")
        try:
            text = tree.read(path).text if tree.exists(path) else ""
        except Unread:
            continue
        found.update({(key.lower(), value): name for key, value in re.findall(_SAID, text)})
    return found
