"""YAML within YAML: a block of text that holds a document of its own (values of a chart, a patch), read at its place.

Knows block scalars; must not know what the inner document means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.budget import spend
from pinlint.syntax.yaml import Unparsable, read, walk
from pinlint.text import Document, Unread

if TYPE_CHECKING:
    from pinlint.syntax.yaml import Node

__all__ = ["embedded"]


def embedded(node: Node, document: Document) -> list[Node]:
    """The root of every document in the text of a literal block (`|`); none where it is no such block or no YAML.

    The nodes stand where they do in `document`: what is indented as a whole is YAML as it is.
    """
    if node.kind != "scalar" or node.style != "|":
        return []
    start = document.text.find("\n", node.start, node.end) + 1
    if not start:
        return []
    spend(node.end - start)
    try:
        roots = read(Document(document.path, document.text[start : node.end].encode("utf-8", "surrogateescape")))
    except (Unparsable, Unread):
        return []
    moved: set[int] = set()
    for root in roots:
        for inner in walk(root):
            if id(inner) not in moved:
                moved.add(id(inner))
                inner.start += start
                inner.end += start
    return roots
