"""Values of Helm charts: the images that they name.

Source: helm.sh/docs/chart_best_practices/values; the charts' own conventions (see semantics/chart_values.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.model import Fact, Reference, Span
from pinlint.semantics.chart_templates import chart_of
from pinlint.semantics.chart_values import images
from pinlint.semantics.own_images import builder
from pinlint.syntax.yaml import Unparsable, documents, read
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Every image that the values name. A file with another kind of document in it is no file of values."""
    roots = _roots(document)
    if roots and (foreign := _foreign(roots[0], own=tree.exists(join(document.path, "Chart.yaml")))):
        yield Fact("foreign", Span(0, 0), foreign)
        return
    chart = chart_of(document.path, tree)
    for root in roots[:1]:  # Helm reads no further
        for reference in images(root, document, chart):
            why = builder(reference.artifact.name, document.path, tree) if reference.verdict != "unknown" else ""
            yield reference if not why else reference._replace(verdict="local", why=why).unpinnable()


def _roots(document: Document) -> list[Node]:
    """The documents of a file. Actions in values are texts for the chart; a `.gotmpl` alone is a template as a whole."""
    if not document.path.endswith(".gotmpl"):
        try:
            return documents(document.text)
        except Unparsable:  # perhaps values that a generator fills in
            pass
    return read(document)


def _foreign(root: Node, *, own: bool) -> str:
    """What a document is instead of values ("" = it may be values). A chart's `own` are values whatever their keys are."""
    if root.kind == "sequence":
        return "no values of a Helm chart: it is a list"
    if not own and root.get("apiVersion") is not None and root.get("kind") is not None:
        return "no values of a Helm chart: it is an object of Kubernetes"
    return ""
