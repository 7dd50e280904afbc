"""Exceptions that people wrote: comments in the file and entries of the configuration.

Knows the notation `pinlint: ignore[PIN002] until=2027-01-31 reason` and `pinlint: ignore-file[SRC]`, and what people write instead;
the syntax of the file says what a comment is, the rule pages what rules are called. Must not know what a rule judges.
"""

import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import NamedTuple

from pinlint.config import Ignore, is_date
from pinlint.formats import Format
from pinlint.glob import Paths
from pinlint.model import Span
from pinlint.patterns import Artifacts, kept
from pinlint.text import Document

__all__ = ["SIGN", "Comment", "Entries", "Exceptions", "comments", "complaint", "expired", "syntax_of"]

#: What no exception in a file is without, however its writer spells it.
SIGN = "inlint"

_NOTATION = (  # compiled where it is used: most files hold no exception
    r"pinlint:\s*ignore(?P<file>-file)?(?![\w-])(?:\[(?P<codes>[^\]\n]*)\])?(?P<rest>[^\r\n]*)"
)
#: Exceptions as other tools write them, which cover nothing here.
_MISSPELT = r"(?i)\bpinlint(?P<colon>[ \t]*:)?[ \t]*(?P<word>[a-z][a-z-]*)(?P<rules>[ \t]*[\[(=:][^\])\r\n]*)?"
_RULES = r"\b[A-Z]{3}\d{1,3}\b|\b[a-z]+-[a-z-]+"
_ELSEWHERE = ("disable", "enable", "noqa", "nolint", "nosec", "skip", "suppress", "allow", "off", "ignore", "file-ignore")
_UNTIL = r"(?i)(?:\A[ \t]*until[ \t]+(?=\d{1,4}[./-]\d{1,2}[./-])|\buntil[ \t]*[=:][ \t]*)(?P<date>[^\s,;]*)"
_FILE = 0  # stands for a line: every line


class Comment(NamedTuple):
    """An ignore comment: codes or code prefixes; the lines that the statements begin in which it covers (none: the whole file); the
    date on which it ends, as written; whether that is a date; why; where it stands; words in it that name no rule; and, where it is
    no exception at all, what was meant."""

    codes: tuple[str, ...]
    lines: tuple[int, ...]
    until: str
    dated: bool
    reason: str
    start: int
    end: int
    unknown: tuple[str, ...] = ()
    meant: str = ""


def comments(document: Document, format_: Format) -> list[Span]:
    """Where the comments of a file stand, in the order of the text, as the syntax of its format tells."""
    name = syntax_of(document.path, format_)
    return list(import_module(f"pinlint.syntax.{name}").comments(document)) if name else []


def syntax_of(path: str, format_: Format) -> str:
    """The syntax in which a file is written. Of formats with more than one, the ending says which."""
    if path.endswith(".toml"):
        return "toml"
    return "" if path.endswith(".json") and format_.comments != "jsonc" else format_.comments


