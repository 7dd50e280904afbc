"""Calls of Starlark, which Bazel's files are written in: what they are called with, as far as the file says it literally.

Starlark is read as Python, of which it is a part; nothing is executed. Names that a file gives a value once, at its top, are
followed, as are texts that are put together of such. Must not know which call means what.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pinlint.budget import spend
from pinlint.model import Span
from pinlint.syntax.python import Unparsable, constants, parsed, span, text_of, texts

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from pinlint.text import Document

__all__ = ["Call", "Said", "calls"]

#: A function that is handed to another one, which calls it unless the name is taken: `maybe(http_archive, name = …)`.
_MAYBE = "maybe"
_ELEMENTS = 100  # of a list or table


class Said(NamedTuple):
    """What an argument says: `text` is None for what is no text or cannot be told, `where` its place, and `bare` whether the text
    stands there as it is, between two quotes."""

    text: str | None
    where: Span
    bare: bool = False


class Call(NamedTuple):
    """A call: the last part of what is called, without the underscores before it, and whose that is (`oci` of `oci.pull`, else "").
    `open` is whether arguments are handed on that stand elsewhere (`**kwargs`)."""

    name: str
    owner: str
    where: Span
    arguments: dict[str, ast.expr]
    open: bool
    known: dict[str, ast.expr]
    texts: dict[str, str]
    document: Document

    def said(self, key: str) -> Said | None:
        """What the argument `key` says; None where there is none, or None itself."""
        node = self.arguments.get(key)
        return None if node is None or _is_none(node) else self._said(node)

    def text(self, key: str) -> str | None:
        """The text of an argument, "" where there is none; None where it cannot be told."""
        said = self.said(key)
        return "" if said is None else said.text

    def listed(self, key: str) -> list[Said]:
        """What each element of a list says; what is no list counts as its one element."""
        import ast

        node = self.arguments.get(key)
        if node is None or _is_none(node):
            return []
        node = self.known.get(node.id, node) if isinstance(node, ast.Name) else node
        if isinstance(node, ast.List | ast.Tuple):
            return [self._said(one) for one in node.elts[:_ELEMENTS]]
        return [self._said(self.arguments[key])]

    def table(self, key: str) -> list[tuple[Said, Said]]:
        """The pairs of a table that stands there literally."""
        import ast

        node = self.arguments.get(key)
        node = self.known.get(node.id, node) if isinstance(node, ast.Name) else node
        if not isinstance(node, ast.Dict):
            return []
        pairs = zip(node.keys[:_ELEMENTS], node.values[:_ELEMENTS], strict=True)
        return [(self._said(name), self._said(value)) for name, value in pairs if name is not None]

    def _said(self, node: ast.expr) -> Said:
        where = span(node, self.document)
        text = text_of(node, self.texts)
        spend(1 + len(text or "") // 64)  # as very many calls may name a long one
        return Said(text, where, text is not None and self.document.text[where.start + 1 : where.end - 1] == text)


def _is_none(node: ast.expr) -> bool:
    return getattr(node, "value", node) is None


def calls(document: Document) -> Iterator[Call] | Unparsable:
    """Every call of a file, or why it is no Starlark."""
    module = parsed(document)
    return module if isinstance(module, Unparsable) else _calls(module, document)


def _calls(module: ast.Module, document: Document) -> Iterator[Call]:
    import ast

    known = constants(module)
    named = texts(known)
    found = [node for node in ast.walk(module) if isinstance(node, ast.Call)]
    for node in sorted(found, key=lambda one: (one.lineno, one.col_offset)):
        function, handed = node.func, node.args
        if isinstance(function, ast.Name) and function.id == _MAYBE and handed:
            function, handed = handed[0], handed[1:]
        owner, name = "", getattr(function, "id", "")
        if isinstance(function, ast.Attribute):
            owner, name = getattr(function.value, "id", ""), function.attr
        if name:
            arguments = {one.arg: one.value for one in node.keywords if one.arg is not None}
            is_open = len(arguments) < len(node.keywords) or any(isinstance(one, ast.Starred) for one in handed)
            yield Call(name.lstrip("_"), owner, span(node.func, document), arguments, is_open, known, named, document)
