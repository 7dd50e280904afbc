"""What the tables of a fleet hold: their columns, and how a value becomes one that any reader of Parquet can take.

The one description of the schema: what writes, what asks and the page in docs/ go by it. Must not know how tables are kept.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pinlint.report.escapes import in_unicode, logged_out

__all__ = ["FIRST", "SCHEMA", "TABLES", "Column", "cleaned"]

#: Grows when a column changes its meaning or goes; a column that comes is no other version.
SCHEMA = 1


class Column(NamedTuple):
    """A column: its name, its type as DuckDB says it, and what stands in it."""

    name: str
    type: str
    about: str


_WHERE = (
    Column("repository", "VARCHAR", "where it is: its address without a login, or its path on this machine"),
    Column("commit", "VARCHAR", "the commit that was read"),
)
_PLACE = (
    Column("path", "VARCHAR", "the file, from the root of the repository"),
    Column("line", "INTEGER", "from 1 on; where the version is written, or the name where there is none"),
    Column("column", "INTEGER", "from 1 on, in characters"),
    Column("end_line", "INTEGER", ""),
    Column("end_column", "INTEGER", "exclusive"),
)
_ARTIFACT = (
    Column("kind", "VARCHAR", "`image`, `action`, `npm`, `pypi` … as in `pinlint inventory`"),
    Column("name", "VARCHAR", "normalised: `docker.io/library/node`, `owner/repo/path`, `group:artifact`"),
    Column("version", "VARCHAR", "as it is written"),
)

#: By name; the order of the columns is that of sorting where nothing else is said.
TABLES: dict[str, tuple[Column, ...]] = {
    "references": (
        *_WHERE, *_PLACE, *_ARTIFACT,
        Column("digests", "VARCHAR[]", "as they are written"),
        Column("pin", "VARCHAR", "the verdict: `floating`, `tag`, `range`, `version`, `weak-digest`, `digest`, `local`, `unknown`"),
        Column("settled_by", "VARCHAR", "the lock that settles a range"),
        Column("role", "VARCHAR", "what it is there for: `base image`, `locked package` …"),
        Column("purl", "VARCHAR", "package URL"),
        Column("why", "VARCHAR", "why it is local or unknown"),
        Column("subject", "VARCHAR", "the name in the spelling in which names are compared; the table is sorted by it"),
    ),
    "findings": (
        *_WHERE, Column("rule", "VARCHAR", "its code"), Column("severity", "VARCHAR", "`error`, `warning` or `note`"), *_PLACE,
        *_ARTIFACT,
        Column("pin", "VARCHAR", "the verdict"),
        Column("role", "VARCHAR", ""),
        Column("message", "VARCHAR", ""),
        Column("fixable", "BOOLEAN", "whether `--fix` promises a pin"),
        Column("suppressed", "VARCHAR", "`inSource` or `external` where a comment or `[[ignores]]` covers it"),
    ),
    "repositories": (
        *_WHERE,
        Column("revision", "VARCHAR", "what was asked for: a branch, a tag; `HEAD` where nothing was"),
        Column("named", "VARCHAR", "the object that this names; while it stays, nothing is read again"),
        Column("committed", "TIMESTAMP", "when the commit was made, UTC"),
        Column("configuration", "VARCHAR", "the configuration of its own that was heeded"),
        Column("files", "INTEGER", "files that were judged"),
        Column("unread", "INTEGER", "files that could not be read; such a repository is read again by the next scan"),
        Column("references", "INTEGER", ""),
        Column("findings", "INTEGER", "without suppressed ones"),
        Column("key", "VARCHAR", "by which pinlint and under which policy it was read"),
    ),
    "failures": (
        *_WHERE,
        Column("stage", "VARCHAR", "`source`, `commit`, `configuration`, `fetch`, `files`, `read`, `time` or `worker`"),
        Column("reason", "VARCHAR", "what happened, and what to do"),
    ),
    "history": (
        Column("scan", "INTEGER", "number of the scan, as in the table `scans`"), *_WHERE,
        Column("kind", "VARCHAR", ""),
        Column("pin", "VARCHAR", "of references; empty for findings"),
        Column("rule", "VARCHAR", "of findings; empty for references"),
        Column("count", "INTEGER", ""),
    ),
}  # fmt: skip

#: What comes first in the order of each table that may be large: that by which it is asked. No value of these lacks.
FIRST = {
    "references": ("subject", "kind", "repository", "path", "line", "column"),
    "findings": ("repository", "path", "line", "column", "rule"),
    "repositories": ("repository", "commit"),
    "history": ("scan", "repository", "commit", "kind", "pin", "rule"),
}


def cleaned(value: Any) -> Any:
    r"""A value as a table holds it: text without passwords, and each byte of what is no Unicode as \xNN."""
    if isinstance(value, str):
        return in_unicode(logged_out(value))
    return [cleaned(one) for one in value] if isinstance(value, list | tuple) else value
