"""Exceptions that people wrote: comments in the file and entries of the configuration.

Knows the notation `pinlint: ignore[PIN002] until=2027-01-31 reason` and `pinlint: ignore-file[SRC]`; must not know rules.
"""

import re
from typing import NamedTuple

from pinlint.config import Ignore, Policy, covers
from pinlint.discover import matches
from pinlint.text import Document

__all__ = ["Comment", "comments", "expired", "suppressing_comment", "suppressing_entry"]

_NOTATION = (  # compiled where it is used: most files hold no exception
    r"pinlint:\s*ignore(?P<file>-file)?\[(?P<codes>[^\]\n]*)\](?:\s+until=(?P<until>\d{4}-\d\d-\d\d))?[ \t]*(?P<reason>[^\r\n]*)"
)


class Comment(NamedTuple):
    """An ignore comment: the lines it covers (none for the whole file), codes or code prefixes, where it stands."""

    codes: tuple[str, ...]
    lines: tuple[int, ...]
    until: str
    reason: str
    start: int
    end: int


def comments(document: Document, where: str) -> list[Comment]:
    """Every ignore comment that stands where the format allows one (see Format.comments). An own-line comment covers the next
    line that is no comment, a trailing one its own line."""
    if not where or "pinlint:" not in document.text:
        return []
    found = []
    for match in re.finditer(_NOTATION, document.text):
        number, column = document.position(match.start())
        before = document.line(number)[: column - 1]
        if where == "<!--":
            if "<!--" not in before:
                continue
            own = before.lstrip().startswith("<!--")
            reason = match["reason"].partition("-->")[0]
            own = own and not match["reason"].partition("-->")[2].strip()
        else:
            mark = where.removesuffix("own")
            own = before.lstrip().startswith(mark)
            reason = match["reason"]
            if not own and (where == "#own" or mark not in before):
                continue
        codes = tuple(code.strip().upper() for code in match["codes"].split(",") if code.strip())
        lines = () if match["file"] else _covered(document, number, where) if own else (number,)
        end = match.start() + len(match[0].rstrip().removesuffix("-->").rstrip())
        found.append(Comment(codes, lines, match["until"] or "", reason.strip(), match.start(), end))
    return found


def _covered(document: Document, number: int, where: str) -> tuple[int, ...]:
    """The lines that an own-line comment speaks for: itself, and the first line below that is neither comment nor blank."""
    mark = where.removesuffix("own")
    below = number + 1
    last = len(document.line_starts)
    while below <= last and below < number + 50 and (not (line := document.line(below).strip()) or line.startswith(mark)):
        below += 1
    return (number, below)


def suppressing_comment(found: list[Comment], rule: str, line: int, today: str) -> int:
    """The index of the comment that suppresses a finding, or -1. An expired comment suppresses nothing."""
    for index, comment in enumerate(found):
        fits = not comment.lines or line in comment.lines
        if fits and not expired(comment.until, today) and any(rule.startswith(code) for code in comment.codes):
            return index
    return -1


def suppressing_entry(policy: Policy, rule: str, path: str, artifact: str, today: str) -> Ignore | None:
    """The configured exception that covers a finding, or None."""
    for entry in policy.ignores:
        if (
            rule.startswith(entry.rule)
            and (not entry.path or matches(entry.path, path))
            and (not entry.artifact or covers(entry.artifact, artifact))
            and not expired(entry.until, today)
        ):
            return entry
    return None


def expired(until: str, today: str) -> bool:
    """Whether an ISO date has passed; never for ""."""
    return bool(until) and today > until
