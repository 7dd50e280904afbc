"""Wrong usage and wrong configuration. Everything else is a finding, or a bug."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["PinlintError", "suggestion"]


class PinlintError(Exception):
    """Ends the run with exit code 2. `hint` says what to do instead."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def suggestion(word: str, known: Iterable[str]) -> str:
    """A hint for a word that is not among `known`: the one that was meant, else all of them."""
    import difflib  # only on the way to an error

    known = list(known)
    close = difflib.get_close_matches(word, known, 1, 0.5)
    return f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
