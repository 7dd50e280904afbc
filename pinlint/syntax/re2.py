"""Patterns of RE2 as automata: a text that two of them have in common.

Knows the syntax of RE2, of which Go's `regexp` is one reader, over printable ASCII; must not know what a pattern is for. What it
does not know it refuses, and time is linear in the product of both patterns, so a pattern of any author may be looked at. Source:
github.com/google/re2/wiki/Syntax.
"""

from __future__ import annotations

import re
from collections import deque
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from pinlint.budget import spend

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Unsupported", "common", "quoted", "wildcard"]

_FIRST, _LAST = 32, 126
_ALL = (1 << (_LAST - _FIRST + 1)) - 1
_LONGEST, _DEEPEST, _STATES, _REPEATS = 500, 20, 3_000, 100
#: Pairs of states that are looked at, and how many of them count as one step.
_PAIRS, _PER_STEP = 60_000, 4
#: Characters in the order in which a text is made of them.
_ORDER = "xabcdefghijklmnopqrstuvwyz0123456789" + "".join(map(chr, range(_FIRST, _LAST + 1)))
_CLASSES = {
    "d": "0123456789", "w": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", "s": " ",
    "alpha": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "digit": "0123456789", "lower": "abcdefghijklmnopqrstuvwxyz",
    "upper": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "xdigit": "0123456789abcdefABCDEF", "space": " ",
    "alnum": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    "word": "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_",
}  # fmt: skip
_COUNTED = r"\{(\d{1,3})(,)?(\d{1,3})?\}"


class Unsupported(ValueError):
    """A pattern that is no pattern of RE2, or one that is not read here."""


class _Automaton(NamedTuple):
    """`moves` are (characters as bits, next state) by state, `free` (the condition "", "^" or "$", next state)."""

    moves: list[list[tuple[int, int]]]
    free: list[list[tuple[str, int]]]
    start: int
    end: int


def quoted(text: str) -> str:
    """The pattern that fits this text alone."""
    return f"^{re.escape(text)}$"


def wildcard(text: str) -> str:
    """The pattern that fits what a text with `*` and `?` does, as a whole."""
    return "^" + "".join({"*": ".*", "?": "."}.get(one) or re.escape(one) for one in text) + "$"


