"""Compose: the images that services run, and what their builds take from elsewhere.

Source: docs.docker.com/reference/compose-file; compose-spec/compose-go, loader and template. `env_file` gives variables to
containers, not to the file; `.env` beside the file does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.formats.compose.project import Project, is_compose, services
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.build_contexts import remote_source
from pinlint.semantics.images import local_image, unknown_image
from pinlint.semantics.inline_dockerfile import inline_dockerfile
from pinlint.semantics.interpolated_images import interpolated_image
from pinlint.semantics.own_images import builder
from pinlint.syntax.interpolation import expand
from pinlint.syntax.placed import expanded, scalar
from pinlint.syntax.variables import names
from pinlint.syntax.yaml import Node, literal, read, select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.semantics.builds import Given
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
    seen: set[tuple[object, str, str]] = set()
    for reference in _all(roots, document, project):
        key = (reference.span, reference.artifact.name, reference.version) if reference is not None else None
        if reference is not None and key is not None and key not in seen:
            seen.add(key)
            yield reference


def _all(roots: list[Node], document: Document, project: Project) -> Iterator[Reference | None]:
    """What every part of a file asks for; a part that several services share comes several times."""
    given: list[Reference] = []
    readers: dict[Span, set[str]] = {}
    builds: set[int] = set()
    for root in roots:
        named = services(root)
        yield from _images(named, document, project)
        for service in {id(service): service for service in named.values()}.values():
            build = service.get("build")
            if build is not None and id(build) not in builds:
                builds.add(id(build))
                yield from _build(build, document, project)
                given += _given(build, document, project, readers)
            yield from _service(service, document, project)
        for model in select(root, "models", "*", "model"):
            yield interpolated_image(model, document, "model", project.variables)
        for include in select(root, "include", "*"):
            path = include.get("path")
            for node in [include] if path is None else path.elements or [path]:
                yield _source(node, document, "included project", project)
    if given:
        from pinlint.semantics.builds import settled

        yield from settled(given, readers)


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
    """What a service asks for besides its image and its build."""
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
        yield from _inline(inline, build, document, project)
    for context in (*select(build, "additional_contexts", "*"), *select(build, "x-bake", "contexts", "*")):
        yield _source(context, document, "build context", project)
    for cache in select(build, "cache_from", "*"):
        if (kind := re.search(r"type=(\w+)", cache.value)) is None or kind[1] == "registry":
            yield local_image(cache, document, "build cache", _CACHE)


def _inline(node: Node, build: Node, document: Document, project: Project) -> Iterator[Reference]:
    """The images of a Dockerfile that stands in the file: Compose fills its own variables in first."""
    if node.kind != "scalar" or not node.value.strip():
        return
    text = scalar(node, document)
    if "$" in node.value:
        expansion = expand(node.value, {**dict.fromkeys(names(node.value)), **project.variables})
        if expansion.malformed or expansion.missing:
            why = expansion.malformed or f"nothing in the repository says what ${expansion.missing[0]} is"
            yield unknown_image(node, document, "inline Dockerfile", why)
            return
        text = expanded(text, expansion)
    arguments = {name: one.value for name, one in _arguments(build, document, project).items()}
    yield from inline_dockerfile(text, document, _contexts(build), arguments)


def _contexts(build: Node) -> list[str]:
    """The names of a build's additional contexts."""
    found = []
    for listed in (*select(build, "additional_contexts"), *select(build, "x-bake", "contexts")):
        found += [key.value for key, _ in listed.items()] or [node.value.partition("=")[0] for node in listed.elements]
    return found


def _given(build: Node | None, document: Document, project: Project, readers: dict[Span, set[str]]) -> Iterator[Reference]:
    """The base images that a build chooses by its arguments; `readers` learns which Dockerfiles get each of them."""
    if build is None or build.get("args") is None:
        return
    from pinlint.semantics.builds import dockerfile_of, given_bases  # few builds are given any

    arguments = _arguments(build, document, project)
    if build.get("dockerfile_inline") is not None:
        for one in arguments.values():
            readers.setdefault(one.span, set()).add(f"inline {id(build)}")
        return
    context, dockerfile = (
        expand(node.value, project.variables).text if (node := build.get(key)) is not None and node.kind == "scalar" else ""
        for key in ("context", "dockerfile")
    )
    contexts = {name.lower() for name in _contexts(build)}

    def own(image: str) -> str:
        if image.lower().removesuffix(":latest") in contexts:
            return f"{image} is a context of this build"
        return project.made(image) or builder(image, document.path, project.tree)

    path = dockerfile_of(document.path, context, dockerfile, project.tree)
    for one in arguments.values():
        readers.setdefault(one.span, set()).add(path or f"elsewhere {context} {dockerfile}")
    yield from given_bases(path, arguments, project.tree, own)


def _arguments(build: Node, document: Document, project: Project) -> dict[str, Given]:
    """The arguments that a build is given, by name; what stands there without a value comes from the environment."""
    from pinlint.semantics.builds import said  # few builds are given any

    found: dict[str, Given] = {}
    for args in select(build, "args"):
        for key, value in args.items():
            if value.kind == "scalar":
                written = "" if value.is_null else said(value)
                found[key.value] = _argument(key.value, written, value, 0, document, project, bare=value.is_null)
        for item in args.elements:
            if item.kind == "scalar":
                name, equals, written = item.value.partition("=")
                found[name] = _argument(name, written, item, len(name + equals), document, project, bare=not equals)
    return found


def _argument(name: str, written: str, node: Node, at: int, document: Document, project: Project, *, bare: bool) -> Given:
    from pinlint.semantics.builds import Given

    inner = node.inner
    if bare:
        return Given(project.variables.get(name), inner)
    exact = literal(node) and document.text[inner.start + at : inner.end] == written
    expansion = expand(written, project.variables)
    if expansion.missing or expansion.malformed or not literal(node):
        return Given(None, inner)
    if exact and expansion.whole >= 0 and expansion.text:
        start = inner.start + at + expansion.whole
        return Given(expansion.text, Span(start, start + len(expansion.text)), literal=True)
    return Given(expansion.text, Span(inner.start + at, inner.end) if exact else inner)


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
    return found._replace(span=inner).unpinnable()
