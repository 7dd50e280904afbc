"""asdf's .tool-versions, which mise reads too: a tool a line, with the versions that will do. No lock holds them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.tool.names import asked, named
from pinlint.model import Artifact, Reference, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_LINE = re.compile(r"^[ \t]*(?P<name>[^\s#]+)(?P<rest>[^#\r\n]*)", re.MULTILINE)


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every version of every tool."""
    for line in _LINE.finditer(document.text):
        for found in re.finditer(r"\S+", line["rest"]):
            start = line.start("rest") + found.start()
            verdict, digests, role, why = asked(found[0])
            place = Span(start, start + len(found[0]))
            yield Reference(Artifact("tool", named(line["name"])), found[0], digests, verdict, place, role, why)
