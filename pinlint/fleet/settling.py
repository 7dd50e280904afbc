"""New rows in the place of old ones: the tables as one scan leaves them, sorted, from the tables as the last one left them.

Knows which rows belong to which table; must not know where they come from.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pinlint.fleet import parquet
from pinlint.fleet.database import connected, copied, quoted
from pinlint.fleet.dataset import noted
from pinlint.fleet.sorting import Order, written
from pinlint.fleet.tables import FIRST, TABLES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from pinlint.fleet.database import Connection
    from pinlint.fleet.dataset import Known, Writer
    from pinlint.fleet.records import Failure

__all__ = ["settle"]

_FAILURE = [column.name for column in TABLES["failures"]]


def settle(
    data: Writer, known: Known, fresh: Mapping[str, str], gone: Collection[str], failures: Sequence[Failure],
    tried: Collection[str], scan: Mapping[str, Any],
) -> None:  # fmt: skip
    """Makes tables in which the rows of `fresh` repositories (by the stretch that holds them) take the place of their old ones, and
    those of repositories that are `gone` have gone. The failures of all that were `tried` are these; of the others they stay."""
    said = _failures(known, failures, set(tried) | set(fresh) | set(gone), gone)
    number = len(data.manifest.scans) + 1
    if not fresh and not gone and data.manifest.folder and said == list(known.failures):
        data.seen({"number": number, **scan, "history": data.manifest.scans[-1]["history"]})
        return

    def write(folder: str) -> dict[str, int]:
        failed = parquet.listed("failures", (dict(zip(_FAILURE, row, strict=True)) for row in said))
        rows = {"failures": parquet.write(failed, os.path.join(folder, "failures.parquet"))}
        if not fresh and not gone and data.manifest.folder:
            for table in TABLES.keys() - rows.keys():
                _same(data.path(table), os.path.join(folder, f"{table}.parquet"))
            noted(folder, ((name, *about) for name, about in known.repositories.items()), said)
            return {**data.manifest.rows, **rows}
        with connected(data.folder) as connection:
            _marked(connection, fresh, gone)
            spill = os.path.join(data.folder, ".sorting")
            for table in FIRST:
                path = os.path.join(folder, f"{table}.parquet")
                rows[table] = written(connection, table, _order(table), _sources(data, table, fresh), path, spill)
            counted = _counted(connection, folder, number, spill)
            old = [(data.path("history"), "")] if data.path("history") else []
            path = os.path.join(folder, "history.parquet")
            rows["history"] = written(connection, "history", _order("history"), [*old, (counted, "")], path, spill)
            noted(folder, _known(connection, os.path.join(folder, "repositories.parquet")), said)
        shutil.rmtree(os.path.join(data.folder, ".sorting"), ignore_errors=True)
        return rows

    changed = bool(fresh or gone or not data.manifest.folder)
    data.renewed(write, {"number": number, **scan, "history": number if changed else data.manifest.scans[-1]["history"]})


def _failures(known: Known, failures: Sequence[Failure], tried: Collection[str], gone: Collection[str]) -> list[tuple[str, ...]]:
    """The rows of the table: what was found now, and what was known of those that nobody tried."""
    return sorted(
        [*(row for row in known.failures if row[0] not in tried), *(tuple(one) for one in failures if one.repository not in gone)]
    )


def _known(connection: Connection, path: str) -> Iterator[tuple[str, ...]]:
    """What the next scan has to know of each repository; what lacks files goes without a key, for it is to be read again."""
    connection.execute(
        f"SELECT repository, named, CASE WHEN unread = 0 THEN key ELSE '' END FROM read_parquet({quoted(path)}) ORDER BY ALL"
    )
    while rows := connection.fetchmany(10_000):
        yield from rows


def _same(old: str, new: str) -> None:
    """A file that has not changed, under another name."""
    with suppress(OSError):
        os.link(old, new)
        return
    shutil.copyfile(old, new)


def _marked(connection: Connection, fresh: Mapping[str, str], gone: Collection[str]) -> None:
    """Tables that say which rows count."""
    connection.register("fresh", parquet.pairs(("repository", "stretch"), fresh.items()))
    connection.register("gone", parquet.pairs(("repository",), ((name,) for name in {*fresh, *gone})))


def _order(table: str) -> Order:
    return Order([column.name for column in TABLES[table]], FIRST.get(table, ()))


def _sources(data: Writer, table: str, fresh: Mapping[str, str]) -> list[tuple[str, str]]:
    """The files in which a table's rows are, and which of them count."""
    old = [(data.path(table), "ANTI JOIN gone ON mine.repository = gone.repository")] if data.path(table) else []
    joined = "SEMI JOIN fresh ON mine.repository = fresh.repository AND fresh.stretch ="
    return [*old, *((data.stretch(name, table), f"{joined} {quoted(name)}") for name in sorted(set(fresh.values())))]


def _counted(connection: Connection, folder: str, number: int, spill: str) -> str:
    """The file in which the counts of this scan are."""
    made = {table: quoted(os.path.join(folder, f"{table}.parquet")) for table in ("references", "findings")}
    first = f'SELECT {number}::INTEGER AS scan, repository, "commit", kind'
    counted = 'count(*)::INTEGER AS "count"'
    path = os.path.join(spill, "counted.parquet")
    parts = [
        f"{first}, pin, '' AS rule, {counted} FROM read_parquet({made['references']}) GROUP BY ALL",
        f"{first}, '' AS pin, rule, {counted} FROM read_parquet({made['findings']}) WHERE suppressed = '' GROUP BY ALL",
    ]
    copied(connection, " UNION ALL ".join(parts), path)
    return path
