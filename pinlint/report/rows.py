"""Rows of any columns: a table for people, JSON, JSON lines or CSV. Must not know what the rows are about."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, TextIO

from pinlint.report.escapes import cell, clipped, in_json, logged_out, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["FORMATS", "write"]

FORMATS = ("table", "json", "jsonl", "csv")
#: Texts that are kept in JSON, and lines that are written at once.
_KNOWN, _AT_ONCE = 20_000, 200
#: Characters of a column of a table, and rows of which it knows how wide they are.
_WIDEST, _MEASURED = 72, 2000


def write(rows: Iterable[dict[str, Any]], output_format: str, out: TextIO, columns: Sequence[str] = ()) -> int:
    """How many rows there were; they are written in one of the FORMATS, as they come. A table shows these `columns`."""
    count = 0

    def counted() -> Iterable[dict[str, Any]]:
        nonlocal count
        for row in rows:
            count += 1
            yield row

    {"table": _table, "json": _json, "jsonl": _lines, "csv": _csv}[output_format or FORMATS[0]](counted(), out, columns)
    return count


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, str):
        return logged_out(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else logged_out(str(value))


def _text(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, list | tuple):
        return " ".join(map(_text, value))
    return "" if value is None else str(value)


def _encoded(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Each row as JSON. Most texts of a table repeat, and are looked through once."""
    import json

    known: dict[str, str] = {}
    heads: dict[str, str] = {}
    for row in rows:
        if len(known) > _KNOWN:
            known.clear()
        parts = []
        for name, value in row.items():
            text = known.get(value) if isinstance(value, str) else str(value) if type(value) is int else None
            if text is None:
                text = in_json(json.dumps(_plain(value)))
                if isinstance(value, str):
                    known[value] = text
            if (head := heads.get(name)) is None:
                head = heads[name] = in_json(json.dumps(name)) + ": "
            parts.append(head + text)
        yield "{" + ", ".join(parts) + "}"


def _lines(rows: Iterable[dict[str, Any]], out: TextIO, _: Sequence[str]) -> None:
    lines = _encoded(rows)
    while some := list(islice(lines, _AT_ONCE)):
        out.write("\n".join(some) + "\n")


def _json(rows: Iterable[dict[str, Any]], out: TextIO, _: Sequence[str]) -> None:
    out.write("[")
    for number, row in enumerate(_encoded(rows)):
        out.write(("," if number else "") + "\n " + row)
    out.write("\n]\n")


def _csv(rows: Iterable[dict[str, Any]], out: TextIO, _: Sequence[str]) -> None:
    import csv

    writer = csv.writer(out, lineterminator="\n")
    for number, row in enumerate(rows):
        if not number:
            writer.writerow([cell(name) for name in row])
        writer.writerow([value if isinstance(value, int | float) else cell(_text(value)) for value in row.values()])


def _table(rows: Iterable[dict[str, Any]], out: TextIO, columns: Sequence[str]) -> None:
    """Aligned by the first rows; what is longer later shifts its line."""
    waiting: list[list[str]] = []
    widths: list[int] = []
    for row in rows:
        names = [name for name in columns if name in row] or list(row)
        if not waiting and not widths:
            waiting.append([visible(name) for name in names])
        line = [clipped(visible(_text(row[name])), _WIDEST) for name in names]
        if widths:
            _line(line, widths, out)
        else:
            waiting.append(line)
            if len(waiting) > _MEASURED:
                widths, waiting = _flushed(waiting, out), []
    if waiting:
        _flushed(waiting, out)


def _flushed(lines: list[list[str]], out: TextIO) -> list[int]:
    """The widths of the columns of some lines, which are written."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        _line(line, widths, out)
    return widths


def _line(line: list[str], widths: list[int], out: TextIO) -> None:
    out.write("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() + "\n")
