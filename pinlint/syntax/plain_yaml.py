"""YAML as programs write it: what it holds, in dictionaries, lists and texts, and where a key or value stands in it.

A lock has hundreds of thousands of lines, and each says what it says by itself: a key, a value, how deep. As long as every line is
of that kind the file is read line by line, in a third of the time; one other line, as people write them, and `syntax.yaml` reads
all of it. Nothing has a type here: `1.10` and `null` are texts. Must not know what any key means.
"""

from __future__ import annotations

import gc
import re
from typing import TYPE_CHECKING, Any

from pinlint.model import KeyPath, Span
from pinlint.syntax.lines import lines
from pinlint.text import Unparsable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinlint.syntax.nodes import Node

__all__ = ["load", "locate"]

_Keys = tuple[str | int, ...]

_SINGLE, _DOUBLE = r"'(?:[^'\r\n]|'')*+'(?!')", r'"(?:[^"\\\r\n]|\\[0abtnvfre "/\\N_LPxuU])*+"'
# What begins a word without quotes is less than YAML allows: nothing that could mean something else.
_PLAIN = r"[A-Za-z0-9_./~(^$+=<\\](?:[^\s:]|:(?=\S)| +(?=[^\s#:]))*+"
_IN_FLOW = r"[A-Za-z0-9_./~(^$+=<\\](?:[^\s:,\[\]{}]|:(?=[^\s,\[\]{}])| +(?=[^\s#:,\[\]{}]))*+"
_FLOW_WORD = rf"(?:{_SINGLE}|{_DOUBLE}|{_IN_FLOW})"
_PAIRS, _ITEMS = rf"{_FLOW_WORD}: {_FLOW_WORD}(?:, {_FLOW_WORD}: {_FLOW_WORD})*+", rf"{_FLOW_WORD}(?:, {_FLOW_WORD})*+"
_FLOW = rf"\{{ *+(?:{_PAIRS})? *+\}}|\[ *+(?:{_ITEMS})? *+\]"
_LINE = re.compile(
    rf"( *+)(?:(- +)?(?:({_SINGLE}|{_DOUBLE}|{_PLAIN}):(?= |\r?\Z))?(?: *({_SINGLE}|{_DOUBLE}|{_FLOW}|{_PLAIN}|[|>][-+]?))?)?"
    r"(?: *\r?|(?:^|(?<= )| +)#[^\r\n]*\r?)"
)
_PAIR = re.compile(rf"({_FLOW_WORD}): ({_FLOW_WORD})")
_ITEM = re.compile(_FLOW_WORD)
#: A text of many lines whose words nobody asks for.
_PROSE = "deprecated"
_TWICE = "a key comes twice in the same place, which is no YAML"


class _Odd(Exception):
    """A line that says something only together with others."""


def load(text: str, passed: frozenset[str] = frozenset(), *, once: bool = False) -> list[Any]:
    """What every document of the file holds. What stands under the keys `passed` at the top is left out. Of equal keys the last
    counts, unless each may come `once` only. Raises Unparsable."""
    collects = gc.isenabled()
    gc.disable()  # nothing in here can form a cycle
    try:
        return _Reading(passed, {}, once=once).read(text)
    except _Odd:
        from pinlint.syntax.yaml import documents

        return [_value(root, {}, once) for root in documents(text)]
    finally:
        if collects:
            gc.enable()


def locate(text: str, places: Iterable[KeyPath]) -> dict[KeyPath, Span]:
    """Where each place stands, quotes included; the first of its keys is the number of the document. Missing paths are left out,
    and of equal keys the last one counts."""
    wanted: dict[_Keys, list[KeyPath]] = {}
    for place in places:
        wanted.setdefault(place.keys, []).append(place)
    reading = _Reading(frozenset(), wanted)
    try:
        reading.read(text)
    except _Odd:
        return _nodes(text, wanted)
    return reading.found


