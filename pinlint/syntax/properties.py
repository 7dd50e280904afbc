"""Java's properties: entries with the places of their values, and comments.

Source: java.util.Properties.load. Must not know what any key means.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.model import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document

__all__ = ["comments", "entries", "statements"]

#: A comment, or an entry with the lines that it is continued on.
_LINE = r"[ \t\f]*(?:(?P<comment>[#!][^\r\n]*)|(?:[^\r\n\\]|\\(?:\r\n|[\s\S]|\Z))*)(?:\r\n|[\r\n]|\Z)"


def comments(document: Document) -> list[Span]:
    """Lines that begin with # or !, unless they continue an entry."""
    return [Span(*found.span("comment")) for found in re.finditer(_LINE, document.text) if found["comment"]]


def statements(document: Document) -> Iterator[tuple[int, Span]]:
    """The entries."""
    for found in re.finditer(_LINE, document.text):
        if not found["comment"] and found[0].strip():
            start = found.end() - len(found[0].lstrip())
            yield start, Span(start, found.start() + len(found[0].rstrip("\r\n")))


def entries(text: str) -> dict[str, tuple[str, Span]]:
    """Value and place of every key, the last one of several. Blanks at the end of a value belong to it."""
    made: dict[str, tuple[str, Span]] = {}
    for found in re.finditer(_LINE, text):
        if found["comment"] or not found[0].strip():
            continue
        line = found[0].rstrip("\r\n")
        split = re.match(_KEY, line)
        if split:
            raw = line[split.end() :]
            made[_plain(split[1])] = (_plain(raw), Span(found.start() + split.end(), found.start() + len(line)))
    return made


_BLANKS = r"(?:[ \t\f]|\\(?:\r\n|[\r\n]))*+"
_KEY = rf"(?s){_BLANKS}((?:\\[^\r\n]|[^\\=: \t\f])*+){_BLANKS}[=:]?{_BLANKS}"
_ESCAPE = r"(?s)\\(?:u([0-9A-Fa-f]{4})|(?:\r\n|[\r\n])[ \t\f]*|(.))"
_ESCAPED = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}


def _plain(text: str) -> str:
    """A key or value without its escapes and continuations."""
    if "\\" not in text:
        return text
    return re.sub(_ESCAPE, lambda one: chr(int(one[1], 16)) if one[1] else _ESCAPED.get(one[2], one[2]) if one[2] else "", text)
