"""Chart.lock: the versions that Helm chose for a chart's ranges. Chart.yaml, beside it, is where it is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.semantics.chart_dependencies import locked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact, Reference
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """The locked charts, or the fact that the lock cannot be read."""
    yield from locked(document, tree, ("Chart.yaml",))
