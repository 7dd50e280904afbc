"""A scan: what is known already is passed over, the rest is read and put into the tables.

Knows the order of things; must not know how a repository is read, who does it, or what a file of a table looks like.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from pinlint import __version__
from pinlint.commit import named
from pinlint.fleet import parquet
from pinlint.fleet.dataset import locked
from pinlint.fleet.engines import Given
from pinlint.fleet.records import Failure, Result
from pinlint.fleet.settling import settle
from pinlint.fleet.sources import is_remote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pinlint.fleet.dataset import Writer
    from pinlint.fleet.engines import Engine
    from pinlint.fleet.parquet import Arrow
    from pinlint.fleet.records import Reading, Task

__all__ = ["Summary", "scan"]

#: What is read is on disk after so many rows, so many repositories, or so many seconds.
_ROWS, _REPOSITORIES, _SECONDS = 100_000, 500, 10.0
#: The tables whose rows come of repositories.
_KEPT = ("references", "findings", "repositories", "failures")


class Summary(NamedTuple):
    """What a scan did: repositories that were named, read now, known already, and not to be had; and what the tables hold now."""

    repositories: int
    read: int
    known: int
    failed: int
    gone: int
    rows: Mapping[str, int]
    failures: Sequence[Failure]
    seconds: float


def scan(
    folder: str,
    tasks: Sequence[Task],
    failures: Iterable[Failure],
    how: Reading,
    engine: Engine,
    *,
    prune: bool = False,
    heard: Callable[[int, int, str], object] = lambda *_: None,
) -> Summary:
    """What was done to bring the tables in a folder up to date. `failures` are sources that are none; with `prune` what no source
    names any more goes. `heard(done, total, "")` hears how far it is. Raises PinlintError where another scan is at work, or nobody
    can write there; what was read by then is kept."""
    began, clock = time.time(), time.monotonic()
    with locked(folder) as data:
        run = _Scan(data, how)
        left = [run.told(task) for task in tasks if not run.is_known(task)]
        for failure in failures:
            run.failures[failure.repository] = [failure]
        try:
            try:
                for one in _results(engine, how, left, lambda: heard(run.done, len(left), "")):
                    run.took(one)
                    heard(run.done, len(left), "")
            finally:
                run.keep()
            gone = run.pruned({task.repository for task in tasks} | run.failures.keys()) if prune else set()
            said = [failure for some in run.failures.values() for failure in some]
            unread = sum(any(one.stage not in ("configuration", "files") for one in some) for some in run.failures.values())
            entry = {
                "begun": _utc(began), "ended": _utc(time.time()), "repositories": len(tasks), "read": run.read,
                "failures": unread, "pinlint": __version__,
            }  # fmt: skip
            settle(data, run.before, run.fresh(), gone, said, run.tried | run.failures.keys(), entry)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                f" after {run.done:,} of {len(left):,} repositories; what was read is kept, and the same command goes on from there"
            ) from None
        known, seconds = len(tasks) - len(left) + run.same, time.monotonic() - clock
        return Summary(len(tasks), run.read, known, unread, len(gone), data.manifest.rows, said, seconds)


def _results(engine: Engine, how: Reading, left: Sequence[Task], waits: Callable[[], object]) -> Iterator[Result | Given[Task]]:
    """What comes of the repositories that are not known. Where all are, nothing is loaded that reads one."""
    if not left:
        return
    from pinlint.fleet.reading import reader

    yield from engine.run(reader, how, left, waits)


def _utc(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class _Scan:
    """What is known before, and what has come since."""

    def __init__(self, data: Writer, how: Reading) -> None:
        self._data, self._how = data, how
        self.failures: dict[str, list[Failure]] = {}
        self.tried: set[str] = set()
        self._known: dict[str, str] = {}
        self._coming: dict[str, list[Arrow]] = {}
        self._rows = self.done = self.read = self.same = 0
        self._last = time.monotonic()
        self._names: list[str] = []
        self._stretches: dict[str, str] = {}
        self.before = data.known()
        self._known = {name: named for name, (named, key) in self.before.repositories.items() if key == how.key}
        for name in data.stretches():
            self._found(name)

    def _found(self, stretch: str) -> None:
        """Takes what a scan read that did not come to its end."""
        for row in parquet.read(self._data.stretch(stretch, "repositories"), ["repository", "named", "key", "unread"]):
            repository = row["repository"]
            self.failures.pop(repository, None)
            self._stretches[repository] = stretch
            if row["key"] == self._how.key and not row["unread"]:
                self._known[repository] = row["named"]
            else:
                self._known.pop(repository, None)
        for row in parquet.read(self._data.stretch(stretch, "failures"), Failure._fields):
            self.failures.setdefault(row["repository"], []).append(Failure(**row))

    def is_known(self, task: Task) -> bool:
        """Whether a repository was read at the commit that is asked for now."""
        known = self._known.get(task.repository)
        return known is not None and not is_remote(task.place) and known == named(task.place, task.revision or "HEAD")

    def told(self, task: Task) -> Task:
        """The task with what is known of it, for whoever has to ask far away whether that still holds."""
        known = self._known.get(task.repository)
        return task._replace(known=known) if known is not None and is_remote(task.place) else task

    def took(self, one: Result | Given[Task]) -> None:
        """Takes what came of a repository."""
        self.done += 1
        if not (isinstance(one, Result) and one.same):
            self.tried.add(one.repository if isinstance(one, Result) else one.share.repository)
        if isinstance(one, Given):
            self.failures[one.share.repository] = [Failure(one.share.repository, "", "worker", one.why)]
            return
        if one.same:
            self.same += 1
            return
        self.failures.pop(one.repository, None)
        if one.failures:
            self.failures[one.repository] = list(one.failures)
        if "repositories" in one.rows:
            for table, stretches in one.rows.items():
                self._add(table, [parquet.unpacked(stretch) for stretch in stretches])
            self._add("failures", [parquet.listed("failures", (failure._asdict() for failure in one.failures))])
            self._names.append(one.repository)
            self.read += 1
        now = time.monotonic()
        if self._rows >= _ROWS or len(self._names) >= _REPOSITORIES or now >= self._last + _SECONDS:
            self.keep()

    def _add(self, table: str, some: list[Arrow]) -> None:
        self._coming.setdefault(table, []).extend(some)
        self._rows += sum(one.num_rows for one in some)

    def keep(self) -> None:
        """Puts on disk what has come; of a repository in whose midst Ctrl-C came, nothing."""
        self._last = time.monotonic()
        if not self._names:
            return
        read = parquet.names(self._names)
        tables = {table: parquet.of(parquet.joined(table, self._coming.get(table, ())), read) for table in _KEPT}
        names, self._names, self._coming, self._rows = self._names, [], {}, 0
        name = self._data.kept(tables)
        self._stretches.update(dict.fromkeys(names, name))

    def fresh(self) -> dict[str, str]:
        """The repositories whose rows are to take the place of others, and the stretch in which they are."""
        return self._stretches

    def pruned(self, named: set[str]) -> set[str]:
        """The repositories in the tables that no source names."""
        gone = self.before.repositories.keys() | self._stretches.keys()
        self._stretches = {name: stretch for name, stretch in self._stretches.items() if name in named}
        return gone - named
