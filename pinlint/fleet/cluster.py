"""The workers of a Dask cluster as those who do the work, a repository a task: they fetch what they read themselves.

A worker that ends loses its task to another one; a scheduler that ends ends the run, and what has come by then is kept. Must not
know what the work is.
"""

from __future__ import annotations

import time
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from pinlint.errors import PinlintError
from pinlint.fleet.engines import Given

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from distributed import Client, Future

__all__ = ["Dask"]

#: Seconds after which somebody hears that the work goes on; that a scheduler may take to answer; that may pass without any worker.
_TICK, _CONNECT, _ALONE = 0.2, 30, 60.0
#: Seconds between two questions to the scheduler who is there.
_PAUSE = 5.0
#: Tasks that wait at the scheduler, for each thread of a worker: results that nobody has taken yet cost memory there.
_AHEAD = 4

Common = TypeVar("Common")
Share = TypeVar("Share")
Result = TypeVar("Result")


class Dask:
    """The workers that a scheduler has."""

    def __init__(self, address: str) -> None:
        self._address = address

    def run(
        self,
        work: Callable[[Common], Callable[[Share], Result]],
        common: Common,
        shares: Sequence[Share],
        waits: Callable[[], object],
    ) -> Iterator[Result | Given[Share]]:
        """As `Engine` says. Raises PinlintError where the scheduler cannot be reached, ends, or has no workers."""
        if not shares:
            return
        client = self._connected()
        try:
            yield from _Run(client, self._address, work, common).all(shares, waits)
        finally:
            client.close(timeout=2)

    def _connected(self) -> Client:
        import logging

        from distributed import Client

        logging.getLogger("distributed").setLevel(logging.CRITICAL + 1)  # what matters is said here, on one line
        try:
            return Client(self._address, timeout=_CONNECT, set_as_default=False)
        except (OSError, ValueError) as error:
            raise PinlintError(
                f"no scheduler of Dask answers at {self._address}: {error}", "`dask scheduler` starts one and prints its address"
            ) from None


class _Run:
    """One run on the cluster."""

    def __init__(self, client: Client, address: str, work: Callable[[Any], Callable[[Any], Any]], common: Any) -> None:
        self._client, self._address = client, address
        self._work, self._common = work, common
        self._token = f"{time.time_ns()}"
        self._asked: dict[Future[Any], Any] = {}
        self._heard: SimpleQueue[Future[Any]] = SimpleQueue()
        self._seen = time.monotonic()
        self._asks, self._count = 0.0, 0

    def all(self, shares: Sequence[Share], waits: Callable[[], object]) -> Iterator[Any]:
        """What becomes of each share."""
        waiting = list(reversed(shares))
        while waiting or self._asked:
            room = max(2, _AHEAD * self._threads())
            while waiting and len(self._asked) < room:
                share = waiting.pop()
                future = self._client.submit(_done, self._work, self._common, self._token, share, pure=False)
                self._asked[future] = share
                future.add_done_callback(self._heard.put)
            waits()
            ended = self._finished()
            if ended is not None and ended.status in ("lost", "pending"):  # a worker ended with it, and another one has to do it
                ended.add_done_callback(self._heard.put)
            elif ended is not None:
                yield self._result(ended, self._asked.pop(ended), waits)

    def _threads(self) -> int:
        """How many tasks can be at work; the scheduler is asked now and then. Raises PinlintError where nobody is for long."""
        now = time.monotonic()
        if now < self._asks:
            return self._count
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        self._asks = now + (_PAUSE if workers else _TICK)
        if workers:
            self._seen = now
        elif now > self._seen + _ALONE:
            raise PinlintError(f"the scheduler at {self._address} has no workers", f"start some: dask worker {self._address}")
        self._count = sum(worker["nthreads"] for worker in workers)
        return self._count

    def _finished(self) -> Future[Any] | None:
        """A task that is done, one way or another; None after a while. Raises PinlintError where nobody knows any more."""
        if self._client.status != "running":
            raise _gone(self._address)
        try:
            return self._heard.get(timeout=_TICK)
        except Empty:
            return None

    def _result(self, future: Future[Any], share: Any, waits: Callable[[], object]) -> Any:
        """What came of a task. Raises PinlintError where nobody knows any more."""
        from concurrent.futures import CancelledError

        if future.status == "cancelled":
            raise _gone(self._address)
        try:
            return self._fetched(future, waits)
        except CancelledError:
            raise _gone(self._address) from None
        except PinlintError:
            raise
        except Exception as error:  # noqa: BLE001 - a task that ends every worker, or that none can take, must not end the others
            return Given(share, f"no worker lived through it, or took it: {type(error).__name__}")

    def _fetched(self, future: Future[Any], waits: Callable[[], object]) -> Any:
        """What a worker holds. Where it ends before it is asked for that, another one has to do it first, if there is one."""
        from concurrent.futures import Future as Promise
        from concurrent.futures import wait

        coming: Promise[Any] = Promise()

        async def fetched() -> None:
            try:
                found = await self._client.gather([future], asynchronous=True)
            except Exception as error:  # noqa: BLE001 - it is heard where the promise is kept
                if coming.set_running_or_notify_cancel():
                    coming.set_exception(error)
            except BaseException:  # Dask ends what its loop runs
                coming.cancel()
                coming.set_running_or_notify_cancel()
                raise
            else:
                if coming.set_running_or_notify_cancel():
                    coming.set_result(found[0])

        loop: Any = self._client.loop  # which is there as long as the client is
        loop.add_callback(fetched)
        try:
            while not wait([coming], _TICK).done:
                waits()
                self._threads()
                if self._client.status != "running":
                    raise _gone(self._address)
            return coming.result()
        finally:
            coming.cancel()


def _gone(address: str) -> PinlintError:
    return PinlintError(
        f"the scheduler at {address} has gone", "what was read is kept: start it again, and run the same command once more"
    )


#: What does the work in this process, for the run that it was made for.
_made: dict[str, Callable[[Any], Any]] = {}


def _done(work: Callable[[Any], Callable[[Any], Any]], common: Any, token: str, share: Any) -> Any:
    """What a worker does."""
    if token not in _made:
        _made.clear()
        _made[token] = work(common)
    return _made[token](share)
