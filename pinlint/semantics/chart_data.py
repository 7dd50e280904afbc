"""The values of a chart as plain data: read as Go reads them, laid over one another as Helm does.

A number becomes the text that templates write, zero stays zero; what only a template or a cluster fills in is UNTOLD. Knows nodes
and data; must not know what the values are for.
Source: helm pkg/chart/common/util (coalesce), pkg/strvals.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.syntax.go_text import go_text
from pinlint.syntax.yaml import literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinlint.syntax.yaml import Node

__all__ = ["UNTOLD", "at", "laid_over", "plain", "put", "texts", "without"]

_DEEPEST, _NODES = 60, 200_000


class _Untold:
    """What nobody here can tell."""

    def __repr__(self) -> str:
        return "UNTOLD"


UNTOLD = _Untold()
#: One part of a path of `--set`: a key in which `\` takes its meaning from what follows, and places of lists behind it.
_PART = re.compile(r"((?:[^.\\\[\]=,]|\\.)*)((?:\[\d{1,6}\])*)(?:\.|\Z)")


def plain(node: Node | None, filled: Callable[[Node], bool] = lambda _: False) -> object:
    """A value as plain data; UNTOLD for scalars that are `filled` in elsewhere, and for what is too deep or too large."""
    return _plain(node, filled, 0, [_NODES])


def _plain(node: Node | None, filled: Callable[[Node], bool], depth: int, left: list[int]) -> object:
    if node is None:
        return None
    left[0] -= 1
    if depth > _DEEPEST or left[0] < 0:
        return UNTOLD
    if node.kind == "mapping":
        found: dict[str, object] = {}
        for key, held in node.items():
            if not literal(key) or key.kind != "scalar":
                return UNTOLD
            found[key.value] = _plain(held, filled, depth + 1, left)
        return found
    if node.kind == "sequence":
        return [_plain(one, filled, depth + 1, left) for one in node.elements]
    if not literal(node) or filled(node):
        return UNTOLD
    value = node.resolved
    if isinstance(value, str | bool) or value is None:
        return value
    return go_text(node) if value else 0


def laid_over(over: object, under: object) -> object:
    """What becomes of values where others are given: mappings grow together, anything else gives way, and null takes away."""
    if not isinstance(over, dict) or not isinstance(under, dict):
        return over
    found = dict(under)
    for key, value in over.items():
        if value is None:
            found[key] = None  # told apart from a key that nobody gave
        else:
            found[key] = laid_over(value, under.get(key))
    return found


def at(data: object, path: tuple[str, ...]) -> tuple[bool, object]:
    """(whether something stands at a path or above it, what stands at the path); an element of a list is `[0]`."""
    for key in path:
        if data is UNTOLD:
            return True, UNTOLD
        if isinstance(data, list) and re.fullmatch(r"\[\d+\]", key):
            number = int(key[1:-1])
            data = data[number] if number < len(data) else None
        elif isinstance(data, dict):
            if key not in data:
                return False, None
            data = data[key]
        else:  # null, or a text where the chart has more
            return True, None if data is None else UNTOLD
    return True, data


def without(data: object, path: tuple[str, ...]) -> object:
    """Values without what stands at a path of keys."""
    if not isinstance(data, dict) or path[0] not in data:
        return data
    if len(path) > 1:
        return {**data, path[0]: without(data[path[0]], path[1:])}
    return {key: value for key, value in data.items() if key != path[0]}


def put(data: dict[str, object], written: str, value: object) -> None:
    """Puts a value where `--set` would, by a path as it is written there."""
    keys: list[str] = []
    position = 0
    while position < len(written):
        found = _PART.match(written, position)
        if found is None or found.end() == position:
            return
        keys.append(re.sub(r"\\(.)", r"\1", found[1]))
        position = found.end()
        if found[2]:  # an element of a list: which others there are, nobody says
            value = UNTOLD
            break
    here = data
    for key in keys[:-1]:
        inner = here.get(key)
        if not isinstance(inner, dict):
            inner = here[key] = {}
        here = inner
    if keys:
        here[keys[-1]] = value


def texts(mapping: object) -> dict[str, object]:
    """The scalars of a mapping, as texts; UNTOLD and None as they are."""
    if not isinstance(mapping, dict):
        return {}
    return {
        key: value if value is None or value is UNTOLD else "true" if value is True else "false" if value is False else str(value)
        for key, value in mapping.items()
        if not isinstance(value, dict | list)
    }
