"""The report for people: each finding with its source line and a caret, a summary, and what to do next.

Calm: a finding is shown in full while there are few, then a line a file and rule. Everything reads without colour.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Diagnostic
    from pinlint.report.run import Run

__all__ = ["printable", "write"]

#: Findings of one rule in one file that are shown; lock entries all look alike, so fewer of them.
_SHOWN, _SHOWN_OF_A_LOCK = 20, 3
#: Findings shown with their source before the report goes on in single lines.
_IN_FULL = 60
_WIDTH = 100
_COLOURS = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "note": "\x1b[1;36m", "path": "\x1b[1m", "dim": "\x1b[2m", "off": "\x1b[0m"}
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def printable(text: str) -> str:
    """The text with what could command a terminal, hide or break a line shown as an escape; tabs become one blank."""
    return _UNPRINTABLE.sub(lambda match: f"\\x{ord(match[0]):02x}" if ord(match[0]) < 256 else f"\\u{ord(match[0]):04x}", text).replace(
        "\t", " "
    ).replace("\n", "\\n")  # fmt: skip


def write(run: Run, out: TextIO, *, colour: bool = False, summary: bool = True) -> None:
    """Findings in order of place, then the counts and the next steps."""
    paint = _COLOURS if colour else dict.fromkeys(_COLOURS, "")
    shown = [one for one in run.diagnostics if not one.suppressed]
    shown.sort(key=lambda one: one.path)
    budget = _IN_FULL
    for _, group in groupby(shown, key=lambda one: one.path):
        for block in _blocks(list(group), run, paint, budget):
            out.write(block)
            budget -= 1
    for line in _summary(run, shown, paint) if summary else ():
        out.write(line + "\n")


def _blocks(diagnostics: list[Diagnostic], run: Run, paint: dict[str, str], budget: int) -> Iterator[str]:
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
    head = f"{paint[page.severity]}{page.severity}[{one.rule}]{paint['off']} {page.name}: {printable(one.message)}\n"
    gutter = " " * len(str(one.line))
    place = f"{gutter}{paint['dim']}-->{paint['off']} {paint['path']}{_place(one, run)}{paint['off']}\n"
    return head + place + _excerpt(one, gutter, paint, page.severity)


def _place(one: Diagnostic, run: Run) -> str:
    return f"{printable(run.prefix(one.path))}:{one.line}:{one.column}"


def _excerpt(one: Diagnostic, gutter: str, paint: dict[str, str], severity: str) -> str:
    if not one.lines or one.column > 380:
        return ""
    line = one.lines[0]
    if not line.strip():
        return ""
    start, end = one.column - 1, one.end_column - 1 if one.end_line == one.line else len(line.rstrip())
    end = max(start + 1, min(end, len(line) or 1))
    clip = max(0, start - _WIDTH // 2)
    before, marked, after = printable(line[clip:start]), printable(line[start:end]), printable(line[end : clip + 2 * _WIDTH])
    before, room = ("…" if clip else "") + before, _WIDTH
    marked = marked if len(marked) <= room else marked[: room - 1] + "…"
    tail = after if len(before) + len(marked) + len(after) <= 2 * room else after[: max(0, room - len(before))] + "…"
    bar = f"{paint['dim']}|{paint['off']}"
    caret = " " * _columns(before) + paint[severity] + "^" * max(1, _columns(marked)) + paint["off"]
    return (
        f"{gutter} {bar}\n"
        f"{paint['dim']}{one.line} |{paint['off']} {(before + marked + tail).rstrip()}\n"
        f"{gutter} {bar} {caret}\n"
    )


def _columns(text: str) -> int:
    """How many terminal columns the text takes."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _more(rest: int, one: Diagnostic, run: Run) -> str:
    return f"  … and {rest} more {one.rule} in {printable(run.prefix(one.path))} (--output-format concise lists all)\n"


def _line(one: Diagnostic, run: Run, paint: dict[str, str], rest: int) -> str:
    severity = run.pages[one.rule].severity
    more = f" (and {rest} more)" if rest else ""
    return f"{paint['path']}{_place(one, run)}{paint['off']}: {paint[severity]}{one.rule}{paint['off']} {printable(one.message)}{more}\n"


def _summary(run: Run, shown: list[Diagnostic], paint: dict[str, str]) -> Iterator[str]:
    for note in run.notes:
        yield f"{paint['dim']}note:{paint['off']} {printable(note)}"
    if run.files == 0:
        return
    levels = Counter(run.pages[one.rule].severity for one in shown)
    checked = f"{_count(run.files, 'file')}, {_count(run.references, 'reference')}"
    unknown = run.counts.get("unknown", 0)
    hint = " (--show-unknown)" if unknown and not any(one.rule == "PIN006" for one in shown) else ""
    if not shown:
        rest = f"; {unknown} cannot be judged from the files alone{hint}" if unknown else ""
        yield f"{checked}, all pinned as required{rest}."
        return
    order = ("digest", "weak-digest", "version", "tag", "range", "floating", "local", "unknown")
    parts = [f"{run.counts[word]} {word}{hint if word == 'unknown' else ''}" for word in order if run.counts.get(word)]
    rules = Counter(one.rule for one in shown)
    if len(shown) > 5:
        width = max(len(str(count)) for count in rules.values())
        for rule, count in sorted(rules.items(), key=lambda item: (-item[1], item[0])):
            files = len({one.path for one in shown if one.rule == rule})
            yield f"  {count:>{width}} × {rule} {run.pages[rule].name} in {_count(files, 'file')}"
    yield f"{checked}: {' · '.join(parts)}" if parts else checked
    yield ", ".join(
        f"{paint[level]}{_count(levels[level], level)}{paint['off']}" for level in ("error", "warning", "note") if levels[level]
    ) + "; `pinlint explain CODE` says why and what to write instead"  # fmt: skip
    yield from _next_steps(shown)


def _next_steps(shown: list[Diagnostic]) -> Iterator[str]:
    """The one policy line that would accept the largest class of findings, and how to set today's aside."""
    classes = Counter((one.kind, one.verdict) for one in shown if one.rule in ("PIN001", "PIN002", "PIN003") and one.kind)
    accept = ""
    if classes:
        (kind, verdict), count = classes.most_common(1)[0]
        level = {"floating": "any", "tag": "tag", "range": "tag", "version": "version", "weak-digest": "version"}[verdict]
        accept = f'`{kind} = "{level}"` under [tool.pinlint.require] accepts {count} of them; '
    if len(shown) > 5:
        yield f"Not now? {accept}`pinlint baseline` accepts today's findings, and only those."


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
