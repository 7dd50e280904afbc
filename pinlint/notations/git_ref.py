"""The ref in the address of a git repository: a commit takes its place.

Knows where VCS requirements and Dockerfiles write a ref; must not know how a commit is found.
"""

from __future__ import annotations

import re

from pinlint.model import Reference, Span
from pinlint.pins import Edit, Pin
from pinlint.text import Document

__all__ = ["fragment", "revision"]

_REST_OF_LINE = re.compile(r"[^\r\n]*")


def fragment(site: Span, pin: Pin) -> list[Edit]:
    """`repository.git#COMMIT` or `?ref=COMMIT`: only the ref changes. A Dockerfile has no place on the line for the old one."""
    return [Edit(site, pin.digests[0])]


def revision(reference: Reference, site: Span, document: Document, pin: Pin) -> list[Edit]:
    """`git+https://…@COMMIT`, with the old ref in a comment for people and update bots, where the line has room for one."""
    bare = site.start == site.end and document.text[site.start - 1 : site.start] != "@"
    made = [Edit(site, f"{'@' if bare else ''}{pin.digests[0]}")]
    found = _REST_OF_LINE.match(document.text, site.end)
    rest = found[0] if found else ""
    named = reference.version and reference.version not in reference.digests
    if named and "\\" not in rest and not re.search(r"\s#", rest) and not re.search(r"[\s#]", reference.version):
        end = site.end + len(rest.rstrip())
        made.append(Edit(Span(end, end), f"  # {reference.version}"))
    return made
