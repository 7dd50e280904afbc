"""requirements.yaml: the charts that a Helm 2 chart (apiVersion v1) depends on, settled by requirements.lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.model import Fact, Reference, Span
from pinlint.semantics.chart_dependencies import judge
from pinlint.semantics.chart_fields import fields, root_of
from pinlint.syntax.yaml import Node, template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """The dependencies of a Helm 2 chart; a fact first where its lock is missing, stale or unreadable."""
    root = root_of(document)
    if root is None or not _is_helm(root, document.text):
        yield Fact("foreign", Span(0, 0), "no Helm 2 requirements: it has no list of charts under `dependencies`")
        return
    yield from judge(document, tree, root, ("requirements.lock", "Chart.lock"), helm2=True)


def _is_helm(root: Node, text: str) -> bool:
    """Whether `dependencies` lists charts; conda lists texts there, and Ansible has no such key."""
    listed = fields(root).get("dependencies")
    if listed is None:
        return False
    if not listed.elements:
        return listed.kind == "sequence" or listed.is_null
    return any(template(one, text) or "name" in fields(one) for one in listed.elements)
