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
from pinlint.fleet.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pinlint.fleet.database import Connection
    from pinlint.fleet.dataset import Writer
    from pinlint.fleet.records import Failure

__all__ = ["settle"]

#: What comes first in the order of each table that is made of rows of repositories: that by which it is asked.
_FIRST = {
    "references": ("subject", "kind", "repository", "path", "line", "column"),
    "findings": ("repository", "path", "line", "column", "rule"),
    "repositories": ("repository",),
}


def settle(
    data: Writer, fresh: Mapping[str, str], gone: Collection[str], failures: Sequence[Failure], tried: Collection[str],
    scan: Mapping[str, Any],
) -> None:  # fmt: skip
    """Makes tables in which the rows of `fresh` repositories (by the stretch that holds them) take the place of their old ones, and
    those of repositories that are `gone` have gone. The failures of all that were `tried` are these; of the others they stay."""
    said = _failures(data, failures, set(tried) | set(fresh) | set(gone), gone)
    number = len(data.manifest.scans) + 1
    if not fresh and not gone and data.manifest.folder and said == data.read("failures", [one.name for one in TABLES["failures"]]):
        data.seen({"number": number, **scan, "history": data.manifest.scans[-1]["history"]})
        return

    def write(folder: str) -> dict[str, int]:
        rows = {"failures": parquet.write(parquet.listed("failures", said), os.path.join(folder, "failures.parquet"))}
        if not fresh and not gone and data.manifest.folder:
            for table in TABLES.keys() - rows.keys():
                _same(data.path(table), os.path.join(folder, f"{table}.parquet"))
            return {**data.manifest.rows, **rows}
        with connected(data.folder) as connection:
            _marked(connection, fresh, gone)
            for table in _FIRST:
                rows[table] = copied(connection, _merged(data, table, fresh), os.path.join(folder, f"{table}.parquet"))
            rows["history"] = copied(connection, _history(data, folder, number), os.path.join(folder, "history.parquet"))
        shutil.rmtree(os.path.join(data.folder, ".sorting"), ignore_errors=True)
        return rows

    changed = bool(fresh or gone or not data.manifest.folder)
    data.renewed(write, {"number": number, **scan, "history": number if changed else data.manifest.scans[-1]["history"]})


def _failures(data: Writer, failures: Sequence[Failure], tried: Collection[str], gone: Collection[str]) -> list[dict[str, str]]:
    """The rows of the table: what was found now, and what was known of those that nobody tried."""
    columns = [column.name for column in TABLES["failures"]]
    rows = [row for row in data.read("failures", columns) if row["repository"] not in tried]
    rows += [one._asdict() for one in failures if one.repository not in gone]
    return sorted(rows, key=lambda row: [row[name] for name in columns])


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


def _merged(data: Writer, table: str, fresh: Mapping[str, str]) -> str:
    columns = ", ".join(f'"{column.name}"' for column in TABLES[table])
    names = [f'"{name}"' for name in _FIRST[table]]
    order = ", ".join([*names, *(f'"{column.name}"' for column in TABLES[table] if f'"{column.name}"' not in names)])
    parts = []
    if data.path(table):
        parts.append(f"SELECT {columns} FROM read_parquet({quoted(data.path(table))}) ANTI JOIN gone USING (repository)")
    for stretch in sorted(set(fresh.values())):
        mine = f"(SELECT repository FROM fresh WHERE stretch = {quoted(stretch)})"
        there = quoted(data.stretch(stretch, table))
        parts.append(f"SELECT {columns} FROM read_parquet({there}) SEMI JOIN {mine} AS mine USING (repository)")
    if not parts:
        types = ", ".join(f'NULL::{column.type} AS "{column.name}"' for column in TABLES[table])
        parts.append(f"SELECT {types} WHERE false")
    return f"SELECT {columns} FROM ({' UNION ALL '.join(parts)}) ORDER BY {order}"


def _history(data: Writer, folder: str, number: int) -> str:
    """What was known of earlier scans, and the counts of this one."""
    made = {table: quoted(os.path.join(folder, f"{table}.parquet")) for table in ("references", "findings")}
    parts = [f"SELECT * FROM read_parquet({quoted(data.path('history'))})"] if data.path("history") else []
    first = f'SELECT {number}::INTEGER AS scan, repository, "commit", kind'
    counted = 'count(*)::INTEGER AS "count"'
    parts.append(f"{first}, pin, '' AS rule, {counted} FROM read_parquet({made['references']}) GROUP BY ALL")
    parts.append(f"{first}, '' AS pin, rule, {counted} FROM read_parquet({made['findings']}) WHERE suppressed = '' GROUP BY ALL")
    return f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY ALL"
