"""conanfile.txt: the recipes that a project asks for. A conan.lock beside it settles their versions and revisions.

Source: docs.conan.io, "conanfile.txt".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.model import Fact, Span
from pinlint.semantics.conan_recipes import ROLES, lock_beside, recipe
from pinlint.syntax.lines import lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Reference
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Every recipe, in order."""
    lock, section, at = lock_beside(tree, document.path), "", 0
    sections = 0
    for line in lines(document.text):
        start, at = at, at + len(line) + 1
        text = line.partition("#")[0].strip() if line.lstrip().startswith("#") else line.strip()
        if text.startswith("[") and text.endswith("]"):
            section, sections = text[1:-1].strip(), sections + 1
        elif text and section in ROLES:
            asked = text.split(" #", 1)[0].strip()
            begin = start + line.index(asked)
            yield recipe(asked, Span(begin, begin + len(asked)), ROLES[section], lock)
    if not sections and document.text.strip():
        yield Fact("foreign", Span(0, 0), "no conanfile.txt: it has no section")
