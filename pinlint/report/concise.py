"""One finding a line, `path:line:column: CODE message`, for editors, grep and terminals that make such lines clickable.

Must not know how severe a rule is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.report.escapes import visible

if TYPE_CHECKING:
    from typing import TextIO

    from pinlint.report.run import Run

__all__ = ["write"]


def write(run: Run, out: TextIO) -> None:
    """Suppressed findings are left out; control characters are written as escapes, so that one finding stays one line."""
    out.writelines(
        f"{visible(run.prefix(found.path))}:{found.line}:{found.column}: {found.rule} {visible(found.message)}\n"
        for found in run.reported()
    )
