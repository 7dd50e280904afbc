"""A place where a pin would be written, as whoever reads or writes it from elsewhere sees it: its line, its keys, its names.

Knows text, lines and indentation; must not know who asks.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pinlint.model import Reference, Span
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["REFUSED", "REMARK", "UNSAFE", "Objection", "Site"]

REFUSED, UNSAFE, REMARK = 0, 1, 2
#: Lines on each side of a place in which its siblings are looked for; keys above one another.
_BESIDE, _DEEPEST = 12, 100
_KEY = re.compile(r"[ ]*(?:-[ ]+)*[\"']?([\w./$-]+)[\"']?[ \t]*:(?=\s|\Z)")
#: The name before a value: `ARG NAME=`, `rev = "`, `{image: `.
_BEFORE = re.compile(r"([\w.-]+)[\"']?[ \t]*[:=][ \t]*[\"']?[^\s:=]*\Z")
_INSTRUCTION = re.compile(r"[ \t]*(FROM|COPY|ADD)\b", re.IGNORECASE)


class Objection(NamedTuple):
    """Why a pin must not be written, needs leave, or deserves a word: `grade` is REFUSED, UNSAFE or REMARK."""

    why: str
    grade: int = REFUSED


class Site:
    """Where the pin of `reference` would be written in `document`."""

    def __init__(self, reference: Reference, span: Span, document: Document, tree: Tree) -> None:
        self.reference, self.span, self.document, self.tree = reference, span, document, tree
        self.path = document.path

    @cached_property
    def line(self) -> tuple[int, int]:
        """Where the line of the place begins and ends."""
        text = self.document.text
        end = text.find("\n", self.span.start)
        return text.rfind("\n", 0, self.span.start) + 1, len(text) if end < 0 else end

    @property
    def shown(self) -> str:
        """The line of the site."""
        return self.document.text[slice(*self.line)]

    def rest(self, offset: int) -> str:
        """What stands on the line of `offset` behind it."""
        end = self.document.text.find("\n", offset)
        return self.document.text[offset : len(self.document.text) if end < 0 else end].rstrip("\r")

    def above(self) -> str:
        """The line above the site."""
        start = self.line[0]
        return self.document.text[self.document.text.rfind("\n", 0, max(0, start - 1)) + 1 : max(0, start - 1)]

    @cached_property
    def beside(self) -> list[str]:
        """The lines of the mapping that the place is in, its own among them."""
        text, (start, end) = self.document.text, self.line
        indent = _indent(self.shown)
        found = [self.shown]
        for _ in range(_BESIDE):
            if start == 0 or found[0].lstrip().startswith("- "):
                break
            before = text.rfind("\n", 0, start - 1) + 1
            line = text[before : start - 1]
            if line.strip() and _indent(line) < indent:
                break
            found.insert(0, line)
            start = before
        for _ in range(_BESIDE):
            stop = text.find("\n", end + 1)
            line = text[end + 1 : len(text) if stop < 0 else stop]
            if stop < 0 or (line.strip() and (_indent(line) < indent or line.lstrip().startswith("- "))):
                found += [line] if stop < 0 and _indent(line) >= indent else []
                break
            found.append(line)
            end = stop
        return found

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys that lead to the place, the nearest last, as far up as is looked; of a file without keys the word before it."""
        before = self.document.text[self.line[0] : self.span.start]
        if instruction := _INSTRUCTION.match(before):
            return (instruction[1].upper(),)
        named = _BEFORE.search(before)
        if named is None:
            return ()
        if not self.path.endswith((".yaml", ".yml", "Kustomization", ".gotmpl")):
            return (named[1],)
        return (*self._parents(_indent(self.shown)), named[1])

    def _parents(self, indent: int) -> list[str]:
        starts, indents, keys, parents = self.tree.memo("outline", self.path, lambda: _outline(self.document))
        at, found = bisect_left(starts, self.line[0]) - 1, list[str]()
        while at >= 0 and indents[at] >= indent:
            at = parents[at]
        while at >= 0 and len(found) < _DEEPEST:
            found.insert(0, keys[at])
            at = parents[at]
        return found

    @cached_property
    def names(self) -> list[str]:
        """What the artifact may be called in a command, the longest first: as it is written, and without what stands before."""
        reference = self.reference
        full = reference.artifact.name
        parts = full.split("/")
        names = ["/".join(parts[number:]) for number in range(len(parts))]
        return [name for name in names if len(name) > 1 and name != "library"]


def _outline(document: Document) -> tuple[list[int], list[int], list[str], list[int]]:
    """(where the lines with keys begin, their indentations, the keys, which line each of them stands under: -1 = none)."""
    starts: list[int] = []
    indents: list[int] = []
    keys: list[str] = []
    parents: list[int] = []
    open_: list[int] = []
    at = 0
    for line in document.text.split("\n"):
        key = _KEY.match(line)
        if key:
            indent = _indent(line)
            while open_ and indents[open_[-1]] >= indent:
                open_.pop()
            starts.append(at)
            indents.append(indent)
            keys.append(key[1])
            parents.append(open_[-1] if open_ else -1)
            open_.append(len(starts) - 1)
        at += len(line) + 1
    return starts, indents, keys, parents


def _indent(line: str) -> int:
    """The column at which a line's key begins, behind the marks of list items."""
    match = re.match(r"[ ]*(?:-[ ]+)*", line)
    return match.end() if match else 0