class Exceptions:
    """The ignore comments of a file, and which of them covers what."""

    def __init__(self, document: Document, format_: Format, today: str) -> None:
        self.written: list[Comment] = []
        self._document = document
        self._syntax = syntax_of(document.path, format_)
        self._begun: dict[int, list[int]] | None = None
        if SIGN in document.text:
            self.written = _written(document, comments(document, format_))
        if self._syntax == "requirements":  # a comment at the end of a requirement is one of all its lines
            begun = self.beginnings() if self.written else {}
            for index, one in enumerate(self.written):
                if len(one.lines) == 1:
                    self.written[index] = one._replace(lines=(*one.lines, *begun.get(one.lines[0], ())))
        self._first: dict[tuple[int, str], int] = {}  # by line and code
        for index, comment in enumerate(self.written):
            if comment.dated and not expired(comment.until, today):
                for line in comment.lines or (_FILE,):
                    for code in comment.codes:
                        self._first.setdefault((line, code), index)
        self._said: dict[tuple[int, str], int] = {}

    def covering(self, rule: str, line: int) -> int:
        """The index of the first comment that suppresses a finding of `rule` in `line`, or -1."""
        if not self._first:
            return -1
        if (found := self._said.get((line, rule))) is None:
            lines = (_FILE, line, *self.beginnings().get(line, ()))
            codes = [rule[:length] for length in range(1, len(rule) + 1)]
            fitting = [index for one in lines for code in codes if (index := self._first.get((one, code))) is not None]
            found = self._said[line, rule] = min(fitting, default=-1)
        return found

    def complaints(self, used: set[int], today: str, looked_for: Callable[[str], bool]) -> Iterator[tuple[Span, str]]:
        """(where it stands, what is wrong with it) for each comment that covered nothing although its rules were `looked_for`, and
        each that is not written as it has to be."""
        for index, comment in enumerate(self.written):
            idle = index not in used and all(map(looked_for, comment.codes))
            if why := complaint(comment, today, used=not idle):
                yield Span(comment.start, comment.end), why

    def beginnings(self) -> dict[int, list[int]]:
        """The lines in which the statements begin that go on in a line."""
        if self._begun is None:
            self._begun = {}
            for begin, span in import_module(f"pinlint.syntax.{self._syntax}").statements(self._document):
                first, last = self._document.position(begin)[0], self._document.position(max(span.start, span.end - 1))[0]
                for line in range(max(self._document.position(span.start)[0], first + 1), last + 1):
                    begun = self._begun.setdefault(line, [])
                    if first not in begun[-1:]:
                        begun.append(first)
        return self._begun


def _written(document: Document, spans: list[Span]) -> list[Comment]:
    """The ignore comments among the comments of a file. One that has its lines for itself covers the statement below; another its
    line, where its statement ends."""
    own = _own(document, spans)
    below: dict[int, int] = {}  # by comment, the line of what it stands above
    for index in range(len(spans) - 1, -1, -1):
        end = spans[index].end
        if index + 1 < len(spans) and own[index + 1] and not document.text[end : spans[index + 1].start].strip():
            below[index] = below[index + 1]
        else:
            following = re.compile(r"\S").search(document.text, end)
            below[index] = document.position(following.start() if following else end)[0]
    found, notation, misspelt = [], re.compile(_NOTATION), re.compile(_MISSPELT)
    for index, span in enumerate(spans):
        end = _content_end(document.text, span)
        if document.text.find(SIGN, span.start, end) < 0:
            continue
        right = set()
        for match in notation.finditer(document.text, span.start, end):
            line = document.position(match.start())[0]
            right.add(match.start())
            found.append(_comment(match, (line, below[index]) if own[index] else (line,)))
        found += [
            Comment((), (), "", dated=True, reason="", start=match.start(), end=match.end(), meant=meant)
            for match in misspelt.finditer(document.text, span.start, end)
            if match.start() not in right and (meant := _meant(match))
        ]
    return found


def _meant(match: re.Match[str]) -> str:
    """The exception that a comment was meant to be, "" where it is about something else. Without a colon it is prose unless rules
    follow at once."""
    word, rules = match["word"].lower(), (match["rules"] or "").strip(" \t[(=:")
    if not match["colon"] and not (match["rules"] or "").startswith(("[", "(")):
        return ""
    if not word.startswith(_ELSEWHERE):
        import difflib  # hardly anybody gets this far

        if not difflib.get_close_matches(word, ("ignore", "ignore-file"), 1, 0.75):
            return ""
    known = re.findall(_RULES, rules)
    return f"pinlint: ignore{'-file' if 'file' in word else ''}[{','.join(known) or 'PIN003'}]"


def _content_end(text: str, span: Span) -> int:
    """Where the text of a comment ends, without the mark that closes it."""
    closing = next((mark for mark in ("-->", "*/") if text.endswith(mark, span.start, span.end)), "")
    return span.end - len(closing)


