"""Where the scalars of a chart's values lie in them, however often an alias says them again.

Knows nodes; must not know what they mean.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from typing import TypeAlias

from pinlint.semantics.chart_conditions import Path
from pinlint.syntax.yaml import Node

__all__ = ["Place", "Places"]

#: Places of one value: by aliases there may be as many as there are grains on a chessboard.
_REPEATED = 20
#: A path of what holds a scalar, its key, what holds it.
Place: TypeAlias = tuple[Path, str, Node]


class Places:
    """Where the scalars of a file of values lie in them, what an alias or a merge repeats in each of its places; `more` says
    whether there are more of those than are looked at."""

    def __init__(self, root: Node) -> None:
        found: dict[int, tuple[int, list[Place]]] = {}
        waiting: list[tuple[Node, Path]] = [(root, ())]
        seen: Counter[int] = Counter()
        self.more = False
        while waiting:
            node, path = waiting.pop()
            below = (
                [(key.value, value) for key, value in node.items()]
                if node.kind == "mapping"
                else [(f"[{number}]", one) for number, one in enumerate(node.elements)]
            )
            for key, value in below:
                seen[id(value)] += 1
                if seen[id(value)] > _REPEATED:
                    self.more = True
                elif value.kind == "scalar":
                    found.setdefault(value.start, (value.end, []))[1].append((path, key, node))
                else:
                    waiting.append((value, (*path, key)))
        self._starts = sorted(found)
        self._found = found

    def at(self, offset: int) -> list[Place]:
        """The places of the scalar at an offset."""
        number = bisect_right(self._starts, offset) - 1
        if number < 0:
            return []
        end, places = self._found[self._starts[number]]
        return places if offset <= end else []
