"""The hashes of a requirement, one a line, as pip-compile writes them.

Knows the layout of a requirements file; must not know which files the hashes are of.
"""

from __future__ import annotations

import re

from pinlint.model import Reference, Span
from pinlint.pins import Edit, NoPin, Pin
from pinlint.text import Document

__all__ = ["hashes"]

#: A hash with what separates it from what stands before; a continued line may lie between.
_HASHES = re.compile(r"(?<=[^\s\\])(?:(?:[ \t\f]|\\(?:\r\n?|\n))+--hash[= ][ \t]*\S+)+")
_EXTRAS = re.compile(r"[ \t]*\[[^\[\]\n]*\]")


def hashes(reference: Reference, site: Span, document: Document, pin: Pin) -> list[Edit] | NoPin:
    """`name==1.0`, a backslash and a line for each hash, in the file's own line ends; what follows stays behind them. A requirement
    that names no single version gets the pin's, in place of its specifiers or after its name and extras. Hashes that pip does not
    honour give way to the pin's, which were compared with them."""
    text = document.text
    end = next((one for one in ("\r\n", "\n", "\r") if one in text), "\n")
    written = "".join(f" \\{end}    --hash={digest}" for digest in pin.digests)
    if reference.digests:
        if reference.verdict in ("floating", "range"):
            return NoPin("its hashes say which file is meant: write the version with == that this file is of")
        old = _HASHES.search(text, site.start, site.end)
        if old is None or old.end() != site.end or reference.verdict != "version" or not pin.digests:
            return NoPin("it has hashes that pip does not honour, and they do not stand together behind it; remove them first")
        return [Edit(Span(*old.span()), written)]
    if reference.verdict not in ("floating", "range"):
        return [Edit(Span(site.end, site.end), written)]
    place = reference.span
    assert isinstance(place, Span)
    if not reference.version:
        extras = _EXTRAS.match(text, place.end, site.end)
        place = Span(extras.end(), extras.end()) if extras else Span(place.end, place.end)
    if place.end == site.end:
        return [Edit(place, f"=={pin.version}{written}")]
    return [Edit(place, f"=={pin.version}"), *([Edit(Span(site.end, site.end), written)] if written else [])]
