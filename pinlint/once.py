"""What is asked or made once in a run, whichever threads want it.

Knows threads; must not know questions.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

__all__ = ["Late", "Once"]

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class _Raised(NamedTuple):
    """What was raised instead of an answer."""

    error: Exception


class Once(Generic[Question, Answer]):
    """A function whose answers are kept. Threads with one question wait for one of them. That there is none is kept, too: whoever
    would not answer is not asked again for each of a thousand pins."""

    def __init__(self, ask: Callable[[Question], Answer]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._kept: dict[Question, tuple[threading.Lock, list[Answer | _Raised]]] = {}

    def __call__(self, question: Question) -> Answer:
        """The answer, from whoever was first to ask."""
        with self._lock:
            turn, kept = self._kept.setdefault(question, (threading.Lock(), []))
        with turn:
            if not kept:
                kept.append(self._answered(question))
            found = kept[0]
        if isinstance(found, _Raised):
            raise found.error.with_traceback(None)
        return found

    def _answered(self, question: Question) -> Answer | _Raised:
        try:
            return self._ask(question)
        except MemoryError:  # which says nothing about the question
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, everybody who asks gets it
            error.__traceback__ = error.__context__ = error.__cause__ = None  # which hold whatever was at hand
            return _Raised(error)


class Late(Generic[Answer]):
    """Something that is made when it is first needed, by one of the threads; `known` is None before."""

    def __init__(self, make: Callable[[], Answer]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self.known: Answer | None = None

    def __call__(self) -> Answer:
        """It, made now if nobody did."""
        with self._lock:
            if self.known is None:
                self.known = self._make()
            return self.known
