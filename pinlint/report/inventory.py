"""Every reference with its verdict: a table, JSON, JSON lines or CSV. The objects are described where they are made
(`commands/inventory`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from pinlint.report.escapes import cell, clipped, in_json, logged_out, visible
from pinlint.report.wrapped import columns, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["COLUMNS", "write"]

COLUMNS = (
    "path",
    "line",
    "column",
    "end_line",
    "end_column",
    "kind",
    "name",
    "version",
    "digests",
    "pin",
    "settled_by",
    "role",
    "purl",
    "why",
)


def _without_passwords(row: dict[str, Any]) -> dict[str, Any]:
    """The row; beside that every character is as it stands in the file, or as names are written."""
    shown = {key: logged_out(value) if isinstance(value, str) else value for key, value in row.items()}
    return {**shown, "digests": [logged_out(digest) for digest in row["digests"]]}


def write(found: Iterable[dict[str, Any]], output_format: str, out: TextIO) -> None:
    """The rows in one of the formats table, json, jsonl and csv; streaming, but for the table, which aligns its columns."""
    if output_format == "table":
        _table(found, out)
    elif output_format == "csv":
        import csv

        writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for row in found:
            cells = {**row, "digests": " ".join(row["digests"])}
            writer.writerow({key: cell(value) if isinstance(value, str) else value for key, value in cells.items()})
    else:
        import json

        lines = (in_json(json.dumps(_without_passwords(row))) for row in found)
        if output_format == "jsonl":
            out.writelines(f"{line}\n" for line in lines)
        else:
            out.write("[")
            for number, line in enumerate(lines):
                out.write(("," if number else "") + "\n " + line)
            out.write("\n]\n")


def _table(found: Iterable[dict[str, Any]], out: TextIO) -> None:
    """A line a reference; on a terminal that is too narrow for one, what does not fit stands below it."""
    lines = [("kind", "name", "asked for", "pinned by", "where")]
    for row in found:
        settled = f"  (settled by {row['settled_by']})" if row["settled_by"] else ""
        lines.append((row["kind"], row["name"], clipped(row["version"], 40), row["pin"], f"{row['path']}:{row['line']}{settled}"))
    lines = [tuple(map(visible, line)) for line in lines]  # type: ignore[misc]
    widest = columns(out) if out.isatty() else 0  # who reads a pipe line by line finds each in one
    widths = [min(60, max(len(line[column]) for line in lines)) for column in range(4)]
    if widest:
        widths[2] = min(widths[2], max(12, widest // 4))
        widths[1] = min(widths[1], max(16, widest - widths[0] - widths[2] - widths[3] - 6))
    for line in lines:
        head = "  ".join(text.ljust(width) for text, width in zip(line[:4], widths, strict=True))
        if widest and len(f"{head}  {line[4]}") > widest:
            out.write(f"{wrapped(head.rstrip(), widest, '    ')}\n    {wrapped(line[4], widest, '      ', taken=4)}\n")
        else:
            out.write(f"{head}  {line[4]}".rstrip() + "\n")
