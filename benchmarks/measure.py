"""Runs of commands side by side: time, memory, and whether each run saw what there was to see.

Knows processes and ratios; must not know what is compared to what.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

__all__ = ["Check", "Command", "Ratio", "Usage", "Wrong", "fastest", "ratio", "rounds", "run"]

Formula = Callable[[Mapping[str, float]], float]
Check = Callable[[str], str]

#: A shell may export what slows Python down or lets other packages in; what remains is what a CI job has.
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT")
ENVIRONMENT = {name: os.environ[name] for name in _KEPT if name in os.environ}


_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


class Wrong(Exception):
    """A command that failed, or that was fast because it did not do its work."""


class Command(NamedTuple):
    """`check` gets what the command wrote to standard output and returns it in short; it raises Wrong if that is not what a
    run that did all its work writes. `codes` are the exit codes of such a run. A command that is `self_timed` writes the
    seconds that count, of the clock and of the processor. `home` is where its user's configuration lies, "" for that of whoever
    measures."""

    argv: Sequence[str]
    cwd: str
    check: Check = lambda output: f"{len(output.splitlines())} lines"
    codes: tuple[int, ...] = (0,)
    self_timed: bool = False
    home: str = ""


class Usage(NamedTuple):
    """One run: seconds by the clock, seconds of processor time of the command and its children, peak resident bytes, and what
    it saw."""

    wall: float
    cpu: float
    peak: int
    seen: str


class Ratio(NamedTuple):
    """`value` is the median over the rounds by the measure whose rounds differ least, which is `by`."""

    value: float
    by: str
    wall: float
    cpu: float


def run(command: Command) -> Usage:
    """One run. Raises Wrong if it did not see what it should have."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        environment = {**ENVIRONMENT, "HOME": command.home} if command.home else ENVIRONMENT
        child = subprocess.Popen(
            command.argv, cwd=command.cwd, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err, close_fds=True
        )
        _, status, used = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        output = out.read().decode("utf-8", "replace")
        err.seek(0)
        if child.returncode not in command.codes:
            said = err.read(400).decode("utf-8", "replace") or output[-400:]
            raise Wrong(f"{_shown(command)} ended with code {child.returncode}: {said}")
    cpu = used.ru_utime + used.ru_stime
    if command.self_timed:
        wall, cpu = (float(word) for word in output.split())
    try:
        return Usage(wall, cpu, used.ru_maxrss * _PEAK_UNIT, command.check(output))
    except Wrong as error:
        raise Wrong(f"{_shown(command)}: {error}") from None


def rounds(commands: Mapping[str, Command], count: int) -> list[dict[str, Usage]]:
    """`count` rounds of all commands in turn, so that a busy moment meets all of them; one round before them warms the caches."""
    for command in commands.values():
        run(command)
    return [{name: run(command) for name, command in commands.items()} for _ in range(count)]


def ratio(measured: Sequence[Mapping[str, Usage]], formula: Formula) -> Ratio:
    """What `formula` makes of the seconds of each round, by clock and by processor time; the quieter of the two, whose rounds
    differ least, is the one that counts."""
    values = {
        "wall": [formula({name: usage.wall for name, usage in one.items()}) for one in measured],
        "cpu": [formula({name: usage.cpu for name, usage in one.items()}) for one in measured],
    }
    middle = {name: statistics.median(of) for name, of in values.items()}
    by = min(values, key=lambda name: _spread(values[name]))
    return Ratio(middle[by], by, middle["wall"], middle["cpu"])


def fastest(measured: Sequence[Mapping[str, Usage]], formula: Formula) -> Ratio:
    """What `formula` makes of each command's fastest round by the clock: for what only the clock shows, and only undisturbed."""
    best = {
        field: formula({name: min(getattr(one[name], field) for one in measured) for name in measured[0]})
        for field in ("wall", "cpu")
    }
    return Ratio(best["wall"], "fastest wall", best["wall"], best["cpu"])


def _spread(values: Sequence[float]) -> float:
    """How far the middle half of the values reaches, in parts of their median."""
    if len(values) < 2:
        return 0.0
    low, middle, high = statistics.quantiles(values, n=4)
    return (high - low) / abs(middle) if middle else float("inf")


def _shown(command: Command) -> str:
    words = [word if "\n" not in word else "'…'" for word in command.argv[:4]]
    return " ".join(words) + (" …" if len(command.argv) > 4 else "")
