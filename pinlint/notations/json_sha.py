"""A commit as a member of a JSON object of its own, beside the ref or the address of a repository.

Knows the text of JSON objects; must not know how a commit is found.
"""

from __future__ import annotations

import re

from pinlint.model import Reference, Span
from pinlint.pins import Edit, NoPin, Pin
from pinlint.text import Document

__all__ = ["beside"]

#: The member of a value, up to the value's quote: what stands before it, and between it and its value.
_MEMBER = re.compile(r'(?P<before>[{,])(?P<space>[ \t\r\n]*)"(?:ref|url|repo)"(?P<colon>[ \t]*:[ \t]*)"\Z')
_LONGEST = 200


def beside(_: Reference, site: Span, document: Document, pin: Pin) -> list[Edit] | NoPin:
    """`, "sha": "COMMIT"` behind the value at `site`, with the spaces and line ends that its member has."""
    text = document.text
    found = _MEMBER.search(text[max(0, site.start - _LONGEST) : site.start])
    if found is None or text[site.end : site.end + 1] != '"':
        return NoPin("its key and its value do not stand side by side in one line; write the commit as sha by hand")
    space = found["space"] if found["before"] == "," or "\n" in found["space"] else " "
    return [Edit(Span(site.end + 1, site.end + 1), f',{space}"sha"{found["colon"]}"{pin.digests[0]}"')]
