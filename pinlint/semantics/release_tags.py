"""Which tags of images are those of releases, and whether a rule about tags can mean one.

Knows words and globs with `*`; must not know whose rules they are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinlint.tree import Tree

__all__ = ["is_possible", "is_trial", "is_trial_name", "meets", "probes", "reaches", "releases"]

#: One of each scheme by which releases are tagged, digits as `_alike` writes them.
_PROBES = ("v1.1.1", "1.1.1", "release-1", "release1", "release/1.1", "rel-1", "prod", "prod-1", "production", "stable", "live")
#: What tags of images begin with that nobody runs for long: `pr` is a prefix of `prod`, and means something else.
_TRIAL = re.compile(
    r"(?i)(?:dev(?:el(?:op(?:ment)?)?)?|tests?|testing|pr|pull|mr|feat|feature|fix|bug|bugfix|branch|snapshot|nightly|cache"
    r"|buildcache|tmp|temp|ci|preview|review|sandbox|local|wip|untagged)(?![a-z0-9])"
)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_LONGEST = 300


def releases(tree: Tree) -> tuple[str, ...]:
    """The tags, as globs, that releases of this repository have: those of the configuration, or one of each usual scheme."""
    own = tree.settings.get("lifecycle.release-tags", ())
    return tuple(re.sub(r"\?|\[[^\]]*\]", "*", one) for one in own) or _PROBES


def probes(tree: Tree) -> tuple[str, ...]:
    """Tags that releases of this repository may have, for whoever can only try whether something means them."""
    return tuple(one.replace("*", "1") for one in releases(tree))


def reaches(pattern: str, tags: tuple[str, ...]) -> bool:
    """Whether a glob can mean one of these tags, by what its scheme looks like: any number stands for any other."""
    return not is_trial(pattern) and any(meets(_alike(pattern), _alike(tag)) for tag in tags)


def is_trial(pattern: str) -> bool:
    """Whether a tag or glob is called as images are that are only tried: of a branch, a pull request, a test."""
    return _TRIAL.match(pattern) is not None


def is_trial_name(name: str) -> bool:
    """Whether a word of a name says so: that of an image, or of a file that is about such images alone."""
    return any(is_trial(part) for part in re.split(r"[^A-Za-z0-9]+", name))


def _alike(pattern: str) -> str:
    return re.sub(r"\d+", "1", pattern)


def meets(one: str, other: str) -> bool:
    """Whether some text fits both globs, in which `*` stands for anything."""
    if len(one) > _LONGEST or len(other) > _LONGEST:
        return True
    states = _passed({0}, one)
    for character in other:
        if character == "*":
            states = set(range(min(states), len(one) + 1)) if states else states
        else:
            states = _passed({_next(at, one) for at in states if at < len(one) and one[at] in ("*", character)}, one)
    return len(one) in states


def _next(at: int, pattern: str) -> int:
    return at if pattern[at] == "*" else at + 1


def _passed(states: set[int], pattern: str) -> set[int]:
    """The places to which stars lead on that stand for nothing."""
    found = set(states)
    for at in states:
        while at < len(pattern) and pattern[at] == "*":
            at += 1
            found.add(at)
    return found


def is_possible(pattern: str, *, prefix: bool = False) -> bool:
    """Whether a tag can fit a glob, or begin with a prefix, in which `*` means itself."""
    if prefix:
        return not pattern or _TAG.fullmatch(pattern) is not None
    return len(pattern.replace("*", "")) <= 128 and (
        pattern.strip("*") == ""
        or _TAG.fullmatch(re.sub(r"\*", "", f"0{pattern}" if pattern.startswith("*") else pattern)) is not None
    )
