"""How long a run waits for hosts that do not answer: three rounds each, whichever threads make them.

Knows hosts by name; must not know what is asked of them, or how.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping

from pinlint.wire import Failed

__all__ = ["Patience"]

#: Rounds in a row in which a host may give no answer before it is asked no more.
_ROUNDS = 3


class Patience:
    """Who has not answered, for all threads of a run.

    A round is lost once, however many threads were waiting in it: what begins before it is known to be lost belongs to it. While
    nobody at all has answered, as without a network, the first lost rounds of anybody count for all: then each further host gets
    one.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lost: dict[str, int] = {}
        self._begun: dict[str, int] = {}
        self._errors: dict[str, Failed] = {}
        self._heard = False

    def rounds(self, hosts: Iterable[str]) -> dict[str, int]:
        """The number of the round, of each host, that an attempt belongs to which begins now."""
        with self._lock:
            return {host: self._begun.get(host, 0) for host in hosts}

    def lost(self, error: Failed, rounds: Mapping[str, int]) -> None:
        """An attempt in those rounds had no answer."""
        host = error.silent
        with self._lock:
            self._errors[host] = error
            if self._begun.get(host, 0) == rounds.get(host, 0):
                self._begun[host] = rounds.get(host, 0) + 1
                self._lost[host] = self._lost.get(host, 0) + 1

    def answered(self, hosts: Iterable[str]) -> None:
        """Somebody is there."""
        self._heard = True
        with self._lock:
            for host in hosts:
                self._lost.pop(host, None)

    def check(self, hosts: Iterable[str]) -> None:
        """Raises Failed where one of the hosts is not asked any more: for the reason that it had last."""
        with self._lock:
            most = _ROUNDS if self._heard or sum(self._lost.values()) < _ROUNDS else 1
            ended = next((host for host in hosts if self._lost.get(host, 0) >= most), "")
            if ended:
                error = self._errors[ended]
                raise Failed(str(error), retry=error.retry, silent=error.silent)
