"""Argo Workflows: the images of containers, scripts, container sets and sidecars, and the repositories and files that go in.

Source: argo-workflows.readthedocs.io (fields, variables). A parameter is followed to what the file gives it: a default, a value,
the arguments of a call. `{{item}}` and what an earlier step puts out are known to nobody before the workflow runs.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.git.names import repository_name
from pinlint.ecosystems.url import names as url
from pinlint.model import Artifact, Reference
from pinlint.semantics.filled_images import filled_image
from pinlint.semantics.git_refs import at_ref
from pinlint.semantics.images import image, local_image
from pinlint.semantics.own_images import builder
from pinlint.semantics.pods import pod_images
from pinlint.syntax.manifest import Object, family, objects, raw, text
from pinlint.syntax.variables import fill
from pinlint.syntax.yaml import Node, literal, read, select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_VARIABLE = re.compile(r"\{\{\s{0,9}([^{}]{1,300}?)\s{0,9}\}\}")


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """What the workflows of a file run in and take in, each place once."""
    roots = read(document)
    seen: set[int] = set()
    for one in objects(roots):
        if family(one) != "argo_workflows":
            continue
        given = _parameters(one, document)
        for node, role in _images(one):
            if id(node) not in seen:
                seen.add(id(node))
                if (found := _image(node, role, document, tree, given)) is not None:
                    yield found
        for mapping in one.mappings:
            for key in ("inputs", "arguments"):
                for artifact in select(mapping, key, "artifacts", "*"):
                    if id(artifact) not in seen:
                        seen.add(id(artifact))
                        yield from _artifact(artifact, document)


def _images(one: Object) -> Iterator[tuple[Node, str]]:
    for mapping in one.mappings:
        script = mapping.get("script")
        if script is not None and (node := script.get("image")) is not None:
            yield node, "script image"
        listed = mapping.get("sidecars")
        for container in listed.elements if listed is not None else ():
            if (node := container.get("image")) is not None:
                yield node, "sidecar image"
    yield from pod_images(one.mappings)


def _parameters(one: Object, document: Document) -> dict[str, list[str]]:
    """What the file gives each parameter, under the names of its variables."""
    found: dict[str, list[str]] = {}
    lists = {id(listed): listed for mapping in one.mappings if (listed := mapping.get("parameters")) is not None}
    for listed in lists.values():
        for parameter in listed.elements:
            name = text(parameter.get("name"))
            for node in (parameter.get("default"), parameter.get("value")):
                if name and node is not None and text(node):
                    for spelling in ("inputs.parameters", "workflow.parameters"):
                        found.setdefault(f"{spelling}.{name}", []).append(raw(node, document))
    return found


def _image(node: Node, role: str, document: Document, tree: Tree, given: dict[str, list[str]]) -> Reference | None:
    if node.kind != "scalar":
        return None
    written = raw(node, document)
    if "{{" in written:
        filled = fill(written, given, _VARIABLE)
        return filled_image(node, document, role, filled, f"only a run knows {' and '.join(filled.missing)}")
    if why := builder(node.value, document.path, tree):
        return local_image(node, document, role, why)
    return image(node, document, role)


def _artifact(node: Node, document: Document) -> Iterator[Reference]:
    git, http = node.get("git"), node.get("http")
    repository = git.get("repo") if git is not None else None
    if git is not None and repository is not None and text(repository):
        address = raw(repository, document)
        artifact = Artifact("git", repository_name(address), url.without_credentials(address))
        revision = git.get("revision")
        variable = "" if literal(repository) and (revision is None or literal(revision)) else "a parameter fills it in"
        yield at_ref(artifact, revision, document, repository.inner, "input repository", variable)
    address_node = http.get("url") if http is not None else None
    if address_node is not None and text(address_node):
        address = raw(address_node, document)
        verdict, why = url.url_verdict(address) if literal(address_node) else ("unknown", "a parameter fills it in")
        artifact = Artifact("url", url.without_credentials(address), url.origin(address))
        yield Reference(artifact, "", (), verdict, address_node.inner, "input file", why)
