"""Counts by rule."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from pinlint.report.run import Run

__all__ = ["write"]


def write(run: Run, out: TextIO) -> None:
    """One line a rule: findings, files, code, name; the most frequent first."""
    reported = run.reported()
    for rule, count in sorted(Counter(one.rule for one in reported).items(), key=lambda item: (-item[1], item[0])):
        files = len({one.path for one in reported if one.rule == rule})
        out.write(f"{count}\t{files}\t{rule}\t{run.pages[rule].name}\n")
