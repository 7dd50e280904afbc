"""INI files as Python's configparser reads them: entries by section, each line of a value with its place.

Must not know what any key means. Source: configparser, `RawConfigParser._read` with its defaults.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pinlint.model import Span
from pinlint.text import Document

__all__ = ["Entry", "comments", "entries", "statements"]

_LINE = r"([ \t\f]*)([^\r\n]*)(?:\r\n|\r|\n|\Z)"


class Entry(NamedTuple):
    """An entry: its section, its key in lower case, where that stands, and the lines of its value that hold anything, each with its
    offset."""

    section: str
    key: str
    place: Span
    lines: list[tuple[str, int]]


def entries(text: str) -> Iterator[Entry]:
    """The entries in the order of the text. What configparser would refuse belongs to none."""
    section, indent = "", 0
    entry: Entry | None = None
    for found in re.finditer(_LINE, text):
        blanks, line, start = len(found[1]), found[2].rstrip(" \t\f"), found.start(2)
        if not line or line[0] in "#;":
            continue
        if entry is not None and blanks > indent:
            entry.lines.append((line, start))
            continue
        if entry is not None:
            yield entry
            entry = None
        if header := re.match(r"\[(.+)\]", line):
            section, indent = header[1], blanks
        elif option := re.match(r"([^=:]*)[=:]\s*(.*)", line):
            indent, key = blanks, option[1].rstrip()
            place = Span(start, start + len(key))
            entry = Entry(section, key.lower(), place, [(option[2], start + option.start(2))] if option[2] else [])
    if entry is not None:
        yield entry


def comments(document: Document) -> list[Span]:
    """Lines that begin with # or ;."""
    return [Span(*found.span(2)) for found in re.finditer(_LINE, document.text) if found[2][:1] in ("#", ";")]


def statements(document: Document) -> Iterator[tuple[int, Span]]:
    """The lines of values: each is what a comment above it is about."""
    for entry in entries(document.text):
        for line, start in entry.lines:
            yield start, Span(start, start + len(line))
