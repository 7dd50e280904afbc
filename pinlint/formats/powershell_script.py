"""Scripts of PowerShell: all of the file is one script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.model import Script
from pinlint.semantics.scripts import placed
from pinlint.syntax.scalars import raw

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]


def references(document: Document, tree: Tree) -> Iterator[Script]:  # noqa: ARG001
    """The script."""
    name = document.path.rpartition("/")[2]
    yield placed(raw(document.text), Script("", [], "powershell", "script", "script", name))
