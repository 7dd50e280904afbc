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

__all__ = ["Unparsable", "comments", "constants", "parsed", "span", "statements"]

#: A tree takes a hundred times the memory of its text, and no program that a person wrote comes near.
_LONGEST = 1_000_000
_OPAQUE = r"""#[^\r\n]*|(?P<quote>\"{3}|'{3}|"|')(?:\\.|(?!(?P=quote)).)*+(?:(?P=quote)|\Z)"""


def parsed(document: Document) -> ast.Module | Unparsable:
    """The tree of a program, or why this Python cannot read it. An older one may well be able to."""
    import ast
    import warnings

    if len(document.text) > _LONGEST:
        return Unparsable(f"it has more than {_LONGEST:,} characters, which no setup or session needs; exclude it", 0)
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


def comments(document: Document) -> list[Span]:
    """Every comment."""
    return [Span(*found.span()) for found in re.finditer(_OPAQUE, document.text, re.DOTALL) if found[0][0] == "#"]


def statements(document: Document) -> Iterator[tuple[int, Span]]:
    """What stands between brackets, and texts of several lines."""
    from pinlint.syntax.margins import bracketed

    opaque = [Span(*found.span()) for found in re.finditer(_OPAQUE, document.text, re.DOTALL)]
    yield from bracketed(document.text, opaque)
    yield from ((one.start, one) for one in opaque)
