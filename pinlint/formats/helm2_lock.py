"""requirements.lock: the versions that Helm 2 chose for a chart's ranges. requirements.yaml, beside it, is where it is judged."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.model import Fact, Span
from pinlint.semantics.chart_dependencies import locked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Reference
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_HELM = re.compile(r"^['\"]?(?:dependencies|digest|generated)['\"]?[ \t]*:|^<{7}", re.MULTILINE)


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """The locked charts, or the fact that the lock cannot be read."""
    # Tools that lock Python packages write a file of the same name.
    if not _HELM.search(document.text):
        yield Fact("foreign", Span(0, 0), "no Helm 2 lock: it has neither `dependencies` nor a `digest`")
        return
    yield from locked(document, tree, ("requirements.yaml", "Chart.yaml"))
