"""What is asked or made once in a run, whichever threads want it.

Knows threads; must not know questions.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["Late", "Once"]

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class Once(Generic[Question, Answer]):
    """A function whose answers are kept. Threads with one question wait for one of them; an exception is no answer."""

    def __init__(self, ask: Callable[[Question], Answer]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._kept: dict[Question, tuple[threading.Lock, list[Answer]]] = {}

    def __call__(self, question: Question) -> Answer:
        """The answer, from whoever was first to ask."""
        with self._lock:
            turn, kept = self._kept.setdefault(question, (threading.Lock(), []))
        with turn:
            if not kept:
                kept.append(self._ask(question))
            return kept[0]


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
