"""The processor's time for a piece of work, without what other tests have left to be collected."""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def seconds(work: Callable[[], object], times: int = 3) -> float:
    """Seconds of processor time that `work` takes when nothing disturbs it: the least of several times, none of them interrupted by
    a collection over what the tests before it left behind. A bound on it tells quadratic from linear and is no measure of speed."""
    gc.disable()
    try:
        return min(_taken(work) for _ in range(times))
    finally:
        gc.enable()


def _taken(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun
