"""Maven poms: parents, dependencies, BOMs, plugins, extensions and annotation processors, wherever a pom may name them.

Knows the places in a pom; must not know how poms combine or what a version means.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.budget import spend
from pinlint.ecosystems.maven.names import checked_http
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.effective_poms import DEPENDENCIES, model
from pinlint.semantics.plugin_downloads import downloads, images
from pinlint.semantics.pom_parents import parent_of
from pinlint.semantics.pom_references import Asked, judge, judge_parent, judge_plugin
from pinlint.semantics.poms import dependency_entry, plugin_entry, read
from pinlint.syntax.xml import XmlError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.semantics.effective_poms import Model
    from pinlint.semantics.poms import Section
    from pinlint.syntax.xml import Element
    from pinlint.text import Document
    from pinlint.tree import Tree

_TEMPLATES = (("#set(", "Velocity"), ("#if(", "Velocity"), ("#if (", "Velocity"), ("#foreach", "Velocity"), ("{%", "Jinja"),
              ("{{", "Mustache or Jinja"), ("<%", "ERB or JSP"), ("<#if", "FreeMarker"))  # fmt: skip
#: Where a mark changes nothing about what is an element: comments, CDATA, and text up to the end of its element.
_INSIDE = r"(?s)<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|>[^<>&]*(?=</)"
_PROCESSORS = ("configuration", "annotationProcessorPaths")


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """What a pom asks for, in the order of Maven's documentation, and which repositories it asks without protection."""
    try:
        # A parent is read once a run, whether as a parent or for its own sake.
        pom = tree.memo("maven pom", document.path, lambda: read(document)) or read(document)
    except XmlError as error:
        yield _unreadable(document, error)
        return
    own = model(tree, pom)
    if pom.parent:
        yield judge_parent(own, parent_of(tree, pom))
    for section in (pom.main, *pom.profiles):
        one = model(tree, pom, section.name) if section.name else own
        spend(one.weight)
        yield from _section(section, one)


def _unreadable(document: Document, error: XmlError) -> Fact:
    text = document.text
    line = Span(error.offset, max(text.find("\n", error.offset), min(error.offset + 1, len(text))))
    if str(error).startswith("its root element") or "<" not in text:
        return Fact("foreign", line, str(error) if "<" in text else "it is no XML")
    shaping = re.sub(_INSIDE, "", text)
    for mark, language in _TEMPLATES:
        if mark in shaping:
            return Fact("template", line, language)
    return Fact("unreadable-file", line, str(error))


def _section(part: Section, own: Model) -> Iterator[Reference | Fact]:
    section = part.element
    for entry in part.entries(DEPENDENCIES):
        yield from judge(own, Asked(entry, "imported BOM" if entry.imports else "managed dependency"))
    for element in section.find("dependencies", "dependency"):
        yield from judge(own, Asked(dependency_entry(element), "dependency", managed=True))
    for element in section.find("build", "extensions", "extension"):
        yield from judge(own, Asked(dependency_entry(element), "build extension"))
    for element in section.find("build", "plugins", "plugin"):
        yield from _plugin(element, own, "build plugin")
    for element in section.find("build", "pluginManagement", "plugins", "plugin"):
        yield from _plugin(element, own, "managed plugin")
    for element in section.find("reporting", "plugins", "plugin"):
        yield from _plugin(element, own, "report plugin")
    for element in (*section.find("repositories", "repository"), *section.find("pluginRepositories", "pluginRepository")):
        yield from _repository(element, own)


def _plugin(element: Element, own: Model, role: str) -> Iterator[Reference | Fact]:
    entry = plugin_entry(element)
    yield from judge_plugin(own, Asked(entry, role))
    for dependency in element.find("dependencies", "dependency"):
        yield from judge(own, Asked(dependency_entry(dependency), "plugin dependency"))
    for holder in (element, *element.find("executions", "execution")):
        for paths in holder.find(*_PROCESSORS):
            for path in paths.children:
                yield from judge(own, Asked(dependency_entry(path), "annotation processor", managed=True))
    yield from downloads(element, own.key(entry), own)
    for image, role_ in images(element, own.key(entry)):
        yield from _image(image, role_, own)


def _image(element: Element, role: str, own: Model) -> Iterator[Reference]:
    """The image that a plugin builds upon; none for `scratch`.

    Nothing is written: whether every version of a plugin takes a digest behind a tag is not known.
    """
    from pinlint.ecosystems.oci.names import image_at
    from pinlint.semantics.own_images import builder

    text, problem = own.expand(element.text)
    if not text or text == "scratch":
        return
    local = "it is taken from this machine" if text.startswith(("docker://", "tar://")) else builder(text, own.pom.path, own.tree)
    if why := problem or local:
        yield Reference(Artifact("image", text), "", (), "unknown" if problem else "local", element.span, role, why)
    else:
        found = image_at(text.removeprefix("registry://"), element.span, role)
        yield found._replace(span=element.span).unpinnable()


def _repository(element: Element, own: Model) -> Iterator[Fact]:
    url = element.child("url")
    if url and (why := checked_http(own.expand(url.text).value)):
        yield Fact("insecure-transport", url.span, f"{why} (Maven 3.8.1 and later refuse to)")
    for policy in (*element.find("releases", "checksumPolicy"), *element.find("snapshots", "checksumPolicy")):
        if policy.text == "ignore":
            why = "checksumPolicy ignore: a file with a wrong checksum is used without a word"
            yield Fact("insecure-transport", policy.span, why)
