"""What `pinlint init` proposes to a repository: files that are not there yet, and entries of lists that are.

A module for each: the policy, the hook, the job of CI, and where pinlint itself comes from. They write nothing.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Proposal"]


class Proposal(NamedTuple):
    """`new` in place of the bytes `old` of a file, None where there is no such file. `why` says what it is for; without a path that
    is all, and something for people to do."""

    path: str
    old: bytes | None
    new: bytes
    why: str
