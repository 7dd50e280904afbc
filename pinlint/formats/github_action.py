"""action.yml: the steps of a composite action, the image of a Docker action. A JavaScript action brings what it runs along.

Source: GitHub's "Metadata syntax"; Forgejo and Gitea read the same file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.action.reading import action, transport
from pinlint.model import Fact, Reference, Span
from pinlint.syntax.yaml import Unparsable, fact, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every action and image that the action runs."""
    try:
        roots = read(document)
    except Unparsable as error:
        yield fact(error, document.text)
        return
    if not any(root.get("runs") is not None for root in roots):
        yield Fact("foreign", Span(0, 0), "no action: it does not say what it runs")
        return
    for root in roots:
        for reference in action(root, document):
            yield reference
            yield from transport(reference)
