"""TOML as plain values, and where its keys and values stand: one pass over a text that the standard library can read.

Knows tables, dotted keys, arrays and inline tables; must not know what any key means. What stands in a text that is no TOML is
located somewhere inside it.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from pinlint.model import KeyPath, Span
from pinlint.text import Unparsable
from pinlint.toml import QUOTED, TomlError, loads

__all__ = ["Found", "Unparsable", "load", "locate", "places"]

_Keys = tuple[str | int, ...]

_TOKENS = rf"""{QUOTED}|(?P<mark>[\[\]{{}}=,\n])|(?P<bare>[^\s\[\]{{}}=,#"']+)"""


class Found(NamedTuple):
    """A value and its last key, as written, quotes included; `key` of an element of an array is the place of the element. The place
    of a table with a header is that header's."""

    keys: _Keys
    key: Span
    value: Span


@lru_cache(maxsize=2)  # a lock is read for itself, and for each manifest that it settles
def load(text: str) -> dict[str, Any] | Unparsable:
    """What a text holds, or why it is no TOML. Not to be changed: others get the same."""
    try:
        return loads(text)
    except TomlError as error:
        return Unparsable(str(error), 0)


def locate(text: str, paths: Iterable[KeyPath]) -> dict[KeyPath, Span]:
    """The span of every path that exists."""
    wanted: dict[_Keys, list[KeyPath]] = {}
    for path in paths:
        wanted.setdefault(path.keys, []).append(path)
    found: dict[KeyPath, Span] = {}
    for one in places(text):
        for path in wanted.pop(one.keys, ()):
            found[path] = one.value if path.part == "value" else one.key
        if not wanted:
            break
    return found


class _Frame(NamedTuple):
    """An array or inline table that is open: its keys, where its own key stands, where it began."""

    keys: _Keys
    key: Span
    start: int
    is_array: bool


def places(text: str) -> Iterator[Found]:
    """Every value in the order of the text; an array or inline table behind what it holds, the table of a header before it."""
    reader = _Reader(text)
    for token in re.finditer(_TOKENS, text, re.DOTALL):
        mark, found = token["mark"], None
        if mark is None:
            found = None if token[0][0] == "#" else reader.word(token)
        elif mark in "]}":
            found = reader.closed(token.start())
        elif mark in "[{":
            reader.opened(mark, token.start())
        else:
            reader.between(mark)
        if found:
            yield found


class _Reader:
    """What a text has said up to a token."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.table: _Keys = ()
        self.parts: list[tuple[str, Span]] = []  # of the key that is being read
        self.header = self.begun = 0  # brackets of the header that is being read, and where it began
        self.stack: list[_Frame] = []
        self.counts: list[int] = []  # elements of each open array
        self.tables: dict[_Keys, int] = {}  # arrays of tables, and their last index
        self.value = False  # whether a value is expected

    def word(self, token: re.Match[str]) -> Found | None:
        """A value, or a part of a key."""
        span = Span(*token.span())
        if self.value or (self.stack and self.stack[-1].is_array):
            return Found(*self._place(span), span)
        self.parts += _parts(token, span.start)
        return None

    def opened(self, mark: str, start: int) -> None:
        """The begin of a header, of an array or of an inline table."""
        if mark == "[" and not self.value and not self.stack:
            self.begun = self.begun if self.header else start
            self.header += 1
        else:
            self.stack.append(_Frame(*self._place(Span(start, start + 1)), start, mark == "["))
            self.counts.append(0)

    def closed(self, start: int) -> Found | None:
        """The end of one of them."""
        parts, self.parts, self.value = self.parts, [], False
        if self.header:
            double = self.header == 2
            self.header -= 1
            if not parts:
                return None
            self.table = _table([name for name, _ in parts], self.tables, double=double)
            return Found(self.table, Span(parts[0][1].start, parts[-1][1].end), Span(self.begun, start + 1 + double))
        if not self.stack:
            return None
        frame = self.stack.pop()
        self.counts.pop()
        return Found(frame.keys, frame.key, Span(frame.start, start + 1))

    def between(self, mark: str) -> None:
        """What stands between keys and values."""
        if mark == "=":
            self.value = True
        elif mark == ",":
            self.parts = []
            if self.counts:
                self.counts[-1] += 1
        elif not self.stack:  # the end of a line
            self.parts, self.value, self.header = [], False, 0

    def _place(self, at: Span) -> tuple[_Keys, Span]:
        """The keys of a value that begins here, and where the last of them stands."""
        inside, parts = self.stack[-1] if self.stack else None, self.parts
        self.parts, self.value = [], False
        if inside and inside.is_array:
            return (*inside.keys, self.counts[-1]), at
        above = inside.keys if inside else self.table
        return ((*above, *(name for name, _ in parts)), parts[-1][1]) if parts else (above, at)


def _parts(token: re.Match[str], start: int) -> Iterator[tuple[str, Span]]:
    """The keys that a token holds: `a.b` two, `"a.b"` one."""
    if token["bare"] is None:
        text = token[token.lastgroup] if token.lastgroup in ("basic", "literal") else token[0][1:-1]
        yield _unescaped(text) if token[0][0] == '"' else text, Span(*token.span())
        return
    at = start
    for name in token["bare"].split("."):
        if name:
            yield name, Span(at, at + len(name))
        at += len(name) + 1


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    from pinlint.toml import TomlError, loads  # hardly any key

    try:
        return str(loads(f'a = "{text}"')["a"])
    except TomlError:
        return text


def _table(names: list[str], tables: dict[_Keys, int], *, double: bool) -> _Keys:
    """The keys of the table that a header opens: behind each array of tables the index of its last."""
    keys: _Keys = ()
    for name in names[:-1]:
        keys = (*keys, name)
        if keys in tables:
            keys = (*keys, tables[keys])
    keys = (*keys, names[-1])
    if double:
        tables[keys] = tables.get(keys, -1) + 1
    return (*keys, tables[keys]) if keys in tables else keys
