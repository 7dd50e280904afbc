"""What else in the repository reads or writes the place of a pin, and whether it takes one there.

Each notation names its consumers in one table; a consumer is a function from a place to an objection. Knows who is asked about
which notation; must not know what any of them looks for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pinlint.fix.consumers import bots, charts, comments, deployers, generated, markers, mirrors, preloaded, writers
from pinlint.fix.consumers.site import REFUSED, REMARK, UNSAFE, Objection, Site

if TYPE_CHECKING:
    from pinlint.model import Reference, Span
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["CONSUMERS", "REFUSED", "REMARK", "UNSAFE", "Objection", "objections"]

Consumer = Callable[[Site], "Objection | None"]

_EVERY: tuple[Consumer, ...] = (generated.file, markers.marked, generated.golden, generated.rendered, writers.written)
_IMAGE: tuple[Consumer, ...] = (*_EVERY, deployers.replaced, preloaded.never_pulled)
_VALUE: tuple[Consumer, ...] = (*_IMAGE, charts.schema)
#: Whose grammar a pin must satisfy, by the notation in which it is written. A lock and a sum are read by their own tool alone.
CONSUMERS: dict[str, tuple[Consumer, ...]] = {
    "action": (*_EVERY, comments.directive),
    "chart-version": _EVERY,
    "commit-key": (*_EVERY, bots.follow_default_branch),
    "git-commit": (*_EVERY, comments.directive, bots.see_no_version),
    "git-frozen": (*_EVERY, comments.directive),
    "git-ref": (*_EVERY, bots.see_no_version),
    "git-rev": (*_EVERY, bots.see_no_version),
    "image": (*_VALUE, mirrors.elsewhere),
    "image-argument": _IMAGE,
    "image-digest-key": _VALUE,
    "image-tag-key": _VALUE,
    "include-integrity": _EVERY,
    "kustomize-digest": _IMAGE,
    "orb-version": _EVERY,
    "own-digest-key": (*_VALUE, charts.overridden),
    "ref-key": (*_EVERY, bots.see_no_version),
    "version-key": _EVERY,
    "xml-text": _EVERY,
}


def objections(reference: Reference, span: Span, document: Document, tree: Tree) -> list[Objection]:
    """What the consumers of a place have against a pin there, the gravest first; nothing comes behind a refusal."""
    site = Site(reference, span, document, tree)
    found: list[Objection] = []
    for consumer in CONSUMERS.get(reference.notation, ()):
        if (objection := consumer(site)) is not None:
            if objection.grade == REFUSED:
                return [objection]
            found.append(objection)
    return sorted(found, key=lambda one: one.grade)
