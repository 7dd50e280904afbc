"""What thousands of repositories cost, and that nothing is lost whoever is killed.

FLEET names folders of real clones or bare mirrors (separated by blanks). They are multiplied to FLEET_REPOSITORIES (3,000) by hard
links, which take no room; FLEET_KILLS (10) is how often the worker, the scheduler and the client are killed each, over FLEET_KILLED
(40) repositories. Needs the extra `fleet` in the environment that runs this.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from board import Board, Row
from measure import ENVIRONMENT, Check, Usage, Wrong, run

__all__ = ["fleet"]

#: The sum of each table's rows, sorted; in a process of its own, which takes memory.
_SUMS = """\
import hashlib, json, sys
import pyarrow.parquet as pq
for path in sys.argv[1:]:
    rows = sorted(json.dumps(row, default=str) for row in pq.read_table(path).to_pylist())
    print(hashlib.sha256("\\n".join(rows).encode()).hexdigest())
"""
#: References over which it is asked who uses something.
_ROWS = 5_000_000
_NAMES = ("actions/checkout", "docker.io/library/node", "tj-actions/changed-files")
_TABLES = ("references", "findings", "repositories", "failures")


def fleet(board: Board) -> Iterator[Row]:
    """Engines, memory, a scan with nothing new, the question, and kills."""
    sources = os.environ.get("FLEET", "").split()
    if not sources or not all(find_spec(name) for name in ("duckdb", "pyarrow", "distributed")):
        yield Row("fleet", 0, None, "", "skipped: FLEET names no repositories, or the extra lacks", "")
        return
    count, some = int(os.environ.get("FLEET_REPOSITORIES", "3000")), list(_repositories(sources))
    multiplied = os.path.join(board.folder, "all")
    for number in range(count):
        _linked(some[number % len(some)], os.path.join(multiplied, f"{number // len(some)}-{number % len(some)}"))
    yield from _engines(board, multiplied, count)
    yield from _question(board)
    yield from _kills(board, multiplied, int(os.environ.get("FLEET_KILLS", "10")), int(os.environ.get("FLEET_KILLED", "40")))


def _repositories(folders: list[str]) -> Iterator[str]:
    """Every repository below some folders."""
    for folder in folders:
        for path, names, files in os.walk(folder):
            names.sort()
            if ".git" in names or ("HEAD" in files and "objects" in names and "refs" in names):
                yield path
                names.clear()


def _linked(source: str, target: str) -> None:
    """A repository once more, without its bytes; of a clone, git's folder."""
    source = os.path.join(source, ".git") if os.path.isdir(os.path.join(source, ".git")) else source
    for path, names, files in os.walk(source):
        there = os.path.join(target, os.path.relpath(path, source))
        os.makedirs(there, exist_ok=True)
        names[:] = [name for name in names if name not in ("hooks", "logs", "modules")]
        for name in files:
            if os.path.isfile(os.path.join(path, name)) and not os.path.islink(os.path.join(path, name)):
                os.link(os.path.join(path, name), os.path.join(there, name))


def _engines(board: Board, folder: str, count: int) -> Iterator[Row]:
    def scan(into: str, *words: str) -> Usage:
        return run(board.pinlint(["fleet", "scan", folder, "--into", into, "--quiet", *words], board.folder, check=_all(count)))

    one, two = scan("one", "--jobs", "1"), scan("two", "--jobs", "2")
    yield Row("two processes / one", two.wall / one.wall, 0.6, "×", f"{two.wall:.0f} s, {one.wall:.0f} s by the clock", two.seen)
    again = scan("two", "--jobs", "2")
    yield Row("a scan with nothing new / the first", again.wall / two.wall, 0.02, "×", f"{again.wall:.2f} s", again.seen)
    yield Row("memory of the largest process", two.peak / 2**20, 400, "MiB", f"processor {two.cpu / count:.2f} s each", two.seen)
    with _cluster(board) as (address, _):
        dask = scan("dask", "--engine", "dask", "--scheduler", address)
    yield Row("dask with two workers / local", dask.wall / two.wall, 1.15, "×", f"{dask.wall:.0f} s", dask.seen)
    sizes = {name: os.path.getsize(_table(os.path.join(board.folder, "two"), name)) for name in _TABLES}
    yield Row("storage", sum(sizes.values()) / count / 1024, None, "KiB", "a repository", f"{sum(sizes.values()):,} bytes")
    if not _whole(board, "one") == _whole(board, "two") == _whole(board, "dask"):
        raise Wrong("one process, two and a cluster do not make the same tables")


def _all(count: int) -> Check:
    def check(output: str) -> str:
        if not output.startswith(f"{count:,} repositories"):
            raise Wrong(f"it should have seen {count:,} repositories, and says {output!r}")
        return output.partition(": ")[2].strip()

    return check


