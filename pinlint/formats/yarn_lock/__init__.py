"""yarn.lock, of yarn 1 and of all later ones.

Knows how to tell one from the other; the two languages and what stands in them are read beside this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.formats.yarn_lock import berry, classic
from pinlint.model import Fact, Span
from pinlint.semantics.npm_locked import conflict
from pinlint.syntax.yarn import is_yaml
from pinlint.text import Unparsable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Reference
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Every package that yarn installs, and what the lock disagrees about with the manifests."""
    if found := conflict(document.text):
        why = "it holds merge-conflict markers; resolve them with `yarn install`"
        yield Fact("unreadable-lock", Span(*found.span()), why)
        return
    try:
        yield from (berry if is_yaml(document.text) else classic).references(document, tree)
    except Unparsable as error:
        at = min(error.offset, len(document.text))
        why = f"{error}; restore it, or write it again with `yarn install`"
        yield Fact("unreadable-lock", Span(at, min(at + 1, len(document.text))), why)
