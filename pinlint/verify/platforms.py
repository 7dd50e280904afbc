"""Whether a place asks for one platform of an image: then the digest of that platform alone is right there.

Looks at what stands around the image: `FROM --platform=linux/amd64`, an option of a command, a `platform` beside it in a mapping.
A variable is no platform: the build, which has several, fills it in.
"""

from __future__ import annotations

import re

from pinlint.engine import spans
from pinlint.verify.evidence import Pinned

__all__ = ["is_asked"]

_OPTION = re.compile(r"--(?:platform|arch)(?:=|[ \t]+)[\"']?[A-Za-z0-9][\w/.-]*[\"']?(?=\s|$)", re.IGNORECASE)
_KEY = re.compile(
    r"[\"']?platforms?[\"']?[ \t]*[:=][ \t]*(?:\[[ \t]*)?[\"']?(?:linux|windows|[a-z0-9]+/)[\w/.-]*[\"']?[ \t]*\]?,?(?:[ \t]+#.*)?",
    re.IGNORECASE,
)
#: Characters of a command before its image, and of a mapping on either side.
_BEFORE, _CHARACTERS = 600, 20_000


def is_asked(pinned: Pinned) -> bool:
    """Whether one platform is asked for, in so many words, where the reference stands."""
    text = pinned.document.text
    span = spans(pinned.document, pinned.format, [pinned.reference.span])[pinned.reference.span]
    pinned.document.parsed = None
    before = re.split(r"(?<!\\)[\r\n]", text[max(0, span.start - _BEFORE) : span.start])[-1]
    return bool(_OPTION.search(before)) or any(_KEY.fullmatch(line) for line in _siblings(text, span.start))


def _siblings(text: str, at: int) -> list[str]:
    """The lines of the mapping that a place stands in, but for its own and what stands further to the right."""
    begin = text.rfind("\n", 0, at) + 1
    above = text[max(0, begin - _CHARACTERS) : begin].split("\n")[:-1]
    here, *below = text[begin : begin + _CHARACTERS].split("\n")
    column, found = _column(here), list[str]()
    for line in () if _is_first(here) else filter(_says, reversed(above)):
        if _column(line) < column:
            break
        found += [line] if _column(line) == column else []
        if _column(line) == column and _is_first(line):
            break
    for line in filter(_says, below):
        if _column(line) < column or (_column(line) == column and _is_first(line)):
            break
        found += [line] if _column(line) == column else []
    return [line.strip().removeprefix("- ").strip() for line in found]


def _says(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _is_first(line: str) -> bool:
    """Whether a line begins an entry of a list."""
    return line.lstrip().startswith("- ")


def _column(line: str) -> int:
    """Where the key of a line stands."""
    text = line.lstrip()
    return len(line) - len(text) + (len(text) - len(text[2:].lstrip()) if text.startswith("- ") else 0)
