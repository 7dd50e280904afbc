"""A version of text alone: the exact one in place of the range that was written, inside its quotes."""

from __future__ import annotations

import re

from pinlint.model import Span
from pinlint.pins import Edit, NoPin, Pin

__all__ = ["version"]


def version(site: Span, pin: Pin) -> list[Edit] | NoPin:
    """`version: 19.5.5`, `orb@5.1.3`; nothing that is no version gets into a file."""
    if not re.fullmatch(r"v?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?", pin.version):
        return NoPin("what came back is no version")
    return [Edit(site, pin.version)]
