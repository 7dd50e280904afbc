"""How old a release has to be before anybody chooses it: lengths of time and moments, in the notations that tools use.

Knows notations; must not know whose settings they are.
"""

from __future__ import annotations

import re

__all__ = ["limit", "moment", "seconds", "too_fresh"]

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_WORDS = {
    "second": "s", "sec": "s", "minute": "m", "min": "m", "hour": "h", "hr": "h", "day": "d", "week": "w",
}  # fmt: skip
_LENGTH = re.compile(r"\s*(\d{1,9})\s*([a-z]+)\s*", re.IGNORECASE)
_ISO = re.compile(r"P(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?", re.IGNORECASE)


def seconds(text: str) -> int | None:
    """The length of time in `3d`, `72h`, `2w`, `3 days`, `1 week 2 days` and ISO 8601's `P3D`; None for what is none. Months and
    years have no length of their own."""
    if text.strip() == "0":
        return 0
    if (iso := _ISO.fullmatch(text.strip())) and any(iso.groups()):
        return sum(int(number or 0) * _UNITS[unit] for number, unit in zip(iso.groups(), "wdhms", strict=True))
    total, at = 0, 0
    while match := _LENGTH.match(text, at):
        word = match[2].lower()
        unit = word if word in _UNITS else _WORDS.get(word.removesuffix("s"), "")
        if not unit:
            return None
        total, at = total + int(match[1]) * _UNITS[unit], match.end()
    return total if at and at == len(text) else None


def moment(text: str) -> float | None:
    """Seconds since 1970 of an RFC 3339 time or a date, which stands for its first moment; UTC where nothing else is said. None for
    what is neither."""
    from datetime import UTC, datetime

    try:
        read = datetime.fromisoformat(text.strip())
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def limit(words: str, now: float) -> float:
    """The moment from which on releases are too fresh: the earliest that `words` allow, which are numbers of seconds back from now
    and moments. Infinity for none of them."""
    found = [now - int(word) if word.isdecimal() else moment(word) for word in words.split()]
    return min((one for one in found if one is not None), default=float("inf"))


def too_fresh(version: str, released: float, until: float) -> str:
    """Why a version is not chosen."""
    return f"{version} of {_day(released)} is too fresh: the cool-down leaves out what is newer than {_day(until)}"


def _day(when: float) -> str:
    """The date of a moment; of one that no calendar has, how it lies to those that one has."""
    from datetime import UTC, datetime

    try:
        return f"{datetime.fromtimestamp(when, UTC):%Y-%m-%d}"
    except (OverflowError, ValueError, OSError):
        return "a day before all calendars" if when < 0 else "a day after all calendars"
