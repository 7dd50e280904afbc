"""One line on a terminal that says how far the asking is. Must not know what is asked."""

from __future__ import annotations

import os
import time
from typing import TextIO

from pinlint.report.escapes import visible

__all__ = ["Progress"]

_WIDTH = 20
#: Seconds between two changes of the line: a terminal far away need not see each of thousands.
_PAUSE = 0.05


class Progress:
    """Hears how many of how many questions are answered; draws on a terminal that can take a line back, and nowhere else."""

    def __init__(self, out: TextIO, *, shown: bool = True) -> None:
        self._out = out
        self._shown = shown and out.isatty() and os.environ.get("TERM") != "dumb"
        self._drawn = float("-inf")

    def __call__(self, done: int, total: int, subject: str) -> None:
        """Says that `done` of `total` are answered and that `subject` was the last, or is the first to be asked."""
        now = time.monotonic()
        if not self._shown or now < self._drawn + _PAUSE:
            return
        self._drawn = now
        bar = "━" * (done * _WIDTH // max(total, 1))
        line = f"asking registries {bar:<{_WIDTH}} {done:,}/{total:,}  {visible(subject)}"
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
