"""How old a release has to be before anybody chooses it: lengths of time and moments, in the notations that tools use.

Knows notations; must not know whose settings they are.
"""

import re
from typing import NamedTuple

__all__ = ["Cooldown", "moment", "seconds"]

_NEVER = float("inf")

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_WORDS = {
    "second": "s", "sec": "s", "minute": "m", "min": "m", "hour": "h", "hr": "h", "day": "d", "week": "w",
}  # fmt: skip
_LENGTH = re.compile(r"\s*(\d{1,9})\s*([a-z]+)\s*", re.IGNORECASE)
_ISO = re.compile(r"P(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?", re.IGNORECASE)


class Cooldown(NamedTuple):
    """Which releases are too fresh to be chosen: those of the last `seconds`, and those from the moment `since` on (seconds since
    1970). False where none is."""

    seconds: int = 0
    since: float = _NEVER

    def __bool__(self) -> bool:
        return self != Cooldown()

    def stricter(self, other: "Cooldown") -> "Cooldown":
        """What leaves out whatever one of the two does."""
        return Cooldown(max(self.seconds, other.seconds), min(self.since, other.since))

    def limit(self, now: float) -> float:
        """The moment from which on releases are too fresh; infinity where none is."""
        return min(now - self.seconds if self.seconds else _NEVER, self.since)

    @staticmethod
    def refusal(version: str, released: float, until: float) -> str:
        """Why a version is not chosen."""
        return f"{version} of {_day(released)} is too fresh: the cool-down leaves out what is newer than {_day(until)}"


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


def _day(when: float) -> str:
    """The date of a moment; of one that no calendar has, how it lies to those that one has."""
    from datetime import UTC, datetime

    try:
        return f"{datetime.fromtimestamp(when, UTC):%Y-%m-%d}"
    except (OverflowError, ValueError, OSError):
        return "a day before all calendars" if when < 0 else "a day after all calendars"
