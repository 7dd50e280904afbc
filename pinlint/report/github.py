"""GitHub Actions: annotations as workflow commands.

Sources: actions/toolkit, command.ts (escaping) and problem-matchers.md (ten annotations a level a step).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.report import step_summary
from pinlint.report.escapes import visible

if TYPE_CHECKING:
    from typing import TextIO

    from pinlint.model import Diagnostic
    from pinlint.report.run import Run

__all__ = ["ANNOTATION_LIMIT", "write"]

#: GitHub shows ten annotations of each level in a step and drops the others without a word.
ANNOTATION_LIMIT = 10
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
    listed = step_summary.append(run)
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
