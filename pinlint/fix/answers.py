"""An answer for everything that plans want to know.

Must not know who answers, or what becomes of an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pinlint.answers import answers
from pinlint.fix.plans import Asking
from pinlint.pins import NoPin, Pin
from pinlint.question import Question, Resolve

__all__ = ["resolve_all", "resolved"]


def resolve_all(
    wanted: Iterable[Asking], resolve: Resolve, answered: Callable[[int, int, str], None] = lambda *_: None
) -> dict[Question, Pin | NoPin]:
    """An answer for every question of a plan that is not refused, as `resolved` gives it."""
    return resolved((attempt.question for attempt in wanted if not attempt.refused), resolve, answered)


def resolved(
    questions: Iterable[Question], resolve: Resolve, answered: Callable[[int, int, str], None] = lambda *_: None
) -> dict[Question, Pin | NoPin]:
    """An answer for every question (see `pinlint.answers`). One that nobody can be asked is a NoPin, also where the mistake is
    pinlint's own."""

    def ask(question: Question) -> Pin | NoPin:
        return NoPin(question.problem) if question.problem else resolve(question)

    return answers(questions, ask, NoPin, answered)
