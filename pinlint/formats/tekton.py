"""Tekton: the images of steps and sidecars, and tasks and pipelines that are fetched by bundle, git or address.

Source: tekton.dev/docs/pipelines (tasks, pipelines, stepactions, bundle-resolver, git-resolver, http-resolver); Pipelines as Code,
docs/guides/resolver (annotations; pkg/matcher/annotation_tasks_install.go). A parameter is followed to its default, which is
then the place where the image is written; else to what a run sets.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.git.names import repository_name
from pinlint.ecosystems.task.names import hub_verdict
from pinlint.ecosystems.url import names as url
from pinlint.model import Artifact, Fact, Reference, Script, Span
from pinlint.programs import fetches
from pinlint.semantics.filled_images import filled_image
from pinlint.semantics.git_refs import at_ref
from pinlint.semantics.images import image, local_image
from pinlint.semantics.own_images import builder
from pinlint.semantics.scripts import given, script
from pinlint.syntax.manifest import Object, family, objects, raw, text
from pinlint.syntax.variables import fill, names
from pinlint.syntax.yaml import Node, literal, read, select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_VARIABLE = re.compile(r"\$\(([^()\s]{1,200})\)")
_ANNOTATION = re.compile(r"pipelinesascode\.tekton\.dev/(?:task(?:-\d+)?|pipeline)")
_ADDRESS = re.compile(r"(?<=[\[,\s])https?://[^\s,\]]+")
_STEPS = (("steps", "step image"), ("sidecars", "sidecar image"))


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact | Script]:
    """What the tasks and pipelines of a file run in and fetch, each place once; the scripts of steps."""
    roots = read(document)
    seen: set[int] = set()
    fetching = fetches(document.data)
    for one in objects(roots):
        if family(one) != "tekton":
            continue
        defaults = _parameters(one)
        for node, role in _images(one):
            written, whole = node, _VARIABLE.fullmatch(node.value)
            if whole and len(given := defaults.get(whole[1], [])) == 1:
                written = given[0]
            if id(written) not in seen:
                seen.add(id(written))
                if (found := _image(written, role, document, tree, defaults)) is not None:
                    yield found
        for mapping in one.mappings:
            if id(mapping) not in seen:
                seen.add(id(mapping))
                yield from _resolved(mapping, document)
        yield from _annotated(one, document)
        yield from _scripts(one, document, seen) if fetching else ()


def _scripts(one: Object, document: Document, seen: set[int]) -> Iterator[Script]:
    """What the steps of tasks run, those of one task over the same files."""
    spec = one.node.get("spec")
    for number, task in enumerate(one.mappings):
        for step in (*select(task, "steps", "*"), *select(task, "sidecars", "*")):
            yield from _script(step, f"{_called(one)} {number}", document, seen)
    if one.kind == "StepAction" and spec is not None:
        yield from _script(spec, _called(one), document, seen)


def _called(one: Object) -> str:
    """What an object is called."""
    return text(next(select(one.node, "metadata", "name"), None)) or one.kind


def _script(step: Node, group: str, document: Document, seen: set[int]) -> Iterator[Script]:
    node, name = step.get("script"), step.get("name")
    if node is None:
        node = given([*select(step, "command", "*"), *select(step, "args", "*")])
    if node is None or node.kind != "scalar" or id(node) in seen:
        return
    seen.add(id(node))
    variables = {text(entry.get("name")): text(entry.get("value")) for entry in select(step, "env", "*")}
    known = {key: value if "$(" not in value else None for key, value in variables.items()}
    place = Script("", [], "sh", "ci", group, text(name), foreign="tekton")
    yield script(node, document, place, known)


def _images(one: Object) -> Iterator[tuple[Node, str]]:
    for mapping in one.mappings:
        for key, role in _STEPS:
            listed = mapping.get(key)
            for step in listed.elements if listed is not None else ():
                if (node := step.get("image")) is not None:
                    yield node, role
        template = mapping.get("stepTemplate")
        if template is not None and (node := template.get("image")) is not None:
            yield node, "step image"
    spec = one.node.get("spec")
    if one.kind == "StepAction" and spec is not None and (node := spec.get("image")) is not None:
        yield node, "step image"


def _parameters(one: Object) -> dict[str, list[Node]]:
    """What each parameter is by default, in every spelling of its variable; where none has one, what is passed for it."""
    found: dict[str, dict[str, list[Node]]] = {"default": {}, "value": {}}
    for mapping in one.mappings:
        listed = mapping.get("params")
        for parameter in listed.elements if listed is not None else ():
            for key, values in found.items():
                name, value = text(parameter.get("name")), parameter.get(key)
                if name and value is not None and text(value):
                    values.setdefault(name, []).append(value)
    merged = {**found["value"], **found["default"]}
    spellings = ("params.{}", "inputs.params.{}", 'params["{}"]', "params['{}']")
    return {spelling.format(name): nodes for name, nodes in merged.items() for spelling in spellings}


def _image(node: Node, role: str, document: Document, tree: Tree, parameters: dict[str, list[Node]]) -> Reference | None:
    if node.kind != "scalar" or not literal(node):
        return image(node, document, role)
    if "$(" in node.value:
        values = {name: [one.value for one in parameters[name]] for name in names(node.value, _VARIABLE) if name in parameters}
        filled = fill(node.value, values, _VARIABLE)
        return filled_image(node, document, role, filled, f"{' and '.join(filled.missing)} has no default here")
    if why := builder(node.value, document.path, tree):
        return local_image(node, document, role, why)
    return image(node, document, role)


def _resolved(mapping: Node, document: Document) -> Iterator[Reference | Fact]:
    """What a `taskRef`, `pipelineRef` or `ref` of a step fetches. `cluster` and a bare name stand for what the cluster has."""
    resolver, bundle = text(mapping.get("resolver")), mapping.get("bundle")
    listed = mapping.get("params")
    given = {text(one.get("name")): one.get("value") for one in (listed.elements if listed is not None else ())}
    if resolver == "bundles":
        bundle = given.get("bundle")
    elif resolver == "git":
        yield from _git(mapping, given, document)
    elif resolver == "hub" and text(name := given.get("name")) and name is not None:
        yield _hub(name, given, document)
    elif resolver == "http" and text(address := given.get("url")) and address is not None:
        yield from _http(address.value, address, document)
    if bundle is not None and (resolver == "bundles" or mapping.get("name") is not None):
        found = image(bundle, document, "bundle")
        if found is not None and "$(" in bundle.value:
            found = found._replace(verdict="unknown", digests=(), why="a parameter fills it in").unpinnable()
        if found is not None:
            yield found


def _git(mapping: Node, given: dict[str, Node | None], document: Document) -> Iterator[Reference]:
    address, named = text(given.get("url")), "/".join(filter(None, (text(given.get("org")), text(given.get("repo")))))
    if not address and not named:
        return  # which repository that is, the cluster's configuration says
    node = next(one for one in (given.get("url"), given.get("repo"), given.get("org"), mapping) if one is not None)
    artifact = Artifact("git", repository_name(address) if address else named, url.without_credentials(address))
    revision = given.get("revision")
    variable = "a parameter fills it in" if "$(" in f"{address}{text(revision)}" else ""
    yield at_ref(artifact, revision, document, node.inner, "task repository", variable)


def _hub(name: Node, given: dict[str, Node | None], document: Document) -> Reference:
    host = "hub.tekton.dev" if text(given.get("type")) == "tekton" else "artifacthub.io"
    version = given.get("version")
    node = version if version is not None and text(version) else name
    verdict, why = hub_verdict(text(version))
    if not literal(node) or "$(" in f"{name.value}{text(version)}":
        verdict, why = "unknown", "a parameter fills it in"
    written = raw(version, document) if version is not None else ""
    return Reference(Artifact("task", f"{host}/{raw(name, document)}"), written, (), verdict, node.inner, "hub task", why)


def _annotated(one: Object, document: Document) -> Iterator[Reference | Fact]:
    """What Pipelines as Code fetches by address before every run. Other words name files of this repository, or a task of the hub
    that the cluster's configuration chooses."""
    listed = [pair for annotations in select(one.node, "metadata", "annotations") for pair in annotations.items()]
    for key, node in listed:
        if node.kind == "scalar" and _ANNOTATION.fullmatch(key.value) and node.value.strip()[:1] == "[":
            for found in _ADDRESS.finditer(node.value):
                yield from _http(found[0].replace("&#44;", ","), node, document, found.start())


def _http(address: str, node: Node, document: Document, at: int = 0) -> Iterator[Reference | Fact]:
    """A file that is fetched from an address, which stands at `at` in the text of a scalar."""
    span = node.inner
    if document.text[span.start : span.end] == node.value:
        span = Span(span.start + at, span.start + at + len(address))
    if url.is_insecure(address) and literal(node):
        yield Fact("insecure-transport", span, f"the task file {url.without_credentials(address)} is fetched without TLS")
    artifact = Artifact("url", url.without_credentials(address), url.origin(address))
    verdict, why = url.url_verdict(address)
    if not literal(node) or "$(" in address:
        verdict, why = "unknown", "a parameter fills it in"
    yield Reference(artifact, "", (), verdict, span, "task file", why)
