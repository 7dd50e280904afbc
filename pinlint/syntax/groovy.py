"""Groovy as tokens: words, strings and punctuation with their places; comments are gone.

Knows how Groovy writes strings and comments; must not know what a script means. Source: groovy-lang.org/syntax.html.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pinlint.model import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document

__all__ = ["Token", "comments", "statements", "tokens"]

_NEXT = re.compile(r"\n|//[^\r\n]*|/\*|'''|\"\"\"|\$/|['\"/]|[A-Za-z_]\w*|[^\s\w]|\d[\w.]*", re.ASCII)
_PLAIN = re.compile(r"(?:[^'\\\r\n]|\\.)*")
_IN_STRING = re.compile(r"\\.|\$\{|\"|[\r\n]", re.DOTALL)
_IN_BRACES = re.compile(r"[{}\r\n]")
_SLASHY = re.compile(r"(?:[^/\\\r\n]|\\.)+/")
_BEFORE_SLASHY = frozenset("(,=:[!~{;&|?")  # where no division can stand


class Token(NamedTuple):
    """`kind` is "word", "string", "mark" (one character of punctuation) or "line" (a line's end). `start` and `end` are offsets; a
    string's are those of its text, without the quotes, and `text` is as written, escapes and all. `filled` says that `$name` and
    `${…}` in it are filled in.
    """

    kind: str
    text: str
    start: int
    end: int
    filled: bool = False


def comments(document: Document) -> list[Span]:
    """Every comment."""
    found: list[Span] = []
    for _ in tokens(document.text, found):
        pass
    return found


def statements(document: Document) -> Iterator[tuple[int, Span]]:
    """Every list of arguments or values, and every string. What stands in a closure are statements of their own."""
    from pinlint.syntax.margins import bracketed

    opaque: list[Span] = []
    strings = [Span(one.start, one.end) for one in tokens(document.text, opaque) if one.kind == "string"]
    yield from bracketed(document.text, [*opaque, *strings], "([")
    yield from ((one.start, one) for one in strings)


def tokens(text: str, comments: list[Span] | None = None) -> Iterator[Token]:
    """The tokens of a script, in order. What is never closed ends with the line, or, if it may have several, with the text.
    `comments` gets the place of each comment on the way."""
    at, before = 0, ""
    while found := _NEXT.search(text, at):
        mark, start, at = found[0], found.start(), found.end()
        if mark.startswith(("//", "/*")):
            at = _behind(text, "*/", at) if mark == "/*" else at
            if comments is not None:
                comments.append(Span(start, at))
            continue
        if mark in ("'''", '"""', "$/"):
            closing = "/$" if mark == "$/" else mark
            at = _behind(text, closing, found.end())
            yield Token(
                "string",
                text[found.end() : max(found.end(), at - len(closing))],
                found.end(),
                max(found.end(), at - len(closing)),
                mark == '"""',
            )
        elif mark in "'\"":
            end = _plain_end(text, at) if mark == "'" else _filled_end(text, at)
            yield Token("string", text[at:end], at, end, mark == '"')
            at = end + 1 if text[end : end + 1] == mark else end
        elif mark == "/" and (not before or before in _BEFORE_SLASHY) and (slashy := _SLASHY.match(text, at)):
            yield Token("string", text[at : slashy.end() - 1], at, slashy.end() - 1, filled=True)
            at = slashy.end()
        else:
            kind = "line" if mark == "\n" else "mark" if len(mark) == 1 and not mark.isalnum() and mark != "_" else "word"
            yield Token(kind, mark, start, at)
        before = "" if mark == "\n" else text[at - 1]


def _behind(text: str, closing: str, at: int) -> int:
    end = text.find(closing, at)
    return len(text) if end < 0 else end + len(closing)


def _plain_end(text: str, at: int) -> int:
    found = _PLAIN.match(text, at)
    return found.end() if found else at


def _filled_end(text: str, at: int) -> int:
    """Where a string in double quotes ends; quotes within `${…}` belong to what is filled in."""
    while found := _IN_STRING.search(text, at):
        if found[0] in '"\r\n':
            return found.start()
        at = found.end()
        if found[0] == "${":
            depth = 1
            while depth and (brace := _IN_BRACES.search(text, at)):
                if brace[0] in "\r\n":
                    return brace.start()
                depth += 1 if brace[0] == "{" else -1
                at = brace.end()
            if depth:
                return len(text)
    return len(text)
