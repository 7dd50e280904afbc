"""The tools, the folder they work in, and the rows of the table: what every benchmark is given and gives.

Must not know any single benchmark.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from measure import Check, Command, Ratio

__all__ = ["Benchmark", "Board", "Row"]


class Row(NamedTuple):
    """One line of the table. `limit` is the largest value allowed, or with `at_least` the smallest; None = for information.

    `how` is how the value came about, `seen` what the runs saw.
    """

    name: str
    value: float
    limit: float | None
    unit: str
    how: str
    seen: str
    at_least: bool = False

    @property
    def ok(self) -> bool:
        """Whether the value keeps the limit."""
        return self.limit is None or (self.value >= self.limit if self.at_least else self.value <= self.limit)


class Board(NamedTuple):
    """`bin` is where the measured programs are installed, beside the interpreter that runs this; `folder` is empty and this
    benchmark's own; `corpus` are directories of real repositories, if any."""

    bin: str
    folder: str
    corpus: Sequence[str]

    @property
    def python(self) -> str:
        """The interpreter, by path: what stands on PATH may be a version manager's shim."""
        return os.path.join(self.bin, os.path.basename(sys.executable))

    def program(self, name: str) -> str:
        """The path of a program that pinlint is compared to, or "": $HADOLINT for example, else beside the interpreter, or PATH."""
        beside = os.path.join(self.bin, name)
        return os.environ.get(name.upper(), "") or (beside if os.access(beside, os.X_OK) else shutil.which(name) or "")

    def pinlint(self, arguments: Sequence[str], cwd: str, *, check: Check, codes: tuple[int, ...] = (0,)) -> Command:
        """The installed console script."""
        return Command([os.path.join(self.bin, "pinlint"), *arguments], cwd, check, codes)

    def row(self, name: str, ratio: Ratio, limit: float | None, seen: str, *, at_least: bool = False) -> Row:
        """A row for a ratio of times."""
        how = f"by {ratio.by}; wall {ratio.wall:.2f}, cpu {ratio.cpu:.2f}"
        return Row(name, ratio.value, limit, "×", how, seen, at_least)


Benchmark = Callable[[Board], Iterator[Row]]
