"""Variables in values, as Compose fills them in: `$X`, `${X:-w}` and its kin, `$$`; and the `.env` that gives them values.

Other than in a shell's words, quotes and backslashes stay what they are. Every character of the result knows where it came
from. Knows the grammar; must not know which variables there are.
Source: compose-spec/compose-go, template/template.go and dotenv/parser.go.
"""

import re
from bisect import bisect_right
from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["UNKNOWN", "Expansion", "dotenv", "expand"]

#: Stands in the result for what a variable without a value would have said: a character that no file holds.
UNKNOWN = "\0"
_DOLLAR = re.compile(
    r"\$(?:(?P<escaped>\$)|(?P<named>[A-Za-z_]\w*)|\{(?P<braced>[A-Za-z_]\w*)(?P<operator>:?[-+?]|(?=\})))?", re.ASCII
)
_BRACE = re.compile(r"\$\{|\}")
#: Levels of `${A:-${B:-…}}`, characters of a value before and after: names and addresses are smaller by far.
_DEEPEST, _LONGEST = 20, 8192
_ASSIGNMENT = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][\w.-]*)[ \t]*[=:][ \t]*
    (?:'(?P<single>(?:[^'\\]|\\.)*)'|"(?P<double>(?:[^"\\]|\\.)*)"|(?P<plain>[^\r\n]*))""",
    re.MULTILINE | re.VERBOSE | re.DOTALL,
)
#: What double quotes read as another character; Go then knows it, or leaves it as it is.
_ESCAPE = re.compile(r"\\([abcfnrtv$\"\\]|0\d{0,3})")
_ESCAPES = {
    "a": "\a", "b": "\b", "c": "\\c", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "$": "$$", '"': '"', "\\": "\\",
}  # fmt: skip


class Expansion(NamedTuple):
    """`text` after expansion; `missing` are the variables without a value, each of which left UNKNOWN in `text`; `used` those that
    took their value from outside the text; `malformed` says why the text cannot be expanded ("" = it can).

    `pieces` are (offset in `text`, offset in what was expanded, whether it was copied from there).
    """

    text: str
    pieces: tuple[tuple[int, int, bool], ...]
    used: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    malformed: str = ""

    def origin(self, offset: int) -> int:
        """Where the character at `offset` of `text` was written; where the substitution begins if it stands nowhere."""
        at, source, copied = self.pieces[bisect_right(self.pieces, offset, key=lambda piece: piece[0]) - 1]
        return source + (offset - at if copied else 0)

    @property
    def whole(self) -> int:
        """The offset at which all of `text` stands in what was expanded, -1 if it was put together."""
        return self.pieces[0][1] if len(self.pieces) == 1 and self.pieces[0][2] else -1


class _Malformed(Exception):
    pass


def expand(text: str, variables: Mapping[str, str | None]) -> Expansion:
    """`text` with its variables filled in. None in `variables` stands for a value that exists but is not known here."""
    reader = _Reader(variables)
    try:
        reader.read(text, 0, len(text), 0)
    except _Malformed as error:
        return Expansion(text, ((0, 0, True),), malformed=str(error))
    used, missing = tuple(dict.fromkeys(reader.used)), tuple(dict.fromkeys(reader.missing))
    return Expansion("".join(reader.out), tuple(reader.pieces) or ((0, 0, False),), used, missing)


class _Reader:
    def __init__(self, variables: Mapping[str, str | None]) -> None:
        self.variables = variables
        self.out: list[str] = []
        self.pieces: list[tuple[int, int, bool]] = []
        self.used: list[str] = []
        self.missing: list[str] = []
        self.size = 0

    def put(self, text: str, source: int, copied: bool) -> None:
        if not text:
            return
        self.pieces.append((self.size, source, copied))
        self.out.append(text)
        self.size += len(text)
        if self.size > _LONGEST:
            raise _Malformed("it becomes too long to be a name or an address")

    def read(self, text: str, start: int, end: int, depth: int) -> None:
        if depth > _DEEPEST:
            raise _Malformed("it is nested too deeply")
        at = start
        while (dollar := text.find("$", at, end)) >= 0:
            self.put(text[at:dollar], at, copied=True)
            found = _DOLLAR.match(text, dollar, end)
            assert found is not None
            if found["escaped"]:
                self.put("$", dollar + 1, copied=True)
                at = found.end()
            elif found["named"]:
                self.value(found["named"], dollar)
                at = found.end()
            elif found["braced"]:
                at = self.braced(text, found, end, depth)
            else:
                at = dollar + 1
                if text.startswith("{", at, end):
                    raise _Malformed(
                        f"`{text[dollar : min(dollar + 12, end)]}` names no variable; a dollar sign itself is written `$$`"
                    )
                self.put("$", dollar, copied=True)
        self.put(text[at:end], at, copied=True)

    def braced(self, text: str, found: re.Match[str], end: int, depth: int) -> int:
        """Reads one `${…}`; where the text goes on behind it."""
        close = _closing(text, found.end(), end)
        name, operator = found["braced"], found["operator"]
        value = self.variables.get(name, "")
        present = name in self.variables and (value is None or bool(value) or not operator.startswith(":"))
        if operator.endswith("+"):
            if present:
                self.read(text, found.end(), close, depth + 1)
        elif operator.endswith("-") and not present:
            self.read(text, found.end(), close, depth + 1)
        elif operator.endswith("?") and not present:
            self.unknown(name, found.start())
        else:
            self.value(name, found.start())
        return close + 1

    def value(self, name: str, source: int) -> None:
        value = self.variables.get(name)
        if value is None:
            self.unknown(name, source)
        else:
            self.used.append(name)
            self.put(value, source, copied=False)

    def unknown(self, name: str, source: int) -> None:
        self.missing.append(name)
        self.put(UNKNOWN, source, copied=False)


def _closing(text: str, start: int, end: int) -> int:
    """Where the brace that closes a `${` stands. Raises _Malformed."""
    depth = 1
    for brace in _BRACE.finditer(text, start, end):
        depth += 1 if brace[0] == "${" else -1
        if depth == 0:
            return brace.start()
    raise _Malformed("a `${` lacks its brace")


def dotenv(text: str) -> dict[str, str | None]:
    """The variables that a `.env` file sets; None where a value is made of others that it does not set.

    Quotes are taken off; a comment ends an unquoted value; all but single-quoted values may use the variables above them, which
    are filled in once escapes are read.
    """
    values: dict[str, str | None] = {}
    for found in _ASSIGNMENT.finditer(text):
        if found["single"] is not None:
            values[found["name"]] = _without(found["single"], "'")
            continue
        if found["double"] is not None:
            written = _ESCAPE.sub(_character, _without(found["double"], '"'))
        else:
            written = found["plain"].partition(" #")[0].strip()
        expansion = expand(written, values)
        values[found["name"]] = expansion.text if not expansion.missing and not expansion.malformed else None
    return values


def _without(text: str, quote: str) -> str:
    """A quoted text without the backslashes before its own quotes."""
    return re.sub(r"\\(.)", lambda escape: quote if escape[1] == quote else escape[0], text, flags=re.DOTALL)


def _character(escape: re.Match[str]) -> str:
    """The character of an escape: a zero and three octal digits are one, fewer stay as they are but for the zero."""
    if not escape[1].startswith("0"):
        return _ESCAPES[escape[1]]
    octal = escape[1][1:]
    return chr(int(octal, 8)) if re.fullmatch("[0-3][0-7]{2}", octal) else f"\\{octal}"
