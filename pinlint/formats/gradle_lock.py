"""Gradle's lock files: the version of every module that a configuration resolved to. They hold no hashes.

Source: the Gradle user guide (locking versions): `group:artifact:version=configurations`, and a last line `empty=`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.maven.gradle import verdict
from pinlint.model import Artifact, Fact, Reference, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_LINE = re.compile(
    r"(?m)^(?P<comment>#.*)$|^(?P<conflict>(?:<{7}|={7}|>{7})(?: .*)?\r?)$"
    r"|^(?P<name>[^:=\s#]+:[^:=\s]+):(?P<version>[^=\s:]+)(?:=|\s*$)"
)


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every locked module."""
    lines = list(_LINE.finditer(document.text))
    if broken := next((found for found in lines if found["conflict"]), None):
        why = "it holds merge-conflict markers; take either side, then run `gradlew dependencies --write-locks`"
        yield Fact("unreadable-lock", Span(*broken.span("conflict")), why)
        return
    for found in lines:
        if found["name"]:
            level, why = verdict(found["version"])
            span = Span(found.start("name"), found.end("version"))
            yield Reference(Artifact("maven", found["name"]), found["version"], (), level, span, "locked module", why)
