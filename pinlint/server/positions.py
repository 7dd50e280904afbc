"""Places of a text as an editor counts them: lines from 0, and in a line the units of the encoding that was agreed on.

Knows how LSP divides lines (LF, CRLF and CR, as `text.Document` does, and nothing else) and what a character takes in UTF-8, UTF-16
and UTF-32. Must not know documents.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from itertools import accumulate

__all__ = ["UTF8", "UTF16", "UTF32", "Place", "Positions"]

UTF8, UTF16, UTF32 = "utf-8", "utf-16", "utf-32"
#: (line, units in it), both from 0.
Place = tuple[int, int]

_LINE_END = r"\r\n|\r|\n"
#: Characters that take more units than one.
_WIDE = {UTF8: r"[^\x00-\x7f]", UTF16: "[\U00010000-\U0010ffff]", UTF32: ""}


class Positions:
    """The way between offsets in a text, in characters, and places, without a look at the text: a lock may be one line of megabytes
    with thousands of findings."""

    def __init__(self, text: str, encoding: str = UTF16) -> None:
        self.length = len(text)
        self.starts = [0, *(found.end() for found in re.finditer(_LINE_END, text))]
        self._ends = [found.start() for found in re.finditer(_LINE_END, text)]
        self._ends.append(self.length)
        pattern = _WIDE[encoding]
        wide = [] if not pattern or text.isascii() else [found.start() for found in re.finditer(pattern, text)]
        #: Offsets of wide characters, and how many units more than characters all before each take.
        self._wide = wide
        self._more = [0, *accumulate(_units(text[at], encoding) - 1 for at in wide)]

    def place(self, offset: int) -> Place:
        """Where the character at an offset begins."""
        offset = max(0, min(offset, self.length))
        line = bisect_right(self.starts, offset) - 1
        start = self.starts[line]
        return line, offset - start + self._extra(offset) - self._extra(start)

    def offset(self, place: Place) -> int:
        """The offset of a place. One behind the end of its line means that end, one behind the last line the end of the text, one
        inside a character its beginning."""
        line, units = place
        if line < 0 or line >= len(self.starts):
            return 0 if line < 0 else self.length
        start, end = self.starts[line], self._ends[line]
        before = self._extra(start)
        return start + bisect_right(range(start, end + 1), max(0, units), key=lambda at: at - start + self._extra(at) - before) - 1

    def _extra(self, offset: int) -> int:
        """How many units more than characters everything before an offset takes."""
        return self._more[bisect_left(self._wide, offset)]


def _units(character: str, encoding: str) -> int:
    if encoding == UTF16:
        return 2
    return len(character.encode("utf-8", "surrogatepass"))
