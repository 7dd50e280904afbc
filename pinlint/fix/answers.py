"""From questions to answers: each asked once a run, by a bounded number of threads.

Must not know who answers, or what becomes of an answer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from pinlint import errors
from pinlint.engine import REPORT_IT
from pinlint.fix.plans import Asking
from pinlint.pins import NoPin, Pin
from pinlint.question import Question, Resolve

__all__ = ["resolve_all"]

_THREADS = 16
#: Seconds after which somebody hears that it is still the same host that is waited for.
_TICK = 0.2


def resolve_all(
    wanted: Iterable[Asking], resolve: Resolve, answered: Callable[[int, int, str], None] = lambda *_: None
) -> dict[Question, Pin | NoPin]:
    """An answer for every question, each asked once, by a bounded number of threads; `answered(done, total, subject)` hears of
    it, again and again while nothing changes: `subject` is what is waited for longest.

    A question without an answer is a NoPin, also where the mistake is pinlint's own.
    """
    asked = dict.fromkeys(attempt.question for attempt in wanted if not attempt.refused)
    answers: dict[Question, Pin | NoPin] = {}
    if not asked:
        return answers
    from concurrent.futures import ThreadPoolExecutor  # 15 ms

    heard = threading.Condition()
    asking: dict[Question, None] = {}
    broken: list[BaseException] = []

    def ask(question: Question) -> None:
        with heard:
            asking[question] = None
        try:
            answer = _answer(question, resolve)
        except BaseException as error:  # noqa: BLE001 - whatever ends a thread ends the run
            answer = NoPin("the run was interrupted")
            broken.append(error)
        with heard:
            del asking[question]
            answers[question] = answer
            heard.notify()

    pool = ThreadPoolExecutor(max_workers=min(_THREADS, len(asked)))
    try:
        for question in asked:
            pool.submit(ask, question)
        done = -1
        while done < len(asked):
            with heard:
                if len(answers) == done:
                    heard.wait(_TICK)
                done, waits_for = len(answers), next(iter(asking), None)
            if broken:
                raise broken[0]
            answered(done, len(asked), waits_for.subject if waits_for else "")
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # after an interruption nobody waits for the slowest registry
    return answers


def _answer(question: Question, resolve: Resolve) -> Pin | NoPin:
    try:
        return NoPin(question.problem) if question.problem else resolve(question)
    except Exception as error:  # noqa: BLE001 - what one registry says must not take the other answers away
        return NoPin(f"pinlint failed where it asked for it: {errors.failure(error)}; {REPORT_IT}")
