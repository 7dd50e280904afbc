"""Patterns of artifacts: what each covers, and of many those that cover one, found without trying every one.

Knows how such a pattern reads; must not know what it is for.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

__all__ = ["Artifacts", "covers", "kept"]


def covers(pattern: str, subject: str) -> bool:
    """Whether `kind:name` fits a pattern in which `*` stands for anything, slashes included. GitHub does not tell the case of
    letters in the names of repositories."""
    if subject.startswith(("action:", "git:github.com/")):
        pattern, subject = pattern.lower(), subject.lower()
    if "*" not in pattern:
        return pattern == subject
    first, *between, last = pattern.split("*")
    at, end = len(first), len(subject) - len(last)
    for part in between:  # what stands between two stars is taken where it first fits: that leaves the most room for the rest
        found = subject.find(part, at, max(end, 0))
        if found < 0:
            return False
        at = found + len(part)
    return at <= end and subject.startswith(first) and subject.endswith(last)


class Artifacts:
    """Patterns of artifacts by what stands before the first star, whatever the case of its letters."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = tuple(patterns)
        self._by_start: dict[str, list[int]] = {}
        for index, pattern in enumerate(self._patterns):
            self._by_start.setdefault(pattern.partition("*")[0].casefold(), []).append(index)
        self._lengths = sorted({len(start) for start in self._by_start}, reverse=True)

    def covering(self, subject: str) -> Iterator[int]:
        """The numbers of the patterns that cover `kind:name`, those with the most letters before a star first."""
        folded = subject.casefold()
        for length in self._lengths:
            if length <= len(folded):
                for index in self._by_start.get(folded[:length], ()):
                    if covers(self._patterns[index], subject):
                        yield index


_Source = TypeVar("_Source")
_Made = TypeVar("_Made")
#: By the identity of what it was made from, which is kept with it and so stays what it is: (source, what was made).
_kept: dict[int, tuple[Any, Any]] = {}
_MOST_KEPT = 64  # policies of a run: one for each root, and those of the overrides that are at work


def kept(source: _Source, make: Callable[[_Source], _Made]) -> _Made:
    """What `make` makes of a part of a policy, which never changes: made once."""
    if id(source) not in _kept:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[id(source)] = source, make(source)
    made: _Made = _kept[id(source)][1]
    return made
