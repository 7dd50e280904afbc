"""The hashes of a requirement, one a line, as pip-compile writes them.

Knows the layout of a requirements file; must not know which files the hashes are of.
"""

from __future__ import annotations

from pinlint.model import Reference, Span
from pinlint.pins import Edit, NoPin, Pin
from pinlint.text import Document

__all__ = ["hashes"]


def hashes(reference: Reference, site: Span, document: Document, pin: Pin) -> list[Edit] | NoPin:
    """`name==1.0`, a backslash and a line for each hash, in the file's own line ends; what follows stays behind them."""
    if reference.digests:
        return NoPin("it has hashes that pip does not honour; remove them first, since nobody can tell what they were meant to say")
    text = document.text
    end = next((one for one in ("\r\n", "\n", "\r") if one in text), "\n")
    return [Edit(Span(site.end, site.end), "".join(f" \\{end}    --hash={digest}" for digest in pin.digests))]
