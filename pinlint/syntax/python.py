"""Python programs as trees, for what they say literally; nothing is executed.

Knows the standard library's `ast` and where its nodes stand in a text; must not know which call means what.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from functools import lru_cache
from typing import TYPE_CHECKING

from pinlint.model import Span
from pinlint.text import Unparsable

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from pinlint.text import Document

__all__ = ["Unparsable", "comments", "constants", "parsed", "span", "statements", "text_of", "texts"]

#: A tree takes a hundred times the memory of its text, and no program that a person wrote comes near.
_LONGEST = 1_000_000
#: How texts are put together: in so many steps, of so many pieces, to so many characters.
_DEEPEST, _HOLES, _LONGEST_TEXT = 20, 10, 2000
_OPAQUE = r"""#[^\r\n]*|(?P<quote>\"{3}|'{3}|"|')(?:\\.|(?!(?P=quote)).)*+(?:(?P=quote)|\Z)"""


def parsed(document: Document) -> ast.Module | Unparsable:
    """The tree of a program, or why this Python cannot read it. An older one may well be able to."""
    import ast
    import warnings

    if len(document.text) > _LONGEST:
        return Unparsable(f"it has more than {_LONGEST:,} characters, which nobody writes by hand; exclude it", 0)
    try:
        with warnings.catch_warnings():  # they would quote the file on standard error
            warnings.simplefilter("ignore")
            return ast.parse(document.text.replace("\f", " "), os.devnull)  # Python looks for a line with an error in such a file
    except SyntaxError as error:
        line = min(max(error.lineno or 1, 1), len(document.line_starts))
        return Unparsable(f"it is no Python 3: {error.msg}", document.line_starts[line - 1])
    except (ValueError, RecursionError, MemoryError, OverflowError):
        return Unparsable("it is no Python 3 that could be read", 0)


def span(node: ast.expr, document: Document) -> Span:
    """Where an expression stands."""
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    return Span(_offset(document, node.lineno, node.col_offset), _offset(document, end_line, end_column))


def _offset(document: Document, line: int, column: int) -> int:
    """The offset of a place that the tree gives in bytes of UTF-8."""
    if not document.text.isascii():
        column -= bisect_left(_continued(document, line), column)
    return document.line_starts[line - 1] + column


@lru_cache(maxsize=4)
def _continued(document: Document, line: int) -> list[int]:
    """Where in the bytes of a line a character goes on that has begun before."""
    return [found.start() for found in re.finditer(rb"[\x80-\xbf]", document.line(line).encode("utf-8", "surrogatepass"))]


def constants(tree: ast.Module) -> dict[str, ast.expr]:
    """The values of names that a module gives once, at its top, and never again."""
    import ast

    found: dict[str, ast.expr] = {}
    stored: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            stored[node.id] = stored.get(node.id, 0) + 1
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1 and isinstance(statement.targets[0], ast.Name):
            found[statement.targets[0].id] = statement.value
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
            found[statement.target.id] = statement.value
    return {name: value for name, value in found.items() if stored[name] == 1}


def texts(known: dict[str, ast.expr]) -> dict[str, str]:
    """The constants that are texts, those included that are put together of such before them."""
    made: dict[str, str] = {}
    for name, node in known.items():
        text = text_of(node, made)
        if text is not None:
            made[name] = text
    return made


def text_of(node: ast.expr, known: dict[str, str], depth: int = 0) -> str | None:
    """The text that an expression is, put together of literals and of names that are `known` (`a + b`, `a % b`, `a.format(b)`,
    f"{a}b"); None for any other, and for one that is longer than anybody needs."""
    import ast

    found: str | None = None
    if depth > _DEEPEST:
        return None
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.JoinedStr):
        found = _joined(node.values, known, depth)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = text_of(node.left, known, depth + 1), text_of(node.right, known, depth + 1)
        found = None if left is None or right is None else left + right
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        handed = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
        values = {str(number): text_of(one, known, depth + 1) for number, one in enumerate(handed[:_HOLES])}
        found = _filled(text_of(node.left, known, depth + 1), values, "%s")
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        values = {str(number): text_of(one, known, depth + 1) for number, one in enumerate(node.args[:_HOLES])}
        values |= {one.arg or "": text_of(one.value, known, depth + 1) for one in node.keywords[:_HOLES]}
        found = _filled(text_of(node.func.value, known, depth + 1), values, "{")
    return found if found is not None and len(found) <= _LONGEST_TEXT else None


def _joined(values: list[ast.expr], known: dict[str, str], depth: int) -> str | None:
    """What a text with expressions in it comes to, if they are texts and are filled in as they are."""
    pieces = []
    for one in values[: _HOLES + 1]:
        if getattr(one, "format_spec", None) is not None or getattr(one, "conversion", -1) != -1:
            return None
        piece = text_of(getattr(one, "value", one) if hasattr(one, "conversion") else one, known, depth + 1)
        if piece is None:
            return None
        pieces.append(piece)
    return "".join(pieces) if len(pieces) == len(values) else None


def _filled(text: str | None, values: dict[str, str | None], mark: str) -> str | None:
    """A text with its holes filled: each `%s`, or each `{}`, `{0}` and `{name}`."""
    if text is None or text.count(mark) > _HOLES or "%%" in text or "{{" in text or "}}" in text:
        return None
    pieces, number = [], 0
    for place, piece in enumerate(re.split(r"(%s)" if mark == "%s" else r"(\{\w*\})", text)):
        if place % 2:
            name = piece.strip("{}%") if mark == "{" else ""
            value = values.get(name or str(number))
            number += not name
        else:
            value = None if mark[0] in piece else piece
        if value is None:
            return None
        pieces.append(value)
    return "".join(pieces)


def comments(document: Document) -> list[Span]:
    """Every comment."""
    return [Span(*found.span()) for found in re.finditer(_OPAQUE, document.text, re.DOTALL) if found[0][0] == "#"]


def statements(document: Document) -> Iterator[tuple[int, Span]]:
    """What stands between brackets, and texts of several lines."""
    from pinlint.syntax.margins import bracketed

    opaque = [Span(*found.span()) for found in re.finditer(_OPAQUE, document.text, re.DOTALL)]
    yield from bracketed(document.text, opaque)
    yield from ((one.start, one) for one in opaque)
