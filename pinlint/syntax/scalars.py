"""Text as a program gets it, and where each of its characters is written: a scalar of YAML, a string of JSON or Groovy, lines that
end as they like.

The places are `Script.pieces` (see model): where a stretch begins in the text and in the file, character for character until the
next one begins. What an escape or a folded line end stands for has the place where that begins. Knows quotes, escapes, indents and
line ends; must not know what the text means. Where a place cannot be told all of the text begins where the value does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pinlint.budget import spend
from pinlint.syntax.templates import HOLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pinlint.syntax.nodes import Node

__all__ = ["Pieces", "Written", "filled", "groovy", "joined", "json", "part", "raw", "scalar"]

Pieces = list[tuple[int, int]]


class Written(NamedTuple):
    """A text and where its stretches are written."""

    text: str
    pieces: Pieces


_BREAK = "(?:\r\n|[\r\n\x85\u2028\u2029])"
_NO_BREAK = "\r\n\x85\u2028\u2029"
#: A folded line end with the blanks around it; `more` are the further ones, each of which counts. It comes before what is text.
_FOLD = rf"[ \t]*+{_BREAK}[ \t]*+(?P<more>(?:{_BREAK}[ \t]*+)*)"
_PLAIN = rf"{_FOLD}|(?P<text>[ \t]++|[^ \t{_NO_BREAK}]++)"
_SINGLE = rf"{_FOLD}|(?P<text>[ \t]++|[^' \t{_NO_BREAK}]++)|(?P<quote>'')|(?P<rest>')"
_DOUBLE = (
    rf"{_FOLD}|(?P<text>[ \t]++|[^\\ \t{_NO_BREAK}]++)|\\{_BREAK}[ \t]*+(?P<joined>(?:{_BREAK}[ \t]*+)*)"
    r"|\\(?:x(?P<x>[0-9a-fA-F]{2})|u(?P<u>[0-9a-fA-F]{4})|U(?P<U>[0-9a-fA-F]{8})|(?P<escape>.))|(?P<rest>.)"
)
_YAML = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b", "N": "\x85", "_": "\xa0",
    "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_JSON = (
    r"(?P<text>[^\\]++)|\\u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})|\\u(?P<u>[0-9a-fA-F]{4})"
    r"|\\(?P<escape>.)|(?P<rest>.)"
)
_ESCAPES = rf"\\(?P<joined>{_BREAK})|(?P<break>\r\n?)|\\u+(?P<u>[0-9a-fA-F]{{4}})|\\(?P<escape>.)|(?P<rest>.)"
_GROOVY = rf"(?P<text>[^\\\r]++)|{_ESCAPES}"
#: Where Groovy fills in values `\$` stays as it is: the shell's own sign is not Groovy's (see shell.FOREIGN).
_FILLED = rf"(?P<text>(?:[^\\\r]|\\\$)++)|{_ESCAPES}"
_SHORT = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}
_LINE = r"[^\r\n]*(?:(?P<odd>\r\n?)|\n|\Z)"


def scalar(node: Node, text: str) -> Written:
    """A scalar of YAML in a file of this text. Actions of a template that were cut out of it stand in it as they are written."""
    start, end = node.inner
    if node.style in ("|", ">"):
        found = (_literal if node.style == "|" else _folded)(node, text)
    elif text[start:end] == node.value:
        return Written(node.value, [(0, start)])
    else:
        pattern, escapes = _QUOTED.get(node.style, (_PLAIN, {}))
        found = _read(text, start, end, pattern, escapes)
    return _agreed(found, node, text)


def json(text: str, start: int, end: int) -> Written:
    """A string of JSON whose quotes enclose a stretch of the text."""
    return _read(text, start, end, _JSON, _SHORT)


def groovy(text: str, start: int, end: int, *, filled: bool) -> Written:
    r"""A string of Groovy without its quotes. Where values are `filled` in, `\$` stays as it is."""
    return _read(text, start, end, _FILLED if filled else _GROOVY, _SHORT)


def raw(text: str, start: int = 0, end: int | None = None) -> Written:
    """A stretch of the text whose lines end with a line feed alone."""
    end = len(text) if end is None else end
    if "\r" not in text[start:end]:
        return Written(text[start:end], [(0, start)])
    texts: list[str] = []
    pieces: Pieces = []
    length = 0
    for line in re.compile(_LINE).finditer(text, start, end):
        body = line[0].rstrip("\r\n")
        pieces.append((length, line.start()))
        texts.append(body)
        length += len(body)
        if len(line[0]) > len(body):
            pieces += [(length, line.end() - 1)]
            texts.append("\n")
            length += 1
    return Written("".join(texts), pieces or [(0, start)])


def part(written: Written, start: int, end: int) -> Written:
    """A stretch of a text, with its places."""
    pieces: Pieces = []
    for number, (begins, place) in enumerate(written.pieces):
        behind = written.pieces[number + 1][0] if number + 1 < len(written.pieces) else len(written.text)
        if behind > start and begins < max(end, start + 1):
            pieces.append((max(0, begins - start), place + max(0, start - begins)))
    return Written(written.text[start:end], pieces or [(0, written.pieces[-1][1])])


def joined(stretches: Iterable[tuple[int, str]]) -> Written:
    """The stretches of a file, each with its place, one behind the other."""
    texts: list[str] = []
    pieces: Pieces = []
    length = 0
    for place, text in stretches:
        if text:
            pieces.append((length, place))
            texts.append(text)
            length += len(text)
    return Written("".join(texts), pieces or [(0, 0)])


def filled(written: Written, pattern: str, value: Callable[[re.Match[str]], str | None]) -> Written:
    """The text with `value` in place of what fits the pattern, None to leave it. What is filled in stands where the writing for it
    does: its last character at the end of that."""
    found = [(one, text) for one in re.compile(pattern).finditer(written.text) if (text := value(one)) is not None]
    if not found:
        return written
    spend(sum(len(text) for _, text in found) // 8)
    stretches: list[tuple[int, str]] = []
    pieces, number, at = [*written.pieces, (len(written.text), 0)], 0, 0

    def copy(end: int) -> None:
        nonlocal number, at
        while at < end:
            while pieces[number + 1][0] <= at:
                number += 1
            stop = min(end, pieces[number + 1][0])
            stretches.append((pieces[number][1] + at - pieces[number][0], written.text[at:stop]))
            at = stop

    for one, text in found:
        copy(one.start())
        before = len(stretches)
        copy(one.end())
        first, (last, ending) = stretches[before][0], stretches[-1]
        del stretches[before:]
        stretches += [*((first, char) for char in text[:-1]), (last + len(ending) - 1, text[-1:])]
    copy(len(written.text))
    return joined(stretches)


_QUOTED: dict[str, tuple[str, dict[str, str]]] = {"'": (_SINGLE, {}), '"': (_DOUBLE, _YAML)}


def _read(text: str, start: int, end: int, pattern: str, escapes: dict[str, str]) -> Written:
    """What a stretch of a file stands for."""
    texts: list[str] = []
    pieces: Pieces = []
    length = 0
    for one in re.compile(pattern, re.DOTALL).finditer(text, start, end):
        stands_for = one[0] if one.lastgroup in ("text", "rest") else _stands_for(one, escapes)
        if stands_for:
            if not pieces or one.start() - length != pieces[-1][1] - pieces[-1][0]:
                pieces.append((length, one.start()))
            texts.append(stands_for)
            length += len(stands_for)
    return Written("".join(texts), pieces or [(0, start)])


def _stands_for(one: re.Match[str], escapes: dict[str, str]) -> str:
    """What an escape or a line end comes to."""
    group = one.groupdict()
    if group.get("escape") is not None:
        return escapes.get(one["escape"], one["escape"])
    if group.get("high") is not None:
        return chr(0x10000 + ((int(one["high"], 16) - 0xD800) << 10) + int(one["low"], 16) - 0xDC00)
    if digits := group.get("x") or group.get("u") or group.get("U"):
        return chr(min(int(digits, 16), 0x10FFFF))
    if group.get("quote") is not None:
        return "'"
    if group.get("break") is not None:
        return "\n"
    joined = group.get("joined")
    if joined is not None:
        return "\n" * len(re.findall(_BREAK, joined)) if "more" in group else ""
    return "\n" * len(re.findall(_BREAK, group.get("more") or "")) or " "


def _lines(node: Node, text: str) -> list[tuple[int, int, int]]:
    """(begin, end, behind its line end) of each line of a block."""
    found: list[tuple[int, int, int]] = []
    breaks = re.compile(_BREAK)
    header = breaks.search(text, node.start)
    at = header.end() if header else len(text)
    while at < len(text) and (not found or at < node.end):
        ended = breaks.search(text, at)
        end, behind = (ended.start(), ended.end()) if ended else (len(text), len(text))
        found.append((at, end, behind))
        at = behind
    return found


def _literal(node: Node, text: str) -> Written:
    """A block whose lines stay as they are: each ends where that of the file does."""
    pieces: Pieces = []
    length = 0
    wanted = node.value.split("\n")
    for line, (begin, end, behind) in zip(wanted, _lines(node, text), strict=False):
        pieces.append((length, max(begin, end - len(line))))
        length += len(line) + 1
        if behind - end > 1:
            pieces.append((length - 1, behind - 1))
    return Written(node.value if length >= len(node.value) else "", pieces or [(0, node.start)])


def _folded(node: Node, text: str) -> Written:
    """A block whose lines are joined where none of them is indented deeper: what stands in a line is found behind what joins it."""
    pieces: Pieces = []
    lines = _lines(node, text)
    value, at, indent, before = node.value, 0, -1, lines[0][0] - 1 if lines else node.start
    for begin, end, _ in lines:
        line = text[begin:end]
        if not line.strip(" ") and (indent < 0 or len(line) <= indent):
            continue
        if indent < 0:
            given = re.match(r">[+-]?([1-9])", text[node.start : node.start + 3])
            indent = len(line) - len(line.lstrip(" ")) - (len(value.lstrip("\n")) - len(value.lstrip("\n ")) if given else 0)
        content = line[indent:]
        joint = at
        while at < len(value) and value[at] == "\n":
            at += 1
        if at == joint and at and value[at : at + 1] == " ":
            at += 1
        if at > joint:
            pieces.append((joint, before))
        pieces.append((at, begin + indent))
        at, before = at + len(content), end
    if at < len(value):
        pieces.append((at, before))
    return Written(value if at <= len(value) else "", pieces or [(0, node.start)])


def _agreed(found: Written, node: Node, text: str) -> Written:
    """The text with the actions that were cut out put back; without places where it is not the node's after all."""
    if len(found.text) != len(node.value) or (HOLE not in node.value and found.text != node.value):
        return Written(node.value, [(0, node.inner.start)])
    return found if HOLE not in node.value else Written(_filled(node.value, found.pieces, text), found.pieces)


def _filled(value: str, pieces: Pieces, text: str) -> str:
    """A value with the file's own characters in its holes."""
    made: list[str] = []
    for number, (begins, place) in enumerate(pieces):
        end = pieces[number + 1][0] if number + 1 < len(pieces) else len(value)
        stretch = value[begins:end]
        if HOLE in stretch:
            stretch = "".join(text[place + at] if char == HOLE else char for at, char in enumerate(stretch))
        made.append(stretch)
    return "".join(made)
