"""The text of an element: a version in place of the one that is written there.

Knows text between tags; must not know what a version means.
"""

from __future__ import annotations

import re

from pinlint.model import Reference, Span
from pinlint.pins import Edit, NoPin, Pin
from pinlint.text import Document

__all__ = ["version"]


def version(reference: Reference, site: Span, document: Document, pin: Pin) -> list[Edit] | NoPin:
    """The version, with the white space around it kept. Comments and entities inside are for people to edit."""
    written = document.text[site.start : site.end]
    if written.strip() != reference.version:
        return NoPin("its version is not written in one plain piece; edit it by hand")
    if not re.fullmatch(r"[A-Za-z0-9._+-]+", pin.version):
        return NoPin(f"{pin.version[:60]!r} is no version that can stand in a pom as it is")
    start = site.start + written.index(reference.version)
    return [Edit(Span(start, start + len(reference.version)), pin.version)]
