"""The order of Maven versions: `1.0-alpha` < `1.0-rc1` < `1.0` = `1.0.0` < `1.0-sp` < `1.0.1`.

Knows how Maven 3.8 compares two version texts; must not know what a version is wanted for.
"""

from __future__ import annotations

__all__ = ["compare"]

Item = int | str | list["Item"]

_QUALIFIERS = ("alpha", "beta", "milestone", "rc", "snapshot", "", "sp")
_RELEASE = str(_QUALIFIERS.index(""))
_ALIASES = {"ga": "", "final": "", "release": "", "cr": "rc"}
_LETTERS = {"a": "alpha", "b": "beta", "m": "milestone"}


def compare(left: str, right: str) -> int:
    """-1, 0 or 1 as `left` is older than, as old as, or newer than `right`.

    Source: ComparableVersion of Maven 3.8. Takes time and stack in proportion to the number of separators.
    """
    return _compare(_items(left), _items(right))


def _items(version: str) -> list[Item]:
    version = version.lower()
    current: list[Item] = []
    lists = [current]

    def deeper() -> None:
        nonlocal current
        inner: list[Item] = []
        current.append(inner)
        lists.append(inner)
        current = inner

    start, digits = 0, False
    for at, char in enumerate(version):
        if char in ".-":
            current.append(_item(digits, version[start:at]) if at > start else 0)
            start = at + 1
            if char == "-":
                deeper()
        elif char.isdecimal():
            if not digits and at > start:
                if current:
                    deeper()
                current.append(_qualifier(version[start:at], followed_by_digit=True))
                start = at
                deeper()
            digits = True
        else:
            if digits and at > start:
                current.append(_item(digits, version[start:at]))
                start = at
                deeper()
            digits = False
    if len(version) > start:
        if not digits and current:
            deeper()
        current.append(_item(digits, version[start:]))
    for part in reversed(lists):
        _drop_trailing_zeros(part)
    return lists[0]


def _item(digits: bool, text: str) -> Item:
    return int(text) if digits else _qualifier(text, followed_by_digit=False)


def _qualifier(text: str, *, followed_by_digit: bool) -> str:
    if followed_by_digit:
        text = _LETTERS.get(text, text)
    return _ALIASES.get(text, text)


def _drop_trailing_zeros(items: list[Item]) -> None:
    for at in range(len(items) - 1, -1, -1):
        item = items[at]
        if item in (0, "", []):
            del items[at]
        elif not isinstance(item, list):
            break


def _rank(qualifier: str) -> str:
    if qualifier in _QUALIFIERS:
        return str(_QUALIFIERS.index(qualifier))
    return f"{len(_QUALIFIERS)}-{qualifier}"


def _sign(left: int | str, right: int | str) -> int:
    return (left > right) - (left < right)  # type: ignore[operator]


def _compare(left: Item | None, right: Item | None) -> int:
    if left is None:
        return 0 if right is None else -_compare(right, None)
    if isinstance(left, int):
        if right is None:
            return 0 if left == 0 else 1
        return _sign(left, right) if isinstance(right, int) else 1
    if isinstance(left, str):
        if right is None:
            return _sign(_rank(left), _RELEASE)
        return _sign(_rank(left), _rank(right)) if isinstance(right, str) else -1
    if isinstance(right, int):
        return -1
    if isinstance(right, str):
        return 1
    others = right or []
    for at in range(max(len(left), len(others))):
        order = _compare(left[at] if at < len(left) else None, others[at] if at < len(others) else None)
        if order:
            return order
    return 0
