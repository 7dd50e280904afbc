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


def resolve_all(
    wanted: Iterable[Asking], resolve: Resolve, answered: Callable[[int, int, str], None] = lambda *_: None
) -> dict[Question, Pin | NoPin]:
    """An answer for every question, each asked once, by a bounded number of threads; `answered(done, total, subject)` hears of it.

    A question without an answer is a NoPin, also where the mistake is pinlint's own.
    """
    asked = dict.fromkeys(attempt.question for attempt in wanted if not attempt.refused)
    answers: dict[Question, Pin | NoPin] = {}
    if not asked:
        return answers
    from concurrent.futures import ThreadPoolExecutor, as_completed  # 15 ms

    hearing = threading.Lock()

    def ask(question: Question) -> None:
        try:
            answer = NoPin(question.problem) if question.problem else resolve(question)
        except Exception as error:  # noqa: BLE001 - what one registry says must not take the other answers away
            answer = NoPin(f"pinlint failed where it asked for it: {errors.failure(error)}; {REPORT_IT}")
        with hearing:
            answers[question] = answer
            answered(len(answers), len(asked), question.subject)

    answered(0, len(asked), next(iter(asked)).subject)
    pool = ThreadPoolExecutor(max_workers=min(_THREADS, len(asked)))
    try:
        for future in as_completed([pool.submit(ask, question) for question in asked]):
            future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # after an interruption nobody waits for the slowest registry
    return answers
