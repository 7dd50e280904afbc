"""What stands around the values of a file: its comments, and which lines a statement takes up.

Knows trees of nodes and brackets; must not know what any key means. Loaded where a file holds an exception.

A statement is a stretch of text with the place where it begins: what begins in one line may go on in others. An entry or element
reaches over its value, or over the values that stand directly in that; what is nested deeper begins in a line of its own.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from pinlint.model import Span
from pinlint.syntax.nodes import walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinlint.syntax.nodes import Node

__all__ = ["Statement", "bracketed", "comments", "statements"]

#: Where a statement begins, and a stretch of it.
Statement = tuple[int, Span]

_BREAKS = "\r\n\x85\u2028\u2029"


def comments(text: str, roots: Iterable[Node], unread: Iterable[tuple[int, int]] = ()) -> Iterator[Span]:
    """The comments of YAML: what begins with # at the start of a line or behind a blank, and in no scalar. What stands in the
    stretches that nobody could read is none."""
    scalars = (node for root in roots for node in walk(root) if node.kind == "scalar" and node.start < node.end)
    taken = [(node.start, node.end, node.style in ("|", ">")) for node in scalars]
    taken = sorted([*taken, *((start, end, False) for start, end in unread)])
    mark, line_end = re.compile(rf"(?:\A|(?<=[ \t{_BREAKS}]))#"), re.compile(rf"[{_BREAKS}]|\Z")
    at = 0
    while found := mark.search(text, at):
        start = found.start()
        number = bisect_right(taken, (start, len(text) + 1, True)) - 1
        if number >= 0 and start < taken[number][1]:
            begins, ends, block = taken[number]
            if not block or re.compile(f"[{_BREAKS}]").search(text, begins, start):
                at = max(ends, start + 1)
                continue
        end = line_end.search(text, start)
        at = end.start() if end else len(text)
        yield Span(start, at)


def statements(text: str, roots: Iterable[Node]) -> Iterator[Statement]:
    """The entries and elements below the roots of documents."""
    for root in roots:
        for node in walk(root):
            for key, value in node.raw_pairs:
                yield from _directly(key.start, value)
            for element in node.raw_elements:
                line = max(text.rfind(end, 0, element.start) for end in "\r\n") + 1
                if element.style or text[line : element.start].lstrip(" \t")[:1] == "-":
                    yield from _directly(element.start, element)


def _directly(begin: int, value: Node) -> Iterator[Statement]:
    """A scalar, or the scalars directly in a collection, the keys of a mapping included."""
    if value.kind == "scalar":
        yield begin, value.span
    for key, below in value.raw_pairs:
        yield begin, key.span
        if below.kind == "scalar":
            yield begin, below.span
    yield from ((begin, element.span) for element in value.raw_elements if element.kind == "scalar")


def bracketed(text: str, opaque: Iterable[Span], owning: str = "([{") -> Iterator[Statement]:
    """What stands directly between brackets; in the `opaque` (strings, comments) are none. Those of `owning` make a statement."""
    stops = sorted(opaque)
    around: list[tuple[int, str, int]] = []  # of each bracket that is open: its place, itself, where the stretch in it begins
    for found in re.finditer(r"[\[\](){}]", text):
        at, sign = found.start(), found[0]
        number = bisect_right(stops, (at, len(text) + 1)) - 1
        if number >= 0 and at < stops[number][1]:
            continue
        if around:
            begin, opened, start = around.pop()
            if opened in owning:
                yield begin, Span(start, at + 1)
            if sign in "([{":
                around.append((begin, opened, at))
            elif around:
                around[-1] = (*around[-1][:2], at)
        if sign in "([{":
            around.append((at, sign, at))
