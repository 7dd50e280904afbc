"""Work handed out to other processes, of which each may end at any moment: the rest of the work is done all the same.

Knows processes; must not know what the work is.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

__all__ = ["Lost", "done"]

Common = TypeVar("Common")
Share = TypeVar("Share")
Result = TypeVar("Result")


#: Seconds between two calls of who wants to know that the work goes on.
_TICK = 0.2


class Lost(Generic[Share]):
    """A share whose process ended before it was done; `code` is the process's exit code, negative for a signal."""

    def __init__(self, share: Share, code: int) -> None:
        self.share, self.code = share, code


def done(
    work: Callable[[Common], Callable[[Share], Result]],
    common: Common,
    shares: Sequence[Share],
    count: int,
    waits: Callable[[], object] | None = None,
) -> Iterator[Result | Lost[Share]]:
    """What becomes of each share, in no particular order. `work(common)` is called once in each of at most `count` processes and
    makes what does a share; both and their results cross the border between processes. `waits` is called all the time that there is
    nothing to do here."""
    from multiprocessing.connection import wait  # 15 ms that most runs do not need

    waiting = list(reversed(shares))
    busy: dict[Connection, tuple[BaseProcess, Share]] = {}
    idle: list[tuple[Connection, BaseProcess]] = []
    try:
        while waiting or busy:
            while waiting and len(busy) < count:
                connection, process = idle.pop() if idle else _started(work, common)
                busy[connection] = process, waiting.pop()
                try:
                    connection.send(busy[connection][1])
                except OSError:
                    continue  # it has ended, which receiving tells, too
            heard = wait(list(busy), _TICK if waits else None)
            if waits:
                waits()
            for connection in [one for one in busy if one in heard]:
                process, share = busy.pop(connection)
                try:
                    result: Result = connection.recv()
                except (EOFError, OSError):
                    process.join()
                    yield Lost(share, process.exitcode or 0)
                else:
                    idle.append((connection, process))
                    yield result
    finally:
        for _, process in [*idle, *((connection, one) for connection, (one, _) in busy.items())]:
            process.terminate()


def _started(work: Callable[[Common], Callable[[Share], Result]], common: Common) -> tuple[Connection, BaseProcess]:
    import multiprocessing

    os.environ["PYTHONSAFEPATH"] = "1"  # an interpreter that is started anew would look for modules in the repository first
    mine, other = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_serve, args=(work, common, other, mine), daemon=True)
    with _deaf():
        process.start()
    other.close()  # else the end of the process could not be seen
    return mine, process


@contextmanager
def _deaf() -> Iterator[None]:
    """A process that is started meanwhile does not hear of Ctrl-C, which a terminal sends to all: it would say where it was
    interrupted, and whoever started it ends it anyway."""
    import signal

    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(
    work: Callable[[Common], Callable[[Share], Result]], common: Common, connection: Connection, other_end: Connection
) -> None:
    """A process's whole life. It says nothing when it ends before its time: whoever waits for it does. Where its copy of the other
    end stayed open it would never learn that its parent has ended, and wait for ever."""
    try:
        other_end.close()
        do = work(common)
        while True:
            connection.send(do(connection.recv()))
    except BaseException:  # noqa: BLE001 - a process of ours has nobody above it who could be told
        os._exit(70)
