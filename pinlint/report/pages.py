"""Rule pages for people at a terminal, and the list of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from pinlint.rulebook import codes, page

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["explain", "rules"]


def explain(wanted: Sequence[str], out: TextIO) -> int:
    """Each page as it is written: what it finds, why, examples, options. Raises PinlintError for an unknown code."""
    for code in wanted:
        found = page(code)
        out.write(f"{found.id} {found.name} ({found.severity}, fix: {found.fix})\n\n{found.body.rstrip()}\n")
    return 0


def rules(output_format: str, out: TextIO) -> int:
    """Every rule: a table, or a JSON array of objects with code, name, severity, fix and summary."""
    found = [page(code) for code in codes()]
    if output_format == "json":
        import json

        keys = ("id", "name", "severity", "fix", "title", "summary")
        out.write(json.dumps([{key: getattr(one, key) for key in keys} for one in found], indent=2, ensure_ascii=False) + "\n")
        return 0
    for one in found:
        out.write(f"{one.id}  {one.severity:<7}  {one.name:<28}  {one.title}\n")
    return 0
