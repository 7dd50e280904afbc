"""vcpkg.json: the ports that a project or a port asks for, and the commit of the registry that their versions are chosen by.

There is no lock: the baseline says which version of every port is the least, and that one is taken. Source:
learn.microsoft.com/vcpkg, "vcpkg.json" and "Versioning".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinlint.model import Artifact, Fact, KeyPath, Reference, Span
from pinlint.semantics.vcpkg_registries import BUILTIN, baseline, registries
from pinlint.syntax.json import Unparsable, load
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_CONFIGURATION = "vcpkg-configuration.json"
_BASELINE = "builtin-baseline"


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """The baseline and other registries, then ports and overrides."""
    found = load(document.text)
    if isinstance(found, Unparsable):
        yield Fact("unreadable-file", Span(found.offset, found.offset), f"{found.reason}; vcpkg reads nothing but JSON")
        return
    if not isinstance(found, dict):
        yield Fact("foreign", Span(0, 0), "no manifest of vcpkg: it holds no object")
        return
    commit, inner = found.get(_BASELINE), found.get("vcpkg-configuration")
    if isinstance(commit, str):
        yield baseline(BUILTIN, commit, KeyPath((_BASELINE,), "value"))
    if isinstance(inner, dict):
        yield from registries(inner, ("vcpkg-configuration",))
    beside = join(document.path, _CONFIGURATION)
    settled = _BASELINE if isinstance(commit, str) else "its configuration" if isinstance(inner, dict) else ""
    settled = settled or (beside if tree.exists(beside) else "")
    yield from _ports(found, (), settled)
    features = found.get("features")
    for name, feature in features.items() if isinstance(features, dict) else ():
        if isinstance(feature, dict):
            yield from _ports(feature, ("features", name), settled)
    for keys, one in _listed(found, (), "overrides"):
        version = next((one[key] for key in ("version", "version-semver", "version-date", "version-string") if key in one), "")
        artifact, role = Artifact("vcpkg", str(one.get("name", "?"))[:200]), "override"
        if isinstance(version, str) and version:
            yield Reference(artifact, version[:200], (), "version", KeyPath(keys), role)


def _ports(found: dict[str, Any], above: tuple[str | int, ...], settled: str) -> Iterator[Reference]:
    listed = found.get("dependencies")
    for number, one in enumerate(listed if isinstance(listed, list) else ()):
        name = one.get("name") if isinstance(one, dict) else one
        least = one.get("version>=") if isinstance(one, dict) else None
        if isinstance(name, str):
            keys = (*above, "dependencies", number)
            version = least[:200] if isinstance(least, str) else ""
            verdict = "range" if version else "floating"
            yield Reference(Artifact("vcpkg", name[:200]), version, (), verdict, KeyPath(keys), "port", "", settled)


def _listed(
    found: dict[str, Any], above: tuple[str | int, ...], key: str
) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    listed = found.get(key)
    for number, one in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(one, dict):
            yield (*above, key, number), one
