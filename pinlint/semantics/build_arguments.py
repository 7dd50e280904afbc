"""What ARG and ENV make of a Dockerfile's variables, at each instruction, and what a build that sets some makes of them.

Knows instructions and values; must not know which file sets a build's arguments.
Source: moby/buildkit, frontend/dockerfile/dockerfile2llb/convert.go (metaArgs, dispatchArg, dispatchEnv).
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Mapping

from pinlint.budget import spend
from pinlint.ecosystems.oci.names import parse_image
from pinlint.model import Span
from pinlint.syntax.dockerfile import Instruction, split_words
from pinlint.syntax.shellwords import Expansion, expand

__all__ = ["Variables"]

#: Predefined in every build; the machine that builds decides. Source: Dockerfile reference, "Automatic platform ARGs".
_PLATFORM = {
    f"{side}{part}": None for side in ("BUILD", "TARGET") for part in ("PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT")
} | {"TARGETSTAGE": None}  # fmt: skip

#: A stage hands on at most so many variables; what a stage with more hands on is not known.
_INHERITED = 1000
_LINKS = 50  # of a chain of ARGs, each made of the next; it may be a circle
_ARGUMENTS = re.compile(r"(?im)^[ \t]*ARG[ \t]+([^\n]+)")


class Variables:
    """The values known so far: `before` the first FROM, and in the current stage (`here`). None stands for a value that exists
    but is not in the file. `defaults` says where the value of an ARG before the first FROM is written. `given` are the arguments
    of a build, which go before defaults; `made_of` says of which of them the value of an ARG is made."""

    def __init__(self, escape: str, given: Mapping[str, str | None] | None = None) -> None:
        self.escape = escape
        self.given = given or {}
        self.made_of: dict[str, tuple[str, ...]] = {}
        self.filled_in = False  # before any build, as a template is
        self._global: set[str] = set(_PLATFORM)
        self.before: dict[str, str | None] = dict(_PLATFORM)
        self.here: dict[str, str | None] = {}
        self.defaults: dict[str, Span] = {}
        self._shared, self._name = False, ""  # whether `here` is that of another stage, the name of this one
        self._stages: dict[str, dict[str, str | None]] = {}
        self._reasons: dict[str, tuple[str, str]] = {}
        self._declared: frozenset[str] | None = None

    def enter(self, base: str, name: str) -> None:
        """A new stage begins: it inherits what the stage it is built on has set."""
        inherited = self._stages.get(base, {})
        self.here, self._shared = (inherited, True) if len(inherited) <= _INHERITED else ({}, False)
        self._name = name
        if name:
            self._stages[name] = self.here

    def _own(self) -> dict[str, str | None]:
        """The values of the current stage, to be changed: those of the stage that it is built on stay as they are."""
        if self._shared:
            spend(len(self.here))
            self.here, self._shared = dict(self.here), False
            if self._name:
                self._stages[self._name] = self.here
        return self.here

    def argument(self, instruction: Instruction, *, in_stage: bool) -> None:
        """Takes note of an ARG."""
        for word in split_words(instruction.line, instruction.arguments, self.escape):
            name, equals, value = word.text.partition("=")
            if in_stage:
                self._own()[name] = self._value(value, self.here) if equals else self.before.get(name)
                continue
            self._global.add(name)
            if name in self.given:
                self.before[name], self.made_of[name] = self.given[name], (name,)
            elif equals:
                self.before[name] = self._value(value, self.before, name)
                self.defaults[name] = instruction.span(word.start + len(name) + 1, word.end)
            else:
                self.defaults.pop(name, None)

    def environment(self, instruction: Instruction) -> None:
        """Takes note of an ENV, in either form; all values of one instruction see what was set before it."""
        words = split_words(instruction.line, instruction.arguments, self.escape)
        if words and "=" not in words[0].text:
            value = instruction.line[words[0].end :].strip()
            self._own()[words[0].text] = self._value(value, self.here)
            return
        self._own().update({word.text.partition("=")[0]: self._value(word.text.partition("=")[2], self.here) for word in words})

    def in_base(self, word: str) -> Expansion:
        """The word as FROM expands it. What no ARG declares is nothing, and no argument of a build can set it; but where nothing
        makes no image of it, something else is to fill it in before."""
        found = expand(word, self.before, self.escape)
        if found.missing and not found.malformed and not self.filled_in and self._global.isdisjoint(found.missing):
            bare = expand(word, ChainMap(dict.fromkeys(found.missing, ""), self.before), self.escape)
            if bare.text and not parse_image(bare.text).problem:
                return bare
        return found

    def in_stage(self, word: str) -> Expansion:
        """The word as an instruction of the current stage expands it."""
        return expand(word, self.here, self.escape)

    def missing_reason(self, name: str, text: str) -> str:
        """Why the file does not say what `name` is worth in a FROM, and what to do."""
        first, cause, why = name, name, ""
        for _ in range(_LINKS):
            name = cause
            cause, why = self._reasons.get(name, (name, ""))
            if why or cause == name:
                break
        reason = f"the default of {cause} cannot be expanded: {why}" if why else self._unset(name, text)
        return reason if why or name == first else f"{first} is made of {name}, and {reason}"

    def _unset(self, name: str, text: str) -> str:
        if name in _PLATFORM:
            return f"{name} depends on the platform of the build"
        if self._declared is None:
            words = (word for match in _ARGUMENTS.finditer(text) for word in match[1].split())
            self._declared = frozenset(word.partition("=")[0] for word in words)
        if name in self._declared:
            return f"{name} has no default before the first FROM; give its ARG one, or pin where the value is set"
        return f"{name} is not declared before the first FROM"

    def _value(self, value: str, variables: dict[str, str | None], name: str = "") -> str | None:
        """What `value` expands to, or None; `name` is the ARG before the first FROM whose missing value must be explained."""
        expansion = expand(value, variables, self.escape)
        if name and self.given:
            names = (one for used in (*expansion.used, *expansion.missing) for one in self.made_of.get(used, ()))
            self.made_of[name] = tuple(dict.fromkeys(names))
            spend(len(self.made_of[name]))
        if not expansion.missing and not expansion.malformed:
            spend(len(expansion.text) if expansion.used else 0)
            return expansion.text
        if name and expansion.malformed:
            self._reasons[name] = (name, expansion.malformed)
        elif name:
            cause = expansion.missing[0]
            self._reasons[name] = self._reasons.get(cause, (cause, ""))
        return None
