"""Manifest.toml of Julia, formats 1 and 2: every package with the hash of its tree.

Must not know how firm an entry is. Source: pkgdocs.julialang.org, "Project.toml and Manifest.toml"; Pkg.jl, src/manifest.jl.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pinlint.ecosystems.julia.names import is_uuid
from pinlint.model import KeyPath
from pinlint.syntax.toml_values import Unparsable, load
from pinlint.text import Unread
from pinlint.tree import join

if TYPE_CHECKING:
    from pinlint.tree import Tree

__all__ = ["Package", "beside", "is_manifest", "packages"]

_NAMES = ("JuliaManifest.toml", "Manifest.toml")


class Package(NamedTuple):
    """A package: version ("" = a part of Julia), tree, the folder or repository that it comes from, and its place."""

    name: str
    said: dict[str, str]
    place: KeyPath


def is_manifest(found: dict[str, Any]) -> bool:
    """Whether a file is one of Julia's: others are called so, too."""
    if "julia_version" in found or "manifest_format" in found:
        return True
    lists = [one for one in found.values() if isinstance(one, list) and one]
    return bool(lists) and all(isinstance(table, dict) and is_uuid(table.get("uuid")) for one in lists for table in one)


def packages(found: dict[str, Any]) -> list[Package]:
    """Every package."""
    deps, above = found.get("deps"), ("deps",)
    tables: dict[str, Any] = found
    keys: tuple[str, ...] = ()
    if str(found.get("manifest_format", "1")).startswith("2"):
        tables, keys = deps if isinstance(deps, dict) else {}, above
    made = []
    for name, listed in tables.items():
        for number, one in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(one, dict):
                said = {key: value for key, value in one.items() if isinstance(value, str)}
                made.append(Package(name, said, KeyPath((*keys, name, number))))
    return made


def beside(tree: Tree, path: str) -> tuple[str, frozenset[str]]:
    """(the manifest beside a project, the names in it); "" and none where there is none, or none that can be read."""
    for name in _NAMES:
        manifest = join(path, name)
        if tree.exists(manifest):
            return manifest, tree.memo("julia manifest", manifest, lambda: _names(tree, manifest))  # noqa: B023 - at once
    return "", frozenset()


def _names(tree: Tree, path: str) -> frozenset[str]:
    try:
        found = load(tree.read(path).text)
    except Unread:
        return frozenset()
    return (
        frozenset() if isinstance(found, Unparsable) or not is_manifest(found) else frozenset(one.name for one in packages(found))
    )
