"""The words of a command as options and operands, by a table of the options that take the next word.

Knows how programs divide their arguments (getopt, click, clap, Go's flag, nopt); must not know any program.
"""

from collections.abc import Container
from typing import NamedTuple

from pinlint.model import Span
from pinlint.programs.words import Word, behind

__all__ = ["Given", "Options", "given", "is_given", "options", "subcommand"]

_NONE = Word("", Span(0, 0))
_OFF = ("false", "none")


class Options(NamedTuple):
    """How the options of a command are read. `valued` take the next word, `switches` none. Of any other it is not known, unless
    `other` says that it takes the next word ("always", or "bare": if that is no option itself). `ends` is whether the first operand
    ends the options, `whole` whether an option with one dash is a word of its own instead of several letters."""

    valued: frozenset[str]
    switches: frozenset[str] = frozenset()
    ends: bool = False
    whole: bool = False
    other: str = ""


class Given(NamedTuple):
    """The options with their values, in order, and the operands. `doubted` are those of the operands that an option before them may
    have taken, each with that option. `rest` is what follows the operand that ends the options, or `--`."""

    options: list[tuple[str, Word]]
    operands: list[Word]
    doubted: dict[int, str]
    rest: list[Word]

    def has(self, *names: str) -> bool:
        """Whether one of these options is given, and not switched off."""
        return is_given(self.options, names)

    def value(self, *names: str) -> Word | None:
        """The last value of these options; None without one."""
        return next((word for name, word in reversed(self.options) if name in names and word is not _NONE), None)

    def values(self, *names: str) -> list[Word]:
        """All values of these options, in order."""
        return [word for name, word in self.options if name in names and word is not _NONE]


def is_given(options: list[tuple[str, Word]], names: Container[str]) -> bool:
    """Whether one of these names is among options, and not switched off (`--dry-run=none`, `--push=false`)."""
    return any(name in names and word.text.lower() not in _OFF for name, word in options)


def options(valued: str, switches: str = "", *, ends: bool = False, whole: bool = False, other: str = "") -> Options:
    """A table from words between blanks."""
    return Options(frozenset(valued.split()), frozenset(switches.split()), ends, whole, other)


def subcommand(words: list[Word], known: Container[str], table: Options) -> tuple[str, list[Word]]:
    """The subcommand that the first operands name ("tool install"; "" for none that is known), and the other words. A prefix of
    one that is known must be known as well, with an ending blank."""
    name, before, at = "", [], 0
    while at < len(words):
        word = words[at]
        if word.text == "--" or not word.clear:
            break
        if word.text.startswith("-") and word.text != "-":
            taken = 1 + _takes_next(word.text, words[at + 1 : at + 2], table, known, name)
            before += words[at : at + taken]
            at += taken
            continue
        longer = f"{name}{word.text}"
        if longer in known:
            return longer, before + words[at + 1 :]
        if f"{longer} " not in known:
            break
        name = f"{longer} "
        at += 1
    return "", words


def _takes_next(option: str, following: list[Word], table: Options, known: Container[str], name: str) -> bool:
    """Whether a global option takes the next word: one that nobody knows does unless a subcommand stands there."""
    if not following or "=" in option:
        return False
    if option in table.valued:
        return True
    if _is_switch(option, table) or not option.startswith("--"):
        return False
    return not following[0].text.startswith("-") and not any(f"{name}{following[0].text}{end}" in known for end in ("", " "))


def _is_switch(option: str, table: Options) -> bool:
    return option in table.switches or (option.startswith("--no-") and f"--{option[5:]}" in table.switches)


def given(words: list[Word], table: Options) -> Given:
    """The options and operands among words."""
    found = Given([], [], {}, [])
    at, doubted = 0, ""
    while at < len(words):
        word = words[at]
        at += 1
        text = word.text
        if text == "--":
            if table.ends:
                found.operands.extend(words[at : at + 1])
                found.rest.extend(words[at + 1 :])
            else:
                found.operands.extend(words[at:])
            break
        if len(text) < 2 or text[0] != "-":
            if doubted:
                found.doubted[len(found.operands)] = doubted
            found.operands.append(word)
            if table.ends:
                found.rest.extend(words[at:])
                break
            doubted = ""
            continue
        taken, doubted = _option(word, words[at : at + 1], table, found.options)
        at += taken
    return found


def _option(word: Word, following: list[Word], table: Options, into: list[tuple[str, Word]]) -> tuple[int, str]:
    """(how many of the words that follow an option takes, the option if that is not known)."""
    text = word.text
    name, equals, _ = text.partition("=")
    if equals and (text.startswith("--") or table.whole):
        into.append((name, behind(word, len(name) + 1)))
        return 0, ""
    if text.startswith("--") or table.whole or text in table.valued or text in table.switches:
        if text in table.valued or (text not in table.switches and table.other == "always"):
            into.append((text, following[0] if following else _NONE))
            return len(following), ""
        bare = bool(following) and not following[0].text.startswith("-")
        if _is_switch(text, table) or not bare:
            into.append((text, _NONE))
            return 0, ""
        if table.other == "bare":
            into.append((text, following[0]))
            return 1, ""
        into.append((text, _NONE))
        return 0, text
    return _letters(word, following, table, into)


def _letters(word: Word, following: list[Word], table: Options, into: list[tuple[str, Word]]) -> tuple[int, str]:
    """The same of letters behind one dash (`-qrFILE`)."""
    for at, letter in enumerate(word.text[1:], 1):
        name = f"-{letter}"
        if name in table.switches:
            into.append((name, _NONE))
            continue
        if name in table.valued or table.other:
            rest = word.text[at + 1 :]
            if rest:
                into.append((name, behind(word, at + 1 + rest.startswith("="))))
                return 0, ""
            takes = bool(following) and (name in table.valued or table.other == "always" or not following[0].text.startswith("-"))
            into.append((name, following[0] if takes else _NONE))
            return int(takes), ""
        into.append((name, _NONE))
        last = at == len(word.text) - 1 and bool(following) and not following[0].text.startswith("-")
        return 0, word.text if last else ""
    return 0, ""
