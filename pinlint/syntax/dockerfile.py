"""Dockerfile instructions with the place of every character.

Knows BuildKit's line grammar (directives, continuations, comments, heredocs, flags, words); must not know what an
instruction is for. Source: moby/buildkit, frontend/dockerfile/parser (parser.go, line_parsers.go, directives.go) and
frontend/dockerfile/shell/lex.go, whose Go parser is the oracle in the tests.

dockerfile-parse is not used here: it takes heredoc bodies for instructions, loses the first FROM behind a byte order mark
and gives no columns.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple

from pinlint.model import Span
from pinlint.text import Document

__all__ = [
    "Directive", "Flag", "Instruction", "Word", "comments", "directives", "escape_of", "heredocs", "instructions", "split_words",
    "statements", "trigger",
]  # fmt: skip

_DIRECTIVE = r"(?:#|//)[ \t\f\v\r]*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(\S.*)$"  # compiled where a file begins with a comment
_DIRECTIVES = ("syntax", "escape", "check")
_KEYWORD = re.compile(r"\s*([^\t\v\f\r ]+)[\t\v\f\r ]*")
_WORD = re.compile(r"[^\t\v\f\r ]+")
_PLAIN, _PLAIN_QUOTED = r"[^\s\"'\\`]*", r"[^\"'\\`]*"  # what no quote and no escape character interrupts
_PLAIN_FLAG = r"--[^\s\"'\\]*(?!\S)"
_HEREDOC = r"(?s)(\d*)<<(-?)\s*([^<]+)$"
_FIRST = itemgetter(0)
_WITH_HEREDOC = frozenset(("run", "copy", "add"))


class Directive(NamedTuple):
    """A parser directive (`# syntax=…`): `name` in lower case, `value` as written, `span` of the value."""

    name: str
    value: str
    span: Span


class Word(NamedTuple):
    """A blank-delimited word, quotes and variables as written; `start` and `end` are offsets in `Instruction.line`."""

    text: str
    start: int
    end: int


class Flag(NamedTuple):
    """`--name=value` with quotes and escapes taken out; `start` and `end` delimit the value in `Instruction.line`."""

    name: str
    value: str
    start: int
    end: int


class Instruction(NamedTuple):
    """One instruction as the builder sees it: continuations joined, comments dropped.

    `keyword` is in lower case; `line` is the joined text, in which the arguments begin at `arguments`; `pieces` holds, for
    each physical line that contributed, where its text starts in `line` and in the document.
    """

    keyword: str
    line: str
    arguments: int
    pieces: list[tuple[int, int]]

    def span(self, start: int, end: int) -> Span:
        """The document span of `line[start:end]`; it may reach over several physical lines."""
        return Span(self.offset(start), self.offset(end - 1) + 1 if end > start else self.offset(start))

    def offset(self, at: int) -> int:
        """The document offset of the character `line[at]`."""
        if len(self.pieces) == 1:
            return self.pieces[0][1] + at
        begins, place = self.pieces[bisect_right(self.pieces, at, key=lambda piece: piece[0]) - 1]
        return place + at - begins

    def flags(self) -> tuple[list[Flag], int]:
        """The leading `--flags`, and where in `line` the rest begins. As extractBuilderFlags reads them."""
        return _flags(self.line, self.arguments)

    def words(self, at: int) -> list[Word]:
        """The words of `line[at:]`, split at blanks alone, as FROM, COPY and ADD split them."""
        return [Word(match[0], match.start(), match.end()) for match in _WORD.finditer(self.line, at)]


def directives(text: str, *, indented: bool = False) -> Iterator[Directive]:
    """The parser directives at the top of a Dockerfile, in `#` or `//` form, after a shebang line or not.

    `syntax` is looked for at the start of a line only, `escape` also behind blanks (`indented`): two parts of BuildKit read them.
    """
    at = 0
    if text.startswith("#!"):
        at = text.find("\n") + 1 or len(text)
    comment = ""
    seen = set()
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line = text[at:end].lstrip() if indented else text[at:end]
        match = re.match(_DIRECTIVE, line) if line[:1] in ("#", "/") else None
        if not match or (comment and not line.startswith(comment)) or match[1].lower() not in _DIRECTIVES:
            return
        comment = "#" if line[0] == "#" else "//"
        name = match[1].lower()
        if name not in seen:
            seen.add(name)
            start = end - len(line) + match.start(2)
            value = match[2].rstrip()
            yield Directive(name, value, Span(start, start + len(value)))
        at = end + 1


def escape_of(text: str) -> str:
    """The escape character of a Dockerfile: a backslash unless `# escape=` sets a backtick."""
    found = next((found.value for found in directives(text, indented=True) if found.name == "escape"), "\\")
    return found if found in ("\\", "`") and not text.startswith(("//", "#!")) else "\\"


def instructions(text: str) -> Iterator[Instruction]:
    """Every instruction in order. Never raises: what BuildKit refuses comes out as an instruction with an unknown keyword,
    and an unterminated heredoc reaches to the end of the text. ONBUILD comes out with its own keyword (see `trigger`)."""
    return filter(None, map(_FIRST, _parts(text)))


def comments(document: Document) -> Iterator[Span]:
    """Every comment: a line of its own, also within an instruction, but not in a heredoc."""
    return (Span(start, end) for one, start, end in _parts(document.text) if one is None)


def statements(document: Document) -> Iterator[tuple[int, Span]]:
    """Every instruction with its heredocs."""
    return ((start, Span(start, end)) for one, start, end in _parts(document.text) if one is not None)


def _parts(text: str) -> Iterator[tuple[Instruction | None, int, int]]:
    """(the instruction, where it begins, where it ends, heredocs included), or (None, …) for a comment."""
    escape = escape_of(text)
    at, size = 0, len(text)
    while at < size:
        end = text.find("\n", at)
        end = size if end < 0 else end
        line = text[at:end].lstrip()
        first, at = end - len(line), end + 1
        line = line.rstrip("\r")
        if not line or line[0] == "#":
            if line:
                yield None, first, end
            continue
        pieces = [(0, first)]
        bare = line.rstrip(" \t")
        if bare[-1] == escape and bare[-2:-1] != escape:
            line = bare[:-1]
            parts, length, ended = [line], len(line), False
            while not ended and at < size:
                end = text.find("\n", at)
                end = size if end < 0 else end
                line = text[at:end].rstrip("\r")
                start, at = at, end + 1
                stripped = line.lstrip()
                if not stripped or stripped[0] == "#":
                    if stripped:
                        yield None, start + len(line) - len(stripped), end
                    continue
                bare = line.rstrip(" \t")
                ended = bare[-1] != escape or bare[-2:-1] == escape
                if not ended:
                    line = bare[:-1]
                pieces.append((length, start))
                parts.append(line)
                length += len(line)
            line = "".join(parts)
        instruction = _instruction(line, pieces)
        if instruction is None:
            continue
        if "<<" in line:
            at = _after_heredocs(text, at, instruction)
        yield instruction, first, at - 1 if at <= size else size


def trigger(instruction: Instruction) -> Instruction | None:
    """The instruction that an ONBUILD registers, or None for another keyword or an empty trigger."""
    if instruction.keyword != "onbuild":
        return None
    return _instruction(instruction.line, instruction.pieces, instruction.arguments)


def heredocs(text: str, instruction: Instruction) -> Span:
    """The bodies of the heredocs that an instruction announces, with the lines that end them; empty where it announces none."""
    end = text.find("\n", instruction.pieces[-1][1])
    start = len(text) if end < 0 else end + 1
    return Span(start, min(len(text), _after_heredocs(text, start, instruction)))


def split_words(line: str, at: int = 0, escape: str = "\\") -> list[Word]:
    """The words of `line[at:]` with quoted blanks kept together and quotes left in place, as ARG and ENV split them.

    A quote that is never closed reaches to the end.
    """
    words: list[Word] = []
    plain, quoted = re.compile(_PLAIN), re.compile(_PLAIN_QUOTED)
    start, quote, i, size = -1, "", at, len(line)
    while i < size:
        char = line[i]
        if quote:
            if char == escape and quote == '"':
                i += 1
            elif char == quote:
                quote = ""
            else:
                i = quoted.match(line, i + 1).end() - 1  # type: ignore[union-attr]
        elif char.isspace():
            if start >= 0:
                words.append(Word(line[start:i], start, i))
                start = -1
        else:
            start = i if start < 0 else start
            if char in "\"'":
                quote = char
            elif char == escape:
                i += 1
            else:
                i = plain.match(line, i + 1).end() - 1  # type: ignore[union-attr]
        i += 1
    if start >= 0:
        words.append(Word(line[start:], start, size))
    return words


def _instruction(line: str, pieces: list[tuple[int, int]], at: int = 0) -> Instruction | None:
    match = _KEYWORD.match(line, at)
    if not match:
        return None
    return Instruction(match[1].lower(), line, match.end(), pieces)


def _flags(line: str, at: int) -> tuple[list[Flag], int]:
    found: list[Flag] = []
    i, size = at, len(line)
    while True:
        while i < size and line[i].isspace():
            i += 1
        if not line.startswith("--", i):
            return found, i
        if plain := re.compile(_PLAIN_FLAG).match(line, i):
            start, i, text = i, plain.end(), plain[0]
            if text == "--":
                return found, i
            name, equals, value = text[2:].partition("=")
            found.append(Flag(name.lower(), value, i - len(value) if equals else start, i))
            continue
        start, word, quote, value_at = i, [], "", -1
        while i < size and (quote or not line[i].isspace()):
            char = line[i]
            if char == "\\" and i + 1 < size:
                i += 1
                word.append(line[i])
            elif quote and char == quote:
                quote = ""
            elif not quote and char in "\"'":
                quote = char
            else:
                if char == "=" and value_at < 0:
                    value_at = i + 1
                word.append(char)
            i += 1
        text = "".join(word)
        if text == "--":
            return found, i
        name, _, value = text[2:].partition("=")
        begin, end = (value_at, i) if value_at >= 0 else (start, i)
        if value and line[begin:end] != value:  # quotes round the value are no part of its place
            inside = line.find(value, begin, end)
            begin, end = (inside, inside + len(value)) if inside >= 0 else (begin, end)
        found.append(Flag(name.lower(), value, begin, end))


def written_at(line: str, flag: Flag) -> Sequence[int]:
    """Where in the line each character of a flag's value is written: quotes and escapes stand between them."""
    if line[flag.start : flag.end] == flag.value:
        return range(flag.start, flag.end)
    places, quote, i = [], "", flag.start
    while i < flag.end:
        char = line[i]
        if char == "\\" and i + 1 < flag.end:
            i += 1
        elif char == quote or (not quote and char in "\"'"):
            quote = "" if quote else char
            i += 1
            continue
        places.append(i)
        i += 1
    return places if len(places) == len(flag.value) else [flag.start] * len(flag.value)  # as where `=` itself is escaped


