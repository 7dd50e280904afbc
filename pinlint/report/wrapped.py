"""Text for people as wide as their terminal, wrapped at words.

Must not know what is said.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["columns", "wrapped"]

#: Where nobody says how wide a line may be, and what is wide enough to read.
_USUAL, _WIDEST = 80, 120
_WORD = r"(?:`[^`]{1,60}`|\S)+"


def columns(out: TextIO) -> int:
    """How many columns a line may have."""
    try:
        found = os.get_terminal_size(out.fileno()).columns if out.isatty() else 0
    except (OSError, ValueError, AttributeError):
        found = 0
    if not found:
        given = os.environ.get("COLUMNS", "")
        found = int(given) if given.isdecimal() and len(given) < 5 else 0
    return max(40, min(found, _WIDEST)) if found else _USUAL


def wrapped(text: str, width: int, indent: str = "", *, taken: int = 0) -> str:
    """The text in lines of at most `width` columns, those after the first behind `indent`; a word that is longer than that stays
    whole, and so does what is to be typed, in `these`. `taken` columns are gone from the first line. No line begins with what a CI
    server would obey there (see `escapes.visible`)."""
    if taken + len(text) <= width:
        return text
    lines, room = [""], width - taken
    for word in re.findall(_WORD, text):
        if len(lines[-1]) + 1 + len(word) > room and (lines[-1].strip() or (len(lines) == 1 and taken > len(indent))):
            lines.append("")
            room = width - len(indent)
        lines[-1] += f" {word}" if lines[-1] else word
    return f"\n{indent}".join(line.rstrip() if line[:2] != "::" else rf"\x3a{line[1:].rstrip()}" for line in lines)
