"""Elixir as its project files and locks are written: tuples with what stands directly in them, and comments.

No Elixir is run. Texts in which something is filled in have no value. Must not know what any tuple means. Source: hexdocs.pm,
"Syntax reference".
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pinlint.model import Span
from pinlint.text import Document

__all__ = ["Token", "Tuple", "comments", "statements", "tokens", "tuples"]

_TOKEN = re.compile(
    r"""(?s)(?P<comment>\#[^\r\n]*)|(?P<heredoc>(?P<mark3>\"{3}|'{3}).*?(?:(?P=mark3)|\Z))|"(?P<text>(?:[^"\\]|\\.)*+)(?:"|\Z)"""
    r"""|'(?:[^'\\\r\n]|\\.)*+'?|\?\\?\S"""
    r"""|~[A-Za-z]+(?:/[^/\r\n]{0,300}/|\|[^|\r\n]{0,300}\||\([^)\r\n]{0,300}\)|\[[^\]\r\n]{0,300}\]|\{[^}\r\n]{0,300}\})"""
    r"""|(?P<word>:?[A-Za-z_]\w*[?!]?(?::(?![:\w]))?|:"[^"\r\n]*")|(?P<arrow>=>)|(?P<other>\S)"""
)
_OPEN, _CLOSE = "([{", ")]}"
_DEEPEST = 200


class Token(NamedTuple):
    """`kind` is "text", "word" (also `:atom` and `key:`) or "mark". The place of a text is with its quotes."""

    kind: str
    text: str | None
    span: Span


class Tuple(NamedTuple):
    """A tuple: how many tuples it stands in, the text or key before it, its elements (None for one of several tokens), and the
    options in it or in the list that is its last element."""

    depth: int
    key: str
    items: list[Token | None]
    options: dict[str, Token | None]
    span: Span


def tokens(text: str) -> Iterator[Token]:
    """Every token but comments, heredocs, charlists and sigils."""
    for found in _TOKEN.finditer(text):
        span = Span(*found.span())
        if found["text"] is not None:
            odd = "#{" in found["text"] or "\\" in found["text"]
            yield Token("text", None if odd else found["text"], span)
        elif found["word"] is not None:
            yield Token("word", found["word"], span)
        elif found["arrow"] or found["other"]:
            yield Token("mark", found[0], span)


class _Open:
    """A bracket that is open: its sign, the tokens of the element that is being read, and for a tuple what it holds so far."""

    def __init__(self, sign: str, start: int, key: str) -> None:
        self.sign, self.start, self.key = sign, start, key
        self.element: list[Token] = []
        self.items: list[Token | None] = []
        self.options: dict[str, Token | None] = {}

    def end_element(self) -> None:
        """Takes what was read as an element, or as an option."""
        first = self.element[0] if self.element else None
        if first is not None and first.kind == "word" and str(first.text).endswith(":"):
            self.options[str(first.text)[:-1]] = self.element[1] if len(self.element) == 2 else None
        elif self.element:
            self.items.append(self.element[0] if len(self.element) == 1 else None)
        self.element = []


def tuples(text: str) -> Iterator[Tuple]:
    """Every tuple that is closed, inner ones first. A map is none."""
    stack: list[_Open] = []
    before, key, depth = "", "", 0
    for token in tokens(text):
        value = token.text if token.kind == "mark" else ""
        if value and value in _OPEN:
            sign = "%" if value == "{" and before == "%" else value
            stack.append(_Open(sign, token.span.start, key))
            depth += sign == "{"
            if len(stack) > _DEEPEST:
                return
        elif value and value in _CLOSE:
            if stack:
                closed = stack.pop()
                closed.end_element()
                if closed.sign == "{":
                    depth -= 1
                    yield Tuple(depth, closed.key, closed.items, closed.options, Span(closed.start, token.span.end))
                if stack:
                    if closed.sign == "[" and not closed.items:
                        stack[-1].options.update(closed.options)
                    stack[-1].element.append(token._replace(text=None))
        elif value == "," and stack:
            stack[-1].end_element()
        elif stack and not (stack[-1].sign == "%" and value == ":"):
            stack[-1].element.append(token)
        if value not in (":", "=>", "{", "%"):
            is_key = token.kind == "text" or (token.kind == "word" and str(token.text)[-1] == ":")
            key = str(token.text or "") if is_key else ""
        before = value or ""


def comments(document: Document) -> list[Span]:
    """Every comment."""
    return [Span(*found.span()) for found in _TOKEN.finditer(document.text) if found["comment"] is not None]


def statements(document: Document) -> Iterator[tuple[int, Span]]:
    """What stands between brackets, and every text."""
    from pinlint.syntax.margins import bracketed

    opaque = [
        Span(*found.span())
        for found in _TOKEN.finditer(document.text)
        if found["comment"] is not None or found["text"] is not None or found["heredoc"] is not None
    ]
    yield from bracketed(document.text, opaque)
    yield from ((one.start, one) for one in opaque)
