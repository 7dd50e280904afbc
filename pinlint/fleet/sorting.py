"""Files of sorted rows put together into one, in memory that does not grow with them.

Of each file as much is read as is needed to know what comes next in all of them; that is sorted, written, and forgotten. More files
than can be read at once are put together by so many first. Must not know what rows mean.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from typing import TYPE_CHECKING, Any, NamedTuple

from pinlint.fleet.parquet import Stretched, Written, batches, extended, joined, names
from pinlint.fleet.tables import FIRST

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pinlint.fleet.parquet import Arrow

__all__ = ["Source", "written"]

#: Rows in memory from which on some are written, and files that are read at once.
_PART, _FILES = 50_000, 32


class Source(NamedTuple):
    """A file of sorted rows, without those of some repositories."""

    path: str
    without: Collection[str] = ()


def written(table: str, sources: Sequence[Source], path: str, spill: str) -> int:
    """How many rows a new file of Parquet has, which holds those of all sources in the order of the table. Files lie in the folder
    `spill` meanwhile. Raises OSError where that cannot be written."""
    left, schema = list(sources), joined(table, ()).schema
    os.makedirs(spill, exist_ok=True)
    for number in range(len(sources)):
        if len(left) <= _FILES:
            break
        some, left = left[:_FILES], left[_FILES:]
        run = Source(os.path.join(spill, f"{table}-{number}.arrows"))
        _merged(table, some, Stretched(run.path, schema))
        _forgotten(some, sources)
        left.append(run)
    count = _merged(table, left, Written(path, schema))
    _forgotten(left, sources)
    return count


def _forgotten(some: Sequence[Source], sources: Sequence[Source]) -> None:
    """Removes the files among these that were made on the way."""
    for one in some:
        if one not in sources:
            os.unlink(one.path)


def _merged(table: str, sources: Sequence[Source], file: Written | Stretched) -> int:
    """How many rows were written in order."""
    with file:
        runs = [_Run(table, source) for source in sources]
        while runs := [run for run in runs if run.filled()]:
            unread = [run for run in runs if run.more]
            while unread and sum(run.rows.num_rows for run in runs) < _PART:
                min(unread, key=lambda run: run.last).read()
                unread = [run for run in unread if run.more]
            edge = min((run.last for run in unread), default=None)
            file.add(joined(table, [run.taken(edge) for run in runs]))
        return file.end()


class _Run:
    """A file of sorted rows while it is read: `rows` are those that were read and not taken, `last` is the place of the last one in
    the order, `more` whether there are others behind them."""

    def __init__(self, table: str, source: Source) -> None:
        self._order, self._without = FIRST[table], names(source.without)
        self._batches = batches(source.path)
        self._next = next(self._batches, None)
        self.rows = joined(table, ())
        self.last: tuple[Any, ...] = ()

    @property
    def more(self) -> bool:
        return self._next is not None

    def filled(self) -> bool:
        """Whether there are rows, which are read where there are none at hand."""
        while self.more and not self.rows.num_rows:
            self.read()
        return bool(self.rows.num_rows)

    def read(self) -> None:
        """Reads some more rows."""
        self.rows = extended(self.rows, self._next, self._without)
        self._next = next(self._batches, None)
        self.last = self._place(self.rows.num_rows - 1) if self.rows.num_rows else ()

    def taken(self, edge: tuple[Any, ...] | None) -> Arrow:
        """The rows up to a place in the order, all of them where there is none; they are no longer here."""
        count = self.rows.num_rows
        if edge is not None:
            count = bisect_right(range(count), edge, key=self._place)
        some, self.rows = self.rows.slice(0, count), self.rows.slice(count)
        return some

    def _place(self, row: int) -> tuple[Any, ...]:
        return tuple(self.rows[name][row].as_py() for name in self._order)
