"""Rows as Arrow and Parquet have them. Knows the columns; must not know which rows there are, or where they lie."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any, Self

from pinlint.fleet.tables import FIRST, TABLES, cleaned

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pyarrow as pa

__all__ = ["RUN", "Arrow", "Written", "joined", "listed", "packed", "pairs", "read", "unpacked", "write"]

#: Rows of a group in a file from which parts are picked by what they are sorted by.
RUN = 10_000

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


def packed(table: str, rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Rows on their way from whoever read them to whoever keeps them, in which no text is left that a table cannot hold."""
    import pyarrow as pa

    schema = _schema(table)
    columns = [_array([row[name] for row in rows], schema.field(name).type) for name in schema.names]
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as out:
        out.write_table(pa.table(columns, schema=schema))
    return bytes(sink.getvalue())


def unpacked(stretch: bytes) -> Arrow:
    """The rows that were packed."""
    import pyarrow as pa

    return pa.ipc.open_stream(stretch).read_all()


def _array(values: list[Any], wanted: pa.DataType) -> pa.Array:
    import pyarrow as pa

    known: dict[str, str] = {}  # most texts repeat
    for number, value in enumerate(values):
        if isinstance(value, str):
            clean = known.get(value)
            values[number] = known.setdefault(value, cleaned(value)) if clean is None else clean
        elif isinstance(value, list | tuple):
            values[number] = cleaned(value)
    return pa.array(values, pa.int64()).cast(wanted) if pa.types.is_timestamp(wanted) else pa.array(values, wanted)


def joined(table: str, some: Sequence[Arrow]) -> Arrow:
    """The rows of some tables, in the order of such a table; none where there are none."""
    import pyarrow as pa

    rows = pa.concat_tables([_schema(table).empty_table(), *some])
    order = [(name, "ascending") for name in FIRST.get(table, ())]
    return rows.sort_by(order) if order else rows


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
    """How many rows a new file of Parquet holds, in small groups. Raises OSError."""
    import pyarrow.parquet as pq

    pq.write_table(rows, path, compression="zstd", row_group_size=RUN)
    return int(rows.num_rows)


class Written:
    """A file of Parquet that is written part by part, in groups of so many rows."""

    def __init__(self, table: str, path: str, group: int) -> None:
        import pyarrow.parquet as pq

        self._group, self._rows = group, 0
        self._waiting = _schema(table).empty_table()
        self._file = pq.ParquetWriter(path, self._waiting.schema, compression="zstd")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with suppress(OSError) if kind else nullcontext():  # what went wrong first is what is said
            self._file.close()

    def add(self, rows: Arrow) -> None:
        """Takes rows that come behind all that came before. Raises OSError."""
        import pyarrow as pa

        self._waiting = pa.concat_tables([self._waiting, rows.cast(self._waiting.schema)])
        while self._waiting.num_rows >= self._group:
            self._write(self._group)

    def end(self) -> int:
        """How many rows there are, all of which are written. Raises OSError."""
        if self._waiting.num_rows:
            self._write(self._waiting.num_rows)
        return self._rows

    def _write(self, count: int) -> None:
        self._file.write_table(self._waiting.slice(0, count), row_group_size=self._group)
        self._waiting = self._waiting.slice(count)
        self._rows += count


def read(path: str, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Some columns of a file that is small."""
    import pyarrow.parquet as pq

    return list(pq.read_table(path, columns=list(columns)).to_pylist())
