"""The report for people: each finding with its source line and a caret, a summary, and what to do next.

Calm: a finding is shown in full while there are few, then a line a file and rule. Everything reads without colour.
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Diagnostic
    from pinlint.report.run import Run

__all__ = ["write"]

#: Findings shown with their source before the report goes on in single lines.
_IN_FULL = 60
_COLOURS = {
    "error": "\x1b[1;31m",
    "warning": "\x1b[1;33m",
    "note": "\x1b[1;36m",
    "path": "\x1b[1m",
    "dim": "\x1b[2m",
    "off": "\x1b[0m",
}


def write(run: Run, out: TextIO, *, colour: bool = False, summary: bool = True) -> None:
    """Findings in order of place, then the counts and the next steps."""
    paint = _COLOURS if colour else dict.fromkeys(_COLOURS, "")
    shown = [one for one in run.diagnostics if not one.suppressed]
    shown.sort(key=lambda one: one.path)
    if shown:
        from pinlint.report.excerpt import blocks  # a clean run shows no source

    budget = _IN_FULL
    for _, group in groupby(shown, key=lambda one: one.path):
        for block in blocks(list(group), run, paint, budget):
            out.write(block)
            budget -= 1
    for line in _summary(run, shown, paint) if summary else ():
        out.write(line + "\n")


def _summary(run: Run, shown: list[Diagnostic], paint: dict[str, str]) -> Iterator[str]:
    for note in run.notes:
        from pinlint.report.escapes import visible

        yield f"{paint['dim']}note:{paint['off']} {visible(note)}"
    if run.files == 0:
        return
    levels = Counter(run.pages[one.rule].severity for one in shown)
    checked = f"{_count(run.files, 'file')}, {_count(run.references, 'reference')}"
    unknown = run.counts.get("unknown", 0)
    hint = " (--show-unknown)" if unknown and not any(one.rule == "PIN006" for one in shown) else ""
    hidden = run.hidden.said()
    if not shown:
        rest = f"; {unknown} cannot be judged from the files alone{hint}" if unknown else ""
        yield f"{checked}, {'nothing else found' if hidden else 'all pinned as required'}{rest}{'; '.join(['', *hidden])}."
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
    if fixable := sum(one.fixable for one in shown):
        yield f"{fixable:,} of them can be fixed safely with `pinlint --fix` (see first: `pinlint --diff`)"
    yield from (line[0].upper() + line[1:] for line in hidden)
    yield from run.advice


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
