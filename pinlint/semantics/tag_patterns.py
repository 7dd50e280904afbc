"""Regular expressions of tags, as registries of several vendors take them: whether one means a tag.

Knows what costs little to try and means the same to every engine; must not know whose expression it is.
"""

from __future__ import annotations

import re

from pinlint.budget import spend

__all__ = ["fits", "found_in", "is_known"]

_LONGEST, _QUANTIFIERS, _STEPS = 200, 4, 20
#: What Python's engine reads otherwise than .NET's and RE2, or not at all.
_FOREIGN = re.compile(r"\\[zZpPGKQECk]|\(\?[^:=!i]|\[\[:|\{,")


def found_in(pattern: str, tag: str) -> bool:
    """Whether some part of a tag fits an expression; False where that cannot be told."""
    compiled = _compiled(pattern)
    return compiled is not None and compiled.search(tag) is not None


def fits(pattern: str, tag: str) -> bool:
    """Whether the whole of a tag fits an expression; False where that cannot be told."""
    compiled = _compiled(pattern)
    return compiled is not None and compiled.fullmatch(tag) is not None


def is_known(pattern: str) -> bool:
    """Whether it can be told what an expression means."""
    return _compiled(pattern) is not None


def _compiled(pattern: str) -> re.Pattern[str] | None:
    if len(pattern) > _LONGEST or _FOREIGN.search(pattern) or re.search(r"\)[*+{]", pattern):
        return None
    if any(len(re.findall(r"[*+{]", one)) > _QUANTIFIERS for one in pattern.split("|")):
        return None
    spend(_STEPS)  # a tag is short, and an expression of so few quantifiers is soon through with it
    try:
        return re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return None
