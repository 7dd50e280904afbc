"""How a signature can fail: it was checked and is wrong, or nothing here can check it."""

from __future__ import annotations

__all__ = ["Refused", "Uncheckable"]


class Refused(Exception):
    """It was checked, and is not what it says; the reason in words that can follow a colon."""


class Uncheckable(Exception):
    """Nothing here can check it: it is of a kind, a log or an authority that is not known. The reason, as above."""
