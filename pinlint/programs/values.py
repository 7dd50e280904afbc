"""The values that a script's variables have, as far as the script and the file that holds it say them.

Knows parameters, loops over lists and the writing of other languages for a value; must not know any program. What is not known
stays as it is written.
"""

from __future__ import annotations

import re
from collections import ChainMap
from typing import TYPE_CHECKING

from pinlint.budget import spend

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, MutableMapping

    from pinlint.syntax.shell import Command, Part, Word

__all__ = ["Values"]

_PARAMETER = re.compile(
    r"\$(?:\{(?:env:)?(?P<braced>\w+)(?:(?P<sign>:?[-=]|##?|%%?)(?P<operand>.*))?\}|(?:env:)?(?P<plain>\w+))",
    re.DOTALL | re.IGNORECASE,
)
#: What stands for a value before any shell sees it, where that is the name of a variable and no more.
_FOREIGN = re.compile(r"[$({\[<\s.]*(?:(?:env|parameters|params|variables|vars)\.)?([A-Za-z_]\w*)[\s)}\]>]*")
_ASSIGNED = re.compile(r"([A-Za-z_]\w*)(\+?)=")
_USED = re.compile(r"\$\{?(\w+)")
_ADDRESS = r"(?:https?|ftp)://[^/$]+/"
_DECLARING = frozenset(("export", "declare", "local", "readonly", "typeset", "setx"))
_DEEPEST = 5
_ONE_ADDRESS = 500
#: Values and words that one word may become.
_LONGEST, _MOST = 20_000, 200
#: Characters of values that count as one step.
_PER_STEP = 16


class Values:
    """The variables of one script. `one` has those with a single value (those that are `around` it among them, which may be very
    many and are no copy), `many` those that run over a list. What values add to a script is taken from the document's account."""

    def __init__(self, around: Mapping[str, str], known: Iterable[tuple[str, str]], commands: Iterable[Command]) -> None:
        self.one: MutableMapping[str, str | None] = ChainMap(dict(known), around)  # type: ignore[arg-type]
        self.many: dict[str, list[str]] = {}
        self._assigned: set[str] = set()
        #: Of those that are set once to an address, what of it is known: enough to tell it from other addresses.
        self._addresses: dict[str, str] = {}
        for command in commands:
            self._read(command)

    def _read(self, command: Command) -> None:
        first = command.words[0].text if command.words else ""
        if not first or first in _DECLARING:
            for word in (*command.assignments, *command.words[1:]):
                self._assign(word)
        elif first == "for" and len(command.words) > 3 and command.words[2].text == "in":
            listed = [one for word in command.words[3:] for one in self.texts(word)]
            if all(clear for _, clear in listed):
                self.many[command.words[1].text] = [text for text, _ in listed[:_MOST]]
        elif first == "read":
            self.one.update((word.text, None) for word in command.words[1:] if not word.text.startswith("-"))
        elif len(command.words) > 2 and command.words[1].text == "=" and first[0] == "$":  # PowerShell
            self._set(re.sub(r"\A\$\{?(?:env:)?", "", first, flags=re.IGNORECASE).rstrip("}"), self._joined(command.words[2:]), "")
        for word in command.words if first == ":" else ():
            for part in word.parts:
                found = _PARAMETER.fullmatch(part.text) if part.kind == "variable" else None
                if found and found["sign"] in ("=", ":=") and self.one.get(found["braced"]) is None:
                    self.one[found["braced"]] = self.value(part.text)

    def _joined(self, words: tuple[Word, ...]) -> str | None:
        texts = self.texts(words[0]) if len(words) == 1 else []
        return texts[0][0] if len(texts) == 1 and texts[0][1] else None

    def _assign(self, word: Word) -> None:
        found = _ASSIGNED.match(word.text)
        if not found or not word.parts or word.parts[0].kind != "literal":
            return
        name = found[1]
        texts = [(self._text(part), part.text) for part in word.parts]
        known = all(text is not None for text, _ in texts)
        value = "".join([written if text is None else text for text, written in texts])[found.end() :]
        again = any(one[1] == name for one in _USED.finditer(word.text))
        self._addresses.pop(name, None)
        if not known and name not in self._assigned and not again and len(value) < _ONE_ADDRESS and re.match(_ADDRESS, value):
            self._addresses[name] = value
        self._set(name, value if known else None, found[2], again)

    def _set(self, name: str, value: str | None, joined: str, again: bool = False) -> None:
        """Takes note of an assignment; a variable that has had another value may have either."""
        before = self.one.get(name)
        if joined:
            value = before + value if before is not None and value is not None else None
        elif name in self._assigned and not again and value != before:
            value = None
        self._assigned.add(name)
        self.one[name] = value[:_LONGEST] if value is not None else None

    def value(self, text: str, depth: int = 0) -> str | None:
        """What a parameter expansion (`$X`, `${X:-1.2}`) stands for; None where that is not known."""
        found = _PARAMETER.fullmatch(text)
        if not found:
            return None
        value = self.one.get(found["braced"] or found["plain"])
        sign, operand = found["sign"] or "", found["operand"] or ""
        if sign in (":-", "-", ":=", "="):
            return value if value or (value is not None and sign[0] != ":") else self._default(operand, depth)
        if sign and (value is None or re.search(r"[*?\[$\\]", operand)):
            return None
        if sign and value is not None:
            return value.removeprefix(operand) if sign[0] == "#" else value.removesuffix(operand)
        return value

    def _default(self, operand: str, depth: int) -> str | None:
        operand = operand.strip("\"'")
        if "$" not in operand and "`" not in operand:
            return operand
        return self.value(operand, depth + 1) if depth < _DEEPEST else None

    def _text(self, part: Part) -> str | None:
        if part.kind in ("literal", "glob"):
            return part.text
        if part.kind == "variable":
            value = self.value(part.text)
            spend(len(value) // _PER_STEP if value else 0)
            return value
        found = _FOREIGN.fullmatch(part.text) if part.kind == "foreign" else None
        return self.one.get(found[1]) if found else None

    def texts(self, word: Word) -> list[tuple[str, bool]]:
        """The words that one word becomes, each with whether all of it is known."""
        made, clear, split = [""], True, False
        for part in word.parts:
            several = self._several(part)
            if several is not None and len(made) == 1:
                made = [made[0] + one for one in several[:_MOST]]
                spend(sum(map(len, made)) // _PER_STEP + len(made))
                continue
            text = self._text(part)
            if text is None:
                clear, text = False, self._address(part)
            elif part.kind != "literal" and not part.quoted and re.search(r"\s", text):
                split = True
                clear = clear and len(word.parts) == 1
            made = [one + text for one in made]
            if len(word.parts) > 1 and len(made[0]) > _LONGEST:
                return [(made[0][:_LONGEST], False)]
        if split and len(word.parts) == 1:
            return [(text, True) for text in made[0].split()[:_MOST]]
        if clear and made == [""] and not any(part.quoted for part in word.parts):
            return []
        return [(text, clear) for text in made]

    def _address(self, part: Part) -> str:
        """A part whose value is not known, as it is written, or the address that its variable is set to."""
        found = _PARAMETER.fullmatch(part.text) if part.kind == "variable" and self._addresses else None
        return self._addresses.get(found["braced"] or found["plain"], part.text) if found and not found["sign"] else part.text

    def _several(self, part: Part) -> list[str] | None:
        if part.kind != "variable" or not self.many:
            return None
        found = _PARAMETER.fullmatch(part.text)
        return self.many.get(found["braced"] or found["plain"]) if found and not found["sign"] else None
