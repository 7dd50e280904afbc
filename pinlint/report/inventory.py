"""Every reference with its verdict: a table, JSON, JSON lines or CSV. The objects are described where they are made
(`commands/inventory`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from pinlint.report.escapes import cell, in_json, logged_out, visible

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
    lines = [("kind", "name", "asked for", "pinned by", "where")]
    for row in found:
        settled = f"  (settled by {row['settled_by']})" if row["settled_by"] else ""
        version = row["version"] if len(row["version"]) <= 40 else row["version"][:39] + "…"
        lines.append((row["kind"], row["name"], version, row["pin"], f"{row['path']}:{row['line']}{settled}"))
    lines = [tuple(map(visible, line)) for line in lines]  # type: ignore[misc]
    widths = [min(60, max(len(line[column]) for line in lines)) for column in range(4)]
    for line in lines:
        out.write("  ".join([*(text.ljust(width) for text, width in zip(line[:4], widths, strict=True)), line[4]]).rstrip() + "\n")
