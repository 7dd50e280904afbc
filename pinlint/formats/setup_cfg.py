"""setup.cfg of setuptools: what a package depends on. Its ranges are right; repositories and archives are judged.

Source: setuptools, config/setupcfg.py: a list of one line is split at semicolons, one of several by lines.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.model import Span
from pinlint.semantics.python_manifests import Place, insecure, mendable, of_text
from pinlint.syntax.ini import entries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact, Reference
    from pinlint.syntax.ini import Entry
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_ROLES = {"install_requires": "project dependency", "tests_require": "group dependency", "setup_requires": "build requirement"}


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Everything that a package asks for."""
    for entry in entries(document.text):
        role = _ROLES.get(entry.key.replace("-", "_"), "") if entry.section == "options" else ""
        if entry.section == "options.extras_require":
            role = "extra dependency"
        if role and not (entry.lines and entry.lines[0][0].startswith("file:")):
            yield from _listed(entry, document, role)


def _listed(entry: Entry, document: Document, role: str) -> Iterator[Reference | Fact]:
    for text, start in entry.lines:
        separated = len(entry.lines) == 1 and start > entry.place.end and "\n" not in document.text[entry.place.end : start]
        for part in re.finditer(r"[^;]+", text) if separated else (re.match(r".*", text),):
            if part is None or not (asked := re.sub(r"(?:\A|\s)#.*", "", part[0]).strip()):
                continue
            at = start + part.start() + part[0].index(asked[0])
            reference = of_text(asked, Place(Span(at, at + len(asked)), asked, at), role)
            yield mendable(reference, document.text, locked=False)
            if fact := insecure(reference):
                yield fact
