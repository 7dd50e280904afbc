"""`pinlint fleet`: one question to a thousand repositories, one look-up for a thousand fixes.

Knows the order of things in each action and what is said of it; must not know how repositories are read, kept, asked or fixed.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from pinlint.errors import PinlintError
from pinlint.report.escapes import visible
from pinlint.report.extras import needing
from pinlint.session import answerable, codes, counted, listed
from pinlint.streams import report

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Sequence
    from typing import TextIO

    from pinlint.fleet.database import Connection
    from pinlint.fleet.engines import Engine
    from pinlint.fleet.records import Failure, Reading, Task
    from pinlint.fleet.scan import Summary
    from pinlint.options import Options

__all__ = ["ABOUT", "USAGE", "arguments", "run"]

USAGE = "fleet scan|who|query|fix|report [options] …"
ABOUT = "Reads many repositories into tables, answers from them who uses what, writes patches and a page for all."

#: Where tables lie if nobody says.
_FOLDER = "pinlint-fleet"
#: Seconds that one repository may take, and that pass between two lines in a log that nobody watches.
_LIMIT, _QUIET = 600, 60.0


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this command."""
    from pinlint.fleet import options

    options.add(parser)


def run(options: Options) -> int:
    """The exit code: 2 where `--strict` was asked for and some repository could not be read, else 0."""
    with needing("fleet", "pinlint fleet"):
        for library in ("duckdb", "pyarrow"):  # whether they are there; a scan that finds nothing new needs neither
            if find_spec(library) is None:
                raise ModuleNotFoundError(library, name=library)
    return _ACTIONS[options.action](options)


def _scan(options: Options) -> int:
    """Brings the tables up to date."""
    from pinlint.fleet import scan
    from pinlint.fleet.sources import sources

    tasks, failures = sources(options.sources, options.archived, _left)
    engine, how = _engine(options), _how(options)
    with _progress(options) as heard:
        doing = partial(heard, "reading repositories")
        done = scan.scan(options.into or _FOLDER, tasks, failures, how, engine, prune=options.prune, heard=doing)
    _told(done, options)
    return 2 if options.strict and done.failed else 0


def _told(done: Summary, options: Options) -> None:
    """Says what a scan did."""
    parts = [f"{done.read:,} read", f"{done.known:,} known at their commit"]
    parts += [f"{done.gone:,} taken out"] if done.gone else []
    parts += [f"{done.failed:,} could not be read"] if done.failed else []
    rows = ", ".join(counted(done.rows.get(table, 0), table[:-1]) for table in ("references", "findings"))
    head = f"{_repositories(done.repositories)} in {_duration(done.seconds)}"
    sys.stdout.write(f"{head}: {', '.join(parts)}; {rows} in {options.into or _FOLDER}\n")
    _lacking(done.failures, '`pinlint fleet query "FROM failures"` lists all')


def _fix(options: Options) -> int:
    """Writes patches."""
    from pinlint.fix import resolutions
    from pinlint.fleet.fix import fix
    from pinlint.fleet.fixing import Fixing

    only = codes(options.fix_only, "--fix-only")
    answerable((), only, asks=True)
    tasks, failures = _meant(options)
    engine, fixing = _engine(options), Fixing(_how(options), only, options.unsafe_fixes, options.min_age)
    with _progress(options) as heard, resolutions.resolver(options.resolutions, options.save_resolutions) as resolve:
        done = fix(options.into, tasks, failures, fixing, engine, resolve, heard)
    patches = "1 patch" if done.patches == 1 else f"{done.patches:,} patches"
    said = f"{counted(done.fixed, 'place')} fixed, {done.unfixed:,} not; {counted(done.asked, 'question')} asked; {patches}"
    sys.stdout.write(f"{_repositories(done.repositories)} in {_duration(done.seconds)}: {said} in {options.into}\n")
    _lacking(done.failures, f"{options.into}/patches.jsonl lists all")
    return 2 if options.strict and done.failures else 0


def _meant(options: Options) -> tuple[list[Task], list[Failure]]:
    """(the repositories that are named, or else all that the tables hold; what is named and none)."""
    from pinlint.fleet.dataset import opened
    from pinlint.fleet.sources import again, sources

    if options.sources:
        return sources(options.sources, options.archived, _left)
    rows = opened(options.from_ or _FOLDER).read("repositories", ["repository", "revision"])
    return [again(row["repository"], row["revision"]) for row in rows], []


def _left(why: str, number: int) -> None:
    """Says how many repositories that a forge lists are left out."""
    hint = "; --archived reads them, too" if why == "archived" else ""
    sys.stderr.write(f"pinlint: note: {number:,} that the forge calls {why} left out{hint}\n")


def _lacking(failures: Sequence[Failure], where: str) -> None:
    """Says which repositories were not to be had."""
    if failures:
        some = listed([f"{one.repository} ({one.stage}: {one.reason})" for one in failures])
        sys.stderr.write(f"pinlint: note: {visible(some)}; {where}\n")


