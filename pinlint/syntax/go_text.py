"""The text that Go makes of a YAML scalar where a field is one: `1.10` becomes "1.1", `yes` becomes "true".

Knows how sigs.k8s.io/yaml reads YAML 1.1 into a Go string; must not know which field it is.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinlint.syntax.nodes import Node

__all__ = ["go_text"]


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
