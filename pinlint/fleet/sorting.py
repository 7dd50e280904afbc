"""A table in its order, in memory that does not grow with its rows.

The table is cut into parts by what it is sorted by. A part is picked out of files each of which is sorted itself, so that most of
them is passed over; it is sorted alone and written behind the one before. Of more files than are picked from at once some are put
together first. Knows SQL and sizes; must not know what rows mean.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from pinlint.fleet.database import quoted, selected
from pinlint.fleet.parquet import RUN, Written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinlint.fleet.database import Connection

__all__ = ["Order", "written"]

#: Rows that are sorted at once, and those of a group in a table: a reader skips the groups in whose range nothing fits.
_PART, _GROUP = 100_000, 50_000
#: Files from which parts are picked at once, and rows that are looked at for each edge between two parts.
_FILES, _LOOKED = 64, 16


class Order(NamedTuple):
    """How a table is sorted: by these columns first, of which the first `edges` say where a part ends; then by all `columns`."""

    columns: Sequence[str]
    first: Sequence[str] = ()
    edges: int = 5

    @property
    def by(self) -> str:
        """As SQL says it."""
        return ", ".join(f'"{name}"' for name in [*self.first, *(name for name in self.columns if name not in self.first)])

    @property
    def edge(self) -> str:
        """The columns by which parts are cut."""
        return ", ".join(f'"{name}"' for name in [*self.first, *self.columns][: self.edges])


def written(connection: Connection, table: str, order: Order, sources: Sequence[tuple[str, str]], path: str, spill: str) -> int:
    """How many rows a new file of Parquet has, which holds those of all sources in order: (a file, what SQL says behind its name of
    the rows that count). Files lie below `spill` meanwhile. Raises OSError where that cannot be written."""
    runs = list(sources)
    os.makedirs(spill, exist_ok=True)
    for number in range(len(sources)):
        if len(runs) <= _FILES:
            break
        run = os.path.join(spill, f"{table}-{number}.parquet")
        _merged(connection, table, order, runs[:_FILES], run, RUN)
        _left(runs[:_FILES], sources)
        runs = [*runs[_FILES:], (run, "")]
    count = _merged(connection, table, order, runs, path, _GROUP)
    _left(runs, sources)
    return count


def _left(runs: Sequence[tuple[str, str]], sources: Sequence[tuple[str, str]]) -> None:
    """Removes the files among these that were made on the way."""
    for run in runs:
        if run not in sources:
            os.unlink(run[0])


def _merged(connection: Connection, table: str, order: Order, sources: Sequence[tuple[str, str]], path: str, group: int) -> int:
    """How many rows were written in order."""
    columns = ", ".join(f'"{name}"' for name in order.columns)
    rows = " UNION ALL ".join(f"SELECT {columns} FROM read_parquet({quoted(file)}) AS mine {which}" for file, which in sources)
    with Written(table, path, group) as file:
        for where, values in _parts(connection, order, rows) if sources else ():
            file.add(selected(connection, f"SELECT {columns} FROM ({rows}) WHERE {where} ORDER BY {order.by}", values))
        return file.end()


def _parts(connection: Connection, order: Order, rows: str) -> Iterator[tuple[str, list[Any]]]:
    """(what holds for the rows of a part, its values), in order. The first column is compared alone as well, for by that alone a
    reader passes over what is not wanted."""
    [count] = selected(connection, f"SELECT count(*) AS n FROM ({rows})")["n"].to_pylist()
    edges: list[tuple[Any, ...]] = []
    if (parts := -(-count // _PART)) > 1:
        looked = f"SELECT {order.edge} FROM ({rows}) USING SAMPLE reservoir({parts * _LOOKED} ROWS) REPEATABLE (1)"
        found = [tuple(row.values()) for row in selected(connection, looked).to_pylist()]
        edges = sorted(set(sorted(found)[_LOOKED::_LOOKED]))
    first, marks = order.edge.partition(",")[0], ", ".join("?" * order.edges)
    for low, high in zip([None, *edges], [*edges, None], strict=True):
        where, values = ["true"], list[Any]()
        if low:
            where.append(f"{first} >= ? AND ({order.edge}) >= ({marks})")
            values += [low[0], *low]
        if high:
            where.append(f"{first} <= ? AND ({order.edge}) < ({marks})")
            values += [high[0], *high]
        yield " AND ".join(where), values
