"""Argo CD: the repositories and charts that applications and application sets deploy.

Source: argo-cd.readthedocs.io (application specification, tracking strategies, generators). What a list generator's elements set is
judged there; what other generators fill in is known to the cluster alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.git.names import repository_name
from pinlint.ecosystems.oci.names import image_at
from pinlint.ecosystems.url.names import is_insecure, without_credentials
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.chart_values import images
from pinlint.semantics.charts import chart
from pinlint.semantics.git_refs import at_ref
from pinlint.semantics.own_repository import is_own
from pinlint.semantics.typed_texts import taken_as_text
from pinlint.syntax.embedded import embedded
from pinlint.syntax.manifest import Object, family, objects, raw, text
from pinlint.syntax.yaml import Node, literal, read, select, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_ROLE = "application source"
_VARIABLE = re.compile(r"\{\{-?\s{0,9}\.?([\w.-]{1,100})\s{0,9}-?\}\}")
#: Git allows none of these in a ref, so Argo CD reads a range of versions.
_RANGE = re.compile(r"[*^~<>]|\.x$|\s")
_IN_CLUSTER = re.compile(r"http://[^/]*\.svc(?:\.[\w.-]*)?(?::\d+)?(?:/|$)")
_TEMPLATE = "a template fills it in"


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Every source of every application, and the repositories that generators read."""
    roots = read(document)
    for one in objects(roots):
        if family(one) != "argo_cd":
            continue
        past = {id(node) for key in ("status", "operation") for top in select(one.node, key) for node in walk(top)}
        elements = _elements(one)
        for mapping in one.mappings:
            if id(mapping) not in past and mapping.get("repoURL") is not None:
                yield from _source(mapping, elements, document, tree)


def _elements(one: Object) -> dict[str, list[Node]]:
    """What the elements of list generators set, by the name that templates call it."""
    found: dict[str, list[Node]] = {}
    for mapping in one.mappings:
        for element in select(mapping, "list", "elements", "*"):
            for key, value in element.items():
                if text(value):
                    found.setdefault(key.value, []).append(value)
    return found


def _source(mapping: Node, elements: dict[str, list[Node]], document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    address = mapping.get("repoURL")
    if address is None or not text(address):
        return
    url = raw(address, document)
    if literal(address) and is_insecure(url) and not _IN_CLUSTER.match(url):
        yield Fact("insecure-transport", address.span, f"{without_credentials(url)} is read without TLS")
    generator = mapping.get("targetRevision") is None and mapping.get("revision") is not None
    revision = mapping.get("revision" if generator else "targetRevision")
    yield from _images(mapping, document)
    for values in (*select(mapping, "helm", "valuesObject"), *_texts(mapping, document)):
        yield from images(values, document)
    filled = _VARIABLE.fullmatch(raw(revision, document)) if revision is not None and revision.kind == "scalar" else None
    # What an element says is judged for the first source that takes it: each place once.
    named = elements.get(filled[1]) if filled else None
    for node in [revision] if named is None else named:
        found = _judged(mapping, address, node, document, tree)
        yield found if found.verdict == "local" or named is not None else taken_as_text(found, node)
    if named:
        named.clear()


def _texts(mapping: Node, document: Document) -> Iterator[Node]:
    """The values of a chart that are written as a text."""
    for node in select(mapping, "helm", "values"):
        yield from embedded(node, document)


def _judged(mapping: Node, address: Node, revision: Node | None, document: Document, tree: Tree) -> Reference:
    url, named = raw(address, document), mapping.get("chart")
    unknown = "" if revision is None or literal(revision) else _TEMPLATE
    if named is not None and text(named):
        name = raw(named, document)
        return chart(name, url, revision, document, named.inner, "application chart", unknown)
    if url.startswith("oci://"):
        return _artifact(url, address, revision, unknown)
    artifact = Artifact("git", repository_name(url), without_credentials(url))
    if not literal(address):
        unknown = _TEMPLATE
    found = at_ref(artifact, revision, document, address.inner, _ROLE, unknown)
    if not unknown and is_own(artifact.name, tree):
        return found._replace(verdict="local", digests=(), why="this repository itself").unpinnable()
    if found.verdict == "floating" and _RANGE.search(found.version):
        return found._replace(verdict="range", why="a range of tags, so the next one changes what is deployed").unpinnable()
    return found


def _artifact(url: str, address: Node, revision: Node | None, unknown: str) -> Reference:
    """An OCI artifact, which a tag or a digest in `targetRevision` names."""
    version = text(revision)
    separator = "" if not version else "@" if version.startswith("sha256:") else ":"
    place = revision.inner if revision is not None and version else address.inner
    found = image_at(f"{url.removeprefix('oci://')}{separator}{version}", Span(0, 0), _ROLE)
    found = found._replace(span=place).unpinnable()
    return found._replace(verdict="unknown", digests=(), why=unknown) if unknown or not literal(address) else found


def _images(mapping: Node, document: Document) -> Iterator[Reference]:
    """What `kustomize.images` puts in: `name=image` or the image alone."""
    for node in select(mapping, "kustomize", "images", "*"):
        if node.kind != "scalar" or not literal(node) or not node.value or raw(node, document) != node.value:
            continue
        at = node.value.find("=") + 1
        yield image_at(node.value[at:], Span(node.inner.start + at, node.inner.end), "kustomize image")
