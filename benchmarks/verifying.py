"""What an audit costs beyond waiting for registries, which take as long over each answer as one far away does."""

from __future__ import annotations

import math
import os
import statistics
from collections.abc import Callable, Iterator

from board import Board, Row
from measure import Wrong, run
from samples import write
from slow_registry import SlowRegistry, digest, slow_registry

__all__ = ["verifying"]

_LATENCY, _AT_ONCE, _PINS, _ROUNDS = 0.05, 16, 300, 5


def verifying(board: Board) -> Iterator[Row]:
    """Images that are all as they were pinned, and images that many places pin."""
    with slow_registry(_LATENCY) as registry:
        folder = os.path.join(board.folder, "audited")
        write(folder, "Dockerfile", _pins(registry, _PINS, _PINS))
        times, requests = _audited(board, folder, registry, _PINS)
        ideal = math.ceil(_PINS / _AT_ONCE) * _LATENCY
        ratios = [seconds / ideal for seconds in times]
        how = f"{min(ratios):.2f} to {max(ratios):.2f}"
        yield Row(f"{_PINS} healthy pins verified / waiting", statistics.median(ratios), 1.3, "×", how, f"{requests} requests")
        for number in range(20):
            write(os.path.join(board.folder, "same"), f"{number}/Dockerfile", _pins(registry, 100, 50))
        _, requests = _audited(board, os.path.join(board.folder, "same"), registry, 2_000)
        yield Row("2,000 places pinning 50 images: requests", requests, 50, "", "requests counted", "2,000 places")


def _pins(registry: SlowRegistry, places: int, images: int) -> str:
    names = (f"team/app{number % images}" for number in range(places))
    return "".join(f"FROM {registry.host}/{name}:1.0.0@{digest(name)}\n" for name in names)


def _audited(board: Board, folder: str, registry: SlowRegistry, pins: int) -> tuple[list[float], int]:
    """(seconds of each run from the first question to the last answer, requests of one)."""
    command = board.pinlint(["verify", "--no-progress"], folder, check=_healthy(pins))
    measured = []
    for _ in range(_ROUNDS):
        registry.counted()
        run(command)
        measured.append(registry.counted())
    return [one.seconds for one in measured], measured[0].requests


def _healthy(pins: int) -> Callable[[str], str]:
    """The check of a run in which so many pins are as they should be."""

    def check(output: str) -> str:
        said = " ".join(output.split())
        if f"{pins:,} pinned references asked about" not in said or "Could not" in said or f"{pins:,} × NET902" not in said:
            raise Wrong(f"it should have verified {pins} pins, and said {output[:300]!r}")
        return f"{pins} verified"

    return check
