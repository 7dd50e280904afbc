"""A version of text alone: the exact one in place of the range that was written, inside its quotes."""

from __future__ import annotations

import re

from pinlint.model import Reference, Span
from pinlint.pins import Edit, NoPin, Pin
from pinlint.text import Document

__all__ = ["is_exact", "version"]


def version(_: Reference, site: Span, __: Document, pin: Pin) -> list[Edit] | NoPin:
    """`version: 19.5.5`, `orb@5.1.3`; nothing that is no version gets into a file."""
    return [Edit(site, pin.version)] if is_exact(pin.version) else NoPin("what came back is no version")


def is_exact(text: str) -> bool:
    """Whether `text` is a whole semantic version: it reads as text in every language, quoted or not."""
    return re.fullmatch(r"v?\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?", text) is not None
