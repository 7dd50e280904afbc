"""Who does the work, one repository a task: processes of this machine, or the workers of a cluster of Dask.

Both are asked alike, and both give the work of a process that ends to another one. Must not know what the work is.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from pinlint.workers import Lost, done

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["ATTEMPTS", "Engine", "Given", "Local"]

#: How often a task is begun whose process ends before it is done.
ATTEMPTS = 3

Common = TypeVar("Common")
Share = TypeVar("Share")
Result = TypeVar("Result")


class Given(Generic[Share]):
    """A task that every process given it did not live through, and how the last one ended."""

    def __init__(self, share: Share, why: str) -> None:
        self.share, self.why = share, why


class Engine(Protocol):
    """Who does the work."""

    def run(
        self,
        work: Callable[[Common], Callable[[Share], Result]],
        common: Common,
        shares: Sequence[Share],
        waits: Callable[[], object],
    ) -> Iterator[Result | Given[Share]]:
        """What becomes of each share, in no particular order: `work(common)` makes what does one. `work` is a function of a module;
        all else, and what it returns, can be pickled. `waits` is called again and again while nothing is there."""


class Local:
    """So many processes of this machine; 0 is one a core."""

    def __init__(self, jobs: int = 0) -> None:
        affinity = getattr(os, "sched_getaffinity", None)
        self._jobs = jobs or (len(affinity(0)) if affinity else os.cpu_count() or 1)

    def run(
        self,
        work: Callable[[Common], Callable[[Share], Result]],
        common: Common,
        shares: Sequence[Share],
        waits: Callable[[], object],
    ) -> Iterator[Result | Given[Share]]:
        """As `Engine` says. What a process did not live through is done once more when all else is, alone: it may be that two of
        them together took the memory."""
        left = list(shares)
        for attempt in range(ATTEMPTS):
            lost: list[Lost[Share]] = []
            for one in done(work, common, left, self._jobs if attempt == 0 else 1, waits):
                if isinstance(one, Lost):
                    lost.append(one)
                else:
                    yield one
            left = [one.share for one in lost]
            if not left:
                return
        for one in lost:
            how = f"was ended by signal {-one.code}" if one.code < 0 else f"ended with code {one.code}"
            yield Given(one.share, f"the process that had it {how}, {ATTEMPTS} times, as happens when memory runs out")
