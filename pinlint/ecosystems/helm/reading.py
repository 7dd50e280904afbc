"""What Helm makes of a dependency in a YAML file: its fields as plain data, numbers and words turned into texts as Go does it.

Helm reads YAML 1.1 into Go structs: an unquoted `1.10` is a number and becomes "1.1", `yes` becomes "true", keys match in any
case, `<<` overrides what stands before it. Where the outcome cannot be told, it says so. Knows nodes; must not know files.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.ecosystems.helm.lock import Dependency
    from pinlint.syntax.yaml import Node

__all__ = ["fields", "go_text", "record"]

_TEXTS = ("name", "version", "repository", "condition", "alias")
_DEPTH_LIMIT = 20
#: Nodes below one field. Aliases can make a small file stand for a huge one.
_SIZE_LIMIT = 1000


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


def go_text(node: Node) -> str | None:
    """The text that a Go field of type string gets from a scalar; "" for null, None if Helm would refuse it."""
    if node.kind != "scalar" or node.tag not in ("", "!", "tag:yaml.org,2002:str"):
        return None
    value = node.resolved
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        value = _as_float(node.value.replace("_", ""))
    if isinstance(value, float):
        return _go_float(value)
    return node.value if value is None else str(value)


def _as_float(digits: str) -> float | None:
    """What Go makes of a whole number that no integer holds; None if it stays a text (hexadecimal, or too large for a float)."""
    number = float(digits) if digits.lstrip("+-").isdigit() else float("inf")
    return number if abs(number) < float("inf") else None


def _go_float(value: float) -> str | None:
    """strconv.FormatFloat(value, 'g', -1, 32): the shortest digits that name the same single-precision number."""
    try:
        single = struct.pack("f", value)
        finite = abs(value) < float("inf")
    except OverflowError:
        finite = False
    if not finite:
        return "NaN" if value != value else "+Inf" if value > 0 else "-Inf"
    digits = next(text for length in range(9) if struct.pack("f", float(text := f"{value:.{length}e}")) == single or length == 8)
    mantissa, _, exponent = digits.partition("e")
    power = int(exponent)
    if power < -4 or power >= 6:
        return f"{mantissa}e{power:+03d}"
    return f"{float(digits):.{max(0, _significant(mantissa) - 1 - power)}f}"


def _significant(mantissa: str) -> int:
    return len(mantissa.lstrip("-").replace(".", ""))


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
