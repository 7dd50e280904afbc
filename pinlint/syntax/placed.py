"""Text that a file holds in another form: in a block that is indented, between quotes with escapes, with variables filled in. Every
stretch of the text knows where it stands in the file.

Knows block scalars, escapes and substitutions; must not know what the text means.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from pinlint.model import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinlint.syntax.interpolation import Expansion
    from pinlint.syntax.nodes import Node
    from pinlint.text import Document

__all__ = ["Piece", "Placed", "expanded", "scalar", "unescaped"]

_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))")
_ESCAPED = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b", "N": "\x85", "_": "\xa0",
    "L": "\u2028", "P": "\u2029",
}  # fmt: skip


class Piece(NamedTuple):
    """A stretch of the text: it begins at `begin` there and at `start` in the file. `size` is how long it is in the file where it
    is written in other characters, -1 where it stands there as it is."""

    begin: int
    start: int
    size: int = -1


class Placed(NamedTuple):
    """A text and where its pieces stand, in order."""

    text: str
    pieces: tuple[Piece, ...]

    def span(self, start: int, end: int) -> Span:
        """The place of `text[start:end]` in the file."""
        last = max(start, end - 1)
        first, final = self._piece(start), self._piece(last)
        begin = first.start + (start - first.begin if first.size < 0 else 0)
        stop = final.start + (last - final.begin + (end > start) if final.size < 0 else final.size)
        return Span(begin, stop)

    def _piece(self, at: int) -> Piece:
        return self.pieces[max(0, bisect_right(self.pieces, at, key=lambda piece: piece.begin) - 1)]

    def replaced(self, pattern: re.Pattern[str], value: Callable[[re.Match[str]], str]) -> Placed:
        """The text with `value` in place of every match of `pattern`."""
        made = _Making()
        at = 0
        for match in pattern.finditer(self.text):
            self.copy(made, at, match.start())
            span = self.span(match.start(), match.end())
            made.put(value(match), span.start, span.end - span.start)
            at = match.end()
        self.copy(made, at, len(self.text))
        return made.placed()

    def copy(self, made: _Making, start: int, end: int) -> None:
        """Puts `text[start:end]` as it is."""
        at = start
        while at < end:
            index = max(0, bisect_right(self.pieces, at, key=lambda piece: piece.begin) - 1)
            piece = self.pieces[index]
            stop = min(end, self.pieces[index + 1].begin if index + 1 < len(self.pieces) else end)
            made.put(self.text[at:stop], piece.start + (at - piece.begin if piece.size < 0 else 0), piece.size)
            at = stop


class _Making:
    def __init__(self) -> None:
        self.texts: list[str] = []
        self.pieces: list[Piece] = []
        self.length = 0

    def put(self, text: str, start: int, size: int = -1) -> None:
        if text:
            self.pieces.append(Piece(self.length, start, size))
            self.texts.append(text)
            self.length += len(text)

    def placed(self) -> Placed:
        return Placed("".join(self.texts), tuple(self.pieces) or (Piece(0, 0, 0),))


def scalar(node: Node, document: Document) -> Placed:
    """The text of a scalar. Where a folding makes its places a riddle, all of it stands in the place of the whole."""
    inner = node.inner
    written = document.text[inner.start : inner.end]
    whole = Placed(node.value, (Piece(0, inner.start, inner.end - inner.start),))
    if node.style == "|":
        lines = _lines(node, document)
        return Placed(node.value, tuple(lines)) if lines else whole
    if written == node.value:
        return Placed(node.value, (Piece(0, inner.start),))
    if node.style == '"' and "\n" not in written and "\r" not in written:
        made = unescaped(Placed(written, (Piece(0, inner.start),)))
        return made if made.text == node.value else whole
    return whole


def unescaped(text: Placed) -> Placed:
    """A double-quoted text with its escapes read."""
    return text.replaced(_ESCAPE, _character)


def _character(match: re.Match[str]) -> str:
    number = match[1] or match[2] or match[3]
    if number:
        code = int(number, 16)
        return chr(code) if code < 0x110000 else match[0]
    return _ESCAPED.get(match[4], match[4])


def _lines(node: Node, document: Document) -> list[Piece]:
    """Where each line of a literal block begins; nothing if its lines are not those of the file."""
    found: list[Piece] = []
    at, here = 0, document.text.find("\n", node.start) + 1
    for line in node.value.split("\n")[:-1] if node.value.endswith("\n") else node.value.split("\n"):
        end = document.text.find("\n", here)
        end = len(document.text) if end < 0 else end
        written = document.text[here:end]
        written = written if written.endswith(line) else written.removesuffix("\r")
        if not here or not written.endswith(line):
            return []
        found.append(Piece(at, here + len(written) - len(line)))
        at, here = at + len(line) + 1, end + 1
    return found


def expanded(text: Placed, expansion: Expansion) -> Placed:
    """The text with the variables filled in that `expansion` filled in there."""
    made = _Making()
    for (begin, source, copied), (end, behind) in _stretches(expansion, len(text.text)):
        if copied:
            text.copy(made, source, source + end - begin)
        else:
            span = text.span(source, max(behind, source + 1))
            made.put(expansion.text[begin:end], span.start, span.end - span.start)
    return made.placed()


def _stretches(expansion: Expansion, length: int) -> Iterator[tuple[tuple[int, int, bool], tuple[int, int]]]:
    """Each piece of an expansion, with the offsets at which it ends in the result and, at most, in what was expanded."""
    ends = [(begin, source) for begin, source, _ in expansion.pieces[1:]]
    return zip(expansion.pieces, [*ends, (len(expansion.text), length)], strict=True)
