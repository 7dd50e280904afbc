"""What many files and large files cost, against the tools and parsers that read the same."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator

from board import Board, Row
from measure import Check, Command, ratio, rounds
from samples import Holds, dockerfiles, npm_lock, unconcerned
from seen import in_json, in_json_at_least, in_sarif, in_text, inspected_by_hadolint, nothing_to_check

__all__ = ["build_files", "foreign", "lock"]

#: hadolint is so slow that it reads one file in so many, and its time is scaled.
_SAMPLE = 10
_FROM = re.compile(r"^[ \t]*FROM[ \t]+[^\s]", re.MULTILINE | re.IGNORECASE)
_LOADS = """\
import gc, json, sys, time
gc.disable()
text = open(sys.argv[1], encoding="utf-8").read()
wall, cpu = time.perf_counter(), time.process_time()
lock = json.loads(text)
print(time.perf_counter() - wall, time.process_time() - cpu)
"""


def build_files(board: Board) -> Iterator[Row]:
    """About 2,500 Dockerfiles against hadolint: generated ones, or the real ones below $CORPUS."""
    hadolint = board.program("hadolint")
    if not hadolint:
        yield Row("Dockerfiles: hadolint / pinlint", 0, None, "", "skipped: hadolint is not installed", "")
        return
    folder, paths, check = _real(board) if board.corpus else _generated(board)
    some = paths[::_SAMPLE]
    hadolint_on = [hadolint, "--no-fail", "--format", "json"]
    commands = {
        "pinlint": board.pinlint(["--output-format", "json", *paths], folder, codes=(1,), check=check),
        "first": Command([*hadolint_on, some[0]], folder),
        "hadolint": Command([*hadolint_on, *some], folder, inspected_by_hadolint(len(some))),
    }
    measured = rounds(commands, 3)
    more = (len(paths) - 1) / (len(some) - 1)
    times = ratio(measured, lambda t: (t["first"] + (t["hadolint"] - t["first"]) * more) / t["pinlint"])
    seen = f"{measured[0]['pinlint'].seen}; hadolint on {len(some)} of them, scaled"
    yield board.row("Dockerfiles: hadolint / pinlint", times, 50, seen, at_least=True)


def _generated(board: Board) -> tuple[str, list[str], Check]:
    paths, holds = dockerfiles(board.folder, 2_500)
    return board.folder, paths, in_json(holds)


def _real(board: Board) -> tuple[str, list[str], Check]:
    """The Dockerfiles of real repositories: where they lie, their names, and the check that as many references were seen as there
    are FROM lines, give or take the few in heredocs and templates."""
    folder = os.path.commonpath(board.corpus)
    listed = [os.path.join(board.bin, "pinlint"), "check", "--isolated", "--show-files", *board.corpus]
    rows = subprocess.run(listed, cwd=folder, check=True, capture_output=True, text=True).stdout.splitlines()
    paths = [path for path, _, format_ in (row.rpartition("\t") for row in rows) if format_ == "dockerfile"]
    bases = 0
    for path in paths:
        with open(os.path.join(folder, path), encoding="utf-8", errors="replace") as file:
            bases += len(_FROM.findall(file.read()))
    return folder, paths, in_json_at_least(Holds(int(0.99 * len(paths)), int(0.99 * bases), 1))


def lock(board: Board) -> Iterator[Row]:
    """A lock of 8 MB: clean against json.loads, then with every integrity removed."""
    clean = npm_lock(os.path.join(board.folder, "clean"), 8_000_000)
    bare = npm_lock(os.path.join(board.folder, "bare"), 8_000_000, 10**6)
    few = npm_lock(os.path.join(board.folder, "few"), 800)
    at = {name: os.path.join(board.folder, name) for name in ("clean", "bare", "few")}
    commands = {
        "loads": Command([board.python, "-I", "-c", _LOADS, "package-lock.json"], at["clean"], lambda _: "", self_timed=True),
        "few": board.pinlint(["package-lock.json"], at["few"], check=in_text(few)),
        "clean": board.pinlint(["package-lock.json"], at["clean"], check=in_text(clean)),
        "text": board.pinlint(["package-lock.json"], at["bare"], codes=(1,), check=in_text(bare)),
        "sarif": board.pinlint(["--output-format", "sarif", "package-lock.json"], at["bare"], codes=(1,), check=in_sarif(bare)),
    }
    measured = rounds(commands, 7)
    seen = {name: usage.seen for name, usage in measured[0].items()}
    times = ratio(measured, lambda t: (t["clean"] - t["few"]) / t["loads"])
    yield board.row("8 MB lock less start / json.loads", times, 3.0, seen["clean"])
    peak = max(one["clean"].peak for one in measured) / 2**20
    yield Row("8 MB lock, peak memory", peak, 80, "MiB", "resident, largest of the rounds", seen["clean"])
    yield board.row("8 MB lock, no integrity / clean, text", ratio(measured, lambda t: t["text"] / t["clean"]), 3.0, seen["text"])
    each = ratio(measured, lambda t: (t["sarif"] - t["few"]) / bare.findings * 1e6)
    how = f"by {each.by}; wall {each.wall:.0f}, cpu {each.cpu:.0f}; less start"
    yield Row("8 MB lock, no integrity, SARIF, a finding", each.value, 100, "µs", how, seen["sarif"])


def foreign(board: Board) -> Iterator[Row]:
    """A repository of 50,000 files none of which concern pinlint, against git's own listing of them."""
    unconcerned(board.folder, 50_000)
    commands = {
        "git": Command(["git", "ls-files", "-co", "--exclude-standard"], board.folder),
        "pinlint": board.pinlint([], board.folder, check=nothing_to_check),
    }
    measured = rounds(commands, 11)
    times = ratio(measured, lambda t: t["pinlint"] / t["git"])
    seen = f"git: {measured[0]['git'].seen}; pinlint: {measured[0]['pinlint'].seen}"
    yield board.row("50,000 foreign files / git ls-files", times, 4.0, seen)
