"""JSON with comments and trailing commas, as editors write their settings, in the nodes that YAML has: JSON is nearly a part of it.

Knows what JSON with comments has that YAML has not; must not know what any key means. Source: jsonc.org.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.model import Span
from pinlint.syntax.yaml import Unparsable, documents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinlint.model import KeyPath
    from pinlint.syntax.nodes import Node
    from pinlint.text import Document

__all__ = ["comments", "load", "locate", "read", "statements"]

_PART = re.compile(
    r'(?P<string>"(?:[^"\\\n]|\\.)*")|(?P<line>//[^\r\n]*)|(?P<block>/\*)|(?P<comma>,)|(?P<close>[\]}])|\t|[^\s",/\]}]+|.'
)
#: A comma behind which a bracket is closed in another line: no text of JSON goes over several.
_LINE_END = re.compile(r",(?=[ \t]*[\r\n][ \t\r\n]*[\]}])")
_VISIBLE = re.compile(r"[^\r\n]")


def read(document: Document) -> Node:
    """The root of a file. Raises Unparsable for what is no JSON with comments, also where YAML would take it."""
    text = document.text
    if not text.lstrip().startswith(("{", "[", "/")):
        raise Unparsable("it is no JSON: it begins with neither { nor [", 0)
    try:
        roots = documents(_plain(text))
    except Unparsable as error:
        raise Unparsable(str(error).replace("no YAML", "no JSON"), error.offset, error.template) from None
    if len(roots) != 1:
        raise Unparsable("it is no JSON: it holds nothing, or more than one value", 0)
    return roots[0]


def load(text: str) -> object:
    """What `text` holds, as `syntax.json` has it; never raises. What programs write has commas too many at the ends of lines, and
    that is all."""
    from pinlint.syntax import json

    found = json.load(_LINE_END.sub(" ", text))
    return json.load(_plain(text)) if isinstance(found, json.Unparsable) else found


def locate(text: str, places: Iterable[KeyPath]) -> dict[KeyPath, Span]:
    """Where each place stands, as in JSON."""
    from pinlint.syntax import json

    return json.locate(_LINE_END.sub(" ", text), places) or json.locate(_plain(text), places)


def comments(document: Document) -> Iterator[Span]:
    """Every comment; none behind a string that is never closed."""
    at = 0
    while (part := _PART.search(document.text, at)) and part[0] != '"':
        at = part.end()
        if part["block"]:
            end = document.text.find("*/", at)
            at = end + 2 if end >= 0 else len(document.text)
        if part["line"] or part["block"]:
            yield Span(part.start(), at)


def statements(document: Document) -> Iterable[tuple[int, Span]]:
    """The entries and elements; none of a file that cannot be read."""
    from pinlint.syntax import margins

    try:
        return margins.statements(document.text, [read(document)])
    except Unparsable:
        return ()


def _plain(text: str) -> str:
    """The text with blanks in place of comments, trailing commas and tabs."""
    pieces: list[str] = []
    at, comma = 0, -1  # comma: the piece with a comma behind which nothing stands yet
    while part := _PART.search(text, at):
        pieces.append(text[at : part.start()])
        at = part.end()
        if part["block"]:
            end = text.find("*/", at)
            at = end + 2 if end >= 0 else len(text)
        if part["line"] or part["block"]:
            pieces.append(_VISIBLE.sub(" ", text[part.start() : at]))
            continue
        if part["close"] and comma >= 0:
            pieces[comma] = " "
        if part[0] not in " \t\r":
            comma = len(pieces) if part["comma"] else -1
        pieces.append(" " if part[0] == "\t" else part[0])
    return "".join([*pieces, text[at:]])
