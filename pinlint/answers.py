"""From questions to answers: each asked once, by a bounded number of threads.

Must not know who answers, or what is asked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable
from typing import Protocol, TypeVar

from pinlint import errors
from pinlint.engine import REPORT_IT

__all__ = ["answers"]

_THREADS = 16
#: Seconds after which somebody hears that it is still the same host that is waited for.
_TICK = 0.2


class Question(Hashable, Protocol):
    """Whatever can be asked."""

    @property
    def subject(self) -> str:
        """What it is about, in a few words for people."""


Q = TypeVar("Q", bound=Question)
A = TypeVar("A")


def answers(
    questions: Iterable[Q],
    ask: Callable[[Q], A],
    failed: Callable[[str], A],
    answered: Callable[[int, int, str], None] = lambda *_: None,
    threads: int = _THREADS,
) -> dict[Q, A]:
    """An answer for every question, each asked once; `answered(done, total, subject)` hears of it, again and again while nothing
    changes: `subject` is what is waited for longest. They are begun in the order of the questions.

    Where `ask` fails, which is pinlint's own mistake, the answer is `failed(why)`.
    """
    asked = dict.fromkeys(questions)
    found: dict[Q, A] = {}
    if not asked:
        return found
    from concurrent.futures import ThreadPoolExecutor  # 15 ms

    heard = threading.Condition()
    asking: dict[Q, None] = {}
    broken: list[BaseException] = []

    def one(question: Q) -> None:
        with heard:
            asking[question] = None
        try:
            answer = _answer(question, ask, failed)
        except BaseException as error:  # noqa: BLE001 - whatever ends a thread ends the run
            answer = failed("the run was interrupted")
            broken.append(error)
        with heard:
            del asking[question]
            found[question] = answer
            heard.notify()

    pool = ThreadPoolExecutor(max_workers=min(threads, len(asked)))
    try:
        for question in asked:
            pool.submit(one, question)
        done = -1
        while done < len(asked):
            with heard:
                if len(found) == done:
                    heard.wait(_TICK)
                done, waits_for = len(found), next(iter(asking), None)
            if broken:
                raise broken[0]
            answered(done, len(asked), waits_for.subject if waits_for else "")
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # after an interruption nobody waits for the slowest registry
    return found


def _answer(question: Q, ask: Callable[[Q], A], failed: Callable[[str], A]) -> A:
    try:
        return ask(question)
    except Exception as error:  # noqa: BLE001 - what one registry says must not take the other answers away
        return failed(f"pinlint failed where it asked for it: {errors.failure(error)}; {REPORT_IT}")
