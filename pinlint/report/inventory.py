"""Every reference with its verdict: a table, JSON, JSON lines or CSV.

The objects are stable: `{"path","line","column","end_line","end_column","kind","name","version","digests","pin","settled_by",
"role","purl","why"}`; `path` is relative to the working directory, POSIX; lines and columns are 1-based, the end exclusive.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, TextIO

from pinlint.budget import Exceeded
from pinlint.ecosystems import ECOSYSTEMS
from pinlint.ecosystems.url.names import without_credentials
from pinlint.engine import included, spans, stream
from pinlint.formats import Format
from pinlint.model import Fact, Reference
from pinlint.report.escapes import cell, in_json, logged_out, visible
from pinlint.schedule import new_tree
from pinlint.text import Document
from pinlint.tree import Tree
from pinlint.walk import walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pinlint.discover import Found

__all__ = ["COLUMNS", "rows", "write"]

_UNREADABLE = frozenset(("unreadable-file", "unreadable-lock", "template"))

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


def rows(
    found: Found,
    overlay: dict[str, bytes],
    shown: Callable[[str], str],
    settings: Mapping[str, tuple[str, ...]],
    failed: dict[str, str],
    unread: dict[str, str],
    seen: dict[str, str],
) -> Iterator[dict[str, Any]]:
    """One object a reference, file by file in order of the document. Which files could not be read to their end, and why, is added
    to `unread` by the path that is shown; on which ones pinlint itself failed, and how, to `failed`; and every path to `seen`, with
    the reason where there is no such file."""
    tree = new_tree(found.root, overlay, settings)
    for one in walk(tree, found.files, lambda document, format_: _listed(document, format_, tree, shown(document.path))):
        seen[one.path] = one.unread if one.absent else ""
        if one.failed:
            failed[one.path] = one.failed
        elif one.made is None:
            if not one.absent:
                unread[shown(one.path)] = one.unread
        else:
            listed, broken = one.made
            if broken:
                unread[shown(one.path)] = broken
            yield from listed


_Listed = tuple[list[dict[str, Any]], str]


def _listed(document: Document, format_: Format, tree: Tree, path: str) -> tuple[_Listed, list[str]]:
    """((the rows of a document, why they may not be all), what else it brings in)."""
    items = list(stream(document, format_, tree))
    if any(isinstance(item, Fact) and item.kind == "foreign" for item in items):
        return ([], ""), []
    broken = next((item.detail for item in items if isinstance(item, Fact) and item.kind in _UNREADABLE), "")
    try:
        others = included(document, format_, tree)
    except Exceeded as error:
        others, broken = [], broken or str(error)
    references = [item for item in items if isinstance(item, Reference)]
    located = spans(document, format_, (reference.span for reference in references))
    found = []
    for reference in references:
        line, column, end_line, end_column = document.seen(*located[reference.span])
        found.append({
            "path": path, "line": line, "column": column, "end_line": end_line, "end_column": end_column,
            "kind": reference.artifact.kind, "name": reference.artifact.name, "version": reference.version,
            "digests": list(reference.digests), "pin": reference.verdict, "settled_by": reference.settled_by,
            "role": reference.role, "purl": _purl(reference), "why": reference.why,
        })  # fmt: skip
    return (found, broken), others


def _purl(reference: Reference) -> str:
    if reference.verdict in ("local", "unknown"):
        return ""
    names = import_module(f"pinlint.ecosystems.{ECOSYSTEMS[reference.artifact.kind].folder}.names")
    name, version = (  # before it is percent-encoded, as nobody would find a password in it then
        logged_out(without_credentials(text)) if logged_out(text) != text else text
        for text in (reference.artifact.name, reference.version)
    )
    made: str = names.purl(name, version)
    return made


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
