"""Scans of many repositories stay whole, quick and small: whatever ends them, however often they run, however much they hold."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from test_fleet import ROOT, run, some

from pinlint.fleet import database, parquet, sorting
from pinlint.fleet.sorting import Order
from pinlint.fleet.tables import FIRST, TABLES

pq = pytest.importorskip("pyarrow.parquet")
assert run

#: A command in which something happens at the Nth event of a kind that the interpreter tells (sys.audit), in this process alone
#: ("client"), or in one that it started ("worker", once): the last line says how many there were.
EVENTS = f"""
import os, signal, sys
sys.path.insert(0, {str(ROOT)!r})
who, what, at, folder, *words = sys.argv[1:]
mine, seen, busy, processes = os.getpid(), [0], [False], []
def heard(event, arguments):
    if event in ("subprocess.Popen", "os.fork"):
        processes.append(event)
    elif not event.startswith(("os.", "open", "shutil.")) or not arguments or folder not in str(arguments[0]):
        return
    if busy[0] or (os.getpid() == mine) != (who == "client"):
        return
    seen[0] += 1
    if seen[0] == int(at):
        busy[0] = True
        if who == "worker":
            try:
                os.mkdir(folder + ".once")
            except FileExistsError:
                busy[0] = False
                return
        os.kill(os.getpid(), getattr(signal, what))
        busy[0] = False
sys.addaudithook(heard)
from pinlint.cli import main
code = main(words)
if who == "client":
    heavy = ("duckdb", "pyarrow", "httpx", "pinlint.http", "pinlint.fleet.reading", "multiprocessing")
    print("heard", seen[0], len(processes), *[name for name in heavy if name in sys.modules])
sys.exit(code)
"""


def disturbed(folder: Path, who: str, what: str, at: int, into: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", EVENTS, who, what, str(at), into, "fleet", *words, "--into", into, "--jobs", "1", "--quiet"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


# --- nothing new ----------------------------------------------------------------------------------------------------------------


def test_where_nothing_is_new_nothing_is_loaded_and_no_process_starts(run: Any, tmp_path: Path) -> None:
    some(tmp_path)
    first, again = (disturbed(tmp_path, "client", "SIGKILL", 0, "data", "scan", "src") for _ in range(2))
    assert "3 read, 0 known" in first.stdout, first.stderr
    assert {"duckdb", "pyarrow", "pinlint.fleet.reading"} <= set(first.stdout.splitlines()[-1].split())
    assert "0 read, 3 known" in again.stdout, again.stderr
    assert again.stdout.splitlines()[-1].split()[2:] == ["0"]


# --- sorting --------------------------------------------------------------------------------------------------------------------


def rows(number: int) -> list[dict[str, Any]]:
    """References of a file that is to be sorted: half of them to the same artifact, a third from the same place."""
    blank = dict.fromkeys((column.name for column in TABLES["references"]), "")
    made = []
    for index in range(400):
        place = index * 7 % 400
        made.append({
            **blank, "subject": "node" if place % 2 else f"image-{place % 37}\u00e4", "kind": "image", "digests": [],
            "repository": "one" if place % 3 == 0 else f"r{number}-{place % 11}", "path": f"{place % 5}/Dockerfile",
            "line": place, "column": number, "end_line": place, "end_column": 1,
        })  # fmt: skip
    return made


def test_what_is_sorted_at_once_does_not_grow_with_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorting, "_PART", 100)
    monkeypatch.setattr(sorting, "_GROUP", 64)
    monkeypatch.setattr(sorting, "_FILES", 4)
    taken: list[int] = []

    def selected(connection: Any, question: str, values: Any = ()) -> Any:
        found = database.selected(connection, question, values)
        if "ORDER BY" in question:
            taken.append(found.num_rows)
        return found

    monkeypatch.setattr(sorting, "selected", selected)
    everything = [row for number in range(11) for row in rows(number)]
    sources = []
    for number in range(11):
        sources.append((str(tmp_path / f"{number}.parquet"), "WHERE mine.line != 7"))
        parquet.write(parquet.joined("references", [parquet.listed("references", rows(number))]), sources[-1][0])
    order = Order([column.name for column in TABLES["references"]], FIRST["references"])
    with database.connected(str(tmp_path)) as connection:
        spill = str(tmp_path / "spill")
        count = sorting.written(connection, "references", order, sources, str(tmp_path / "made.parquet"), spill)
    wanted = [row for row in everything if row["line"] != 7]
    names = [*order.first, *(name for name in order.columns if name not in order.first)]
    made = pq.read_table(tmp_path / "made.parquet").to_pylist()
    assert count == len(made) == len(wanted)
    assert [[row[name] for name in names] for row in made] == sorted([row[name] for name in names] for row in wanted)
    assert sum(taken) > 2 * count  # eleven files were put together by fours first
    assert max(taken) <= 250
    assert sorted(path.name for path in (tmp_path / "spill").iterdir()) == []
