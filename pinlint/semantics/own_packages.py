"""Packages that a repository makes itself, and those that it installs: what `npx NAME` runs there is not fetched anew.

Knows package.json and pyproject.toml; must not know who asks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.pypi.names import normalise
from pinlint.semantics.js_manifests import asked, manifest
from pinlint.text import Unread
from pinlint.tree import join

if TYPE_CHECKING:
    from pinlint.tree import Tree

__all__ = ["installed", "made"]

_NAME = re.compile(r"^name[ \t]*=[ \t]*[\"']([\w.-]{1,200})[\"']", re.MULTILINE)
_MOST = 500  # manifests that are read for their names


def installed(name: str, path: str, tree: Tree) -> str:
    """Why the program of a package that the file at `path` names is one that the project installed: a manifest above it asks for
    the package. "" if none does."""
    folder = path
    while "/" in folder:
        folder = folder.rpartition("/")[0]
        manifest_path = join(folder + "/x", "package.json")
        if name in asked(manifest(tree, manifest_path)):
            return f"{manifest_path} asks for it, and what it installs is run"
    return "package.json asks for it, and what it installs is run" if name in asked(manifest(tree, "package.json")) else ""


def made(kind: str, name: str, tree: Tree) -> str:
    """The manifest by which this repository makes the package itself; "" if it does not."""
    if kind == "npm":
        return tree.memo("npm packages made", "", lambda: _npm(tree)).get(name, "")
    return tree.memo("Python packages made", "", lambda: _pypi(tree)).get(name, "") if kind == "pypi" else ""


def _npm(tree: Tree) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in tree.named("package.json")[:_MOST]:
        name = manifest(tree, path).get("name")
        if isinstance(name, str):
            found.setdefault(name, path)
    return found


def _pypi(tree: Tree) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in tree.named("pyproject.toml")[:_MOST]:
        try:
            text = tree.read(path).text
        except Unread:
            continue
        if name := _NAME.search(text):
            found.setdefault(normalise(name[1]), path)
    return found
