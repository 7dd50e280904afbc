"""Python scripts that carry their metadata (PEP 723): what they ask for, which `uv run`, pipx and Hatch install before they run.

Other programs are none of ours: the mark that a file must hold may stand in a text that it quotes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.model import Fact, Span
from pinlint.semantics.script_blocks import asked_by_script

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Reference
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Everything that a script asks for."""
    asked = asked_by_script(document, tree)
    if asked is None:
        yield Fact("foreign", Span(0, 0), "it quotes a script and is none")
    else:
        yield from asked
