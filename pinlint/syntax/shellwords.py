"""BuildKit's variable expansion: `$X`, `${X:-w}` and its kin, quotes and escapes.

Knows the shell word grammar of Dockerfiles; must not know which variables there are.
Source: moby/buildkit, frontend/dockerfile/shell/lex.go and its envVarTest table.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["Expansion", "expand"]

_NAME = re.compile(r"[^\W\d]\w*|[0-9]+|[@*#?\-$!]")

#: Characters that the variables of one word may add up to, and the longest value and pattern that `#`, `%` and `/` look at. Names
#: and addresses are shorter; without limits sixty lines `ARG A=$A$A` fill the memory.
_LONGEST, _LONGEST_TRIMMED, _LONGEST_PATTERN = 8192, 1024, 128


class Expansion(NamedTuple):
    """`text` after expansion; `used` are the variables it took a value from, `missing` those whose value is not known
    here, each of which left a NUL character in `text`; `malformed` says why the word cannot be expanded ("" = it can)."""

    text: str
    used: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    malformed: str = ""


class _Malformed(Exception):
    pass


def expand(word: str, variables: Mapping[str, str | None], escape: str = "\\") -> Expansion:
    """The word with quotes removed and variables replaced.

    `variables` maps a name to its value, or to None where the value exists but is not known here. A name that is not in the
    mapping is unset, which `:-`, `:+` and the like observe; bare, it is missing.
    """
    if "$" not in word and '"' not in word and "'" not in word and escape not in word:
        return Expansion(word)
    reader = _Reader(word, variables, escape)
    try:
        text = reader.until("")
    except _Malformed as error:
        return Expansion(word, tuple(reader.used), tuple(reader.missing), str(error))
    except RecursionError:
        return Expansion(word, malformed="it is nested too deeply")
    return Expansion(text, tuple(dict.fromkeys(reader.used)), tuple(dict.fromkeys(reader.missing)))


class _Reader:
    def __init__(self, word: str, variables: Mapping[str, str | None], escape: str) -> None:
        self.word, self.variables, self.escape = word, variables, escape
        self.at = 0
        self.used: list[str] = []
        self.missing: list[str] = []
        self.length = 0

    def until(self, stop: str) -> str:
        """Everything up to one of the characters in `stop` (consumed), or to the end where `stop` is empty."""
        out: list[str] = []
        word, size = self.word, len(self.word)
        while self.at < size:
            char = word[self.at]
            if char in stop and stop:
                self.at += 1
                return "".join(out)
            if char == "'":
                end = word.find("'", self.at + 1)
                if end < 0:
                    raise _Malformed("a quote is never closed")
                out.append(word[self.at + 1 : end])
                self.at = end + 1
            elif char == '"':
                self.at += 1
                out.append(self.double_quoted())
            elif char == "$":
                out.append(self.dollar())
            elif char == self.escape:
                out.append(word[self.at + 1 : self.at + 2])
                self.at += 2
            else:
                out.append(char)
                self.at += 1
        if stop:
            raise _Malformed(f"a substitution lacks its {stop!r}")
        return "".join(out)

    def double_quoted(self) -> str:
        out: list[str] = []
        word, size = self.word, len(self.word)
        while self.at < size:
            char = word[self.at]
            if char == '"':
                self.at += 1
                return "".join(out)
            if char == "$":
                out.append(self.dollar())
            elif char == self.escape and word[self.at + 1 : self.at + 2] in ('"', "$", self.escape) and self.at + 1 < size:
                out.append(word[self.at + 1])
                self.at += 2
            else:
                out.append(char)
                self.at += 1
        raise _Malformed("a quote is never closed")

    def dollar(self) -> str:
        self.at += 1
        braced = self.word.startswith("{", self.at)
        name = _NAME.match(self.word, self.at + braced)
        if not braced:
            if not name:
                return "$"
            self.at = name.end()
            return self.value(name[0])
        if not name:
            raise _Malformed("a substitution names no variable")
        self.at = name.end()
        return self.braced(name[0])

    def braced(self, name: str) -> str:
        word = self.word
        operator = word[self.at : self.at + 1]
        self.at += 1
        if operator == "}":
            return self.value(name)
        empty_counts = operator == ":"
        if empty_counts:
            operator = word[self.at : self.at + 1]
            self.at += 1
        if operator in ("-", "+", "?"):
            return self.default(name, operator, empty_counts)
        if not operator:
            raise _Malformed("a substitution lacks its '}'")
        if empty_counts or operator not in ("#", "%", "/"):
            raise _Malformed(f"${{{name}}} has an operator that Dockerfiles do not know")
        return self.trimmed(name, operator)

    def default(self, name: str, operator: str, empty_counts: bool) -> str:
        used, missing = len(self.used), len(self.missing)
        other = self.until("}")
        known = name in self.variables
        value = self.variables.get(name, "")
        present = known and (value is None or bool(value) or not empty_counts)
        if operator == "+":
            if not present:
                del self.used[used:], self.missing[missing:]
            elif value is None:  # set or not, nobody knows which
                self.missing.append(name)
                return "\0"
            self.used.append(name)
            return other if present else ""
        if operator == "?" and not present:
            self.missing.append(name)
            return "\0"
        if present:
            del self.used[used:], self.missing[missing:]
            return self.value(name)
        return other

    def trimmed(self, name: str, operator: str) -> str:
        word = self.word
        doubled = word.startswith(operator, self.at)
        self.at += doubled
        if operator == "/":
            pattern, replacement = self.until("/"), self.until("}")
        else:
            pattern, replacement = self.until("}"), ""
        value = self.value(name)
        if "\0" in value or "\0" in pattern or "\0" in replacement:
            return "\0"
        if len(value) > _LONGEST_TRIMMED or len(pattern) > _LONGEST_PATTERN:
            raise _Malformed("it becomes too long to be a name or an address")
        if operator == "/":
            return self.counted(re.sub(_regex(pattern, longest=True), lambda _: replacement, value, count=0 if doubled else 1))
        if operator == "#":
            match = re.match(_regex(pattern, longest=doubled), value, re.DOTALL)
            return value[match.end() :] if match else value
        match = re.match(_regex(pattern[::-1], longest=doubled, reverse=True), value[::-1], re.DOTALL)
        return value[: len(value) - match.end()] if match else value

    def value(self, name: str) -> str:
        value = self.variables.get(name)
        if value is None:
            self.missing.append(name)
            return "\0"
        self.used.append(name)
        return self.counted(value)

    def counted(self, value: str) -> str:
        self.length += len(value)
        if self.length > _LONGEST:
            raise _Malformed("it becomes too long to be a name or an address")
        return value


def _regex(pattern: str, *, longest: bool, reverse: bool = False) -> str:
    """A shell pattern (`*`, `?`, escapes) as a regular expression that finds the longest or shortest match, as
    convertShellPatternToRegex does.

    What stands between two stars is taken where it first occurs and never given back: that leaves the most room for the rest,
    and keeps the time from growing with the number of stars.
    """
    pieces, i = [""], 0
    while i < len(pattern):
        char = pattern[i]
        if char == "\\" and not reverse and i + 1 < len(pattern):
            i += 1
            pieces[-1] += re.escape(pattern[i])
        elif reverse and pattern[i + 1 : i + 2] == "\\":
            i += 1
            pieces[-1] += re.escape(char)
        elif char == "*":
            pieces.append("")
        else:
            pieces[-1] += "." if char == "?" else re.escape(char)
        i += 1
    if len(pieces) == 1:
        return pieces[0]
    between = "".join(f"(?>.*?{piece})" for piece in pieces[1:-1])
    return f"{pieces[0]}{between}.*{'' if longest else '?'}{pieces[-1]}"
