"""New rows in the place of old ones: the tables as one scan leaves them, sorted, from the tables as the last one left them.

Knows which rows belong to which table; must not know where they come from.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from pinlint.fleet import parquet
from pinlint.fleet.database import connected, copied, quoted
from pinlint.fleet.dataset import noted
from pinlint.fleet.sorting import Source, written
from pinlint.fleet.tables import TABLES

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
        paths, spill = {name: os.path.join(folder, f"{name}.parquet") for name in TABLES}, os.path.join(data.folder, ".sorting")
        with _emptied(spill), connected(data.folder) as connection:
            for table in ("references", "findings", "repositories"):
                rows[table] = written(table, _sources(data, table, fresh, gone), paths[table], spill)
            old = [Source(data.path("history"))] if data.path("history") else []
            counted = Source(os.path.join(spill, "counted.parquet"))
            copied(connection, _counts(paths, number), counted.path)
            rows["history"] = written("history", [*old, counted], paths["history"], spill)
            noted(folder, _known(connection, os.path.join(folder, "repositories.parquet")), said)
        return rows

    changed = bool(fresh or gone or not data.manifest.folder)
    data.renewed(write, {"number": number, **scan, "history": number if changed else data.manifest.scans[-1]["history"]})


@contextmanager
def _emptied(folder: str) -> Iterator[None]:
    """Takes a folder away in the end, above all where the disk is full."""
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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


def _sources(data: Writer, table: str, fresh: Mapping[str, str], gone: Collection[str]) -> list[Source]:
    """The files in which a table's rows are, and whose rows in them no longer count."""
    old = [Source(data.path(table), {*fresh, *gone})] if data.path(table) else []
    found = []
    for name in sorted(set(fresh.values())):
        held = (row["repository"] for row in parquet.read(data.stretch(name, "repositories"), ["repository"]))
        found.append(Source(data.stretch(name, table), {one for one in held if fresh.get(one) != name}))
    return [*old, *found]


def _counts(paths: Mapping[str, str], number: int) -> str:
    """The question how much of what each repository has now, in the order of the history."""
    first = f'SELECT {number}::INTEGER AS scan, repository, "commit", kind'
    counted = 'count(*)::INTEGER AS "count"'
    references, findings = (f"read_parquet({quoted(paths[table])})" for table in ("references", "findings"))
    parts = [
        f"{first}, pin, '' AS rule, {counted} FROM {references} GROUP BY ALL",
        f"{first}, '' AS pin, rule, {counted} FROM {findings} WHERE suppressed = '' GROUP BY ALL",
    ]
    return f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY ALL"
