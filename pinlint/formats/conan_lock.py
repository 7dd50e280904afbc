"""conan.lock: the recipes that Conan has chosen, of Conan 2 (0.5) and 1 (0.4), each with its revision.

A revision says which recipe is meant; what the recipe fetches, the recipe itself checks or not. Source: docs.conan.io, "Lockfiles".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pinlint.model import Fact, KeyPath, Reference, Span
from pinlint.semantics.conan_recipes import ROLES, recipe
from pinlint.syntax.json import Unparsable, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_CREATE = "run `conan lock create .`"
_conflict = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE).search


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every recipe."""
    text = document.text
    if found := _conflict(text):
        yield Fact("unreadable-lock", Span(*found.span()), f"it holds merge-conflict markers; take either side, then {_CREATE}")
        return
    lock = load(text)
    if isinstance(lock, Unparsable):
        at = min(lock.offset, len(text))
        yield Fact("unreadable-lock", Span(at, min(at + 1, len(text))), f"{lock.reason}; {_CREATE}")
        return
    version = lock.get("version") if isinstance(lock, dict) else None
    if not isinstance(lock, dict) or version not in ("0.4", "0.5"):
        said = f"version {str(version)[:20]}" if version is not None else "no version"
        yield Fact("unreadable-lock", Span(0, min(1, len(text))), f"it has {said}, and pinlint reads 0.4 and 0.5; {_CREATE}")
        return
    for one, place in _listed(lock) if version == "0.5" else _graph(lock):
        if isinstance(one, str) and one and "/" in one:
            yield recipe(one, place, "locked recipe", "")


def _listed(lock: dict[str, Any]) -> Iterator[tuple[Any, KeyPath]]:
    for group in ROLES:
        listed = lock.get(group)
        for number, one in enumerate(listed if isinstance(listed, list) else ()):
            yield (one[0] if isinstance(one, list) and one else one), KeyPath((group, number), "value")


def _graph(lock: dict[str, Any]) -> Iterator[tuple[Any, KeyPath]]:
    graph = lock.get("graph_lock")
    nodes = graph.get("nodes") if isinstance(graph, dict) else None
    for key, node in nodes.items() if isinstance(nodes, dict) else ():
        if isinstance(node, dict) and "path" not in node:  # what has a path is the project itself
            yield node.get("ref"), KeyPath(("graph_lock", "nodes", key, "ref"), "value")
