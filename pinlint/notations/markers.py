"""Comments by which another tool says that it writes this place: what it writes next would drop a pin, or leave a stale one.

Knows such comments; must not know kinds of pins.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinlint.model import Span
    from pinlint.text import Document

__all__ = ["updater"]

_FLUX = (
    "Flux's image automation writes this place ($imagepolicy) and would drop the digest; "
    "`digestReflectionPolicy` makes it write one"
)
_KPT = "a setter of kpt writes this place, and takes what stands there for its value; give the setter the digest"
_RELEASE = "release-please writes the version that stands here, and would leave the digest of the last one behind it"
#: What a comment on the line of a value holds → why nothing is written there.
_MARKERS = (
    (re.compile(r"\{\s*\"\$imagepolicy\"\s*:"), _FLUX),
    (re.compile(r"#\s*kpt-set:|\{\s*\"\$(?:kpt-set|openapi)\"\s*:|\{\s*\"\$ref\"\s*:\s*\"#/definitions/io\.k8s\.cli\.set"), _KPT),
    (re.compile(r"x-release-please-(?:version|major|minor|patch)\b"), _RELEASE),
)
_BLOCK = "x-release-please-"


def updater(site: Span, document: Document) -> str:
    """Who writes the place at `site` by a comment beside it, and what to do instead of a pin; "" where nobody does."""
    text = document.text
    end = text.find("\n", site.end)
    comment = text[site.end : end if end >= 0 else len(text)]
    for marker, why in _MARKERS:
        if marker.search(comment):
            return why
    opened = text.rfind(f"{_BLOCK}start-", 0, site.start)
    return _RELEASE if opened >= 0 and text.find(f"{_BLOCK}end", opened, site.start) < 0 else ""
