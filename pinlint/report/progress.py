"""One line on a terminal that says how far a run is, and that it is alive. Must not know what the run does."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["Progress", "wanted"]

_WIDTH = 20
#: Seconds between two changes of the line: a terminal far away need not see each of thousands.
_PAUSE = 0.05
#: Seconds that pass before a run that says nothing needs to say that it is alive; and before it says for how long it waits.
_AFTER, _LONG = 1.0, 2.0
_TURNS = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


def wanted(out: TextIO) -> bool:
    """Whether somebody sees progress there: on a terminal that can take a line back, and never in the log of a CI server."""
    return out.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("CI")


class Progress:
    """Hears how many of how many things are done; draws on a terminal, and nowhere else."""

    def __init__(self, out: TextIO, *, shown: bool = True) -> None:
        self._out = out
        self._shown = shown and wanted(out)
        self._drawn = float("-inf")
        self._begun = self._moved = 0.0
        self._last = ("", 0, "")
        self._turn = 0

    def __call__(self, done: int, total: int, subject: str = "") -> None:
        """Says that `done` of `total` questions are answered and that `subject` is waited for. To be called while nothing changes,
        too."""
        self._said("asking registries", done, total, subject, 0.0)

    def step(self, doing: str, done: int, total: int) -> None:
        """Says how far something is that only takes time where there is much of it: the first second passes in silence."""
        self._said(doing, done, total, "", _AFTER)

    def told(self, doing: str, done: int, total: int, subject: str) -> None:
        """Says how far something is that takes long, and a word beside it."""
        self._said(doing, done, total, subject, 0.0)

    def _said(self, doing: str, done: int, total: int, subject: str, after: float) -> None:
        if not self._shown:
            return
        now = time.monotonic()
        if self._last[0] != doing:
            self._begun = now
        if self._last != (doing, done, subject):
            self._last, self._moved = (doing, done, subject), now
        if now < self._drawn + _PAUSE or now < self._begun + after:
            return
        from pinlint.report.escapes import visible

        self._drawn = now
        self._turn = (self._turn + 1) % len(_TURNS)
        bar = "━" * (done * _WIDTH // max(total, 1))
        waits = f" {now - self._moved:.0f} s" if now >= self._moved + _LONG else ""
        line = f"{_TURNS[self._turn]} {doing} {bar:<{_WIDTH}} {done:,}/{total:,}{waits}  {visible(subject)}".rstrip()
        self._out.write(f"\r\x1b[K{line[: self._columns() - 1]}")
        self._out.flush()

    def clear(self) -> None:
        """Takes the line back, as before everything else that is to be read there."""
        if self._shown and self._drawn > 0:
            self._out.write("\r\x1b[K")
            self._out.flush()

    def _columns(self) -> int:
        try:
            return os.get_terminal_size(self._out.fileno()).columns or 80
        except (OSError, ValueError):
            return 80
