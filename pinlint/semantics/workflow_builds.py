"""Builds of images that steps of a workflow start with an action: the base images that they choose by build arguments, and the
images that they take as contexts.

Knows the inputs of docker/build-push-action, which the actions that stand in for it share; must not know Dockerfiles.
Source: docker/build-push-action, action.yml and README ("Path context": paths are relative to the workspace).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pinlint.ecosystems.oci.names import image_at, parse_image
from pinlint.semantics.build_contexts import remote_source
from pinlint.semantics.builds import Given, dockerfile_of, given_bases, settled
from pinlint.syntax.placed import scalar
from pinlint.syntax.yaml import literal, select

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pinlint.model import Reference, Span
    from pinlint.semantics.workflow_expressions import Scope
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["build_bases"]

_BUILDS = re.compile(r"(?i)(?:[\w.-]+/)(?:docker-)?(?:build-push-action|kaniko-action)@")
_LINE = re.compile(r"[^\n]+")
_SETTING = re.compile(r"\s*[\"']?([^\s=\"'#][^\s=]*)=(.*?)[\"']?\s*\Z", re.DOTALL)
_DEFAULT_CONTEXT = "{{defaultContext}}:"
_SCHEME = "docker-image://"
_ROWS = 64  # combinations of a matrix that are looked at for one build


class _Line(NamedTuple):
    """One `NAME=VALUE` of an input, and where the value stands."""

    name: str
    value: str
    span: Span
    literal: bool


def build_bases(steps: Iterable[tuple[Node, Callable[[], Scope]]], document: Document, tree: Tree) -> list[Reference]:
    """What the builds among the steps ask for by their inputs; each step comes with the scope of its job."""
    builds = [(given, scope) for step, scope in steps if (given := _inputs(step)) is not None]
    made = {name for given, _ in builds for name in _made(given)}
    found: list[Reference] = []
    for given, scope in builds:
        context = given.get("context")
        if context is not None and context.kind == "scalar" and "${{" not in context.value and literal(context):
            source = remote_source(context.value, context.inner, "build context")
            found += [source] if source is not None else []
        if given.get("build-args") is not None:
            found += _given(given, scope, document, tree, made)
        for line in _lines(given.get("build-contexts"), document):
            if line.value.startswith(_SCHEME) and line.literal and "${{" not in line.value:
                place = line.span._replace(start=line.span.start + len(_SCHEME))
                found.append(image_at(line.value.removeprefix(_SCHEME), place, "build context"))
    return list(settled(found))


def _inputs(step: Node) -> Node | None:
    used = step.get("uses")
    return step.get("with") if used is not None and used.kind == "scalar" and _BUILDS.match(used.value) else None


def _made(given: Node) -> Iterator[str]:
    """The names of the images that a build makes, as far as they stand there."""
    for tags in select(given, "tags"):
        for tag in re.split(r"[\s,]+", tags.value):
            parsed = parse_image(tag.partition("${{")[0].rstrip(":-"))
            if tag and not parsed.problem:
                yield parsed.name


def _given(given: Node, scope: Callable[[], Scope], document: Document, tree: Tree, made: set[str]) -> Iterator[Reference]:
    context, file = (_text(given.get(key)) for key in ("context", "file"))
    if "${{" in context + file:
        return
    context = context.removeprefix(_DEFAULT_CONTEXT)
    path = dockerfile_of("", "" if file else context, file, tree)
    contexts = {line.name.lower() for line in _lines(given.get("build-contexts"), document)}

    def own(image: str) -> str:
        if image.lower().removesuffix(":latest") in contexts:
            return f"{image} is a context of this build"
        return "a step of this workflow builds it" if parse_image(image).name in made else ""

    lines = list(_lines(given.get("build-args"), document))
    values = [_values(line, scope) for line in lines]
    for row in range(min(_ROWS, max((len(texts) for texts in values), default=1))):
        arguments = {
            line.name: Given(texts[row % len(texts)] if texts else None, line.span, line.literal and "${{" not in line.value)
            for line, texts in zip(lines, values, strict=True)
        }
        yield from given_bases(path, arguments, tree, own)


def _values(line: _Line, scope: Callable[[], Scope]) -> list[str]:
    """What a value may be; nothing where only the run knows."""
    if "${{" not in line.value:
        return [line.value]
    from pinlint.semantics.workflow_expressions import expand

    found = expand(line.value, scope())
    return [] if any(one.why for one in found) else [one.text for one in found]


def _text(node: Node | None) -> str:
    return node.value.strip() if node is not None and node.kind == "scalar" and not node.is_null else ""


def _lines(node: Node | None, document: Document) -> Iterator[_Line]:
    """The settings of an input that lists them, one a line."""
    if node is None or node.kind != "scalar" or not literal(node):
        return
    text = scalar(node, document)
    for line in _LINE.finditer(text.text):
        if setting := _SETTING.match(line[0]):
            span = text.span(line.start() + setting.start(2), line.start() + setting.end(2))
            yield _Line(setting[1], setting[2], span, document.text[span.start : span.end] == setting[2])
