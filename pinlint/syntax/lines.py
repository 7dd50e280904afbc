"""The lines of a long text, one after the other.

Must not know any syntax.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["lines"]

_AT_ONCE = 1 << 16  # characters


def lines(text: str) -> Iterator[str]:
    """The lines of a text without their ends, as splitting it would give them, without all of them being there at once."""
    start = 0
    while start <= len(text):
        end = text.find("\n", start + _AT_ONCE)
        end = len(text) if end < 0 else end
        yield from text[start:end].split("\n")
        start = end + 1