def _own(document: Document, spans: list[Span]) -> list[bool]:
    """Of each comment whether nothing but comments stands in its lines."""
    text, starts = document.text, document.line_starts
    before, after = [True] * len(spans), [True] * len(spans)
    for index, span in enumerate(spans):
        line = starts[document.position(span.start)[0] - 1]
        end = spans[index - 1].end if index else 0
        before[index] = not text[max(end, line) : span.start].strip() and (end <= line or before[index - 1])
    for index in range(len(spans) - 1, -1, -1):
        number = document.position(max(spans[index].start, spans[index].end - 1))[0]
        line_end = starts[number] if number < len(starts) else len(text)
        start = spans[index + 1].start if index + 1 < len(spans) else len(text)
        after[index] = not text[spans[index].end : min(start, line_end)].strip() and (start >= line_end or after[index + 1])
    return [first and last for first, last in zip(before, after, strict=True)]


def _comment(match: re.Match[str], lines: tuple[int, ...]) -> Comment:
    words = [word.strip() for word in (match["codes"] or "").split(",") if word.strip()]
    codes, unknown = _codes(words)
    rest, end = match["rest"], match.end("rest") - len(match["rest"]) + len(match["rest"].rstrip())
    dates = list(re.finditer(_UNTIL, rest))
    until = dates[0]["date"] if dates else ""
    reason = (rest[: dates[0].start()] + rest[dates[0].end() :]).strip() if dates else rest.strip()
    sound = not dates or (len(dates) == 1 and "=" in dates[0][0] and is_date(until))
    return Comment(codes, () if match["file"] else lines, until, sound, reason, match.start(), end, unknown)


def _codes(words: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(the codes and prefixes that words stand for, the words that name no rule)."""
    if not words:
        return (), ()
    from pinlint.rulebook import named

    found = [(word, named(word)) for word in words]
    return tuple(code for _, code in found if code), tuple(word for word, code in found if not code)


def complaint(comment: Comment, today: str, *, used: bool) -> str:
    """What is wrong with an exception, and what to write; "" where it is `used` and there is nothing."""
    codes, until = comment.codes, comment.until
    if comment.unknown:
        from pinlint.rulebook import meant

        word = comment.unknown[0][:40]
        return f"no rule is called {word!r}, so nothing is ignored by that name; {meant(word)}"
    if used:
        return ""
    if comment.meant:
        return f"this is no exception that pinlint knows, so it covers nothing; write `{comment.meant}` and why"
    if not comment.dated:
        return f"{until[:40]!r} is no day on which an exception ends, so it covers nothing; write until=2027-01-31, once"
    if until and today > until:
        return f"this exception ended on {until}; fix what it covers, or give it a new date and reason"
    if not codes:
        rule = re.search(_RULES, comment.reason)
        return f"this comment names no rule, so it ignores nothing; write ignore[{rule[0] if rule else 'PIN003'}], for example"
    return f"nothing here breaks {', '.join(codes)}; remove the comment"


class Entries:
    """The configured exceptions that may cover findings of one file."""

    def __init__(self, ignores: tuple[Ignore, ...], path: str, today: str) -> None:
        paths = kept(ignores, lambda found: Paths(entry.path or "*" for entry in found))
        first: dict[tuple[str, str], Ignore] = {}  # a later one for the same has nothing to say
        for index in paths.covering(path):
            entry = ignores[index]
            if not expired(entry.until, today):
                first.setdefault((entry.rule, entry.artifact), entry)
        self._fitting = list(first.values())
        self._said: dict[tuple[str, str], Ignore | None] = {}
        self._artifacts = Artifacts(entry.artifact or "*" for entry in self._fitting)

    def covering(self, rule: str, artifact: str) -> Ignore | None:
        """The first that covers a finding, or None."""
        key = rule, artifact
        if key not in self._said:
            fitting = (index for index in self._artifacts.covering(artifact) if rule.startswith(self._fitting[index].rule))
            first = min(fitting, default=-1)
            self._said[key] = self._fitting[first] if first >= 0 else None
        return self._said[key]


def expired(until: str, today: str) -> bool:
    """Whether an ISO date has passed; never for ""."""
    return bool(until) and today > until
