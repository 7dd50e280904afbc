"""What else in the repository reads or writes the place of a pin, and whether it takes one there.

Each notation names its consumers in its line of the table (see `pinlint.notations`); a consumer is a function from a place to an
objection. Must not know what any of them looks for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from pinlint.fix.consumers.site import REFUSED, REMARK, UNSAFE, Objection, Site
from pinlint.notations import NOTATIONS

if TYPE_CHECKING:
    from pinlint.model import Reference, Span
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["REFUSED", "REMARK", "UNSAFE", "Objection", "objections"]

Consumer = Callable[[Site], "Objection | None"]


def objections(reference: Reference, span: Span, document: Document, tree: Tree) -> list[Objection]:
    """What the consumers of a place have against a pin there, the gravest first; nothing comes behind a refusal."""
    site = Site(reference, span, document, tree)
    found: list[Objection] = []
    for name in NOTATIONS[reference.notation].consumers:
        if (objection := _consumer(name)(site)) is not None:
            if objection.grade == REFUSED:
                return [objection]
            found.append(objection)
    return sorted(found, key=lambda one: one.grade)


@cache
def _consumer(name: str) -> Consumer:
    module, _, function = name.partition(":")
    found: Consumer = getattr(import_module(f"pinlint.fix.consumers.{module}"), function)
    return found
