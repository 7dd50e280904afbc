"""Gradle's verification-metadata.xml: the checksums of every artifact.

Source: the Gradle user guide (verifying dependencies). All sums that are listed for an artifact are compared. Where
`verify-metadata` is false poms are not: another pom can choose among the artifacts that are listed, of which each is compared, and
nothing else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.syntax.xml import XmlError, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.xml import Element
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_ROLE = "verified module"
_LENGTHS = {"sha512": 128, "sha256": 64, "sha1": 40, "md5": 32}


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every artifact with what it is compared by; the fact that verification is switched off."""
    try:
        root = parse(document.text)
    except XmlError as error:
        yield Fact("unreadable-lock", Span(error.offset, min(error.offset + 1, len(document.text))), str(error))
        return
    if root.name != "verification-metadata":
        yield Fact("foreign", root.tag, f"its root element is <{root.name}>, not <verification-metadata>")
        return
    for component in root.find("components", "component"):
        group, name, version = (_attribute(component, key) for key in ("group", "name", "version"))
        for artifact in component.find("artifact"):
            yield _reference(artifact, f"{group}:{name}", version)


def _attribute(element: Element, name: str) -> str:
    found = element.attribute(name)
    return found[0] if found else ""


def _reference(artifact: Element, module: str, version: str) -> Reference:
    named = artifact.attribute("name")
    span = named[1] if named else artifact.tag
    sums = {child.name: _attribute(child, "value") for child in artifact.children if child.name in _LENGTHS}
    digests = tuple(f"{algorithm}:{text}" for algorithm, text in sums.items())
    kind = Artifact("maven", module)
    bad = next((key for key, text in sums.items() if not re.fullmatch(rf"[0-9a-fA-F]{{{_LENGTHS[key]}}}", text)), "")
    if bad:
        return Reference(
            kind, version, digests, "version", span, _ROLE, f"its {bad} sum has not the digits of one, so nothing can match it"
        )
    if sums.keys() & {"sha512", "sha256"}:
        return Reference(kind, version, digests, "digest", span, _ROLE)
    if sums:
        return Reference(kind, version, digests, "weak-digest", span, _ROLE, "it is compared by nothing stronger than SHA-1")
    return Reference(kind, version, (), "version", span, _ROLE, "a signature or nothing says which bytes it is")
