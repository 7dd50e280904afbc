"""What Helm makes of a dependency in a YAML file: its fields as plain data, numbers and words turned into texts as Go does it.

Helm reads YAML 1.1 into Go structs: an unquoted `1.10` is a number and becomes "1.1", `yes` becomes "true", keys match in any
case, `<<` overrides what stands before it. Where the outcome cannot be told, it says so. Knows nodes; must not know a repository.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.syntax.go_text import go_text
from pinlint.syntax.yaml import Node, Unparsable, documents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.semantics.chart_lock import Dependency
    from pinlint.text import Document

__all__ = ["fields", "record", "root_of"]

_TEXTS = ("name", "version", "repository", "condition", "alias")
_DEPTH_LIMIT = 20
#: Nodes below one field. Aliases can make a small file stand for a huge one.
_SIZE_LIMIT = 1000


class _Rest(list[Node]):
    """What could be read of a broken file as Helm reads it; what others make of it, as a template, stands in the same place."""


def root_of(document: Document) -> Node | None:
    """The first document of a YAML file, the only one that Helm reads, and never as a template; None if it is empty. Raises
    Unparsable.

    Of a broken file that is read for the second time (see `Document.parsed`) it is what could be read.
    """
    if isinstance(document.parsed, _Rest):
        return document.parsed[0]
    try:
        roots = documents(document.text)
    except Unparsable as error:
        document.parsed, error.parsed = error, _Rest(error.parsed) if error.parsed else None
        raise
    return roots[0] if roots else None


def fields(node: Node) -> dict[str, Node]:
    """The entries of a mapping under their keys in lower case, the one that Helm obeys where a key comes twice."""
    found: dict[str, Node] = {}
    _collect(node, found, 0)
    obeyed: dict[str, Node] = {}
    for key in sorted(found):
        if not (found[key].is_null and key.lower() in obeyed):  # null changes nothing
            obeyed[key.lower()] = found[key]
    return obeyed


def _collect(node: Node, found: dict[str, Node], depth: int) -> None:
    for key, value in node.pairs:
        if key.value != "<<" or key.style:
            found[key.value] = value
        elif depth < _DEPTH_LIMIT:
            for source in [value] if value.kind == "mapping" else value.elements[:_DEPTH_LIMIT][::-1]:
                _collect(source, found, depth + 1)


def record(entries: dict[str, Node]) -> Dependency | None:
    """A dependency as it enters a lock's digest; None if Helm would refuse it or its reading cannot be told."""
    data: Dependency = {}
    for field in _TEXTS:
        if (node := entries.get(field)) is not None:
            text = go_text(node)
            if text is None:
                return None
            data[field] = text
    for field, read in (("tags", _texts), ("enabled", _truth), ("import-values", _values)):
        if (node := entries.get(field)) is not None and not node.is_null:
            value = read(node)
            if value is None:
                return None
            data[field] = value
    return data


def _texts(node: Node) -> object:
    if node.kind != "sequence" or len(node.elements) > _SIZE_LIMIT:
        return None
    texts = [go_text(one) for one in node.elements]
    return None if None in texts else texts


def _truth(node: Node) -> object:
    value = node.resolved if node.kind == "scalar" and not node.tag else None
    return value if isinstance(value, bool) else None


def _values(node: Node) -> object:
    if node.kind != "sequence":
        return None
    budget = iter(range(_SIZE_LIMIT))
    try:
        return [_any(one, 0, budget) for one in node.elements]
    except ValueError:
        return None


def _any(node: Node, depth: int, budget: Iterator[int]) -> object:
    """What json.Unmarshal puts into an `any`. Raises ValueError where that is not certain."""
    if depth > _DEPTH_LIMIT or node.tag or next(budget, None) is None:
        raise ValueError
    if node.kind == "sequence":
        return [_any(one, depth + 1, budget) for one in node.elements]
    if node.kind == "mapping":
        pairs = [(go_text(key), value) for key, value in node.pairs]
        if any(key is None or key in ("", "<<") for key, _ in pairs):
            raise ValueError
        return {key: _any(value, depth + 1, budget) for key, value in pairs}
    value = node.resolved
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        raise ValueError
    if isinstance(value, float) and not 1e-4 <= abs(value) < 1e16:
        raise ValueError
    return value
