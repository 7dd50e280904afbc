"""Regular expressions of a policy, matched against the whole text in time that is linear in it, as RE2 does.

A policy may lie in the repository that is looked at, and whoever signs chooses the text: with Python's own matcher the two of them
could make a run last for ever. Python's parser reads the expression, so that it means what `re` says; what needs a memory
(references back, look-around) is not supported, nor is it by cosign's.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

__all__ = ["Expression", "Unsupported"]

#: States of an expression, nested groups, and characters of a text that are looked at.
_MOST_STATES, _DEEPEST, _LONGEST = 2_000, 40, 2_048

_Test = Callable[[str], bool]


class Unsupported(ValueError):
    """Why an expression cannot be used, in words that can follow a colon."""


class _State(NamedTuple):
    """Where a match can be: `test` of the next character (None = none is taken), and where it goes on. `edge` is "^" or "$" where
    only the beginning or the end of the text may stand."""

    test: _Test | None
    following: tuple[int, ...]
    edge: str = ""


class Expression:
    """A regular expression. Raises Unsupported."""

    def __init__(self, pattern: str) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                parsed = _parser.parse(pattern)
        except Warning:
            raise Unsupported("a set in it can be read in two ways: write \\ before a bracket") from None
        except (re.error, RecursionError, OverflowError) as error:
            raise Unsupported(error.msg if isinstance(error, re.error) else "it is nested too deeply") from None
        if parsed.state.flags & (re.MULTILINE | re.VERBOSE | re.LOCALE):
            raise Unsupported("of the flags only (?i) and (?s) can be used")
        self._flags = parsed.state.flags
        self._states: list[_State] = []
        self._start = self._sequence(parsed, self._new(None, ()), 0)

    def fits(self, text: str) -> bool:
        """Whether the whole text fits. One that is longer than any name does not."""
        if len(text) > _LONGEST:
            return False
        here = self._reached([self._start], at=0, last=len(text))
        for at, char in enumerate(text, 1):
            steps = (state.following for number in here if (state := self._states[number]).test and state.test(char))
            here = self._reached((one for following in steps for one in following), at, len(text))
        return 0 in here

    def _new(self, test: _Test | None, following: tuple[int, ...], edge: str = "") -> int:
        self._states.append(_State(test, following, edge))
        if len(self._states) > _MOST_STATES:
            raise Unsupported("it is too long, or repeats too much")
        return len(self._states) - 1

    def _reached(self, numbers: Iterable[int], at: int, last: int) -> set[int]:
        """The states that are reached without taking a character."""
        found: set[int] = set()
        left = list(numbers)
        while left:
            number = left.pop()
            if number in found:
                continue
            found.add(number)
            state = self._states[number]
            if state.test is None and not (state.edge == "^" and at) and not (state.edge == "$" and at < last):
                left += state.following
        return found

    def _sequence(self, items: Any, then: int, depth: int) -> int:
        """The state in which the items begin, after which `then` follows."""
        if depth > _DEEPEST:
            raise Unsupported("it is nested too deeply")
        for op, value in reversed(list(items)):
            then = self._item(str(op), value, then, depth)
        return then

    def _item(self, op: str, value: Any, then: int, depth: int) -> int:
        if op in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
            return self._new(self._test(op, value), (then,))
        if op == "SUBPATTERN":
            if value[1] or value[2]:
                raise Unsupported("flags can only stand at its beginning")
            return self._sequence(value[3], then, depth + 1)
        if op == "BRANCH":
            return self._new(None, tuple(self._sequence(one, then, depth + 1) for one in value[1]))
        if op in ("MAX_REPEAT", "MIN_REPEAT"):
            return self._repeated(value, then, depth)
        if op == "AT" and str(value) in ("AT_BEGINNING", "AT_BEGINNING_STRING"):
            return self._new(None, (then,), "^")
        if op == "AT" and str(value) in ("AT_END", "AT_END_STRING"):
            return self._new(None, (then,), "$")
        raise Unsupported(f"it has what cosign's expressions do not have, either ({op.lower().replace('_', ' ')})")

    def _repeated(self, value: Any, then: int, depth: int) -> int:
        """Each time makes a state, so that even nothing cannot be repeated without end."""
        least, most, items = value
        if most == _constants.MAXREPEAT:
            loop = self._new(None, ())
            body = self._sequence(items, loop, depth + 1)
            self._states[loop] = _State(None, (body, then))
            then = loop
        else:
            end = then
            for _ in range(most - least):
                then = self._new(None, (self._sequence(items, then, depth + 1), end))
        for _ in range(least):
            then = self._sequence(items, self._new(None, (then,)), depth + 1)
        return then

    def _test(self, op: str, value: Any) -> _Test:
        """Whether a character is what an item stands for."""
        if op == "ANY":
            return (lambda _: True) if self._flags & re.DOTALL else (lambda char: char != "\n")
        if op == "LITERAL":
            return self._cased(lambda char: ord(char) == value)
        if op == "NOT_LITERAL":
            other = self._cased(lambda char: ord(char) == value)
            return lambda char: not other(char)
        negated, tests = str(value[0][0]) == "NEGATE", [_of_set(str(one), held) for one, held in value if str(one) != "NEGATE"]
        within = self._cased(lambda char: any(test(char) for test in tests))
        return (lambda char: not within(char)) if negated else within

    def _cased(self, test: _Test) -> _Test:
        if self._flags & re.IGNORECASE:
            return lambda char: any(len(one) == 1 and test(one) for one in (char, char.lower(), char.upper()))
        return test


def _of_set(op: str, value: Any) -> _Test:
    """Whether a character is one of an entry of a set, such as [a-z0-9]."""
    if op == "LITERAL":
        return lambda char: ord(char) == value
    if op == "RANGE":
        return lambda char: value[0] <= ord(char) <= value[1]
    category = str(value).removeprefix("CATEGORY_")
    found = {"DIGIT": r"\d", "SPACE": r"\s", "WORD": r"\w", "NOT_DIGIT": r"\D", "NOT_SPACE": r"\S", "NOT_WORD": r"\W"}.get(category)
    if op != "CATEGORY" or not found:
        raise Unsupported("it has a set of a kind that is not known")
    one = re.compile(found, re.ASCII)  # as RE2 has it
    return lambda char: one.match(char) is not None
