"""The version that a comment gives to a commit: one grammar, by which it is read and by which it is written anew.

Knows what people and update bots write; must not know files, or how a commit is found.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["FROZEN", "Claimed", "claimed"]

_COMMENT = re.compile(r"(?<=[ \t])#")
_LONGEST = 300  # characters that are searched for a version
#: The word by which pre-commit knows its own comments.
FROZEN = "frozen"
#: What other bots put before a version: `tag=`, `version:`, `ver=`, `pin @`, `renovate: pin`, `ratchet:owner/repo@`, `frozen:`.
_MARK = re.compile(
    r"(?:renovate[ \t]*:[ \t]*)?(?:(?P<word>tag|version|ver|ref|frozen|pin)[ \t]*[:=][ \t]*|pin(?:[ \t]+@?|@)"
    r"|(?:ratchet:)?[\w.-]+/[\w./-]+@)(?P<version>[^\s#,;]+)",
    re.IGNORECASE,
)
_VERSION = re.compile(
    r"@?(?P<version>(?:[\w-]*[-/])?(?:v\d[\w.+-]*|\d+(?:\.\w+)+[\w.+-]*|\d+(?=[ \t]*$)))(?=[\s,;:)]|$)", re.IGNORECASE
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


class Claimed(NamedTuple):
    """A version, where it stands in the text, the word before it in lower case, and whether its comment says nothing else."""

    version: str
    start: int
    end: int
    word: str
    alone: bool


def claimed(behind: str) -> Claimed | None:
    """The version that the comments in `behind`, the text after a ref, name; None where they name none.

    Reads what people and bots write: `# v4.2.2`, `# tag=v1`, `# version: v1`, `# ver=1`, `# pin v1`, `# renovate: pin @v1`, `#
    prefix-v1`, `# prefix/v1`, `# ratchet:owner/repo@v1`, `# pin@main`, `# frozen: v1`, also before or behind other comments on
    the line. A branch is read only where a word says that it was pinned.
    """
    line = re.split(r"[\r\n]", behind, maxsplit=1)[0][:_LONGEST]
    begins = [found.end() for found in _COMMENT.finditer(line)]
    for begin, end in zip(begins, [*(one - 1 for one in begins[1:]), len(line)], strict=False):
        text = line[begin:end].rstrip()
        start = len(text) - len(text.lstrip())
        found = _MARK.match(text, start) or _VERSION.match(text, start)
        if found and not _DATE.match(found["version"]):
            version, at = found["version"].rstrip(".:)"), begin + found.start("version")
            word = found.groupdict().get("word") or ""
            return Claimed(version, at, at + len(version), word.lower(), found.start("version") + len(version) == len(text))
    return None
