"""Findings as people read them: the source line with the place marked, or one line where there are many.

Must not know which findings there are besides the ones it is given.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pinlint.report.escapes import masked, visible
from pinlint.report.wrapped import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Diagnostic
    from pinlint.report.run import Run

__all__ = ["blocks"]

#: Findings of one rule in one file that are shown; lock entries all look alike, so fewer of them.
_SHOWN, _SHOWN_OF_A_LOCK = 20, 3
#: What stands around a value and is no part of it.
_AROUND = (('"', '"'), ("'", "'"), ("${", "}"))
#: Columns of a line of source, whatever the terminal.
_LEAST, _MOST = 40, 100


def blocks(diagnostics: list[Diagnostic], run: Run, paint: dict[str, str], budget: int, width: int) -> Iterator[str]:
    """The findings of one file in order; those over the limit of their rule become one line at the place of the last one shown. A
    line has at most `width` columns, if its words let it."""
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
            yield _block(one, run, paint, width) + (_more(rest, one, run) if rest else "") + "\n"
        else:
            yield _line(one, run, paint, rest, width)


def _block(one: Diagnostic, run: Run, paint: dict[str, str], width: int) -> str:
    page = run.pages[one.rule]
    severity = run.severity(one)
    name = f"{page.name} [*]" if one.fixable or one.remedy else page.name
    message = wrapped(visible(one.message), width, "  ", taken=len(f"{severity}[{one.rule}] {name}: "))
    head = f"{paint[severity]}{severity}[{one.rule}]{paint['off']} {name}: {message}\n"
    gutter = " " * len(str(one.line))
    place = f"{gutter}{paint['dim']}-->{paint['off']} {paint['path']}{_place(one, run)}{paint['off']}\n"
    change = f"{gutter} {paint['dim']}={paint['off']} fix: {visible(one.remedy.description)}\n" if one.remedy else ""
    return head + place + _excerpt(one, gutter, paint, severity, width) + change


def _place(one: Diagnostic, run: Run) -> str:
    return f"{visible(run.prefix(one.path))}:{one.line}:{one.column}"


def _excerpt(one: Diagnostic, gutter: str, paint: dict[str, str], severity: str, width: int) -> str:
    if not one.lines or one.column > 380:
        return ""
    line = one.lines[0].replace("\t", " ")  # one column, as the caret below counts
    if not line.strip():
        return ""
    start, end = one.column - 1, one.end_column - 1 if one.end_line == one.line else len(line.rstrip())
    start, end = _bare(line, start, max(start + 1, min(end, len(line) or 1)))
    room = max(_LEAST, min(_MOST, width - len(gutter) - 3))
    line = masked(line, start, end)
    before, marked, after = visible(line[:start]), visible(line[start:end]), visible(line[end:])
    if len(marked) > room - 2:
        marked = f"{marked[: room - 3]}…"
    spare = room - len(marked) - 2  # what is before has up to half of the rest, or all that is not wanted behind
    kept = max(spare // 2, spare - len(after))
    if len(before) > kept:
        before = "…" + before[len(before) - kept :]
    if len(before) + len(marked) + len(after) > room:
        after = after[: max(0, room - len(before) - len(marked) - 1)] + "…"
    bar = f"{paint['dim']}|{paint['off']}"
    caret = " " * _columns(before) + paint[severity] + "^" * max(1, _columns(marked)) + paint["off"]
    return (
        f"{gutter} {bar}\n{paint['dim']}{one.line} |{paint['off']} {(before + marked + after).rstrip()}\n{gutter} {bar} {caret}\n"
    )


def _bare(line: str, start: int, end: int) -> tuple[int, int]:
    """The stretch without the quotes or braces around the value in it."""
    for opening, closing in _AROUND:
        text = line[start:end]
        if len(text) > len(opening) + len(closing) and text.startswith(opening) and text.endswith(closing):
            if opening in text[len(opening) : -len(closing)]:
                continue  # two of them, side by side
            start, end = start + len(opening), end - len(closing)
    return start, end


def _columns(text: str) -> int:
    """How many terminal columns the text takes."""
    if text.isascii():
        return len(text)
    import unicodedata  # a library of its own, which few texts need

    return sum(0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _more(rest: int, one: Diagnostic, run: Run) -> str:
    return f"  … and {rest:,} more {one.rule} in {visible(run.prefix(one.path))} (--output-format concise lists all)\n"


def _line(one: Diagnostic, run: Run, paint: dict[str, str], rest: int, width: int) -> str:
    severity = run.severity(one)
    more, mark = f" (and {rest:,} more)" if rest else "", " [*]" if one.fixable or one.remedy else ""
    message = wrapped(f"{visible(one.message)}{more}", width, "    ", taken=len(f"{_place(one, run)}: {one.rule}{mark} "))
    head = f"{paint['path']}{_place(one, run)}{paint['off']}: {paint[severity]}{one.rule}{paint['off']}{mark}"
    return f"{head} {message}\n"