def _after_heredocs(text: str, at: int, instruction: Instruction) -> int:
    """Where the text goes on after the heredoc bodies that `instruction` announces (`at` when there are none)."""
    inner = trigger(instruction) or instruction
    if inner.keyword not in _WITH_HEREDOC or _is_json(inner):
        return at
    for word in _heredoc_words(inner.line):
        match = re.match(_HEREDOC, word)
        if not match:
            continue
        names = split_words(match[3])
        if len(names) != 1:
            continue
        terminator = _unquoted(names[0].text)
        while at < len(text):
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            line = text[at:end].rstrip("\r")
            at = end + 1
            if (line.lstrip("\t") if match[2] else line) == terminator:
                break
    return at


_SHELL = (  # these are compiled where they are used: few files hold a heredoc
    r"""(?sx) (?P<blank>\s+) | (?P<heredoc><<\s*) | (?P<dollar>\$\{) | '[^']*' | (?P<double>"(?:[^"\\]|\\.)*") | (?P<open>['"])
    | \\. | [^\s<$'"\\]+ | ."""
)
_SUBSTITUTION = r"(?s)\$\{(?:[^\W\d]\w*|\d+|[@*#?\-$!])(?:\}|:?[-+?]|[#%/])"


def _heredoc_words(line: str) -> list[str]:
    """The words among which heredocs are looked for: none where the shell lexer gives up (an open quote, `${x^^}`)."""
    substitution, last = re.compile(_SUBSTITUTION), line.rfind("}")
    words, word = [], ""
    for token in re.finditer(_SHELL, line):
        dollars = (
            [token.start()]
            if token["dollar"]
            else [token.start() + one.start() for one in re.finditer(r"(?<!\\)\$\{", token["double"] or "")]
        )
        if token["open"] or any(at > last or not substitution.match(line, at) for at in dollars):
            return []
        if token["blank"]:
            words.append(word)
            word = ""
        else:
            word += token[0]
    return [*words, word]


def _unquoted(word: str) -> str:
    return re.sub(r"'([^']*)'|\"((?:[^\"\\]|\\.)*)\"|\\(.)", lambda m: m[1] or m[2] or m[3] or "", word)


def _is_json(instruction: Instruction) -> bool:
    rest = instruction.line[instruction.flags()[1] :].strip()
    if not rest.startswith("["):
        return False
    import json  # only the rare line with "<<" in the exec form needs it

    try:
        value = json.loads(rest)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
