"""Counts by rule: a table, or the same as JSON."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from pinlint.report.run import Run

__all__ = ["write"]


def write(run: Run, out: TextIO, *, as_json: bool = False) -> None:
    """One line a rule: findings, files, code, name; or an array of objects that say the same. The most frequent first."""
    reported = run.reported()
    counts = sorted(Counter(one.rule for one in reported).items(), key=lambda item: (-item[1], item[0]))
    rows = [(count, len({one.path for one in reported if one.rule == rule}), rule, run.pages[rule].name) for rule, count in counts]
    if as_json:
        import json

        keys = ("findings", "files", "rule", "rule_name")
        out.write(json.dumps([dict(zip(keys, row, strict=True)) for row in rows], indent=1) + "\n")
        return
    out.writelines("\t".join(map(str, row)) + "\n" for row in rows)
