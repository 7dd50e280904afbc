"""Scans of many repositories stay whole, quick and small: whatever ends them, however often they run, however much they hold."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from test_fleet import ROOT, careless, run, some, whole
from trees import files

from pinlint.fleet import database, parquet, sorting
from pinlint.fleet.sorting import Source
from pinlint.fleet.tables import FIRST, TABLES

pq = pytest.importorskip("pyarrow.parquet")
assert run

#: Runs a command once for each of some numbers, into a folder with that number, and sends a signal at so manieth event that the
#: interpreter tells of (sys.audit): a file of that folder or a process. It comes to the command ("client"), or once to a process
#: that this started ("worker"). Then the same command is run again, and nothing happens. Prints a line of JSON for each.
EVENTS = f"""
import gc, hashlib, json, os, signal, sys
from contextlib import nullcontext
sys.path.insert(0, {str(ROOT)!r})
who, what, moments, into, *words = sys.argv[1:]
from pinlint.cli import main
from pinlint.fix import resolutions
from pinlint.pins import NoPin, Pin
HEAVY = ("duckdb", "pyarrow", "httpx", "pinlint.http", "pinlint.fleet.reading", "multiprocessing")
if what != "SIGNULL":
    import duckdb, multiprocessing, pinlint.fleet.fix, pinlint.fleet.reading, pinlint.fleet.scan, pyarrow.parquet

def answered(question):
    digest = hashlib.sha256(f"{{question.name}}:{{question.version}}".encode()).hexdigest()
    if question.version == "gone":
        return NoPin("there is no such tag")
    return Pin(question.version, (digest[:40] if question.kind == "action" else f"sha256:{{digest}}",), "proof")

resolutions.resolver = lambda *_: nullcontext(answered)

def once(folder, at, name):
    mine, seen, processes, over = os.getpid(), [0], [0], [at < 1]
    def heard(event, arguments):
        if event in ("subprocess.Popen", "os.fork"):
            processes[0] += 1
        elif not event.startswith(("os.", "open", "shutil.")) or not arguments:
            return
        elif not f"{{arguments[0]}}/".startswith(f"{{folder}}/"):
            return
        if (os.getpid() == mine) != (who == "client"):
            return
        seen[0] += 1
        if seen[0] == at and not over[0]:
            over[0] = True
            try:
                if who == "worker":
                    os.mkdir(f"once-{{at}}")
                os.kill(os.getpid(), getattr(signal, what))
            except FileExistsError:
                pass
    sys.addaudithook(heard)
    gc.enable()
    code = main([*words, "--into", folder])
    with open(f"{{folder}}.{{name}}", "w") as file:
        json.dump([seen[0], processes[0], [name for name in HEAVY if name in sys.modules]], file)
    return code

def ended(folder, at, name):
    with open(f"{{folder}}.said", "w") as said:
        child = os.fork()
        if not child:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            code = once(folder, at, name)
            sys.stdout.flush()
            os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with open(f"{{folder}}.said") as said:
        return code, said.read()

for at in map(int, moments.split(",")):
    first = ended(f"{{into}}-{{at}}", at, "first")
    kept = {{}}
    for path, _, names in os.walk(f"{{into}}-{{at}}"):
        for name in names:
            with open(os.path.join(path, name), "rb") as file:
                kept[name] = hashlib.sha256(file.read()).hexdigest()
    print(json.dumps([at, first, kept, ended(f"{{into}}-{{at}}", 0, "again")]), flush=True)
