"""The lock language of yarn 1: what a file holds, and where a key or value stands in it.

Knows lines, indentation and quoting; must not know what any key means. Source: yarn 1.22, lockfile/parse.js. What yarn writes is
read, and what people change in it; other ways to say the same, which yarn's reader takes by accident, are refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pinlint.model import KeyPath, Span
from pinlint.syntax.lines import lines
from pinlint.text import Unparsable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["comments", "entries", "load", "locate", "statements"]

_WORD = r'(?:"(?:[^"\\\r\n]|\\.)*"|(?!true|false)[A-Za-z/-][^:,"\r\n ]*)'
_LINE = re.compile(
    rf"(?P<indent> *+)(?:(?P<comment>#.*)|(?P<keys>{_WORD}(?:, *{_WORD})*+)(?:(?P<colon>:)| +(?P<value>{_WORD}|true|false|[0-9]+))"
    r"(?: +(?P<remark>#.*))?)? *\r?"
)
_EACH = re.compile(_WORD)


def load(text: str) -> dict[str, Any]:
    """What the file holds: dictionaries of texts; keys that share a value share the object. The last of two equal keys wins, as
    with yarn. Raises Unparsable."""
    top: dict[str, Any] = {}
    entry = inner = top
    depth = start = 0  # how deep the next line may be, and where it starts
    known: dict[str, str] = {}  # most keys come thousands of times
    fit = _LINE.fullmatch
    for line in lines(text):
        found = fit(line)
        if found is None:
            raise _refused(line, start)
        indent, _, keys, colon, value, _ = found.groups()
        level = len(indent)
        if level > depth or level % 2:
            raise Unparsable("a line is indented by more blanks than yarn takes there", start)
        if keys is None:
            depth = level  # a blank line ends an entry, for yarn
        else:
            into = top if not level else entry if level == 2 else inner
            if colon is not None:
                below: dict[str, Any] = {}
                if level == 4:
                    raise Unparsable("it is nested deeper than yarn writes", start)
                if level:
                    inner = below
                else:
                    entry = below
                depth = level + 2
                if '"' not in keys and "," not in keys:
                    into[keys] = below
                else:
                    for word in _EACH.findall(keys):
                        into[_said(word, start)] = below
            elif not level:
                raise Unparsable("what stands at the start of a line is no entry", start)
            else:
                depth = level
                value = _said(value, start) if value[0] == '"' else value
                for word in _EACH.findall(keys) if "," in keys else (keys,):
                    key = _said(word, start)
                    into[known.setdefault(key, key)] = value
        start += len(line) + 1
    return top


def _said(word: str, start: int) -> str:
    """The text that a word of the file means."""
    if word[0] != '"':
        return word
    if "\\" not in word:
        return word[1:-1]
    from pinlint.syntax.json import Unparsable as NoJson
    from pinlint.syntax.json import load as json

    value = json(word)
    if isinstance(value, NoJson) or not isinstance(value, str):
        raise Unparsable("a text has an escape that is none", start)
    return value


def _refused(line: str, start: int) -> Unparsable:
    at = re.match(" *", line)
    return Unparsable("a line is none that yarn writes", start + (at.end() if at and at.end() < len(line) else 0))


def entries(text: str) -> Iterator[tuple[int, list[tuple[str, Span]], Span | None]]:
    """(blanks before it, its keys and their places, the place of its value) of every line that says something. Raises
    Unparsable."""
    start = 0
    for line in lines(text):
        found = _LINE.fullmatch(line)
        if found is None:
            raise _refused(line, start)
        if found["keys"] is not None:
            keys = [
                (_said(word[0], start), Span(start + word.start(), start + word.end()))
                for word in _EACH.finditer(line, found.start("keys"), found.end("keys"))
            ]
            value = Span(start + found.start("value"), start + found.end("value")) if found["value"] is not None else None
            yield len(found["indent"]), keys, value
        start += len(line) + 1


def locate(text: str, places: Iterable[KeyPath]) -> dict[KeyPath, Span]:
    """Where each place stands, quotes included; the "value" of what has others below is its key. Missing paths are left out, and of
    equal keys the last one counts."""
    wanted: dict[tuple[str | int, ...], list[KeyPath]] = {}
    for place in places:
        wanted.setdefault(place.keys, []).append(place)
    found: dict[KeyPath, Span] = {}
    above: list[list[str]] = [[], []]
    try:
        for indent, keys, value in entries(text):
            level = indent // 2
            for outer in [(key,) for key in above[0]] if level else [()]:
                between = [(*outer, key) for key in above[1]] if level == 2 else [outer]
                for path in between:
                    for key, span in keys:
                        for place in wanted.get((*path, key), ()):
                            found[place] = span if place.part == "key" or value is None else value
            if value is None and level < 2:
                above[level] = [key for key, _ in keys]
    except Unparsable:
        return {}
    return found


def comments(text: str) -> Iterator[Span]:
    """Every comment; none behind a line that cannot be read."""
    start = 0
    for line in lines(text):
        if (found := _LINE.fullmatch(line)) is None:
            return
        for name in ("comment", "remark"):
            if found[name] is not None:
                yield Span(start + found.start(name), start + found.start(name) + len(found[name].rstrip("\r")))
        start += len(line) + 1


def statements(text: str) -> Iterator[tuple[int, Span]]:
    """Every entry, over what is said directly in it; none of a file that cannot be read."""
    begin = 0
    try:
        for indent, keys, value in entries(text):
            if not indent:
                begin = keys[0][1].start
            yield begin if indent < 4 else keys[0][1].start, Span(keys[0][1].start, (value or keys[-1][1]).end)
    except Unparsable:
        return
