"""The text of an image: its digest after the tag, or at the end of an ARG's default."""

from __future__ import annotations

import re

from pinlint.model import Reference, Span
from pinlint.pins import Edit, NoPin, Pin
from pinlint.text import Document

__all__ = ["argument", "tag"]


def tag(reference: Reference, site: Span, document: Document, pin: Pin) -> list[Edit]:
    """`name:tag@sha256:…`: the tag stays, a missing one is written out, a useless digest gives way."""
    written = document.text[site.start : site.end]
    at = written.find("@")
    start = site.start + at if at >= 0 else site.end
    tag = reference.version.partition("@")[0] if reference.version not in reference.digests else ""
    return [Edit(Span(start, site.end), f"{'' if tag else f':{pin.version}'}@{pin.digests[0]}")]


def argument(reference: Reference, site: Span, document: Document, pin: Pin) -> list[Edit] | NoPin:
    """The default of an ARG that a single image uses up to its last character: there the digest can be appended."""
    name = _argument_name(document.text, site)
    span = reference.span
    assert isinstance(span, Span)
    used = re.findall(rf"\$(?:{{{re.escape(name)}[^\w]|{re.escape(name)}\b)", document.text)
    if len(used) > 1:
        return NoPin(f"ARG {name} feeds {len(used)} places: pin each image where it is named")
    asked = document.text[span.start : span.end].rstrip("\"'")
    if not asked.endswith((f"${name}", f"${{{name}}}")):
        return NoPin(f"the image is put together from ARG {name} and more; write it out, or pin it by hand")
    if "@" in document.text[site.start : site.end]:
        return NoPin(f"the default of ARG {name} already holds a digest; correct it by hand")
    quoted = document.text[site.end - 1] in "\"'"
    end = site.end - quoted
    tag = reference.version.partition("@")[0]
    return [Edit(Span(end, end), f"{'' if tag else f':{pin.version}'}@{pin.digests[0]}")]


def _argument_name(text: str, site: Span) -> str:
    match = re.search(r"(\w+)=$", text[max(0, site.start - 200) : site.start])
    return match[1] if match else ""
