"""The sum that a Maven or Gradle wrapper checks: the next line of its properties file, or the value of the one that is there.

Knows lines of properties; must not know how a sum is found.
"""

from __future__ import annotations

import re

from pinlint.model import Reference, Span
from pinlint.pins import Edit, NoPin, Pin
from pinlint.text import Document

__all__ = ["next_line"]

_KEYS = {
    "Gradle distribution": "distributionSha256Sum",
    "Maven distribution": "distributionSha256Sum",
    "Maven wrapper jar": "wrapperSha256Sum",
}
_REST_OF_LINE = re.compile(r"[^\r\n]*")
_LINE_END = re.compile(r"\r\n|\r|\n")
_SEPARATOR = re.compile(r"[ \t\f]*[=:][ \t\f]*\Z")


def next_line(reference: Reference, site: Span, document: Document, pin: Pin) -> list[Edit] | NoPin:
    """`distributionSha256Sum=…` below its address, with the separator of that line and the line end of the file."""
    value = pin.digests[0].removeprefix("sha256:")
    if site.start != site.end:
        return [Edit(site, value)]
    text = document.text
    rest = _REST_OF_LINE.match(text, site.end)
    end = rest.end() if rest else site.end
    if text[:end].endswith("\\"):
        return NoPin("the address is continued on the next line, so the sum has no line of its own")
    line_end = _LINE_END.match(text, end) or _LINE_END.search(text)
    span = reference.span
    separator = _SEPARATOR.search(text[: span.start]) if isinstance(span, Span) else None
    return [
        Edit(
            Span(end, end),
            f"{line_end[0] if line_end else chr(10)}{_KEYS[reference.role]}{separator[0] if separator else '='}{value}",
        )
    ]
