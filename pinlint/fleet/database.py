"""DuckDB over the tables of a fleet: what may be asked of it, and how new tables are made of old ones.

A connection for questions can read the files of the data set and nothing else: no other file, no network, no extension, and it
writes nowhere. Knows SQL; must not know who asks.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pinlint.errors import PinlintError
from pinlint.fleet.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from pinlint.fleet.dataset import DataSet

__all__ = ["Connection", "asked", "connected", "copied", "quoted", "reading"]

if TYPE_CHECKING:
    Connection = duckdb.DuckDBPyConnection

#: `references` has to be quoted in SQL, so that it goes by a shorter name, too.
_ALSO = {"refs": "references"}
_SETTINGS = {
    "autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "allow_community_extensions": "false",
    "python_enable_replacements": "false", "preserve_insertion_order": "false",
}  # fmt: skip
#: What counting may take before it uses the disk, and what if that is too little even so. A second thread would take as much again.
_MEMORY, _THREADS = ("128MB", "512MB", "4GB"), 1
_SCANS = ("number", "begun", "ended", "repositories", "read", "failures", "pinlint")


def quoted(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def connected(folder: str) -> Iterator[Connection]:
    """A connection of pinlint's own, which may read and write files; what does not fit into memory goes below `folder`."""
    import duckdb

    spill = os.path.join(folder, ".sorting")
    with duckdb.connect(":memory:", config=dict(_SETTINGS)) as connection:
        connection.execute(f"SET temp_directory={quoted(spill)}")
        connection.execute(f"SET threads={_THREADS}")
        yield connection


@contextmanager
def reading(data: DataSet) -> Iterator[Connection]:
    """A connection for questions of a user, with a view for each table."""
    import tempfile

    import duckdb

    with duckdb.connect(":memory:", config=dict(_SETTINGS)) as connection, tempfile.TemporaryDirectory(prefix="pinlint-") as spill:
        paths = {table: os.path.abspath(data.path(table)) for table in TABLES}
        connection.execute(f"SET temp_directory={quoted(spill)}")
        connection.execute(f"SET allowed_paths=[{', '.join(map(quoted, paths.values()))}]")
        for name, value in {"enable_external_access": "false", "lock_configuration": "true"}.items():
            connection.execute(f"SET {name}={value}")
        for table, path in paths.items():
            connection.execute(f'CREATE VIEW "{table}" AS SELECT * FROM read_parquet({quoted(path)})')
        for name, table in _ALSO.items():
            connection.execute(f'CREATE VIEW "{name}" AS SELECT * FROM "{table}"')
        connection.execute(
            "CREATE TABLE scans (number INTEGER, begun TIMESTAMP, ended TIMESTAMP, repositories INTEGER, read INTEGER, "
            "failures INTEGER, pinlint VARCHAR)"
        )
        rows = [[scan.get(name) for name in _SCANS] for scan in data.manifest.scans]
        if rows:
            connection.executemany("INSERT INTO scans VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
        yield connection


def asked(connection: Connection, question: str, values: Sequence[Any] = ()) -> Iterator[dict[str, Any]]:
    """The rows that answer a question, one after the other. Raises PinlintError for what is no one question, and for one that
    DuckDB refuses."""
    import duckdb

    try:
        statements = connection.extract_statements(question)
        if len(statements) != 1 or statements[0].type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
            raise PinlintError("only one SELECT can be asked", 'pinlint fleet query "SELECT kind, count(*) FROM refs GROUP BY ALL"')
        with _interruptible():
            connection.execute(question, list(values))
            names = _unique([column[0] for column in connection.description or ()])
            while rows := connection.fetchmany(10_000):
                yield from (dict(zip(names, row, strict=True)) for row in rows)
    except duckdb.Error as error:
        said = " ".join(str(error).split())
        hint = (
            "references is a word of SQL: write refs" if 'at or near "references"' in said else "docs/fleet.md describes the tables"
        )
        raise PinlintError(f"the question cannot be answered: {said}", hint) from None


def _unique(names: list[str]) -> list[str]:
    """The names of columns, a second one of the same name with a number."""
    made: list[str] = []
    for name in names:
        number = 1
        while (name if number == 1 else f"{name}_{number}") in made:
            number += 1
        made.append(name if number == 1 else f"{name}_{number}")
    return made


def copied(connection: Connection, question: str, path: str) -> None:
    """Writes the rows that answer a question of pinlint's own to a file of Parquet. What takes more memory than it may gets more.
    Raises OSError where even that is too little, or a file cannot be read or written."""
    import duckdb

    for memory in _MEMORY:
        connection.execute(f"SET memory_limit='{memory}'")
        try:
            with _interruptible():
                connection.execute(f"COPY ({question}) TO {quoted(path)} (FORMAT parquet, COMPRESSION zstd)")
                return
        except duckdb.OutOfMemoryException as error:
            why = error
        except duckdb.Error as error:
            raise OSError(0, " ".join(str(error).split())) from None
    raise OSError(0, " ".join(str(why).split()))


@contextmanager
def _interruptible() -> Iterator[None]:
    """What DuckDB makes of Ctrl-C becomes what everybody else makes of it."""
    try:
        yield
    except RuntimeError as error:
        if "interrupted" in str(error):
            raise KeyboardInterrupt from None
        raise
