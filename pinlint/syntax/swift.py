"""Swift as tokens: words, texts and punctuation with their places; comments are gone.

Knows how Swift writes texts and comments; must not know what a program means. Source: The Swift Programming Language, "Lexical
Structure".
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pinlint.model import Span
from pinlint.text import Document

__all__ = ["Call", "Token", "calls", "comments", "statements", "tokens"]

_NEXT = re.compile(r'//[^\r\n]*|/\*|#*+"(?:"")?|#+|[A-Za-z_]\w*|\d[\w.]*|[^\s\w]')
_COMMENT = re.compile(r"/\*|\*/")
#: Calls within calls; nobody writes more.
_DEEPEST = 50


class Token(NamedTuple):
    """`kind` is "word", "text", "mark" or "comment". The place of a text is that of what stands between its quotes; its value is
    None where something is filled in or escaped."""

    kind: str
    text: str | None
    span: Span


def tokens(text: str, *, commented: bool = False) -> Iterator[Token]:
    """Every token in order, comments only if they are wanted. What is never closed ends with the line or the text."""
    at = 0
    while found := _NEXT.search(text, at):
        mark, start, at = found[0], found.start(), found.end()
        if mark.startswith(("//", "/*")):
            at = _behind_comment(text, at) if mark == "/*" else at
            if commented:
                yield Token("comment", None, Span(start, at))
        elif mark[-1] == '"':
            end, at = _text_end(text, mark, at)
            value = text[found.end() : end]
            odd = "\\" in value or mark != '"'
            yield Token("text", None if odd else value, Span(found.end(), end))
        else:
            yield Token("word" if mark[0].isalnum() or mark[0] == "_" else "mark", mark, Span(start, at))


def _behind_comment(text: str, at: int) -> int:
    """The end of a comment; one may hold others."""
    depth = 1
    while depth and (found := _COMMENT.search(text, at)):
        depth += 1 if found[0] == "/*" else -1
        at = found.end()
    return len(text) if depth else at


def _text_end(text: str, mark: str, at: int) -> tuple[int, int]:
    """(where the text ends, where what follows it begins)."""
    raw = mark.count("#")
    closing = mark[raw:] + "#" * raw
    ends = [re.escape(closing)] if raw else [r"\\.", re.escape(closing)]
    if not closing.startswith('"""'):
        ends.append(r"[\r\n]")
    for found in re.compile("|".join(ends), re.DOTALL).finditer(text, at):
        if found[0][0] != "\\":
            return found.start(), found.end() if found[0] == closing else found.start()
    return len(text), len(text)


class Call(NamedTuple):
    """A call: the word before its bracket, where that stands, and of each argument its label ("" = none) and its tokens, the texts
    among them that calls within it are handed (`.exact("1.0.0")`)."""

    name: str
    span: Span
    arguments: list[tuple[str, list[Token]]]


def calls(text: str) -> Iterator[Call]:
    """Every call that is closed, inner ones first."""
    open_: list[tuple[str, Call | None]] = []
    before = Token("mark", "", Span(0, 0))
    for token in tokens(text):
        value = token.text if token.kind != "text" else ""
        if value in ("(", "[", "{"):
            is_call = value == "(" and before.kind == "word" and len(open_) < _DEEPEST
            open_.append((value, Call(str(before.text), before.span, [("", [])]) if is_call else None))
        elif value in (")", "]", "}"):
            closed = open_.pop()[1] if open_ else None
            if closed:
                yield closed
                if open_ and (call := open_[-1][1]):
                    call.arguments[-1][1].extend(one for _, all_ in closed.arguments[:2] for one in all_[:3] if one.kind == "text")
        elif open_ and (call := open_[-1][1]):
            if value == ",":
                call.arguments.append(("", []))
            elif value == ":" and len(call.arguments[-1][1]) == 1 and before.kind == "word":
                call.arguments[-1] = (str(before.text), [])
            else:
                call.arguments[-1][1].append(token)
        before = token


def comments(document: Document) -> list[Span]:
    """Every comment."""
    return [token.span for token in tokens(document.text, commented=True) if token.kind == "comment"]


def statements(document: Document) -> Iterator[tuple[int, Span]]:
    """What stands between brackets, and every text."""
    from pinlint.syntax.margins import bracketed

    opaque = [token.span for token in tokens(document.text, commented=True) if token.kind in ("comment", "text")]
    yield from bracketed(document.text, opaque, "([")
    yield from ((one.start, one) for one in opaque)
