"""Explicit lists of conda (`@EXPLICIT`), as conda-lock writes them for one platform: an address a line, its hash behind a #.

Source: conda, misc.py (`explicit`): `#` and 32 digits are an MD5, `#sha256:` and 64 a SHA-256.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.model import Fact, Span
from pinlint.semantics.conda_packages import Entry, judged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Reference
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_LINE = re.compile(r"^[ \t]*([^\s#][^\s#]*)(?:#(?:(sha256)[:=])?([^\s#]*))?", re.MULTILINE)


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every package."""
    if "@EXPLICIT" not in document.text:
        yield Fact("foreign", Span(0, 0), "no explicit list of conda: it does not say @EXPLICIT")
        return
    found = []
    for line in _LINE.finditer(document.text):
        address, algorithm, digits = line.groups()
        if not address.startswith("@"):
            hashes = (f"{algorithm or 'md5'}:{digits}",) if digits else ()
            found.append(Entry(Span(line.start(1), line.end()), "conda", address, hashes))
    yield from judged(found, "conda")