class _Reading:
    """A file that is being read of which each line stands for itself: where it is, and what it has come to so far."""

    def __init__(self, passed: frozenset[str], wanted: dict[_Keys, list[KeyPath]], *, once: bool = False) -> None:
        self.found: dict[KeyPath, Span] = {}
        self._passed, self._wanted, self._once = passed, wanted, once
        self._roots: list[Any] = []
        self._said_before: dict[str, str] = {}  # most keys come thousands of times
        self._begin()

    def _begin(self) -> None:
        self._into: Any = {}  # what the next line is a part of, how deep that stands, and by which keys it is reached
        self._level = 0
        self._path: _Keys = (len(self._roots),)
        self._above: list[tuple[int, Any, _Keys]] = []
        self._key, self._holds = "", False  # the last key, and whether it waits for what stands below it
        self._block = -1  # how deep the key stands whose prose is being passed over
        self._long = False  # whether the last line was a key alone
        self._skipping = False

    def read(self, text: str) -> list[Any]:
        """What every document holds. Raises _Odd at the first line that says something only together with others."""
        start, fit = 0, _LINE.fullmatch
        for line in lines(text):
            begin, start = start, start + len(line) + 1
            if self._block >= 0 and self._is_prose(line):
                continue
            match = fit(line)
            if match is None or self._long:
                self._apart(line, begin)
                continue
            indent, dash, word, value = match.groups()
            if word is None and value is None:
                if dash is not None:
                    raise _Odd
            elif self._skipping and indent:
                self._block = len(indent) if value is not None and value[0] in "|>" else -1
            else:
                self._said(match, len(indent), dash, word, value, begin)
        if self._long:
            raise _Odd
        self._end()
        return self._roots

    def _end(self) -> None:
        root = self._above[0][1] if self._above else self._into
        if root or self._roots:
            self._roots.append(root)

    def _is_prose(self, line: str) -> bool:
        if len(line) - len(line.lstrip(" ")) > self._block or not line.strip():
            return True
        self._block = -1
        return False

    def _apart(self, line: str, begin: int) -> None:
        """A line that begins a document, or one of the two that a key of more than 1024 characters takes."""
        bare = line.rstrip()
        if self._long and bare == ":":
            self._long = False
        elif self._long or (bare != "---" and line[:2] != "? "):
            raise _Odd
        elif bare == "---":
            self._end()
            self._begin()
        else:
            match = _LINE.fullmatch(f"{bare[2:]}:")
            if match is None or match[1] or match[2] or match[3] is None or match[4]:
                raise _Odd
            self._said(match, 0, None, match[3], None, begin + 2)
            self._long = True

    def _said(self, match: re.Match[str], depth: int, dash: str | None, word: str | None, value: str | None, begin: int) -> None:
        """A key, with or without its value, or an element of a list."""
        if depth != self._level or dash is not None or self._skipping or type(self._into) is list:
            self._skipping = False
            self._move(depth, dash)
        self._holds = False
        if word is None:
            if dash is None or value is None or value[0] in "|>[{":
                raise _Odd
            self._into.append(_text(value))
            self._note((*self._path, len(self._into) - 1), match, begin)
            return
        if dash is not None:
            self._above.append((self._level, self._into, self._path))
            self._path = (*self._path, len(self._into))
            self._into.append({})
            self._level, self._into = depth + len(dash), self._into[-1]
        key = self._key = self._said_before.setdefault(word, word) if word[0] not in "'\"" else _text(word)
        if key == "<<":
            raise _Odd
        if self._once and key in self._into:
            raise Unparsable(_TWICE, begin)
        if self._wanted:
            self._note((*self._path, key), match, begin)
        self._into[key] = self._held(depth, key, value)

    def _held(self, depth: int, key: str, value: str | None) -> Any:
        if value is None:
            self._holds = True
            self._skipping = not depth and key in self._passed
            return ""
        if value[0] in "|>":
            if key != _PROSE:
                raise _Odd
            self._block = depth
            return ""
        if value[0] in "{[":
            return _flow(value)
        return value if value[0] not in "'\"" else _text(value)

    def _move(self, depth: int, dash: str | None) -> None:
        """Goes down into what the last key holds, or up to what stands as deep as the next line."""
        if depth > self._level or (self._holds and dash is not None and depth == self._level and type(self._into) is dict):
            if not self._holds:
                raise _Odd
            self._above.append((self._level, self._into, self._path))
            fresh: Any = [] if dash is not None else {}
            self._into[self._key] = fresh
            self._path = (*self._path, self._key)
            self._level, self._into = depth, fresh
            return
        while depth < self._level or (depth == self._level and (dash is None) == (type(self._into) is list)):
            if not self._above:
                raise _Odd
            self._level, self._into, self._path = self._above.pop()
        if depth != self._level or (dash is None) == (type(self._into) is list):
            raise _Odd

    def _note(self, path: _Keys, match: re.Match[str], begin: int) -> None:
        """Writes down where a key and its value stand; an element of a list, which has no key, is its own."""
        for place in self._wanted.get(path, ()):
            number = 3 if match[3] is not None and (place.part == "key" or match[4] is None) else 4
            self.found[place] = Span(begin + match.start(number), begin + match.end(number))


def _text(word: str) -> str:
    """The text that a word means, with or without quotes."""
    if word[0] == "'":
        return word[1:-1].replace("''", "'")
    if word[0] != '"':
        return word
    if "\\" not in word:
        return word[1:-1]
    from pinlint.syntax.placed import Piece, Placed, unescaped  # few texts have any escape

    return unescaped(Placed(word[1:-1], (Piece(0, 0),))).text


def _flow(value: str) -> Any:
    if value[0] == "[":
        return [_text(word) for word in _ITEM.findall(value, 1)]
    return {_text(key): _text(held) for key, held in _PAIR.findall(value)}


# --- the way that reads any YAML ---------------------------------------------------------------------------------------------


def _value(node: Node, known: dict[int, Any], once: bool, depth: int = 0) -> Any:
    """What a node holds; what aliases lead to is one object."""
    if id(node) in known:
        return known[id(node)]
    if node.kind == "scalar":
        return node.value
    if depth > 50:
        raise Unparsable("it is nested deeper than any lock", node.start)
    made: Any = {} if node.kind == "mapping" else []
    known[id(node)] = made
    if node.kind == "mapping":
        for key, value in node.items():
            if once and key.value in made:
                raise Unparsable(_TWICE, key.start)
            made[key.value] = _value(value, known, once, depth + 1)
    else:
        made += [_value(one, known, once, depth + 1) for one in node.elements]
    return made


def _nodes(text: str, wanted: dict[_Keys, list[KeyPath]]) -> dict[KeyPath, Span]:
    from pinlint.syntax.yaml import documents

    found: dict[KeyPath, Span] = {}
    try:
        roots = documents(text)
    except Unparsable:
        return found
    entries: dict[int, dict[str, tuple[Node, Node]]] = {}
    for keys, places in wanted.items():
        value: Node | None = None
        key: Node | None = None
        for step in keys:
            below = roots if value is None else value.elements
            if isinstance(step, int):
                key = value = below[step] if step < len(below) else None
            elif value is not None:
                if id(value) not in entries:
                    entries[id(value)] = {k.value: (k, v) for k, v in value.items()}
                key, value = entries[id(value)].get(step, (None, None))
            if value is None or key is None:
                break
        else:
            for place in places:
                if key is not None and value is not None:
                    found[place] = key.span if place.part == "key" else value.span
    return found
