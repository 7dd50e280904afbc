"""Compose: the images that services run, and what their builds take from elsewhere.

Source: docs.docker.com/reference/compose-file; compose-spec/compose-go, loader and template. `env_file` gives variables to
containers, not to the file; `.env` beside the file does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.git.contexts import remote_source
from pinlint.ecosystems.oci.built import builder
from pinlint.ecosystems.oci.inline_dockerfile import inline_dockerfile
from pinlint.ecosystems.oci.interpolated import interpolated_image
from pinlint.ecosystems.oci.written import local_image, unknown_image
from pinlint.formats.compose.project import Project, is_compose, services
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.syntax.interpolation import expand
from pinlint.syntax.yaml import Node, literal, read, select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_CACHE = "a build cache is meant to change with every build; whoever may write it has a say in the build"
#: A name with its registry is loaded from there by somebody; one without may never have been anywhere.
_REGISTRY = re.compile(r"[^/]*[.:][^/]*/")
#: A context in a list is written `name=source`.
_SCHEME = re.compile(r"\A[\w.-]+=(?!/)")


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """The image of every service that is not built, then what builds, models and includes ask for."""
    roots = [root for root in read(document) if is_compose(root)]
    if not roots:
        yield Fact("foreign", Span(0, 0), "no Compose file: it has no services")
        return
    project = Project(document.path, roots, tree)
    seen: set[Span] = set()
    for reference in _all(roots, document, project):
        if reference is not None and reference.span not in seen:
            assert isinstance(reference.span, Span)
            seen.add(reference.span)
            yield reference


def _all(roots: list[Node], document: Document, project: Project) -> Iterator[Reference | None]:
    """What every part of a file asks for; a part that several services share comes several times."""
    for root in roots:
        named = services(root)
        yield from _images(named, document, project)
        for service in {id(service): service for service in named.values()}.values():
            yield from _service(service, document, project)
        for model in select(root, "models", "*", "model"):
            yield interpolated_image(model, document, "model", project.variables)
        for include in select(root, "include", "*"):
            path = include.get("path")
            for node in [include] if path is None else path.elements or [path]:
                yield _source(node, document, "included project", project)


def _images(named: dict[str, Node], document: Document, project: Project) -> Iterator[Reference | None]:
    """What services run. An image that several services share by an anchor is built as soon as one of them builds it."""
    users: dict[int, list[tuple[str, Node, Node]]] = {}
    for name, service in named.items():
        for node in service.every("image"):
            if node.value:
                users.setdefault(id(node), []).append((name, service, node))
    for uses in users.values():
        node = uses[0][2]
        text = expand(node.value.strip(), project.variables).text
        own = (project.own(name, service, text) for name, service, _ in uses)
        verdict, why = next((found for found in own if found[0]), ("", ""))
        found = interpolated_image(node, document, "service image", project.variables)
        if not verdict and (why := builder(text, document.path, project.tree)):
            verdict = "local"
        policy = uses[0][1].get("pull_policy")
        if not verdict and policy is not None and policy.value == "never" and found is not None and not _REGISTRY.match(text):
            verdict, why = "unknown", "pull_policy never: whatever bears this name on the machine is run"
        if verdict and found is not None:
            found = (local_image if verdict == "local" else unknown_image)(node, document, "service image", why)
        yield found


def _service(service: Node, document: Document, project: Project) -> Iterator[Reference | None]:
    """What a service asks for besides its image."""
    if (build := service.get("build")) is not None:
        yield from _build(build, document, project)
    for volume in select(service, "volumes", "*"):
        if (kind := volume.get("type")) is not None and kind.value == "image" and (source := volume.get("source")) is not None:
            yield interpolated_image(source, document, "mounted image", project.variables)
    if (kind := next(select(service, "provider", "type"), None)) is not None and kind.value == "model":
        for model in select(service, "provider", "options", "model"):
            yield interpolated_image(model, document, "model", project.variables)
    for file in select(service, "extends", "file"):
        yield _source(file, document, "extended service", project)


def _build(build: Node, document: Document, project: Project) -> Iterator[Reference | None]:
    for context in [build] if build.kind == "scalar" else select(build, "context"):
        yield _source(context, document, "build context", project)
    for inline in select(build, "dockerfile_inline"):
        yield from inline_dockerfile(inline, document, _names(build))
    for context in select(build, "additional_contexts", "*"):
        yield _source(context, document, "build context", project)
    for cache in select(build, "cache_from", "*"):
        if (kind := re.search(r"type=(\w+)", cache.value)) is None or kind[1] == "registry":
            yield local_image(cache, document, "build cache", _CACHE)


def _names(build: Node) -> list[str]:
    """The names of a build's additional contexts."""
    listed = build.get("additional_contexts")
    if listed is None:
        return []
    return [key.value for key, _ in listed.items()] or [node.value.partition("=")[0] for node in listed.elements]


def _source(node: Node, document: Document, role: str, project: Project) -> Reference | None:
    """What a context or an included path is fetched from; None where it is a folder or file of the project."""
    if node.kind != "scalar" or not literal(node):
        return None
    expansion = expand(node.value, project.variables)
    name, text = expansion.text[: len(expansion.text) - len(_SCHEME.sub("", expansion.text))], _SCHEME.sub("", expansion.text)
    if text.startswith(("docker-image://", "oci://")):
        return interpolated_image(node, document, role, project.variables, name + text.partition("://")[0] + "://")
    inner = node.inner
    found = remote_source(text, Span(inner.start + len(name), inner.end), role)
    if found is None or (expansion.whole == 0 and document.text[inner.start : inner.end] == node.value):
        return found
    if expansion.missing:
        why = f"nothing in the repository says what ${expansion.missing[0]} is"
        return Reference(Artifact(found.artifact.kind, node.value), "", (), "unknown", inner, role, why)
    return found._replace(span=inner, site=None, notation="")
