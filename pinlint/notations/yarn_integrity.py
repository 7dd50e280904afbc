"""The integrity of an entry in the lock of yarn 1, where yarn itself would write it: in the line below the address.

Knows lines of that lock; must not know what an integrity means.
"""

from __future__ import annotations

import re

from pinlint.model import Reference, Span
from pinlint.pins import Edit, NoPin, Pin
from pinlint.text import Document

__all__ = ["line"]

_FIELD = re.compile(r"(?P<indent> +)\"?(?P<name>integrity|resolved)\"? +\Z")
_REST = re.compile(r"[^\r\n]*(?P<end>\r?\n|\Z)")


def line(_: Reference, site: Span, document: Document, pin: Pin) -> list[Edit] | NoPin:
    """`integrity sha512-…` in place of the value that is there, else below the `resolved` at `site`, indented as that is."""
    text, value = document.text, pin.digests[0]
    field = _FIELD.fullmatch(text, text.rfind("\n", 0, site.start) + 1, site.start)
    rest = _REST.match(text, site.end)
    if field is None or rest is None:
        return NoPin("its fields do not stand in lines of their own; write the lock again with `yarn install`")
    if field["name"] == "integrity":
        return [Edit(site, value)]
    end = "\r\n" if "\r\n" in text else "\n"
    place = rest.start("end")
    return [Edit(Span(place, place), f"{end}{field['indent']}integrity {value}")]
