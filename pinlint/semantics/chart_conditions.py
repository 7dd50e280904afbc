"""Conditions over the values of a chart: True, False, None (nobody can tell) or a list.

["and", …], ["or", …], ["not", one], ["value", path] (what stands there is not false, zero or empty), ["eq", path, what]. They are
plain data, so that they can be kept. Knows no chart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

__all__ = ["Condition", "Path", "all_of", "any_of", "moved", "none_of", "paths_of", "truth"]

Path: TypeAlias = tuple[str, ...]
Condition: TypeAlias = "bool | list[Condition | str | Path] | None"

#: Parts of a condition. A larger one is None.
_WIDEST = 300
#: Different conditions that are put together.
_MOST = 100


def all_of(conditions: Iterable[Condition]) -> Condition:
    """Whether all of them hold."""
    some = _freed(_unlike(conditions, True, "and"), "or")
    return False if False in some else True if not some else some[0] if len(some) == 1 else _kept(["and", *some])


def any_of(conditions: Iterable[Condition]) -> Condition:
    """Whether one of them holds."""
    some = _freed(_unlike(conditions, False, "or"), "and")
    return True if True in some else False if not some else some[0] if len(some) == 1 else _kept(["or", *some])


def none_of(condition: Condition) -> Condition:
    """Whether it does not hold."""
    return (not condition) if isinstance(condition, bool) else None if condition is None else ["not", condition]


def _unlike(conditions: Iterable[Condition], neutral: bool, word: str) -> list[Condition]:
    """The different ones among them that may change the outcome; of too many, that nobody can tell."""
    found: list[Condition] = []
    for one in conditions:
        for part in one[1:] if isinstance(one, list) and one[0] == word else [one]:
            if part is not neutral and part not in found:
                found.append(part)  # type: ignore[arg-type]
        if len(found) > _MOST:
            return [None]
    return found


def _freed(some: list[Condition], word: str) -> list[Condition]:
    """Without those that another one decides: `a or (a and b)` is `a`."""
    plain = [one for one in some if one is not None]
    return [
        one
        for one in some
        if not (isinstance(one, list) and one[0] == word and any(other in one[1:] for other in plain if other is not one))
    ]


def _kept(condition: list[Condition | str | Path]) -> Condition:
    return condition if _size(condition) <= _WIDEST else None


def _size(condition: object) -> int:
    return sum(map(_size, condition)) if isinstance(condition, list) else 1


def moved(condition: Condition, place: Callable[[Path], Path]) -> Condition:
    """The condition over values that lie elsewhere."""
    if not isinstance(condition, list):
        return condition
    if condition[0] in ("value", "eq"):
        return [condition[0], place(tuple(condition[1])), *condition[2:]]  # type: ignore[arg-type]
    return [condition[0], *(moved(one, place) for one in condition[1:])]  # type: ignore[arg-type]


def paths_of(condition: object) -> Iterator[Path]:
    """The values that it asks about."""
    if isinstance(condition, list) and condition:
        if condition[0] in ("value", "eq"):
            yield tuple(condition[1])
        else:
            for one in condition[1:]:
                yield from paths_of(one)


def truth(condition: object, value: Callable[[Path], object], untold: object) -> bool | None:
    """Whether a condition holds where `value` says what stands at a path (None for nothing, `untold` where nobody knows); None
    where that cannot be told. Raises ValueError, TypeError or IndexError for what is no condition."""
    if condition is None or isinstance(condition, bool):
        return condition
    if not isinstance(condition, list):
        raise TypeError("no condition")
    word, *rest = condition
    if word in ("value", "eq"):
        found = value(tuple(rest[0]))
        if found is untold:
            return None
        return bool(found) if word == "value" else _same(found, rest[1])
    if word == "not":
        inner = truth(rest[0], value, untold)
        return None if inner is None else not inner
    some = [truth(one, value, untold) for one in rest]
    if word == "and":
        return False if False in some else None if None in some else True
    if word == "or":
        return True if True in some else None if None in some else False
    raise ValueError("no condition")


def _same(found: object, wanted: object) -> bool:
    return found == wanted or (isinstance(found, bool) and str(found).lower() == wanted) or (not found and wanted == "")
