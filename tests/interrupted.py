"""Fixes a tree again and again and is stopped each time, by kill -9 and by Ctrl-C in turn, at a random moment of the whole run or
of its writing. `interrupted.py TREE COUNT` prints, as JSON, one line for a run that nobody stops, one for each stop and one for a
last run over what the last stop left: exit status as waited for, files by path as they are then.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from pinlint import cli, registries
from pinlint.fix import mend
from pinlint.fix.plans import Patch
from pinlint.pins import Pin
from pinlint.question import Question

_DIGESTS = {"image": ("sha256:" + "ab" * 32,), "pypi": ("sha256:" + "cd" * 32,), "npm": ("sha512-" + "A" * 86 + "==",)}


class _Answers:
    """In the place of the real resolver: answers at once."""

    def __init__(self, *_: object) -> None:
        self.client = contextlib.ExitStack()

    def resolve(self, question: Question) -> Pin:
        kind = question.kind
        return Pin("1.2.3" if kind == "helm" else question.version, _DIGESTS.get(kind, ()), "x")


def _started() -> tuple[int, int]:
    """(a process that fixes the working directory, a pipe that it writes to before each file and that ends with it)."""
    reading, writing = os.pipe()
    if child := os.fork():
        os.close(writing)
        return child, reading
    code, written = 99, mend._written

    def announced(root: str, patches: list[Patch]) -> list[Patch]:
        os.write(writing, b".")
        return written(root, patches)

    try:
        registries.Registries, mend._written = _Answers, announced  # type: ignore[misc,assignment]
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
            code = cli.main(["--fix", "--unsafe-fixes", "--quiet", "."])
    finally:
        os._exit(code)


def _run(stop: int = 0, seconds: float = 0, *, writing: bool = False) -> tuple[float, float, int]:
    """A run that gets the signal `stop` after some seconds, counted from when it begins to write if `writing`: (seconds until it
    did, seconds until it ended, its status)."""
    begun = time.perf_counter()
    child, pipe = _started()
    wrote = begun
    if writing:
        os.read(pipe, 1)
        wrote = time.perf_counter()
    if stop:
        time.sleep(seconds)
        os.kill(child, stop)
    status = os.waitpid(child, 0)[1]
    os.close(pipe)
    return wrote - begun, time.perf_counter() - begun, status


def _files(tree: Path) -> dict[str, bytes]:
    return {path.relative_to(tree).as_posix(): path.read_bytes() for path in tree.rglob("*") if path.is_file()}


def _told(tree: Path, status: int) -> None:
    print(json.dumps([status, {name: data.decode() for name, data in _files(tree).items()}]), flush=True)


def _put_back(tree: Path, old: dict[str, bytes]) -> None:
    for name in _files(tree).keys() - old.keys():
        (tree / name).unlink()
    for name, data in old.items():
        (tree / name).write_bytes(data)


def main(tree: Path, count: int) -> None:
    """See above."""
    old, luck = _files(tree), random.Random(7)
    os.chdir(tree)
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        cli.main(["--jobs", "1", "."])  # what is imported here need not be in every run
    until, ended, status = _run(writing=True)
    _told(tree, status)
    for number in range(count):
        _put_back(tree, old)
        writing = number // 2 % 2 == 0
        longest = ended - until if writing else ended
        _told(tree, _run((signal.SIGKILL, signal.SIGINT)[number % 2], luck.random() * longest, writing=writing)[2])
    _told(tree, _run()[2])


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
