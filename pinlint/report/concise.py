"""One finding a line, `path:line:column: severity: CODE message`, as compilers say it: for editors, grep and terminals that make
such lines clickable. `[*]` stands before the message where `--fix` mends it safely.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.report.escapes import visible

if TYPE_CHECKING:
    from typing import TextIO

    from pinlint.model import Diagnostic
    from pinlint.report.run import Run

__all__ = ["write"]


def write(run: Run, out: TextIO) -> None:
    """Suppressed findings are left out; control characters are written as escapes, so that one finding stays one line."""
    out.writelines(_line(found, run) for found in run.reported())


def _line(found: Diagnostic, run: Run) -> str:
    place = f"{visible(run.prefix(found.path))}:{found.line}:{found.column}"
    mark = "[*] " if found.fixable or found.remedy else ""
    change = f" ({visible(found.remedy.description)})" if found.remedy else ""
    return f"{place}: {run.severity(found)}: {found.rule} {mark}{visible(found.message)}{change}\n"
