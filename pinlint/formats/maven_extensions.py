"""Maven core extensions: `.mvn/extensions.xml`, what Maven loads before it reads a single pom.

Knows the places in that file; must not know what a version means.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.maven.names import verdict
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.effective_poms import module
from pinlint.semantics.poms import Coordinates, config, dependency_entry
from pinlint.syntax.xml import XmlError, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pinlint.syntax.xml import Element
    from pinlint.text import Document
    from pinlint.tree import Tree

_PROPERTY = re.compile(r"\$\{([^{}]*)\}")


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Every core extension, in order."""
    try:
        root = parse(document.text)
        if root.name != "extensions":
            yield Fact("foreign", root.tag, f"its root element is <{root.name}>, not <extensions>")
            return
    except XmlError as error:
        end = max(document.text.find("\n", error.offset), min(error.offset + 1, len(document.text)))
        yield Fact("unreadable-file", Span(error.offset, end), str(error))
        return
    properties = config(tree, document.path).properties
    for element in root.find("extension"):
        yield _extension(element, properties, tree)


def _extension(element: Element, properties: Mapping[str, str], tree: Tree) -> Reference:
    entry = dependency_entry(element)
    version = _PROPERTY.sub(lambda found: properties.get(found[1], found[0]), entry.version)
    if "${" in version:
        level, why = "unknown", f"{version} is set neither here nor in .mvn/maven.config"
    elif not version:
        level, why = "unknown", "no version: Maven refuses to load it"
    elif version.endswith("SNAPSHOT") and (found := module(tree, Coordinates(entry.group, entry.artifact, version))):
        level, why = "local", f"it is {found.path} of this repository"
    else:
        level, why = verdict(version)
    if not (entry.group and entry.artifact):
        level, why = "unknown", "its groupId or artifactId is missing"
    written = version == entry.version and bool(version)
    place = entry.place.span
    made = Reference(Artifact("maven", f"{entry.group}:{entry.artifact}"), version, (), level, place, "core extension", why)
    return made._replace(site=place, notation="xml-text") if written else made
