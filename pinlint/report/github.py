"""GitHub Actions: annotations as workflow commands, and the whole list as a table in the step summary.

Sources: actions/toolkit, command.ts (escaping) and problem-matchers.md (ten annotations a level a step).
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from pinlint.report.escapes import clipped, visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from pinlint.model import Diagnostic
    from pinlint.report.run import Run

__all__ = ["ANNOTATION_LIMIT", "SUMMARY_LIMIT", "write"]

#: GitHub shows ten annotations of each level in a step and drops the others without a word.
ANNOTATION_LIMIT = 10
#: Bytes. GitHub refuses a step summary over 1 MiB.
SUMMARY_LIMIT = 1024 * 1024
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def write(run: Run, out: TextIO) -> None:
    """Errors first, ten of a level, then a notice that says how many more there are. Suppressed findings are left out."""
    found = run.worst_first()
    levels = {level: [one for one in found if run.severity(one) == level] for level in _COMMANDS}
    full = any(len(ones) > ANNOTATION_LIMIT for ones in levels.values())
    more = []
    for level, ones in levels.items():
        shown = ones[: ANNOTATION_LIMIT - (full and level == "note")]  # the last notice is the one about the rest
        out.writelines(_annotation(run, one, _COMMANDS[level]) for one in shown)
        if len(ones) > len(shown):
            rest = len(ones) - len(shown)
            more.append(f"{rest} {level}{'s' if rest > 1 else ''}")
    listed = _append_summary(run, found)
    if more:
        where = "the step summary lists them" if listed else "--output-format concise lists them"
        out.write(f"::notice title=pinlint::… {', '.join(more)} more: {where}\n")


def _annotation(run: Run, found: Diagnostic, command: str) -> str:
    title = f"{found.rule} {run.pages[found.rule].name}"
    properties = [("file", visible(found.path)), ("line", found.line), ("endLine", found.line), ("col", found.column)]
    if found.end_line == found.line and found.end_column > found.column:
        properties.append(("endColumn", found.end_column))
    written = ",".join(f"{key}={_property(str(value))}" for key, value in (*properties, ("title", title)))
    return f"::{command} {written}::{_data(visible(found.message))}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _append_summary(run: Run, found: list[Diagnostic]) -> bool:
    """Whether the findings are in the step summary; it is a convenience, so a summary that cannot be written is no error."""
    path = os.environ.get("GITHUB_STEP_SUMMARY", "")
    if not path or not found:
        return False
    try:
        with open(path, "a", encoding="utf-8", newline="\n") as summary:
            room = SUMMARY_LIMIT - os.fstat(summary.fileno()).st_size
            summary.writelines(_table(run, found, room))
    except OSError:
        return False
    return True


def _table(run: Run, found: list[Diagnostic], room: int) -> Iterator[str]:
    head = f"### pinlint: {len(found)} findings\n\n| severity | rule | place | finding |\n| --- | --- | --- | --- |\n"
    room -= len(head) + 100  # for the last line
    yield head
    for place, one in enumerate(found):
        where = _cell(f"{one.path}:{one.line}:{one.column}")
        row = f"| {run.severity(one)} | {one.rule} | {where} | {_cell(clipped(one.message, 500))} |\n"
        room -= len(row.encode())
        if room < 0:
            yield f"\n{len(found) - place} more findings do not fit: `pinlint --output-format concise` lists all.\n"
            return
        yield row


def _cell(text: str) -> str:
    """Inert Markdown: every ASCII character that could start markup is written as a character reference, and so is the dot that
    makes a link of `www.host`."""
    text = "".join(one if one.isalnum() or one in " .-/;'\"" or one > "\x7f" else f"&#{ord(one)};" for one in visible(text))
    return re.sub(r"(?i)www\.", lambda match: f"{match[0][:3]}&#46;", text)
