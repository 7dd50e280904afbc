"""The summary of a step in GitHub Actions: how many findings there are, and the worst of them as a table.

Source: GitHub documentation, "Adding a job summary".
"""

from __future__ import annotations

import os
import re
from collections import Counter
from typing import TYPE_CHECKING

from pinlint.report.escapes import clipped, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Diagnostic
    from pinlint.report.run import Run

__all__ = ["SUMMARY_LIMIT", "append"]

#: Bytes. GitHub refuses a step summary over 1 MiB.
SUMMARY_LIMIT = 1024 * 1024


def append(run: Run) -> bool:
    """Whether the findings are in the step summary now; it is a convenience, so one that cannot be written is no error."""
    path = os.environ.get("GITHUB_STEP_SUMMARY", "")
    found = run.worst_first()
    if not path:
        return False
    try:
        with open(path, "a", encoding="utf-8", newline="\n") as summary:
            room = SUMMARY_LIMIT - os.fstat(summary.fileno()).st_size
            summary.writelines(_table(run, found, room) if found else _clean(run))
    except OSError:
        return False
    return bool(found)


def _clean(run: Run) -> Iterator[str]:
    if run.files:
        files = f"{run.files:,} file{'s' * (run.files != 1)}, {run.references:,} reference{'s' * (run.references != 1)}"
        yield f"### pinlint: nothing found\n\n{files}.{''.join(f' {line}.' for line in run.hidden.said())}\n"


def _table(run: Run, found: list[Diagnostic], room: int) -> Iterator[str]:
    levels = Counter(map(run.severity, found))
    counts = ", ".join(f"{levels[one]:,} {one}{'s' * (levels[one] != 1)}" for one in ("error", "warning", "note") if levels[one])
    fixable = sum(one.fixable for one in found)
    more = f"; `pinlint --fix` mends {fixable:,} of them safely" if fixable else ""
    head = f"### pinlint: {len(found):,} finding{'s' * (len(found) != 1)}\n\n{counts}{more}.\n\n"
    head += "| severity | rule | place | finding |\n| --- | --- | --- | --- |\n"
    room -= len(head) + 100  # for the last line
    if room < 0:
        return
    yield head
    for place, one in enumerate(found):
        where = cell(f"{one.path}:{one.line}:{one.column}")
        row = f"| {run.severity(one)} | {one.rule} | {where} | {cell(clipped(one.message, 500))} |\n"
        room -= len(row.encode())
        if room < 0:
            yield f"\n{len(found) - place:,} more findings do not fit: `pinlint --output-format concise` lists all.\n"
            return
        yield row


def cell(text: str) -> str:
    """Inert Markdown: every ASCII character that could start markup is written as a character reference, and so is the dot that
    makes a link of `www.host`."""
    text = "".join(one if one.isalnum() or one in " .-/;'\"" or one > "\x7f" else f"&#{ord(one)};" for one in visible(text))
    return re.sub(r"(?i)www\.", lambda match: f"{match[0][:3]}&#46;", text)
