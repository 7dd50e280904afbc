"""Rows as Arrow and Parquet have them. Knows the columns; must not know which rows there are, or where they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinlint.fleet.packing import unpacked
from pinlint.fleet.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa

__all__ = ["Arrow", "arrow", "joined", "listed", "pairs", "read", "write"]

#: A table in memory; the library describes no types.
Arrow = Any


def _schema(table: str) -> pa.Schema:
    """The columns of a table as Arrow has them."""
    import pyarrow as pa

    types = {
        "VARCHAR": pa.string(), "INTEGER": pa.int32(), "BOOLEAN": pa.bool_(), "TIMESTAMP": pa.timestamp("s"),
        "VARCHAR[]": pa.list_(pa.string()),
    }  # fmt: skip
    return pa.schema([(column.name, types[column.type]) for column in TABLES[table]])


def arrow(table: str, stretch: bytes) -> Arrow:
    """The rows of a table that were packed."""
    import pyarrow as pa

    schema = _schema(table)
    return pa.table([_array(values, schema.field(name).type) for name, values in unpacked(table, stretch)], schema=schema)


def _array(values: list[Any], wanted: pa.DataType) -> pa.Array:
    import pyarrow as pa

    return pa.array(values, pa.int64()).cast(wanted) if pa.types.is_timestamp(wanted) else pa.array(values, wanted)


def joined(table: str, some: Sequence[Arrow]) -> Arrow:
    """The rows of some tables, one behind the other; none where there are none."""
    import pyarrow as pa

    return pa.concat_tables([_schema(table).empty_table(), *some])


def listed(table: str, rows: Iterable[Mapping[str, Any]]) -> Arrow:
    """Rows that are told one by one."""
    import pyarrow as pa

    return pa.Table.from_pylist([dict(row) for row in rows], _schema(table))


def pairs(names: Sequence[str], rows: Iterable[Sequence[str]]) -> Arrow:
    """Rows of texts, for columns of any names."""
    import pyarrow as pa

    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pa.table([pa.array(column, pa.string()) for column in columns], list(names))


def write(rows: Arrow, path: str) -> int:
    """How many rows a new file of Parquet holds. Raises OSError."""
    import pyarrow.parquet as pq

    pq.write_table(rows, path, compression="zstd")
    return int(rows.num_rows)


def read(path: str, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Some columns of a file that is small."""
    import pyarrow.parquet as pq

    return list(pq.read_table(path, columns=list(columns)).to_pylist())