@lru_cache(maxsize=256)
def common(one: str, other: str) -> str | None:
    """A shortest text in which both patterns find something, None where there is none. Raises Unsupported."""
    first, second = _Reader(one).automaton(), _Reader(other).automaton()
    begin = (first.start, second.start, 0)
    came: dict[tuple[int, int, int], tuple[tuple[int, int, int], str] | None] = {begin: None}
    waiting = deque([begin])
    while waiting:
        here = waiting.popleft()
        if here[0] == first.end and here[1] == second.end:
            spend(len(came) // _PER_STEP)
            return _text(came, here)
        if len(came) > _PAIRS:
            spend(len(came) // _PER_STEP)
            raise Unsupported("too many pairs of states")
        for there, read in _next(here, first, second):
            if there not in came:
                came[there] = here, read
                (waiting.append if read else waiting.appendleft)(there)
    spend(len(came) // _PER_STEP)
    return None


def _next(here: tuple[int, int, int], first: _Automaton, second: _Automaton) -> list[tuple[tuple[int, int, int], str]]:
    """Where a pair of states leads, and by which character: what leads on without one comes last first, as it is put in front. The
    third number of a state is 0 before the first character and 2 behind the last."""
    one, other, phase = here
    found = []
    for condition, state in reversed(first.free[one]):
        if condition != "^" or phase == 0:
            found.append(((state, other, 2 if condition == "$" else phase), ""))
    for condition, state in reversed(second.free[other]):
        if condition != "^" or phase == 0:
            found.append(((one, state, 2 if condition == "$" else phase), ""))
    if phase < 2:
        for mine, state in first.moves[one]:
            for its, second_state in second.moves[other]:
                if both := mine & its:
                    found.append(((state, second_state, 1), _character(both)))
    return found


@lru_cache(maxsize=1024)
def _character(bits: int) -> str:
    return next(one for one in _ORDER if bits >> (ord(one) - _FIRST) & 1)


def _text(came: dict[tuple[int, int, int], tuple[tuple[int, int, int], str] | None], here: tuple[int, int, int]) -> str:
    read = []
    while (step := came[here]) is not None:
        here, character = step
        read.append(character)
    return "".join(reversed(read))


def _bits(characters: str) -> int:
    bits = 0
    for one in characters:
        if _FIRST <= ord(one) <= _LAST:
            bits |= 1 << (ord(one) - _FIRST)
    return bits


def _union(sets: Iterable[int]) -> int:
    bits = 0
    for one in sets:
        bits |= one
    return bits


class _Reader:
    """Builds the automaton of one pattern, which may find something anywhere in a text."""

    def __init__(self, text: str) -> None:
        if len(text) > _LONGEST:
            raise Unsupported("a very long pattern")
        self.folds = text.startswith("(?i)")
        self.text, self.at = text[4:] if self.folds else text, 0
        self.moves: list[list[tuple[int, int]]] = []
        self.free: list[list[tuple[str, int]]] = []

    def automaton(self) -> _Automaton:
        start, end = self.state(), self.state()
        first, last = self.alternatives(0)
        if self.at < len(self.text):
            raise Unsupported("a parenthesis too many")
        self.moves[start].append((_ALL, start))
        self.moves[end].append((_ALL, end))
        self.free[start].append(("", first))
        self.free[last].append(("", end))
        return _Automaton(self.moves, self.free, start, end)

    def state(self) -> int:
        if len(self.moves) >= _STATES:
            raise Unsupported("a very large pattern")
        self.moves.append([])
        self.free.append([])
        return len(self.moves) - 1

    def step(self, condition: str, one: int, other: int) -> None:
        self.free[one].append((condition, other))

    def alternatives(self, depth: int) -> tuple[int, int]:
        if depth > _DEEPEST:
            raise Unsupported("very deep")
        start, end = self.state(), self.state()
        while True:
            first, last = self.sequence(depth)
            self.step("", start, first)
            self.step("", last, end)
            if not self.text.startswith("|", self.at):
                return start, end
            self.at += 1

    def sequence(self, depth: int) -> tuple[int, int]:
        start = end = self.state()
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            first, last = self.repeated(depth)
            self.step("", end, first)
            end = last
        return start, end

    def repeated(self, depth: int) -> tuple[int, int]:
        begun = self.at
        first, last = self.atom(depth)
        if self.at >= len(self.text):
            return first, last
        sign = self.text[self.at]
        counted = re.compile(_COUNTED).match(self.text, self.at) if sign == "{" else None
        if counted:
            self.at = counted.end()
            first, last = self.counted(begun, int(counted[1]), counted[3] or "", bool(counted[2]), (first, last), depth)
        elif sign in "*+?":
            self.at += 1
            start, end = self.state(), self.state()
            self.step("", start, first)
            self.step("", last, end)
            if sign in "*+":
                self.step("", last, first)
            if sign in "*?":
                self.step("", start, end)
            first, last = start, end
        else:
            return first, last
        if self.text.startswith("?", self.at):  # lazy: the same texts
            self.at += 1
        if re.compile(rf"[*+?]|{_COUNTED}").match(self.text, self.at):
            raise Unsupported("a repetition of a repetition")
        return first, last

    def counted(self, begun: int, least: int, most: str, open_: bool, one: tuple[int, int], depth: int) -> tuple[int, int]:
        """`x{2}`, `x{2,}`, `x{2,5}` as that many copies."""
        behind, times = self.at, int(most) if most else least + open_ if open_ else least
        if max(least, times) > _REPEATS or times < least:
            raise Unsupported("very many times, or fewer than none")
        start = end = self.state()
        for number in range(times):
            if number:
                self.at = begun
                one = self.atom(depth)
            self.step("", end, one[0])
            if number >= least:
                self.step("", end, one[1])
            end = one[1]
        if open_ and not most and times:
            self.step("", end, one[0])
        self.at = behind
        return start, end

    def atom(self, depth: int) -> tuple[int, int]:
        sign = self.text[self.at]
        self.at += 1
        if sign == "(":
            return self.group(depth)
        if sign == "[":
            return self.single(self.characters())
        if sign == ".":
            return self.single(_ALL)
        if sign in "^$":
            return self.condition(sign)
        if sign in "*+?":
            raise Unsupported("a repetition of nothing")
        if sign != "\\":
            return self.single(self.folded(sign))
        sign = self.text[self.at : self.at + 1]
        self.at += 1
        if sign in ("A", "z"):
            return self.condition("^" if sign == "A" else "$")
        return self.single(self.escaped(sign))

    def group(self, depth: int) -> tuple[int, int]:
        if self.text.startswith("?", self.at):
            named = re.compile(r"\?(?::|P?<\w+>)").match(self.text, self.at)
            if not named:
                raise Unsupported("a flag")
            self.at = named.end()
        found = self.alternatives(depth + 1)
        if not self.text.startswith(")", self.at):
            raise Unsupported("no closing parenthesis")
        self.at += 1
        return found

    def single(self, bits: int) -> tuple[int, int]:
        start, end = self.state(), self.state()
        self.moves[start].append((bits, end))
        return start, end

    def condition(self, sign: str) -> tuple[int, int]:
        start, end = self.state(), self.state()
        self.step(sign, start, end)
        return start, end

    def folded(self, character: str) -> int:
        if not _FIRST <= ord(character) <= _LAST:
            raise Unsupported("a character beyond ASCII")
        return _bits(character.lower() + character.upper()) if self.folds else _bits(character)

    def escaped(self, sign: str) -> int:
        """The characters that a backslash and a sign stand for."""
        if sign.lower() in ("d", "w", "s") and sign:
            bits = _bits(_CLASSES[sign.lower()])
            return bits if sign.islower() else _ALL & ~bits
        if not sign or sign.isalnum():
            raise Unsupported("an escape")
        return self.folded(sign)

    def characters(self) -> int:
        """What stands in brackets, behind the first of them."""
        found = re.compile(r"(\^?)(\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*)\]").match(self.text, self.at)
        if not found:
            raise Unsupported("no closing bracket")
        self.at = found.end()
        bits = 0
        for one in re.finditer(r"\[:(\^?)(\w+):\]|(\\[dwsDWS]|\\?.)(?:(?<!\\[dwsDWS])-(\\?.))?", found[2]):
            if one[2]:
                named = _bits(_CLASSES[one[2]]) if one[2] in _CLASSES else self.refused()
                bits |= _ALL & ~named if one[1] else named
            elif one[4]:
                bits |= self.between(one[3], one[4])
            else:
                bits |= self.escaped(one[3][1:]) if one[3][0] == "\\" else self.folded(one[3])
        return _ALL & ~bits if found[1] else bits

    def between(self, first: str, last: str) -> int:
        """The characters of a range, whose ends may have a backslash."""
        low, high = first[-1], last[-1]
        if low > high or (last[0] == "\\" and high.isalnum()) or (first[0] == "\\" and low.isalnum()):
            self.refused()
        return _union(self.folded(chr(one)) for one in range(ord(low), min(ord(high), _LAST) + 1))

    @staticmethod
    def refused() -> int:
        raise Unsupported("a class of characters")
