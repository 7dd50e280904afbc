"""Gradle's version catalogues: the versions of libraries and plugins that builds refer to by alias.

Source: the Gradle user guide (version catalogs; rich versions). What prefers a version says nothing firm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinlint.ecosystems.maven.gradle import plugin_artifact, verdict
from pinlint.model import Artifact, Fact, KeyPath, Reference, Span
from pinlint.semantics.gradle_snapshots import maker
from pinlint.syntax.toml_values import Unparsable, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_Table = dict[str, Any]


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Every library and plugin."""
    catalogue = load(document.text)
    if isinstance(catalogue, Unparsable):
        yield Fact("unreadable-file", Span(0, min(1, len(document.text))), f"it is no TOML: {catalogue}")
        return
    versions = _table(catalogue.get("versions"))
    for group, role in (("libraries", "library"), ("plugins", "build plugin")):
        for alias, value in _table(catalogue.get(group)).items():
            yield from _entry((group, alias), value, versions, role, document.path, tree)


def _table(value: Any) -> _Table:
    return value if isinstance(value, dict) else {}


def _entry(keys: tuple[str, str], value: Any, versions: _Table, role: str, path: str, tree: Tree) -> Iterator[Reference]:
    place = KeyPath(keys, "value") if isinstance(value, str) else KeyPath(keys)
    if isinstance(value, str):
        name, _, version = value.rpartition(":")
        name = plugin_artifact(name) if name and role != "library" else name
    else:
        table = _table(value)
        name = _named(table, role)
        version, place = _version(table.get("version"), versions, keys)
    if not name:
        return
    level, why = verdict(version)
    if made := maker(tree, path, name, version):
        level, why = "local", f"{made} makes it here"
    locks = (
        tree.named("gradle.lockfile") if level in ("range", "floating") else ()
    )  # whose the alias is, the catalogue does not say
    yield Reference(Artifact("maven", name), version, (), level, place, role, why, locks[0] if locks else "")


def _named(table: _Table, role: str) -> str:
    texts = {key: table[key] for key in ("module", "group", "name", "id") if isinstance(table.get(key), str)}
    if role == "library":
        return texts.get("module") or (f"{texts['group']}:{texts['name']}" if {"group", "name"} <= set(texts) else "")
    return plugin_artifact(texts["id"]) if "id" in texts else ""


def _version(value: Any, versions: _Table, keys: tuple[str, ...]) -> tuple[str, KeyPath]:
    """(the version that an entry gives or refers to, where it stands)."""
    at: tuple[str, ...] = (*keys, "version")
    if isinstance(value, dict) and isinstance(value.get("ref"), str):
        at, value = ("versions", value["ref"]), versions.get(value["ref"])
    if isinstance(value, str):
        return value, KeyPath(at, "value")
    for key in ("strictly", "require", "prefer"):
        if isinstance(found := _table(value).get(key), str):
            return found, KeyPath((*at, key), "value")
    return "", KeyPath(keys)
