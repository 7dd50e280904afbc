"""Java's properties, as far as exceptions need them: where comments stand, and where an entry ends.

Source: java.util.Properties.load. Must not know what any key means.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.model import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document

__all__ = ["comments", "statements"]

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
