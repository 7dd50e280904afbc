"""Comments that begin with `#`, in scripts and files of commands: shell, PowerShell, make, just.

A line of its own is one, also where a shell would take it for text of a heredoc; behind code in the same line only what no quote of
that line encloses. Lines that end in a continuation are one statement with the next. Must not know what commands mean.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.model import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document

__all__ = ["comments", "statements"]

_LINE = r"[^\r\n]*"
_PART = r"\\.|'[^']*'|\"(?:[^\"\\]|\\.)*\"|(?P<comment>(?:(?<=[ \t;])|^)#.*)|['\"]|[^\\'\"#]+|#"
_CONTINUED = ("\\", "`")


def comments(document: Document) -> Iterator[Span]:
    """Every comment."""
    part = re.compile(_PART)
    for line in re.finditer(_LINE, document.text):
        if "#" not in line[0]:
            continue
        for one in part.finditer(line[0]):
            if one["comment"]:
                yield Span(line.start() + one.start(), line.end())
            elif one[0] in "'\"":  # a quote that goes on: what follows may be text
                break


def statements(document: Document) -> Iterator[tuple[int, Span]]:
    """The lines that hold anything, those together that a continuation joins."""
    begun = -1
    for line in re.finditer(_LINE, document.text):
        text = line[0].rstrip(" \t")
        if not text:
            continue
        begun = line.start() + len(line[0]) - len(line[0].lstrip()) if begun < 0 else begun
        if not text.endswith(_CONTINUED):
            yield begun, Span(begun, line.end())
            begun = -1
    if begun >= 0:
        yield begun, Span(begun, len(document.text))
