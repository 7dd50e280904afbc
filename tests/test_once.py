"""What is asked once in a run: answers and failures are kept, what stops the run itself is not."""

from __future__ import annotations

import threading

import pytest

from pinlint.once import Once


class Asked:
    """Raises this at first, and counts."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error, self.times = error, 0

    def __call__(self, question: str) -> str:
        self.times += 1
        if self.error and self.times == 1:
            raise self.error
        return f"{question}!"


def test_a_failure_is_kept_and_other_questions_are_not_its_own() -> None:
    asked = Asked(ValueError("no"))
    once = Once(asked)
    for _ in range(3):
        with pytest.raises(ValueError, match="no"):
            once("a")
    assert (once("b"), asked.times) == ("b!", 2)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(), MemoryError()], ids=lambda error: type(error).__name__)
def test_what_stops_the_run_is_no_answer(error: BaseException) -> None:
    asked = Asked(error)
    once = Once(asked)
    with pytest.raises(type(error)):
        once("a")
    assert (once("a"), once("a"), asked.times) == ("a!", "a!", 2)


def test_threads_with_one_question_ask_once() -> None:
    asked, found = Asked(), list[str]()
    once, all_there = Once(asked), threading.Barrier(8)

    def run() -> None:
        all_there.wait()
        found.append(once("a"))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (found, asked.times) == (["a!"] * 8, 1)
