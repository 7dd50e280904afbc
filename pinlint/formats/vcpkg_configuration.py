"""vcpkg-configuration.json: the registries that vcpkg looks ports up in, each with the commit of its baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.model import Fact, Span
from pinlint.semantics.vcpkg_registries import registries
from pinlint.syntax.json import Unparsable, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Reference
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every registry."""
    found = load(document.text)
    if isinstance(found, Unparsable):
        yield Fact("unreadable-file", Span(found.offset, found.offset), f"{found.reason}; vcpkg reads nothing but JSON")
    elif isinstance(found, dict):
        yield from registries(found)
    else:
        yield Fact("foreign", Span(0, 0), "no configuration of vcpkg: it holds no object")
