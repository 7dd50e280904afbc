"""TOML as a located tree of the same nodes as YAML's, so that one reader serves a file kind that is written in both.

The standard library says what the file means; where a string stands is then looked for in the order of the text, which tables keep.
A string with escapes or of several lines has no place. Inline tables may be written as TOML 1.1 has them. Knows TOML; must not know
what any key means.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from pinlint.model import Span
from pinlint.syntax.nodes import Mapping, Node, Sequence
from pinlint.text import Unparsable
from pinlint.toml import QUOTED, TomlError, loads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document

__all__ = ["comments", "read", "statements"]

_TOKEN = re.compile(QUOTED, re.DOTALL)
#: Tables, arrays and values of a file. More is no configuration that a person wrote.
_LIMIT = 200_000
_BITS = 10_000  # of an integer: of more, Python writes no decimal digits


def read(document: Document) -> Node:
    """The root table of a file. A scalar's span is that of its string, quotes included, empty where it is not found; other values
    are scalars of their text without a place. Raises Unparsable."""
    return _Places(document.text).node(_loads(document.text.replace("\r\n", "\n")))


def comments(document: Document) -> list[Span]:
    """Every comment."""
    return [Span(*found.span()) for found in _TOKEN.finditer(document.text) if found[0][0] == "#"]


def statements(document: Document) -> Iterator[tuple[int, Span]]:
    """Every table from its header to the next, and every value of several lines."""
    from pinlint.syntax.margins import bracketed

    opaque = [Span(*found.span()) for found in _TOKEN.finditer(document.text)]
    yield from bracketed(document.text, opaque)
    yield from ((one.start, one) for one in opaque)
    starts = [found.start() for found in re.finditer(r"(?m)^[ \t]*\[[^\]\n]*\]{1,2}[ \t]*\r?$", document.text)]
    for start, end in zip(starts, [*starts, len(document.text)][1:], strict=True):
        yield start, Span(start, max(start, end - 1))


def _loads(text: str) -> dict[str, Any]:
    try:
        return loads(text)
    except TomlError as error:
        problem = Unparsable(f"it is no TOML: {error}", 0)
    if "{" not in text:
        raise problem
    try:
        return loads(_inline(text))
    except TomlError:
        raise problem from None


def _inline(text: str) -> str:
    """The text with inline tables as TOML 1.0 has them, and as long as before: in one line, no comma behind the last value."""
    characters, around = list(text), [""]
    for found in re.finditer(rf"{_TOKEN.pattern}|[\[\]{{}}\n]", text, re.DOTALL):
        start, mark = found.start(), found[0]
        if mark in ("[", "{"):
            around.append(mark)
        elif mark in ("]", "}"):
            last = start - 1
            while last > 0 and characters[last] in " \t":
                last -= 1
            if mark == "}" and characters[last] == ",":
                characters[last] = " "
            del around[max(len(around) - 1, 1) :]
        elif around[-1] == "{" and (mark == "\n" or mark.startswith("#")):
            characters[start : found.end()] = " " * len(mark)
    return "".join(characters)


class _Places:
    """Finds strings behind the last one that was found."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.count = 0
        self.starts: dict[str, list[int]] = {}
        for found in _TOKEN.finditer(text):
            if found.lastgroup:
                self.starts.setdefault(found[found.lastgroup], []).append(found.start())

    def node(self, value: Any, depth: int = 0) -> Node:
        """The node of a value; recursion is bounded by tomllib's own."""
        self.count += 1
        if self.count > _LIMIT:
            raise Unparsable(f"it holds more than {_LIMIT:,} values", self.at)
        if isinstance(value, dict):
            made: Mapping | Sequence = Mapping(self.at, self.at)
            for key, below in value.items():
                made.raw_pairs.append((Node(self.at, self.at, str(key)), self.node(below, depth + 1)))
        elif isinstance(value, list):
            made = Sequence(self.at, self.at)
            made.raw_elements.extend(self.node(below, depth + 1) for below in value)
        else:
            return self.scalar(value)
        made.end = self.at
        return made

    def scalar(self, value: object) -> Node:
        if not isinstance(value, str):
            digits = hex(value) if isinstance(value, int) and value.bit_length() > _BITS else str(value)
            return Node(self.at, self.at, digits)
        starts = self.starts.get(value, ()) if value else ()
        number = bisect_left(starts, self.at)
        if number == len(starts):
            return Node(self.at, self.at, value, '"')
        start = starts[number]
        self.at = start + len(value) + 2
        return Node(start, self.at, value, self.text[start])