def _repositories(number: int) -> str:
    return "1 repository" if number == 1 else f"{number:,} repositories"


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"


def _how(options: Options) -> Reading:
    """How repositories are read: a configuration that is named holds for all, the user's own for those that have none."""
    from hashlib import sha256

    from pinlint import __version__
    from pinlint.config import Policy, load
    from pinlint.configurations import of_user
    from pinlint.fleet.records import Reading
    from pinlint.fleet.tables import SCHEMA

    one = bool(options.config) or options.isolated
    own = options.config or ("" if options.isolated else of_user(os.sep + "nowhere"))
    policy = load("", own)._replace(baseline="") if own else Policy()
    policy = policy._replace(ignore=(*policy.ignore, "PIN006"), source="", beside=())
    key = sha256(repr((SCHEMA, __version__, one, policy)).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return Reading(policy, one, float(options.timeout or _LIMIT), __version__, key)


def _engine(options: Options) -> Engine:
    """Who reads. Raises PinlintError where that cannot be."""
    if options.engine == "dask":
        if not options.scheduler:
            raise PinlintError("--engine dask needs --scheduler ADDRESS", "`dask scheduler` prints it, as tcp://10.0.0.1:8786")
        from pinlint.fleet.cluster import Dask

        with needing("fleet", "--engine dask"):
            import_module("distributed")
        return Dask(options.scheduler)
    if options.scheduler:
        raise PinlintError("--scheduler does nothing without --engine dask", "add it")
    from pinlint.fleet.engines import Local

    return Local(options.jobs)


@contextmanager
def _progress(options: Options) -> Iterator[Callable[[str, int, int, str], None]]:
    """Who hears what is done and how far it is: a terminal sees a line that moves, a log one a minute."""
    from pinlint.report.progress import Progress

    progress = Progress(sys.stderr, shown=not (options.no_progress or options.quiet))
    doing, began, last = "", 0.0, time.monotonic()

    def heard(does: str, done: int, total: int, subject: str) -> None:
        nonlocal doing, began, last
        now = time.monotonic()
        if does != doing:
            doing, began = does, now
        left = (now - began) * (total - done) / done if done and now > began + 2 else 0.0
        soon = f"about {_duration(max(left, 1))} left" if left else ""
        progress.told(doing, done, total, subject or soon)
        if not sys.stderr.isatty() and not options.quiet and now > last + _QUIET:
            last = now
            sys.stderr.write(f"pinlint: note: {doing}: {done:,} of {total:,}{', ' if soon else ''}{soon}\n")

    try:
        yield heard
    finally:
        progress.clear()


def _who(options: Options) -> int:
    """Lists who asks for an artifact."""
    from pinlint.fleet.asking import SHOWN, who
    from pinlint.report.rows import write

    counts, where = {"is": 0, "may be": 0}, set[str]()

    def rows(connection: Connection) -> Iterator[dict[str, str]]:
        for row in who(connection, options.name, options.at):
            counts[row["match"]] += 1
            if row["match"] == "is" or options.loose:
                where.add(row["repository"])
                yield row

    _answered(options, lambda connection, out: write(rows(connection), options.output_format, out, SHOWN))
    at = f" at {' or '.join(options.at)}" if options.at else ""
    shown = counts["is"] + (counts["may be"] if options.loose else 0)
    said = f"{counted(shown, 'reference')} in {_repositories(len(where))} to {options.name}{at}"
    if counts["may be"] and not options.loose:
        said += f"; {counts['may be']:,} more leave open what they get and may have got it: --loose lists them"
    sys.stderr.write(f"pinlint: note: {visible(said)}\n")
    return 0


def _query(options: Options) -> int:
    """Answers a question in SQL."""
    from pinlint.fleet.database import asked
    from pinlint.report.rows import write

    _answered(options, lambda connection, out: write(asked(connection, options.question), options.output_format, out))
    return 0


def _report(options: Options) -> int:
    """Writes the page of the tables."""
    from pinlint.fleet.database import reading
    from pinlint.fleet.dataset import opened
    from pinlint.fleet.overview import overview
    from pinlint.report.html import fleet

    data = opened(options.from_ or _FOLDER)
    with reading(data) as connection:
        told = overview(connection, data, options.scan)
    with report(options.output_file) as out:
        fleet.write(told, out)
    return 0


def _answered(options: Options, answers: Callable[[Connection, TextIO], object]) -> None:
    """What `answers` writes of the tables."""
    from pinlint.fleet.database import reading
    from pinlint.fleet.dataset import opened

    data = opened(options.from_ or _FOLDER)
    with reading(data) as connection, report(options.output_file) as out:
        answers(connection, out)


_ACTIONS: dict[str, Callable[[Options], int]] = {"scan": _scan, "who": _who, "query": _query, "fix": _fix, "report": _report}
