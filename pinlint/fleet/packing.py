"""Rows on their way from whoever read them to whoever keeps them: columns as compressed JSON, in which no text is left that a table
cannot hold. Must not know what the rows are about."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any

from pinlint.fleet.tables import TABLES, cleaned

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["packed", "unpacked"]


def packed(table: str, rows: Sequence[dict[str, Any]]) -> bytes:
    """Rows as compressed JSON, column by column."""
    columns = [_column([row[column.name] for row in rows]) for column in TABLES[table]]
    return zlib.compress(json.dumps(columns, separators=(",", ":")).encode("ascii"), 1)


def _column(values: list[Any]) -> list[Any]:
    """The values of a column as a table holds them; most repeat."""
    known: dict[str, str] = {}
    for number, value in enumerate(values):
        if isinstance(value, str):
            clean = known.get(value)
            values[number] = known.setdefault(value, cleaned(value)) if clean is None else clean
        elif isinstance(value, list | tuple):
            values[number] = cleaned(value)
    return values


def unpacked(table: str, stretch: bytes) -> Iterator[tuple[str, list[Any]]]:
    """(name, values) of each column of what was packed."""
    columns = json.loads(zlib.decompress(stretch))
    return ((column.name, values) for column, values in zip(TABLES[table], columns, strict=True))
