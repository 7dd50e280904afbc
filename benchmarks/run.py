"""Measures the installed pinlint and prints a table: `python benchmarks/run.py [NAME …]`, by the interpreter it is installed for.

Every number is a ratio to something that runs in turn with it, so that a slow or busy machine changes little; each run must
report the files, references and findings that were put there. CORPUS names directories of real repositories (separated by blanks)
whose Dockerfiles take the place of generated ones; their workflows, and all of them, are read only if they are given. Exits 1 if a
limit is not kept or a run saw the wrong things.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time

from board import Benchmark, Board, Row
from bulk import build_files, foreign, lock
from commands import commands
from deploying import manifest, repositories, workflows, yaml_tree
from editing import editing
from fixing import fixing
from fleet import fleet
from large_locks import large_locks
from measure import Wrong
from scaling import cores, growth
from starting import start
from verifying import verifying

BENCHMARKS: dict[str, Benchmark] = {
    "start": start, "dockerfiles": build_files, "lock": lock, "locks": large_locks, "foreign": foreign, "growth": growth,
    "cores": cores, "fixing": fixing, "workflows": workflows, "repositories": repositories, "yaml": yaml_tree,
    "manifest": manifest, "commands": commands, "verifying": verifying, "editing": editing, "fleet": fleet,
}  # fmt: skip


def main(names: list[str]) -> int:
    """The exit code."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark is called {unknown[0]}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    began, failed = time.monotonic(), 0
    print(f"{_machine()}\nTimes are compared by clock or by processor time, whichever differs less between rounds.\n")
    for name in names or BENCHMARKS:
        with tempfile.TemporaryDirectory(prefix="pinlint-bench-") as folder:
            corpus = [os.path.abspath(path) for path in os.environ.get("CORPUS", "").split()]
            try:
                for row in BENCHMARKS[name](Board(os.path.dirname(sys.executable), os.path.realpath(folder), corpus)):
                    print(_line(row), flush=True)
                    failed += not row.ok
            except Wrong as error:
                print(f"{name:<45} WRONG  {error}", flush=True)
                failed += 1
    verdict = f"{failed} over their limit or wrong" if failed else "every limit kept"
    print(f"\n{_machine()}; {time.monotonic() - began:.0f} s; {verdict}")
    return 1 if failed else 0


def _line(row: Row) -> str:
    if row.limit is None:
        limit, word = "", "-"
    else:
        limit, word = f"{'≥' if row.at_least else '≤'} {row.limit:g}", "ok" if row.ok else "OVER"
    value = f"{row.value:.2f} {row.unit}" if row.unit else f"{row.value:g}"
    return f"{row.name:<45} {value:>11} {limit:>7}  {word:<5} {row.how:<38} {row.seen}"


def _machine() -> str:
    load = ", ".join(f"{number:.1f}" for number in os.getloadavg())
    return f"Python {sys.version.split()[0]}, {len(os.sched_getaffinity(0))} cores, load {load}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
