"""go.mod and go.work: lines of words with their places, the blocks that they stand in, and comments.

Knows how words and comments are told apart (golang.org/x/mod/modfile, read.go); must not know what any of them means.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pinlint.model import Span
from pinlint.text import Document

__all__ = ["Line", "Word", "comments", "lines", "statements"]

_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*)|(?P<end>\n)|"(?P<text>(?:[^"\\\n]|\\.)*)"?|`(?P<raw>[^`\n]*)`?|(?P<mark>[()])"""
    r"""|(?P<word>(?:(?!//)[^\s()"`])+)"""
)


class Word(NamedTuple):
    """A word without its quotes, and where it stands, with them."""

    text: str
    span: Span


class Line(NamedTuple):
    """A line: the verb that it, or the block around it, begins with, the other words, and the comment behind them."""

    verb: str
    words: tuple[Word, ...]
    comment: str
    span: Span


def lines(text: str) -> Iterator[Line]:
    """Every line that says something, those of blocks under the verb of the block."""
    words: list[Word] = []
    block = comment = ""
    inside = opened = False
    for found in _TOKEN.finditer(f"{text}\n"):
        if found["comment"] is not None:
            comment = found["comment"].rstrip("\r")
        elif found["mark"] == "(" and not inside and len(words) == 1:
            block, opened = words[0].text, True
        elif found["mark"] == ")" and inside and not words:
            inside, block = False, ""
        elif found["end"]:
            if opened:
                inside, opened = True, False
            elif words:
                yield _line(block if inside else "", words, comment)
            words, comment = [], ""
        elif not found["mark"]:
            written = next((found[name] for name in ("text", "raw") if found[name] is not None), found[0])
            words.append(Word(written, Span(*found.span())))


def _line(block: str, words: list[Word], comment: str) -> Line:
    span = Span(words[0].span.start, words[-1].span.end)
    return Line(block, tuple(words), comment, span) if block else Line(words[0].text, tuple(words[1:]), comment, span)


def comments(document: Document) -> list[Span]:
    """Every comment."""
    return [Span(*found.span()) for found in _TOKEN.finditer(document.text) if found["comment"] is not None]


def statements(document: Document) -> Iterator[tuple[int, Span]]:
    """Every line, and every block as one."""
    for line in lines(document.text):
        yield line.span.start, line.span
    begun = -1
    for found in _TOKEN.finditer(document.text):
        if found["mark"] == "(" and begun < 0:
            begun = document.text.rfind("\n", 0, found.start()) + 1
        elif found["mark"] == ")" and begun >= 0:
            yield begun, Span(begun, found.end())
            begun = -1
