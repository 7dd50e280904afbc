"""pip's requirements line grammar: logical lines, their options, and where each character of them stands in the file.

Knows how pip splits, joins, strips and shlexes lines and what optparse makes of options; must not know what a requirement means.
Source: pip's `req_file.py` (23.2.1 to 26.3) and the standard library's `shlex` and `optparse`; where pip versions differ in the
options they know, the union is read.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import takewhile
from typing import NamedTuple

from pinlint.model import Span
from pinlint.text import Document

__all__ = ["TOO_MANY_WORDS", "VARIABLE", "Line", "Option", "comments", "lines", "statements"]

#: The only notation of an environment variable that pip expands.
VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")

#: Long option → whether it takes a value. pip 25
#: dropped "--global-option"; pip 26 brought "--no-require-hashes" and the release options.
_LONG = {
    "--index-url": True, "--pypi-url": True, "--extra-index-url": True, "--no-index": False, "--constraint": True,
    "--requirement": True, "--editable": True, "--find-links": True, "--no-binary": True, "--only-binary": True,
    "--prefer-binary": False, "--require-hashes": False, "--no-require-hashes": False, "--pre": False, "--all-releases": True,
    "--only-final": True, "--trusted-host": True, "--use-feature": True, "--global-option": True, "--hash": True,
    "--config-settings": True,
}  # fmt: skip
_SHORT = {"i": "index-url", "c": "constraint", "r": "requirement", "e": "editable", "f": "find-links", "C": "config-settings"}

_FAR = 1 << 62
#: Far beyond what anybody writes; without a limit a hostile line costs seventy times its size in memory.
_WORDS = 1_000_000
TOO_MANY_WORDS = f"it has more than {_WORDS} options"
_BLOCK = 1 << 20
_ENDS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
_COMMENT = re.compile(r"(?:\A|(?<=\s))#")
_COMMENT_LINE = re.compile(r"\s*#")
_BLANKS = re.compile(r"[ \t\r\n]+")
_WORD_PIECE = re.compile(r"""([^ \t\r\n'"\\]+)|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)""", re.DOTALL)
_IN_QUOTES = re.compile(r'\\(["\\])')


class Option(NamedTuple):
    """An option of a line: `name` without dashes, never abbreviated; `value` unquoted ("" for a flag). Offsets are those of
    `Line.text`: of the whole option, and of its value as written (quotes included).
    """

    name: str
    value: str
    start: int
    end: int
    value_start: int


class Line(NamedTuple):
    """A logical line as pip sees it: joined, without comment, stripped, not empty.

    `args` is what stands before the options, `error` why pip refuses the options ("" if it does not; `options` then holds those
    before the error). `start` is the offset of the first physical line, `comment` what follows the text in the joined line, from
    its "#" on. `pieces` maps offsets of the joined line to offsets of the document.
    """

    text: str
    args: str
    options: tuple[Option, ...]
    error: str
    start: int
    comment: str
    shift: int
    comment_at: int
    pieces: tuple[tuple[int, int], ...]

    def span(self, start: int = 0, end: int = -1) -> Span:
        """Where `text[start:end]` stands in the document, continuations included. The whole text by default."""
        end = len(self.text) if end < 0 else end
        return self._joined(self.shift + start, self.shift + end)

    def comment_span(self, start: int, end: int) -> Span:
        """Where `comment[start:end]` stands in the document."""
        return self._joined(self.comment_at + start, self.comment_at + end)

    def comment_piece(self, offset: int) -> bool:
        """Whether `comment[offset]` stands on a later physical line than the comment's "#"."""
        first, here = ((self.comment_at + at, _FAR) for at in (0, offset))
        return bisect_right(self.pieces, first) < bisect_right(self.pieces, here)

    def _joined(self, start: int, end: int) -> Span:
        at = self._offset(start)
        return Span(at, max(at, self._offset(end - 1) + 1) if end > start else at)

    def _offset(self, joined: int) -> int:
        if len(self.pieces) == 1:
            return self.pieces[0][1] + joined
        logical, real = self.pieces[max(0, bisect_right(self.pieces, (joined, _FAR)) - 1)]
        return real + joined - logical


def lines(text: str) -> Iterator[Line]:
    """The logical lines of a requirements file. Physical lines end where `str.splitlines` says, as in pip."""
    for start, joined, pieces in _joined_lines(text):
        end = _comment_start(joined)
        body = joined[:end]
        stripped = body.strip()
        comment = joined[end:]
        if not stripped:
            continue
        args, rest = _break_args(stripped)
        options, error = _options(stripped, rest) if rest >= 0 else ((), "")
        shift = len(body) - len(body.lstrip())
        yield Line(stripped, args, options, error, start, comment, shift, end, tuple(pieces))


def comments(document: Document) -> Iterator[Span]:
    """Every comment, of each physical line that it reaches over; a line of its own also where it ends a continuation."""
    for _, joined, pieces in _joined_lines(document.text):
        at = _comment_start(joined)
        ends = [begin for begin, _ in pieces[1:]] + [len(joined)]
        for (begin, place), end in zip(pieces, ends, strict=True):
            if at < end:
                yield Span(place + max(at - begin, 0), place + end - begin)


def statements(document: Document) -> Iterator[tuple[int, Span]]:
    """Every logical line with its continuations."""
    for start, joined, pieces in _joined_lines(document.text):
        if joined[: _comment_start(joined)].strip():
            yield start, Span(start, pieces[-1][1] + len(joined) - pieces[-1][0])


def _joined_lines(text: str) -> Iterator[tuple[int, str, list[tuple[int, int]]]]:
    """(offset of the first physical line, joined text, pieces) of each logical line, comments still in."""
    at = first = length = 0
    parts: list[str] = []
    pieces: list[tuple[int, int]] = []
    for whole in _physical_lines(text):
        line = whole[: -2 if whole.endswith("\r\n") else -1] if whole[-1] in _ENDS else whole
        comment = _COMMENT_LINE.match(line) is not None
        if line.endswith("\\") and not comment:
            if not parts:
                first = at
            body = line.strip("\\")
            if body:
                pieces.append((length, at + len(line) - len(line.lstrip("\\"))))
            parts.append(body)
            length += len(body)
        elif parts:
            # A comment ends a continuation; the blank that pip puts before it makes sure that it is seen as one.
            pieces.append((length + comment, at))
            yield first, "".join([*parts, " " * comment, line]), pieces
            parts, pieces, length = [], [], 0
        else:
            yield at, line, [(0, at)]
        at += len(whole)
    if parts:
        yield first, "".join(parts), pieces or [(0, first)]


def _physical_lines(text: str) -> Iterator[str]:
    """What `text.splitlines(keepends=True)` gives, a block at a time: a list of millions of short lines takes gigabytes."""
    at = 0
    while at < len(text):
        end = text.find("\n", at + _BLOCK) + 1 or len(text)
        yield from text[at:end].splitlines(keepends=True)
        at = end


def _comment_start(joined: str) -> int:
    """The offset of the "#" that starts the comment: the first at the start or after white space; the length if none."""
    found = _COMMENT.search(joined)
    return found.start() if found else len(joined)


def _break_args(text: str) -> tuple[str, int]:
    """What stands before the options, and where those start (-1 without any): at the first token after a *space* with a dash."""
    if text.startswith("-"):
        return "", 0
    at = text.find(" -")
    return (text, -1) if at < 0 else (text[:at], at + 1)


class _Word(NamedTuple):
    text: str
    start: int
    end: int


def _words(text: str, at: int) -> tuple[list[_Word], str]:
    """The words of `text` from `at` on as `shlex.split` reads them, and its error or ""."""
    words: list[_Word] = []
    end = len(text)
    while True:
        if blank := _BLANKS.match(text, at):
            at = blank.end()
        if at >= end:
            return words, ""
        if len(words) == _WORDS:
            return words, TOO_MANY_WORDS
        start, parts = at, []
        while at < end and text[at] not in " \t\r\n":
            piece = _WORD_PIECE.match(text, at)
            if piece is None:
                return words, "no escaped character" if text[at] == "\\" else "a quotation mark is not closed"
            plain, single, double, escaped = piece.groups()
            parts.append(_IN_QUOTES.sub(r"\1", double) if double is not None else plain or single or escaped or "")
            at = piece.end()
        words.append(_Word("".join(parts), start, at))


def _options(text: str, at: int) -> tuple[tuple[Option, ...], str]:
    """The options from `at` on as `optparse` reads them, and why it refuses them or "". Other words are dropped, as pip does."""
    words, error = _words(text, at)
    if error:
        return (), error
    found: list[Option] = []
    index = 0
    while index < len(words):
        word = words[index]
        index += 1
        if word.text == "--":
            break
        if word.text[:1] != "-" or word.text == "-":
            continue
        name, value, takes, error = _named(word.text)
        if error:
            return tuple(found), error
        end, value_start = word.end, word.end - len(value or "")
        if "=" in text[word.start : word.end] and word.text.startswith("--"):
            value_start = text.index("=", word.start) + 1
        if takes and value is None:
            if index == len(words):
                return tuple(found), f"--{name} needs a value"
            value, value_start, end = words[index].text, words[index].start, words[index].end
            index += 1
        found.append(Option(name, value or "", word.start, end, value_start))
        if error := _refused(name, value or ""):
            return tuple(found), error
    return tuple(found), ""


def _named(word: str) -> tuple[str, str | None, bool, str]:
    """(long name without dashes, explicit value or None, whether it takes one, error) of an option word."""
    if not word.startswith("--"):
        name = _SHORT.get(word[1], "")
        return name, word[2:] or None, True, "" if name else f"no such option: -{word[1]}"
    given, equals, value = word.partition("=")
    names = [given] if given in _LONG else [name for name in _LONG if name.startswith(given)]
    if len(names) != 1:
        # Only the part that can be a name is quoted: a URL, and with it a password, may follow at once.
        quoted = "".join(takewhile(lambda c: c == "-" or c.isalnum(), given))
        return "", None, False, f"{'ambiguous' if names else 'no such'} option: {quoted[:40]}"
    takes = _LONG[names[0]]
    error = f"{names[0]} takes no value" if equals and not takes else ""
    return names[0][2:].replace("pypi-url", "index-url"), value if equals else None, takes, error


def _refused(name: str, value: str) -> str:
    """Why pip refuses the value of an option, or "". What it makes of a hash is left to the ecosystem's grammar."""
    if name == "config-settings" and "=" not in value:
        return "--config-settings needs KEY=VALUE"
    if name in ("no-binary", "only-binary") and value.startswith("-"):
        return f"--{name} needs a value"
    return ""
