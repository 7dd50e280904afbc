"""Findings as people read them: the source line with the place marked, or one line where there are many.

Must not know which findings there are besides the ones it is given.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pinlint.report.escapes import masked, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Diagnostic
    from pinlint.report.run import Run

__all__ = ["blocks"]

#: Findings of one rule in one file that are shown; lock entries all look alike, so fewer of them.
_SHOWN, _SHOWN_OF_A_LOCK = 20, 3
_WIDTH = 100


def blocks(diagnostics: list[Diagnostic], run: Run, paint: dict[str, str], budget: int) -> Iterator[str]:
    """The findings of one file in order; those over the limit of their rule become one line at the place of the last one shown."""
    total = Counter(one.rule for one in diagnostics)
    seen: Counter[str] = Counter()
    for one in diagnostics:
        seen[one.rule] += 1
        limit = _SHOWN_OF_A_LOCK if one.role.startswith("locked") else _SHOWN
        full = budget > 0
        if seen[one.rule] > (limit if full else 1):
            continue
        last = seen[one.rule] == min(limit if full else 1, total[one.rule])
        rest = total[one.rule] - seen[one.rule] if last else 0
        budget -= 1
        if full:
            yield _block(one, run, paint) + (_more(rest, one, run) if rest else "") + "\n"
        else:
            yield _line(one, run, paint, rest)


def _block(one: Diagnostic, run: Run, paint: dict[str, str]) -> str:
    page = run.pages[one.rule]
    head = f"{paint[page.severity]}{page.severity}[{one.rule}]{paint['off']} {page.name}: {visible(one.message)}\n"
    gutter = " " * len(str(one.line))
    place = f"{gutter}{paint['dim']}-->{paint['off']} {paint['path']}{_place(one, run)}{paint['off']}\n"
    return head + place + _excerpt(one, gutter, paint, page.severity)


def _place(one: Diagnostic, run: Run) -> str:
    return f"{visible(run.prefix(one.path))}:{one.line}:{one.column}"


def _excerpt(one: Diagnostic, gutter: str, paint: dict[str, str], severity: str) -> str:
    if not one.lines or one.column > 380:
        return ""
    line = one.lines[0].replace("\t", " ")  # one column, as the caret below counts
    if not line.strip():
        return ""
    start, end = one.column - 1, one.end_column - 1 if one.end_line == one.line else len(line.rstrip())
    end = max(start + 1, min(end, len(line) or 1))
    clip = max(0, start - _WIDTH // 2)
    line = masked(line, start, end)
    before, marked, after = visible(line[clip:start]), visible(line[start:end]), visible(line[end : clip + 2 * _WIDTH])
    before, room = ("…" if clip else "") + before, _WIDTH
    marked = marked if len(marked) <= room else marked[: room - 1] + "…"
    tail = after if len(before) + len(marked) + len(after) <= 2 * room else after[: max(0, room - len(before))] + "…"
    bar = f"{paint['dim']}|{paint['off']}"
    caret = " " * _columns(before) + paint[severity] + "^" * max(1, _columns(marked)) + paint["off"]
    return f"{gutter} {bar}\n{paint['dim']}{one.line} |{paint['off']} {(before + marked + tail).rstrip()}\n{gutter} {bar} {caret}\n"


def _columns(text: str) -> int:
    """How many terminal columns the text takes."""
    if text.isascii():
        return len(text)
    import unicodedata  # a library of its own, which few texts need

    return sum(0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _more(rest: int, one: Diagnostic, run: Run) -> str:
    return f"  … and {rest} more {one.rule} in {visible(run.prefix(one.path))} (--output-format concise lists all)\n"


def _line(one: Diagnostic, run: Run, paint: dict[str, str], rest: int) -> str:
    severity = run.pages[one.rule].severity
    more = f" (and {rest} more)" if rest else ""
    head = f"{paint['path']}{_place(one, run)}{paint['off']}: {paint[severity]}{one.rule}{paint['off']}"
    return f"{head} {visible(one.message)}{more}\n"
