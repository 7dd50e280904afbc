"""Rows as Arrow and Parquet have them. Knows the columns; must not know which rows there are, or where they lie."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any, Self

from pinlint.fleet.tables import FIRST, TABLES, cleaned

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa

__all__ = [
    "Arrow",
    "Stretched",
    "Written",
    "batches",
    "extended",
    "joined",
    "listed",
    "names",
    "of",
    "packed",
    "read",
    "stretched",
    "unpacked",
    "write",
]

#: Rows that are read at a time of a file that is put together with others, and those of a group in a table: a reader skips the
#: groups in whose range nothing fits.
_FEW, _GROUP = 1_000, 50_000

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


def names(repositories: Collection[str]) -> Arrow:
    """Names of repositories, as `extended` and `of` compare them."""
    import pyarrow as pa

    return pa.array(repositories, pa.string())


def extended(rows: Arrow, batch: Arrow, without: Arrow) -> Arrow:
    """The rows and those of a batch behind them, without what is of some repositories there."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if len(without):
        batch = batch.filter(pc.invert(pc.is_in(batch["repository"], value_set=without)))
    return pa.concat_tables([rows, pa.Table.from_batches([batch]).cast(rows.schema)])


def of(rows: Arrow, repositories: Arrow) -> Arrow:
    """The rows of some repositories."""
    import pyarrow.compute as pc

    return rows.filter(pc.is_in(rows["repository"], value_set=repositories))


def listed(table: str, rows: Iterable[Mapping[str, Any]]) -> Arrow:
    """Rows that are told one by one."""
    import pyarrow as pa

    return pa.Table.from_pylist([dict(row) for row in rows], _schema(table))


def write(rows: Arrow, path: str) -> int:
    """How many rows a new file of Parquet holds. Raises OSError."""
    import pyarrow.parquet as pq

    pq.write_table(rows, path, compression="zstd")
    return int(rows.num_rows)


def stretched(rows: Arrow, path: str) -> None:
    """Writes rows to a file that is only ever read from its beginning to its end, once. Raises OSError."""
    with Stretched(path, rows.schema) as file:
        file.add(rows)


def batches(path: str) -> Iterator[Arrow]:
    """The rows of a file, some at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if path.endswith(".parquet"):
        with pq.ParquetFile(path) as table:
            yield from table.iter_batches(_FEW, use_threads=False)
        return
    with pa.OSFile(path) as source, pa.ipc.open_stream(source) as stretch:
        yield from stretch


class Stretched:
    """A file of rows that is written part by part, and of which as little as is wanted can be read at a time: it has no table of
    contents, which would be as long as the file is."""

    def __init__(self, path: str, schema: pa.Schema) -> None:
        import pyarrow as pa

        self._rows = 0
        self._sink = pa.OSFile(path, "wb")
        self._file = pa.ipc.new_stream(self._sink, schema, options=pa.ipc.IpcWriteOptions(compression="lz4"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with suppress(OSError) if kind else nullcontext():  # what went wrong first is what is said
            self._file.close()
            self._sink.close()

    def add(self, rows: Arrow) -> None:
        """Takes rows that come behind all that came before. Raises OSError."""
        self._file.write_table(rows, max_chunksize=_FEW)
        self._rows += rows.num_rows

    def end(self) -> int:
        """How many rows there are."""
        return self._rows


class Written:
    """A file of Parquet that is written part by part."""

    def __init__(self, path: str, schema: pa.Schema) -> None:
        import pyarrow.parquet as pq

        self._rows = 0
        self._waiting = schema.empty_table()
        self._file = pq.ParquetWriter(path, self._waiting.schema, compression="zstd")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with suppress(OSError) if kind else nullcontext():  # what went wrong first is what is said
            self._file.close()

    def add(self, rows: Arrow) -> None:
        """Takes rows that come behind all that came before. Raises OSError."""
        import pyarrow as pa

        self._waiting = pa.concat_tables([self._waiting, rows])
        while self._waiting.num_rows >= _GROUP:
            self._write(_GROUP)

    def end(self) -> int:
        """How many rows there are, all of which are written. Raises OSError."""
        if self._waiting.num_rows:
            self._write(self._waiting.num_rows)
        return self._rows

    def _write(self, count: int) -> None:
        self._file.write_table(self._waiting.slice(0, count), row_group_size=_GROUP)
        self._waiting = self._waiting.slice(count)
        self._rows += count


def read(path: str, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Some columns of a file, row by row."""
    for some in batches(path):
        yield from some.select(list(columns)).to_pylist()
