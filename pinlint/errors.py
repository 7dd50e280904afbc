"""Wrong usage and wrong configuration, which end a run, and what is said of a bug. Everything else is a finding."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["PinlintError", "failure", "suggestion"]


class PinlintError(Exception):
    """Ends the run with exit code 2. `hint` says what to do instead."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def failure(error: BaseException) -> str:
    """Which mistake of pinlint's own an exception is: its kind and the function that it came from. Its words are left out, for they
    may quote a file, and a password in it."""
    trace, where = error.__traceback__, ""
    while trace is not None:
        name = trace.tb_frame.f_globals.get("__name__", "")
        if name.startswith("pinlint."):
            where = f"{name.removeprefix('pinlint.')}.{trace.tb_frame.f_code.co_name}"
        trace = trace.tb_next
    return f"{type(error).__name__}{' in ' + where if where else ''}"


def suggestion(word: str, known: Iterable[str]) -> str:
    """A hint for a word that is not among `known`: the one that was meant, else all of them."""
    import difflib  # only on the way to an error

    known = list(known)
    close = difflib.get_close_matches(word, known, 1, 0.5)
    return f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