"""


class Ended(NamedTuple):
    """How a command ended that was disturbed, and what it said; the files that it left, by name; how the next one ended."""

    at: int
    first: list[Any]
    left: dict[str, str]
    again: list[Any]


def disturbed(folder: Path, who: str, what: str, moments: list[int], into: str, *words: str) -> list[Ended]:
    command = [
        sys.executable,
        "-c",
        EVENTS,
        who,
        what,
        ",".join(map(str, moments)),
        into,
        "fleet",
        *words,
        "--jobs",
        "1",
        "--quiet",
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [Ended(*json.loads(line)) for line in done.stdout.splitlines()]


def events(folder: Path, name: str) -> tuple[int, int, list[str]]:
    """(how many events there were in a run, how many processes, what was loaded that takes long to load)."""
    seen, processes, heavy = json.loads((folder / name).read_text())
    return seen, processes, heavy


# --- nothing new ----------------------------------------------------------------------------------------------------------------


def test_where_nothing_is_new_nothing_is_loaded_and_no_process_starts(tmp_path: Path) -> None:
    some(tmp_path)
    [ended] = disturbed(tmp_path, "client", "SIGNULL", [0], "data", "scan", "src")
    assert "3 read, 0 known" in ended.first[1]
    assert "0 read, 3 known" in ended.again[1]
    assert events(tmp_path, "data-0.again")[1:] == (0, [])


# --- ends -----------------------------------------------------------------------------------------------------------------------


def moments(folder: Path, who: str, *words: str) -> list[int]:
    """Ten moments of a command that nobody disturbs, from its first to its last; it leaves its result in `undisturbed-0`."""
    [ended] = disturbed(folder, who, "SIGNUL" if who == "client" else "SIGKILL", [0], "undisturbed", *words)
    assert (ended.first[0], ended.again[0]) == (0, 0), ended
    count = events(folder, "undisturbed-0.first")[0] if who == "client" else EVENTS_OF_A_WORKER
    return sorted({1 + number * (count - 1) // 9 for number in range(10)})


#: Processes of git that a worker starts for two repositories.
EVENTS_OF_A_WORKER = 10


@pytest.mark.parametrize("what", ["SIGKILL", "SIGINT"])
def test_a_scan_that_is_ended_at_any_of_its_steps_loses_nothing(tmp_path: Path, what: str) -> None:
    some(tmp_path, 3)
    for ended in disturbed(tmp_path, "client", what, moments(tmp_path, "client", "scan", "src"), what, "scan", "src"):
        folder = tmp_path / f"{what}-{ended.at}"
        if what == "SIGKILL":
            assert ended.first == [-signal.SIGKILL, ""]
        elif ended.first[0]:
            assert ended.first[0] == 130
            assert len(ended.first[1].splitlines()) == 1
            assert ended.first[1].startswith("pinlint: interrupted")
        assert ended.again[0] == 0, ended
        assert whole(folder) == whole(tmp_path / "undisturbed-0")
        assert sorted(os.listdir(folder)) == ["000001", "incoming", "lock", "pinlint-fleet.json"]
        assert os.listdir(folder / "incoming") == []


def test_processes_that_are_killed_at_any_of_their_steps_lose_nothing(tmp_path: Path) -> None:
    some(tmp_path, 3)
    marks = moments(tmp_path, "worker", "scan", "src")
    for ended in disturbed(tmp_path, "worker", "SIGKILL", marks, "worker", "scan", "src"):
        assert ended.first[0] == ended.again[0] == 0
        assert (tmp_path / f"once-{ended.at}").exists()
        assert "3 repositories" in ended.first[1]
        assert whole(tmp_path / f"worker-{ended.at}") == whole(tmp_path / "undisturbed-0")


def test_patches_that_are_ended_at_any_step_are_whole_or_not_there(tmp_path: Path) -> None:
    careless(tmp_path)
    marks = moments(tmp_path, "client", "fix", "src")
    wanted = files(tmp_path / "undisturbed-0")
    assert sum(name.endswith(".patch") for name in wanted) == 3
    sums = {name: hashlib.sha256(data).hexdigest() for name, data in wanted.items()}
    for ended in disturbed(tmp_path, "client", "SIGKILL", marks, "patches", "fix", "src"):
        assert ended.first[0] == -signal.SIGKILL
        assert {name: one for name, one in ended.left.items() if not name.endswith(".new")}.items() <= sums.items()
        assert files(tmp_path / f"patches-{ended.at}") == wanted


def test_ctrl_c_ends_a_question_as_it_ends_all_else(tmp_path: Path) -> None:
    with database.connected(str(tmp_path)) as connection:
        answers = database.asked(connection, "SELECT count(*) FROM range(9000000000000000) AS t(n) WHERE hash(n) = 3")
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()  # which takes longer than anybody waits
        with pytest.raises(KeyboardInterrupt):
            next(answers)


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
    monkeypatch.setattr(parquet, "_GROUP", 64)
    monkeypatch.setattr(parquet, "_FEW", 10)
    monkeypatch.setattr(sorting, "_FILES", 4)
    taken: list[int] = []

    def joined(table: str, some: Any) -> Any:
        found = parquet.joined(table, some)
        taken.append(found.num_rows)
        return found

    monkeypatch.setattr(sorting, "joined", joined)
    everything = [row for number in range(11) for row in rows(number)]
    sources = []
    for number in range(11):
        sources.append(Source(str(tmp_path / f"{number}.{'arrows' if number else 'parquet'}"), {"r3-7"}))
        made = parquet.joined("references", [parquet.listed("references", rows(number))])
        (parquet.stretched if number else parquet.write)(made, sources[-1].path)
    count = sorting.written("references", sources, str(tmp_path / "made.parquet"), str(tmp_path / "spill"))
    wanted = [row for row in everything if row["repository"] != "r3-7"]
    made = pq.read_table(tmp_path / "made.parquet").to_pylist()
    assert count == len(made) == len(wanted)
    order = FIRST["references"]
    assert [[row[name] for name in order] for row in made] == sorted([row[name] for name in order] for row in wanted)
    assert sum(taken) > 2 * count  # eleven files were put together by fours first
    assert max(taken) <= 160
    assert sorted(path.name for path in (tmp_path / "spill").iterdir()) == []
