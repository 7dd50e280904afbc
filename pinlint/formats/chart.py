"""Chart.yaml: the charts that a Helm chart depends on, and whether Chart.lock settles their ranges.

`version` and `appVersion` are the chart's own and ask for nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.model import Fact, Reference, Span
from pinlint.semantics.chart_dependencies import is_replaced, judge
from pinlint.semantics.chart_fields import fields, root_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """The dependencies of a chart; a fact first where the lock beside it is missing, stale or unreadable."""
    root = root_of(document)
    top = fields(root) if root is not None else {}
    if root is None or not {"apiversion", "name", "version", "dependencies"} & set(top):
        yield Fact("foreign", Span(0, 0), "no Helm chart: it has neither name nor version")
        return
    if is_replaced(tree, document.path):
        return
    api = top.get("apiversion")
    helm2 = api is None or api.value == "v1"
    yield from judge(document, tree, root, ("Chart.lock", "requirements.lock"), helm2)
