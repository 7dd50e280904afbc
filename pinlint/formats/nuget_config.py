"""nuget.config: the servers that packages are asked from, over TLS or not, and whether several may answer for the same name.

Source: the NuGet documentation (nuget.config, package source mapping).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.url.names import is_insecure, without_credentials
from pinlint.model import Fact, Span
from pinlint.syntax.xml import XmlError, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Reference
    from pinlint.syntax.xml import Element
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """No reference: facts about the sources alone."""
    try:
        root = parse(document.text)
    except XmlError as error:
        yield Fact("unreadable-file", Span(error.offset, min(error.offset + 1, len(document.text))), str(error))
        return
    if root.name != "configuration":
        yield Fact("foreign", root.tag, f"its root element is <{root.name}>, not <configuration>")
        return
    off = {key for element in root.find("disabledPackageSources", "add") if (key := _attribute(element, "key"))}
    asked: dict[str, tuple[str, Span]] = {}
    for element in root.find("packageSources", "add"):
        value = element.attribute("value")
        if value is None or "://" not in value[0] or value[0].startswith("file:") or _attribute(element, "key") in off:
            continue
        if is_insecure(value[0]):
            yield Fact("insecure-transport", value[1], f"packages are fetched from {without_credentials(value[0])} without TLS")
        asked.setdefault(_owner(value[0]), (without_credentials(value[0]), value[1]))
    if len(asked) > 1 and root.child("packageSourceMapping") is None:
        (first, _), (second, place) = list(asked.values())[:2]
        why = f"{first} and {second} may answer for the same name, and NuGet takes whichever answers first"
        yield Fact("ambiguous-index", place, f"{why}; say in a packageSourceMapping which names are whose")


def _attribute(element: Element, name: str) -> str:
    found = element.attribute(name)
    return found[0] if found else ""


def _owner(address: str) -> str:
    """The server and the first folder of an address: feeds of one organisation are as good as one."""
    host, _, path = without_credentials(address).partition("://")[2].partition("/")
    return f"{host.lower()}/{path.partition('/')[0].lower()}"