def _question(board: Board) -> Iterator[Row]:
    """Who uses something, over rows that are multiplied."""
    import duckdb

    source, many = os.path.join(board.folder, "two"), os.path.join(board.folder, "many")
    os.makedirs(os.path.join(many, "1"))
    with open(os.path.join(source, "pinlint-fleet.json"), encoding="utf-8") as file:
        said = json.load(file)
    for name in (*_TABLES[1:], "history"):
        os.link(_table(source, name), os.path.join(many, "1", f"{name}.parquet"))
    times = -(-_ROWS // max(1, said["rows"]["references"]))
    path = _table(source, "references")
    with duckdb.connect(config={"memory_limit": "1GB", "temp_directory": os.path.join(board.folder, "sorting")}) as connection:
        connection.execute(
            f"COPY (SELECT * REPLACE (repository || '/' || n AS repository) FROM read_parquet('{path}'), range({times}) AS t(n) "
            f"ORDER BY subject, kind, repository, path, line) TO '{many}/1/references.parquet' "
            "(FORMAT parquet, ROW_GROUP_SIZE 50000)"
        )
    said["folder"], said["rows"]["references"] = "1", said["rows"]["references"] * times
    with open(os.path.join(many, "pinlint-fleet.json"), "w", encoding="utf-8") as file:
        json.dump(said, file)
    for name in _NAMES:
        words = ["fleet", "who", name, "--from", many, "--output-format", "jsonl"]
        usages = [run(board.pinlint(words, board.folder, check=lambda out: f"{out.count(chr(10)):,} lines")) for _ in range(5)]
        best = min(usages, key=lambda one: one.wall)
        yield Row(f"who {name}", best.wall, 1.0, "s", f"of {said['rows']['references']:,} rows; cpu {best.cpu:.2f}", best.seen)


@contextmanager
def _cluster(board: Board) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """(the address of a scheduler, its process and those of two workers)."""
    file = os.path.join(board.folder, f"scheduler-{time.monotonic_ns()}.json")

    def started(*words: str) -> subprocess.Popen[bytes]:
        command = [board.python, "-m", f"distributed.cli.dask_{words[0]}", *words[1:], "--no-dashboard"]
        environment = {**ENVIRONMENT, "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "false"}
        return subprocess.Popen(command, env=environment, cwd=board.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    processes = [started("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", file)]
    try:
        while not os.path.exists(file) or not os.path.getsize(file):
            time.sleep(0.1)
        with open(file, encoding="utf-8") as said:
            address = str(json.load(said)["address"])
        processes += [started("worker", address, "--nthreads", "1", "--no-nanny") for _ in range(2)]
        _ready(address, 2)
        yield address, processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _ready(address: str, count: int) -> None:
    """Waits until so many workers are there: to start them is the work of another day."""
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(count, timeout=120)


def _kills(board: Board, folder: str, times: int, count: int) -> Iterator[Row]:
    """How many of the runs that were disturbed did not end, after another one, in the tables of an undisturbed one."""
    few = os.path.join(board.folder, "few")
    with open(few, "w", encoding="utf-8") as file:
        file.writelines(f"{folder}/{name}\n" for name in sorted(os.listdir(folder))[:count])
    began = time.monotonic()
    run(board.pinlint(["fleet", "scan", few, "--into", "undisturbed", "--quiet"], board.folder, check=_all(count)))
    took, wanted, moments = time.monotonic() - began, _whole(board, "undisturbed"), random.Random(7)
    for who in ("client", "worker", "scheduler", "worker of dask"):
        wrong = 0
        for number in range(times):
            into = f"{who.replace(' ', '-')}-{number}"
            _disturbed(board, few, into, who, moments.uniform(0.1, 0.9) * took)
            run(board.pinlint(["fleet", "scan", few, "--into", into, "--quiet"], board.folder, check=_all(count)))
            wrong += _whole(board, into) != wanted
        yield Row(f"lost when the {who} is killed", wrong, 0, "", f"of {times} at random moments", f"{count} repositories")


def _disturbed(board: Board, few: str, into: str, who: str, moment: float) -> None:
    """A scan in which somebody is killed after so many seconds."""
    command = [os.path.join(board.bin, "pinlint"), "fleet", "scan", few, "--into", into, "--quiet"]

    def started(*words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*command, *words], cwd=board.folder, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    if who in ("client", "worker"):
        with started() as scan:
            time.sleep(moment)
            if scan.poll() is None:
                os.kill(scan.pid if who == "client" else _child(scan.pid), signal.SIGKILL)
        return
    with _cluster(board) as (address, processes), started("--engine", "dask", "--scheduler", address) as scan:
        time.sleep(moment)
        processes[0 if who == "scheduler" else 1].kill()
        try:
            scan.wait(600)
        finally:
            scan.kill()


def _child(process: int) -> int:
    """The first process that a process started; itself where it has none any more, and where the system does not tell."""
    try:
        with open(f"/proc/{process}/task/{process}/children", encoding="ascii") as file:
            children = file.read().split()
    except OSError:
        children = []
    return int(children[0]) if children else process


def _table(folder: str, name: str) -> str:
    with open(os.path.join(folder, "pinlint-fleet.json"), encoding="utf-8") as file:
        return os.path.join(folder, json.load(file)["folder"], f"{name}.parquet")


def _whole(board: Board, into: str) -> list[str]:
    """A sum of each table's rows, sorted."""
    paths = [_table(os.path.join(board.folder, into), name) for name in _TABLES]
    done = subprocess.run([sys.executable, "-c", _SUMS, *paths], capture_output=True, text=True, check=True)
    return done.stdout.split()
