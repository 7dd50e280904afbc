"""How the cost grows with the size of a file, and when a second core is used."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator

from board import Board, Row
from measure import Wrong, fastest, ratio, rounds
from samples import DIGEST, Holds, dockerfiles, long_requirements, long_run, many_stages, npm_lock, write
from seen import in_text

__all__ = ["cores", "growth"]

#: Twice the size should take twice the time; the rest is for the caches of the machine.
_LIMIT = 2.6


def growth(board: Board) -> Iterator[Row]:
    """Time for twice the size over time for once the size, less the start."""
    cases: dict[str, tuple[str, int, Callable[[int], tuple[str, Holds]]]] = {
        "Dockerfile of stages, lines": ("Dockerfile", 10_000, many_stages),
        "Dockerfile of one RUN, lines": ("Dockerfile", 50_000, long_run),
        "requirements, lines": ("requirements.txt", 14_000, long_requirements),
    }
    for name, (file, size, make) in cases.items():
        held = {}
        for factor in (0, 1, 2):
            text, held[factor] = make(max(size * factor, 2))
            write(os.path.join(board.folder, name, str(factor)), file, text)
        yield _row(board, name, size, os.path.join(board.folder, name), file, held)
    size = 19_000_000
    held = {factor: npm_lock(os.path.join(board.folder, "lock", str(factor)), size * factor + 800) for factor in (0, 1, 2)}
    yield _row(board, "npm lock, entries", held[1].references, os.path.join(board.folder, "lock"), "package-lock.json", held)


def _row(board: Board, name: str, size: int, folder: str, file: str, held: dict[int, Holds]) -> Row:
    commands = {
        str(factor): board.pinlint([file], os.path.join(folder, str(factor)), check=in_text(seen)) for factor, seen in held.items()
    }
    measured = rounds(commands, 5)
    times = ratio(measured, lambda t: (t["2"] - t["0"]) / max(t["1"] - t["0"], 1e-4))
    return board.row(f"{name}: {2 * size:,} / {size:,}", times, _LIMIT, measured[0]["2"].seen)


def cores(board: Board) -> Iterator[Row]:
    """Two processes for much work, none but the first for little."""
    paths, holds = dockerfiles(board.folder, 5_000)
    check = in_text(holds)
    commands = {
        "one": board.pinlint(["--jobs", "1", "."], board.folder, codes=(1,), check=check),
        "auto": board.pinlint(["."], board.folder, codes=(1,), check=check),
    }
    if len(os.sched_getaffinity(0)) < 2:
        yield Row("two cores / one", 0, None, "", "skipped: there is one core", "")
    else:
        measured = rounds(commands, 7)
        times = fastest(measured, lambda t: t["auto"] / t["one"])
        yield board.row("much work: all cores / one", times, 0.75, measured[0]["auto"].seen)
    little = write(board.folder, "little/Dockerfile", f"FROM python:3.12@{DIGEST}\n")
    started = [_starts_processes(board, argument) for argument in (little, *paths[:1])]
    if not _starts_processes(board, "."):
        raise Wrong("a run over 5,000 files did not load multiprocessing, so this benchmark could not tell")
    yield Row("little work: runs that start processes", sum(started), 0, "", "modules loaded", "2 runs over one file, 1 over all")


def _starts_processes(board: Board, argument: str) -> bool:
    """Whether a run loads what it needs to start workers."""
    script = os.path.join(board.bin, "pinlint")
    command = [board.python, "-X", "importtime", script, argument]
    done = subprocess.run(command, cwd=board.folder, capture_output=True, text=True, check=False)
    if "pinlint.engine" not in done.stderr:
        raise Wrong(f"no import times in {done.stderr[-300:]!r}")
    return "multiprocessing" in done.stderr
