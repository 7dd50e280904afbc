"""What a report says of a fleet: how firmly what is pinned, by ecosystem, age and repository, and what changed between two scans.

Knows questions to the tables; must not know how a page looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from pinlint.errors import PinlintError
from pinlint.fleet.database import asked

if TYPE_CHECKING:
    from pinlint.fleet.database import Connection
    from pinlint.fleet.dataset import DataSet

__all__ = ["Change", "Overview", "Repository", "overview"]

#: Repositories, failures and changes that a page lists: it is to be read, and `fleet query` has the rest.
_REPOSITORIES, _FAILURES, _CHANGES = 1000, 100, 25
#: By how long ago the last commit was made, in days.
_AGES = ((31, "the last month"), (366, "the last year"), (1096, "the last three years"), (10**6, "longer ago"))
_UNTOLD = "not told"

#: (what, verdict, references)
Counts = list[tuple[str, str, int]]


class Repository(NamedTuple):
    """A repository: its findings by severity, how many `--fix` promises to mend, what it asks for by verdict, its last commit."""

    name: str
    errors: int
    warnings: int
    fixable: int
    pins: Counts
    committed: str


class Change(NamedTuple):
    """What two scans found of something; `what` is a kind of artifact or a repository."""

    what: str
    references: tuple[int, int]
    firm: tuple[int, int]
    findings: tuple[int, int]

    @property
    def is_one(self) -> bool:
        """Whether anything is not as it was."""
        return any(before != after for before, after in (self.references, self.firm, self.findings))

    @property
    def share(self) -> tuple[float, float]:
        """How much of it was pinned by a digest, in per cent."""
        before, after = (100 * firm / all_ if all_ else 0.0 for firm, all_ in zip(self.firm, self.references, strict=True))
        return before, after


class Overview(NamedTuple):
    """Everything that is told. `since` and `scan` are the scans that are compared, `since` {} where there is but one."""

    scan: Mapping[str, Any]
    since: Mapping[str, Any]
    repositories: int
    references: int
    severities: dict[str, int]
    kinds: Counts
    ages: Counts
    aged: dict[str, int]
    listed: list[Repository]
    changes: list[Change]
    moved: list[Change]
    came: int
    went: int
    failures: list[tuple[str, str, str]]
    failed: int


def overview(connection: Connection, data: DataSet, since: int = 0) -> Overview:
    """What there is to tell of the tables, and what has changed since a scan (0 = the last one that saw something else). Raises
    PinlintError for a scan that there was not."""
    scan, before = _scans(data, since)

    def ask(question: str, *values: Any) -> list[dict[str, Any]]:
        return list(asked(connection, question, values))

    ages = ask(
        f"SELECT {_age()} AS age, pin, count(*) AS n FROM refs JOIN repositories USING (repository) GROUP BY ALL", scan["ended"]
    )
    aged = ask(f"SELECT {_age()} AS age, count(*) AS n FROM repositories GROUP BY ALL", scan["ended"])
    order = [words for _, words in _AGES] + [_UNTOLD]
    failures = ask("SELECT repository, stage, reason FROM failures ORDER BY ALL")
    kinds = _changes(ask, "kind", before, scan)
    repositories = _changes(ask, "repository", before, scan)
    return Overview(
        scan=scan, since=before, repositories=data.manifest.rows.get("repositories", 0),
        references=data.manifest.rows.get("references", 0),
        severities={
            row["severity"]: row["n"]
            for row in ask("SELECT severity, count(*) AS n FROM findings WHERE suppressed = '' GROUP BY ALL")
        },
        kinds=_counts(ask("SELECT kind, pin, count(*) AS n FROM refs GROUP BY ALL"), "kind"),
        ages=sorted(_counts(ages, "age"), key=lambda one: order.index(one[0])),
        aged={row["age"]: row["n"] for row in sorted(aged, key=lambda row: order.index(row["age"]))},
        listed=_listed(ask), changes=sorted(kinds, key=lambda one: -one.references[1]),
        moved=sorted((one for one in repositories if one.is_one and all(one.references)), key=_moved)[:_CHANGES],
        came=sum(not one.references[0] and not one.findings[0] for one in repositories),
        went=sum(not one.references[1] and not one.findings[1] for one in repositories),
        failures=[(row["repository"], row["stage"], row["reason"]) for row in failures[:_FAILURES]], failed=len(failures),
    )  # fmt: skip


def _scans(data: DataSet, since: int) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """(the scan that the tables are of, the one that it is compared with)."""
    scans = data.manifest.scans
    last = scans[-1]
    if since:
        found = next((scan for scan in scans if scan["number"] == since), None)
        if found is None:
            raise PinlintError(f"there was no scan {since}", f"scans have the numbers 1 to {last['number']}")
        return last, found
    return last, next((scan for scan in reversed(scans) if scan["history"] != last["history"]), {})


def _age() -> str:
    days = "date_diff('day', committed, CAST($1 AS TIMESTAMP))"
    cases = " ".join(f"WHEN {days} <= {most} THEN '{words}'" for most, words in _AGES)
    return f"CASE {cases} ELSE '{_UNTOLD}' END"


def _counts(rows: Iterable[Mapping[str, Any]], name: str) -> Counts:
    return [(row[name], row["pin"], row["n"]) for row in rows]


def _listed(ask: Any) -> list[Repository]:
    """The repositories in which most is to be done, the worst first."""
    rows = ask(
        "SELECT r.repository, r.committed, count(*) FILTER (severity = 'error') AS errors, "
        "count(*) FILTER (severity = 'warning') AS warnings, count(*) FILTER (fixable) AS fixable FROM repositories AS r "
        "LEFT JOIN (SELECT * FROM findings WHERE suppressed = '') USING (repository) GROUP BY ALL "
        f"ORDER BY errors DESC, warnings DESC, r.repository LIMIT {_REPOSITORIES}"
    )
    pins: dict[str, Counts] = {}
    for row in ask("SELECT repository, pin, count(*) AS n FROM refs WHERE pin != 'local' GROUP BY ALL ORDER BY ALL"):
        pins.setdefault(row["repository"], []).append((row["repository"], row["pin"], row["n"]))
    return [
        Repository(
            row["repository"], row["errors"], row["warnings"], row["fixable"], pins.get(row["repository"], []),
            row["committed"].strftime("%Y-%m-%d") if row["committed"] else "",
        )
        for row in rows
    ]  # fmt: skip


def _changes(ask: Any, by: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What two scans found, by a column of their history; nothing where there is but one."""
    if not before:
        return []
    sums = ", ".join(
        f'coalesce(sum("count") FILTER (scan = ${number} AND {condition}), 0)::BIGINT AS {name}{number}'
        for number in (1, 2)
        for name, condition in (("all", "pin NOT IN ('', 'local')"), ("firm", "pin = 'digest'"), ("found", "rule != ''"))
    )
    rows = ask(
        f"SELECT {by} AS what, {sums} FROM history WHERE scan IN ($1, $2) AND {by} != '' GROUP BY ALL ORDER BY ALL",
        before["history"], after["history"],
    )  # fmt: skip
    return [Change(row["what"], *((row[f"{name}1"], row[f"{name}2"]) for name in ("all", "firm", "found"))) for row in rows]


def _moved(one: Change) -> tuple[int, str]:
    """What comes first among changes: more findings than before, then fewer."""
    return -abs(one.findings[1] - one.findings[0]), one.what
