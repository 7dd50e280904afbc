"""JSON documents: the value they hold, and where a key or value stands in the text.

Knows JSON as RFC 8259 and its common readers have it (the last of two equal keys wins); must not know what a document is about.
"""

import gc
import json
import re
import sys
from collections.abc import Iterable, Iterator
from json.decoder import scanstring  # type: ignore[attr-defined]
from json.scanner import make_scanner
from typing import Any, NamedTuple

from pinlint.model import KeyPath, Span

__all__ = ["Unparsable", "load", "locate"]


class Unparsable(NamedTuple):
    """Text that is no JSON: the offset of the first character that does not fit, and the reason, fit to follow "because"."""

    offset: int
    reason: str


def load(text: str) -> object:
    """What `text` holds, in Python's terms, or an Unparsable. Never raises.

    Stricter than Python's reader where readers in other languages are: NaN and Infinity are no JSON.
    """
    collects = gc.isenabled()
    gc.disable()  # Nothing in here can form a cycle, and the collector costs half as much as the parsing.
    try:
        return _READER.decode(text)
    except json.JSONDecodeError as error:
        return _unparsable(text, error.pos, error.msg)
    except RecursionError:
        return Unparsable(_deepest(text), "it is nested too deeply to be read")
    except ValueError as error:
        return _bad_number(text, error)
    finally:
        if collects:
            gc.enable()


def _refuse_constant(word: str) -> object:
    raise ValueError(word)


_READER = json.JSONDecoder(parse_constant=_refuse_constant)
_CONSTANT = re.compile(r'"(?:[^"\\]|\\.)*+"|(NaN|-?Infinity)', re.DOTALL)
_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+"?|([\[{])|[\]}]', re.DOTALL)


def _unparsable(text: str, offset: int, message: str) -> Unparsable:
    if not text.strip():
        return Unparsable(0, "it is empty")
    if offset >= len(text.rstrip()) or message.startswith("Unterminated string"):
        return Unparsable(min(offset, len(text) - 1), "it ends in the middle of the document")
    return Unparsable(offset, f"it is no valid JSON ({message[0].lower()}{message[1:].removesuffix(' at')})")


def _bad_number(text: str, error: ValueError) -> Unparsable:
    constant = str(error)
    if constant in ("NaN", "Infinity", "-Infinity"):
        offset = next((found.start() for found in _CONSTANT.finditer(text) if found[1]), 0)
        return Unparsable(offset, f"it is no valid JSON ({constant} is no number)")
    limit = sys.get_int_max_str_digits()
    digits = re.search(rf"[0-9]{{{limit + 1}}}", text)
    return Unparsable(digits.start() if digits else 0, f"it holds a number of more than {limit} digits")


def _deepest(text: str) -> int:
    """The offset of the bracket that is nested most deeply."""
    depth = most = offset = 0
    for found in _BRACKET.finditer(text):
        if found[1]:
            depth += 1
            if depth > most:
                most, offset = depth, found.start()
        elif found[0][0] != '"':
            depth -= 1
    return offset


# --- positions: one ordered pass, down to wanted places only -----------------------------------------------------------------

_space = re.compile(r"[ \t\n\r]*").match
_colon = re.compile(r"[ \t\n\r]*:[ \t\n\r]*").match
_next = re.compile(r"[ \t\n\r]*([,\]}])[ \t\n\r]*").match
_Key = str | int


class _Wanted:
    """A node of the tree of wanted paths."""

    __slots__ = ("below", "places")

    def __init__(self) -> None:
        self.below: dict[_Key, _Wanted] = {}
        self.places: list[KeyPath] = []


class _Found(NamedTuple):
    """The offsets of a key and its value, and what was found inside the value. A key that is none has no length."""

    key_start: int
    key_end: int
    start: int
    end: int
    below: dict[_Key, Any]  # of _Found


class _Frame(NamedTuple):
    """A container that is being read: its kind, what is wanted and was found in it, and the member that is being read."""

    array: bool
    wanted: dict[_Key, _Wanted]
    found: dict[_Key, _Found]
    member: _Key
    key_start: int
    key_end: int
    start: int


def locate(text: str, places: Iterable[KeyPath]) -> dict[KeyPath, Span]:
    """Where each place stands: a key or string with its quotes, a container with its brackets. Missing paths are left out.

    Of equal keys the last one counts, as for `load`. An element of an array has no key: its "key" is the element itself.
    Linear in the text and the places; a text that is no JSON has no places.
    """
    root = _Wanted()
    for place in places:
        node = root
        for key in place.keys:
            below = node.below.get(key)
            if below is None:
                below = node.below[key] = _Wanted()
            node = below
        node.places.append(place)
    collects = gc.isenabled()
    gc.disable()  # As in `load`.
    try:
        return dict(_spans(root, _walk(text, root)))
    except (StopIteration, ValueError, RecursionError, IndexError):
        return {}
    finally:
        if collects:
            gc.enable()


def _walk(text: str, root: _Wanted) -> _Found:
    """What `root` wants, found. Raises ValueError, StopIteration or IndexError where the text is no JSON.

    A repeated key overwrites what its forerunner held, with everything below it.
    """
    scan: Any = make_scanner(_READER)  # type: ignore[arg-type]
    string: Any = scanstring
    first = at = _end(_space(text, 0))
    if text[at] not in "{[":
        return _Found(at, at, at, scan(text, at)[1], {})
    stack: list[_Frame] = []
    array, wanted, index, key_start, key_end = text[at] == "[", root.below, 0, 0, 0
    found: dict[_Key, _Found] = {}
    at = _end(_space(text, at + 1))
    while True:
        if text[at] not in "]}":
            if array:
                member: _Key = index
                key_start = key_end = at
            else:
                member, key_end = string(text, at + 1)
                key_start, at = at, _end(_colon(text, key_end))
            node = wanted.get(member)
            if node is not None and node.below and text[at] in "{[":
                stack.append(_Frame(array, wanted, found, member, key_start, key_end, at))
                array, wanted, found, index = text[at] == "[", node.below, {}, 0
                at = _end(_space(text, at + 1))
                continue
            start = at
            at = scan(text, at)[1]  # Parsing what nobody asked for is the fastest way past it.
            if node is not None:
                found[member] = _Found(key_start, key_end, start, at, {})
        while (mark := _next(text, at)) and mark[1] != ",":
            at = mark.end(1)
            if not stack:
                return _Found(first, first, first, at, found)
            below = found
            array, wanted, found, member, key_start, key_end, start = stack.pop()
            found[member] = _Found(key_start, key_end, start, at, below)
            index = member if isinstance(member, int) else 0
        at = _end(mark)
        index += 1


def _end(match: re.Match[str] | None) -> int:
    if match is None:
        raise ValueError
    return match.end()


def _spans(root: _Wanted, found: _Found) -> Iterator[tuple[KeyPath, Span]]:
    pairs = [(root, found)]
    while pairs:
        node, here = pairs.pop()
        for place in node.places:
            of_key = place.part == "key" and here.key_start < here.key_end
            yield place, Span(here.key_start, here.key_end) if of_key else Span(here.start, here.end)
        if node.below:
            pairs.extend((child, here.below[key]) for key, child in node.below.items() if key in here.below)
