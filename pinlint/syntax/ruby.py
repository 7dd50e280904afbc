"""Ruby as Gemfiles are written: statements of words and texts with their places, the blocks around them, and comments.

No Ruby is run, and little of it is known: a text with something filled in has no value. Must not know what any call means.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pinlint.model import Span
from pinlint.text import Document

__all__ = ["Statement", "Token", "comments", "read", "statements"]

_TOKEN = re.compile(
    r"""(?ms)(?P<comment>\#[^\n]*|^=begin\b.*?(?:^=end[^\n]*|\Z))|(?P<line>\n)|"(?P<double>(?:[^"\\\n]|\\.)*+)"|'(?P<single>(?:[^'\\\n]|\\.)*+)'"""
    r"""|(?P<word>:?[A-Za-z_]\w*[?!]?(?::(?!:))?|:"[^"\n]*")|(?P<arrow>=>)|(?P<mark>\S)"""
)
_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")
#: What begins something that ends with `end`, and may leave out what stands in it.
_MAYBE = frozenset(("if", "unless", "case", "while", "until", "for", "def", "class", "module", "begin"))
_CARRIES_ON = frozenset((",", "\\", ".", "|", "&", "+"))
_MODIFIERS = frozenset(("if", "unless", "while", "until", "rescue"))
#: Blocks around a statement that are told; of more nobody writes a Gemfile.
_DEEPEST = 20


class Token(NamedTuple):
    """`kind` is "word" (also `:symbol` and `key:`), "text" or "mark". A text has its value, None where something is filled in."""

    kind: str
    text: str | None
    span: Span


class Statement(NamedTuple):
    """The tokens of a statement, the statements that begin the blocks around it, and whether it may be left out."""

    tokens: tuple[Token, ...]
    around: tuple["Statement", ...]
    maybe: bool

    @property
    def call(self) -> str:
        """The word that it begins with."""
        return self.tokens[0].text or "" if self.tokens[0].kind == "word" else ""


def read(text: str) -> list[Statement]:
    """Every statement in the order of the text."""
    made: list[Statement] = []
    stack: list[tuple[Statement, bool]] = []
    maybe = 0  # blocks around that may be left out
    for tokens in _lines(text):
        words = [token.text if token.kind == "word" else "" for token in tokens]
        around = tuple(one for one, is_maybe in stack[-_DEEPEST:] if not is_maybe)
        modified = any(word in _MODIFIERS for word in words[1:])
        statement = Statement(tokens, around, maybe > 0 or modified)
        made.append(statement)
        for number, word in enumerate(words):
            if word == "end" and stack:
                maybe -= stack.pop()[1]
            elif word == "do" or (word in _MAYBE and "do" not in words and (number == 0 or tokens[number - 1].text == "=")):
                stack.append((statement, words[0] in _MAYBE or word != "do"))
                maybe += stack[-1][1]
    return made


def _lines(text: str) -> Iterator[tuple[Token, ...]]:
    """The tokens of each statement: a line, and what it goes on in; what a block holds may stand in the line that begins it."""
    tokens: list[Token] = []
    depth, bars = 0, 0  # bars around the parameters of a block that are still to come
    for found in _TOKEN.finditer(f"{text}\n"):
        if found["comment"] is not None:
            continue
        if found["line"] or found[0] == ";":
            bars = 0
            if tokens and depth <= 0 and tokens[-1].text not in _CARRIES_ON:
                yield tuple(tokens)
                tokens, depth = [], 0
            continue
        if bars and (bars == 1 or found[0] == "|"):
            bars -= found[0] == "|"
            continue
        bars = 0
        if found["word"] == "end" and tokens and depth <= 0 and tokens[-1].text != ".":
            yield tuple(tokens)
            tokens, depth = [], 0
        depth += (found[0] in _OPEN) - (found[0] in _CLOSE)
        tokens.append(_token(found))
        if found["word"] == "do" and depth <= 0:
            yield tuple(tokens)
            tokens, depth, bars = [], 0, 2
    if tokens:
        yield tuple(tokens)


def _token(found: re.Match[str]) -> Token:
    span = Span(*found.span())
    if found["double"] is not None:
        return Token("text", None if "#{" in found["double"] or "\\" in found["double"] else found["double"], span)
    if found["single"] is not None:
        return Token("text", None if "\\" in found["single"] else found["single"], span)
    return Token("word" if found["word"] else "mark", found[0], span)


def comments(document: Document) -> list[Span]:
    """Every comment."""
    return [Span(*found.span()) for found in _TOKEN.finditer(document.text) if found["comment"] is not None]


def statements(document: Document) -> Iterator[tuple[int, Span]]:
    """Every statement."""
    for tokens in _lines(document.text):
        yield tokens[0].span.start, Span(tokens[0].span.start, tokens[-1].span.end)
