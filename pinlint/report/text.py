"""The report for people: each finding with its source line and a caret, a summary, and what to do next.

Calm: a finding is shown in full while there are few, then a line a file and rule. Everything reads without colour.
"""

from __future__ import annotations

import os
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Diagnostic
    from pinlint.report.run import Run

__all__ = ["coloured", "counts", "write"]

#: Findings shown with their source before the report goes on in single lines.
_IN_FULL = 60
#: Findings that need no counts by rule; columns of a line that any terminal has.
_FEW, _NARROW = 5, 60
_LEVELS = ("error", "warning", "note")
_COLOURS = {
    "error": "\x1b[1;31m",
    "warning": "\x1b[1;33m",
    "note": "\x1b[1;36m",
    "path": "\x1b[1m",
    "dim": "\x1b[2m",
    "off": "\x1b[0m",
}


def write(
    run: Run,
    out: TextIO,
    *,
    colour: bool = False,
    summary: bool = True,
    findings: bool = True,
    brief: bool = False,
    fixed: bool = False,
) -> None:
    """Findings in order of place, then the counts and the next steps. Without `findings` only those; where it is `brief` and there
    are many, findings are counted by rule alone. Where something was `fixed`, the account has said more of it, and does the sum."""
    paint = _COLOURS if colour else dict.fromkeys(_COLOURS, "")
    shown = [one for one in run.diagnostics if not one.suppressed]
    shown.sort(key=lambda one: one.path)
    if findings and not (brief and len(shown) > _FEW):
        _findings(run, shown, out, paint)
    elif findings and not summary:
        out.writelines(f"{line}\n" for line in _by_rule(run, shown))
    for line in _summary(run, shown, paint, fixed=fixed) if summary else ():
        out.write(_wrapped(line, out) + "\n")


def counts(run: Run, out: TextIO, *, colour: bool = False) -> None:
    """How many findings there are, by rule where they are many, and what was left out."""
    paint = _COLOURS if colour else dict.fromkeys(_COLOURS, "")
    shown = [one for one in run.diagnostics if not one.suppressed]
    rules = _by_rule(run, shown) if len(shown) > _FEW else ()
    levels = _levels(run, shown, paint) if shown else ()
    for line in (*_noted(run, paint), *rules, *levels, *(line[0].upper() + line[1:] for line in run.hidden.said())):
        out.write(_wrapped(line, out) + "\n")


def _noted(run: Run, paint: dict[str, str]) -> Iterator[str]:
    for note in run.notes:
        from pinlint.report.escapes import visible

        yield f"{paint['dim']}note:{paint['off']} {visible(note)}"


def coloured(out: TextIO, choice: str = "auto") -> bool:
    """Whether what is written there is in colour: always, never, or where a person sees it."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (out.isatty() and os.environ.get("TERM") != "dumb")


def _findings(run: Run, shown: list[Diagnostic], out: TextIO, paint: dict[str, str]) -> None:
    if not shown:
        return
    from pinlint.report.excerpt import blocks  # a clean run shows no source
    from pinlint.report.wrapped import columns

    budget, width = _IN_FULL, columns(out)
    for _, group in groupby(shown, key=lambda one: one.path):
        for block in blocks(list(group), run, paint, budget, width):
            out.write(block)
            budget -= 1


def _wrapped(line: str, out: TextIO) -> str:
    if len(line) <= _NARROW:
        return line
    from pinlint.report.wrapped import columns, wrapped

    return wrapped(line, columns(out), "  ")


def _summary(run: Run, shown: list[Diagnostic], paint: dict[str, str], *, fixed: bool) -> Iterator[str]:
    yield from _noted(run, paint)
    if run.files == 0:
        return
    checked = f"{_count(run.files, 'file')}, {_count(run.references, 'reference')}"
    unknown = run.counts.get("unknown", 0)
    hint = " (--show-unknown)" if unknown and not any(one.rule == "PIN006" for one in shown) else ""
    hidden = run.hidden.said()
    if not shown and not fixed:
        rest = f"; {unknown:,} cannot be judged from the files alone{hint}" if unknown else ""
        yield f"{checked}, {'nothing else found' if hidden else 'all pinned as required'}{rest}{'; '.join(['', *hidden])}."
        return
    if len(shown) > _FEW:
        yield from _by_rule(run, shown)
    order = ("digest", "weak-digest", "version", "tag", "range", "floating", "local", "unknown")
    parts = [f"{run.counts[word]:,} {word}{hint if word == 'unknown' else ''}" for word in order if run.counts.get(word)]
    yield f"{checked}: {' · '.join(parts)}" if parts else checked
    if shown:
        yield from _levels(run, shown, paint)
    yield from (line[0].upper() + line[1:] for line in hidden)
    yield from () if fixed else run.advice


def _by_rule(run: Run, shown: list[Diagnostic]) -> Iterator[str]:
    rules = Counter(one.rule for one in shown)
    width = max(len(f"{count:,}") for count in rules.values())
    for rule, count in sorted(rules.items(), key=lambda item: (-item[1], item[0])):
        files = len({one.path for one in shown if one.rule == rule})
        yield f"  {count:>{width},} × {rule} {run.pages[rule].name} in {_count(files, 'file')}"


def _levels(run: Run, shown: list[Diagnostic], paint: dict[str, str]) -> Iterator[str]:
    levels = Counter(run.severity(one) for one in shown)
    some = (f"{paint[level]}{_count(levels[level], level)}{paint['off']}" for level in _LEVELS if levels[level])
    yield f"{', '.join(some)}; `pinlint explain CODE` says why and what to write instead"
    if fixable := sum(one.fixable for one in shown):
        yield f"[*] {fixable:,} of them can be fixed safely with `pinlint --fix` (see first: `pinlint --diff`)"


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
