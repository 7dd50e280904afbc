"""How grave it is that a tag moved: by what it promises, and by what the policy wants to hear of.

A whole version (`3.12.4-slim`, `v4.2.2`, a date) says that it stays; `latest`, `3` and `v4` are there to move on. Of images even a
whole version usually moves because it was built anew on a newer base, which is no attack: a note.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pinlint.config import Policy

__all__ = ["Grade", "is_whole", "moved"]

#: Three numbers, or a date, at the beginning or behind a name (`alpine-3.19.1`), with whatever follows.
_WHOLE = re.compile(
    r"(?:.*?[-_])?v?\d+\.\d+\.\d+(?:[-._+].*)?|(?:.*[-_.])?20\d\d-?(?:0[1-9]|1[0-2])-?(?:[0-2]\d|3[01])(?:[-._T].*)?"
)
_GRADES = ("rewritten", "version", "any")


class Grade(NamedTuple):
    """What is made of a tag that moved: the severity of the finding, "" for the rule's own."""

    name: str
    severity: str = ""


def moved(policy: Policy, tag: str, *, rewritten: bool = False) -> Grade | None:
    """How grave it is that a tag names something else now, None where the policy does not want to hear of it. `rewritten` is
    whether it was put somewhere else than ahead."""
    name = "rewritten" if rewritten else "version" if is_whole(tag) else "any"
    if _GRADES.index(name) > _GRADES.index(policy.verify.tag_moved):
        return None
    return Grade(name, "" if rewritten else "note")


def is_whole(tag: str) -> bool:
    """Whether a tag is a whole version, which says that it stays."""
    return bool(_WHOLE.fullmatch(tag))
