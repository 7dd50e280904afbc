"""What fixing costs beyond waiting for registries, which take as long over each answer as one far away does."""

from __future__ import annotations

import math
import os
import re
import shutil
import statistics
from collections.abc import Callable, Iterator, Sequence

from board import Board, Row
from measure import Usage, Wrong, ratio, rounds, run
from samples import WORKFLOW, Holds, images, npm_lock, repository, write
from seen import in_text
from slow_registry import Counted, SlowRegistry, slow_registry

__all__ = ["fixing"]

_LATENCY = 0.05
#: Requests under way at once, and requests that the digest of an image takes.
_AT_ONCE, _EACH = 16, 2
_FIXED = re.compile(r"^Fixed ([\d,]+) in ([\d,]+) files?$", re.MULTILINE)
_ROUNDS = 5
_CLEAN = 1_000


def fixing(board: Board) -> Iterator[Row]:
    """Images of which each is asked for, images that many places name, a large lock, and files that need nothing."""
    yield from _nothing(board)
    with slow_registry(_LATENCY) as registry:
        yield from _images(board, registry)
        yield from _lock(board, registry)


def _nothing(board: Board) -> Iterator[Row]:
    """Workflows in which everything is pinned, without comments on versions that a host would be asked about."""
    folder = repository(os.path.join(board.folder, "clean"))
    for number in range(_CLEAN):
        write(folder, f".github/workflows/{number}.yml", re.sub(r" # v[\d.]+", "", WORKFLOW))
    check = in_text(Holds(_CLEAN, _CLEAN * WORKFLOW.count("uses:"), 0))
    commands = {
        "lint": board.pinlint(["--jobs", "1"], folder, check=check),
        "fix": board.pinlint(["--jobs", "1", "--fix"], folder, check=check),
    }
    measured = rounds(commands, _ROUNDS)
    times = ratio(measured, lambda t: t["fix"] / t["lint"])
    yield board.row("1,000 clean workflows: --fix / linting", times, 1.2, measured[0]["fix"].seen)


def _images(board: Board, registry: SlowRegistry) -> Iterator[Row]:
    different = _Fixed(board, "different", registry, 200)
    write(different.folder, "Dockerfile", images(registry.host, 200, 200))
    measured = different.rounds(_ROUNDS)
    ideal = math.ceil(200 / _AT_ONCE) * _EACH * _LATENCY
    times = [counted.seconds / ideal for _, counted in measured]
    how = f"{min(times):.2f} to {max(times):.2f}; {measured[0][1].connections} connections"
    yield Row("200 images resolved / waiting", statistics.median(times), 1.3, "×", how, f"{measured[0][1].requests} requests")
    same = _Fixed(board, "same", registry, 2_000)
    for number in range(100):
        write(same.folder, f"{number}/Dockerfile", images(registry.host, 20, 50, 20 * number))
    ((usage, counted),) = same.rounds(1)
    yield Row("2,000 places naming 50 images: lookups", counted.requests / _EACH, 50, "", "requests counted", usage.seen)


def _lock(board: Board, registry: SlowRegistry) -> Iterator[Row]:
    """A lock of 8 MB in which 4,000 entries lack their integrity comes back as it was before they lacked it."""
    bare = _Fixed(board, "lock", registry, 4_000, "--ignore", "SRC202")  # that loopback is a strange host is another matter
    npm_lock(os.path.join(board.folder, "right"), 8_000_000, 0, "--registry", f"http://{registry.host}")
    npm_lock(bare.folder, 8_000_000, 4_000, "--registry", f"http://{registry.host}")
    measured = bare.rounds(2, os.path.join(board.folder, "right", "package-lock.json"))
    times = [usage.wall / counted.seconds for usage, counted in measured]
    how = ", ".join(f"{usage.wall:.1f} s / {counted.seconds:.1f} s" for usage, counted in measured)
    seen = f"{measured[0][1].requests:,} requests, {measured[0][0].seen}"
    yield Row("8 MB lock, 4,000 integrities / lookups", statistics.median(times), 2.0, "×", how, seen)
    peak = max(usage.peak for usage, _ in measured) / 2**20
    yield Row("8 MB lock fixed, peak memory", peak, 200, "MiB", "resident, largest of the rounds", measured[0][0].seen)


class _Fixed:
    """A folder that is fixed again and again, each time as it was before."""

    def __init__(self, board: Board, name: str, registry: SlowRegistry, pins: int, *options: str) -> None:
        self.folder, self._kept = os.path.join(board.folder, name), os.path.join(board.folder, f"{name}-kept")
        home = os.path.join(board.folder, f"{name}-home")  # only the user's own registry may be this machine
        write(home, ".npmrc", f"registry=http://{registry.host}/\n")
        command = board.pinlint(["--fix", "--exit-zero", *options], self.folder, check=_pinned(pins))
        self._command = command._replace(home=home)
        self._registry = registry

    def rounds(self, count: int, right: str = "") -> Sequence[tuple[Usage, Counted]]:
        """The usage of each run and what the registry counted in it. Raises Wrong if the first file is not what `right` holds."""
        shutil.copytree(self.folder, self._kept)
        measured = []
        for _ in range(count):
            self._registry.counted()
            measured.append((run(self._command), self._registry.counted()))
            for path in filter(None, [right]):
                if not _same(path, os.path.join(self.folder, os.path.basename(path))):
                    raise Wrong(f"{os.path.basename(path)} was fixed to something else than it should be")
            shutil.rmtree(self.folder)
            shutil.copytree(self._kept, self.folder)
        return measured


def _pinned(pins: int) -> Callable[[str], str]:
    """The check of a run that fixes so many places."""

    def check(output: str) -> str:
        said = _FIXED.search(output)
        if said is None or int(said[1].replace(",", "")) != pins:
            raise Wrong(f"it should have fixed {pins} places, and said {output[:300]!r}")
        return f"{said[1]} fixed"

    return check


def _same(one: str, other: str) -> bool:
    with open(one, "rb") as first, open(other, "rb") as second:
        return first.read() == second.read()
