"""What a node of a located tree says, where it says it and nothing computes it.

Knows how YAML, JSON and HCL write values, and what stands for one that only a run knows; must not know what any key means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.syntax.hcl_tree import COMPUTED
from pinlint.syntax.templates import HOLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.nodes import Node

__all__ = ["MISSING", "UNKNOWN", "listed", "repeated", "said"]


class _Word:
    """A value that no file can hold."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


#: There is no such key, or `null` stands there: who writes that means to say nothing.
MISSING = _Word("missing")
#: Something else says it, or it is no scalar.
UNKNOWN = _Word("unknown")
_PLAIN_TAGS = ("", "!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:int", "tag:yaml.org,2002:bool")


def said(node: Node | None) -> object:
    """The value of a scalar, in Python's terms; MISSING or UNKNOWN where it has none to tell."""
    if node is None or node.is_null:
        return MISSING
    if node.kind != "scalar" or node.style == COMPUTED or HOLE in node.value or node.tag not in _PLAIN_TAGS:
        return UNKNOWN
    if "${" in node.value or "{{" in node.value or "<%" in node.value:
        return UNKNOWN
    return node.resolved


def listed(node: Node | None) -> list[object] | None:
    """What the elements of a list say; None where it is none, or something computes it."""
    if node is None or node.kind != "sequence" or node.tag:
        return None
    return [said(element) for element in node.elements]


def repeated(node: Node) -> Iterator[Node]:
    """The keys of a mapping that stand there more than once, of each the last."""
    if len(node.raw_pairs) < 2:
        return
    last: dict[str, Node] = {}
    twice: dict[str, Node] = {}
    for key, _ in node.pairs:
        if key.value in last:
            twice[key.value] = key
        last[key.value] = key
    yield from (key for name, key in twice.items() if name != "<<")
