"""Bitbucket Pipelines: the images of steps and services, pipes, and pipelines imported from other repositories.

Source: support.atlassian.com/bitbucket-cloud/docs (docker-image-options, pipes, yaml-sharing). Steps stand in stages, in parallel
and behind anchors, so they are known by their keys, not by their depth.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.oci.names import image_at
from pinlint.ecosystems.pipe.names import parse_pipe, pipe_verdict
from pinlint.model import Artifact, Fact, Reference, Script, Span
from pinlint.programs import fetches
from pinlint.semantics.filled_images import filled_image
from pinlint.semantics.images import image, local_image, unknown_image
from pinlint.semantics.scripts import chosen, listed, script
from pinlint.syntax.variables import fill
from pinlint.syntax.yaml import literal, read, select, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_IMAGE = "docker://"
_LONGEST = 2000  # characters of an image that are looked at
_OWN_TAG = re.compile(r"[^@]*:[^/@]*\$\{?BITBUCKET_(?:COMMIT|BUILD_NUMBER)\b")


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact | Script]:  # noqa: ARG001
    """Images, pipes and imports in the order of the file, then what steps run."""
    roots = read(document)
    root = roots[0] if roots else None
    if root is None or not any(root.get(key) is not None for key in ("pipelines", "definitions", "image")):
        yield Fact("foreign", Span(0, 0), "no configuration of Bitbucket Pipelines: it has neither pipelines nor definitions")
        return
    services = {id(service) for service in select(root, "definitions", "services", "*")}
    seen: set[int] = set()
    holders = [node for node in walk(root) if node.kind == "mapping"]
    given = {id(value) for node in holders for key, value in node.pairs if key.value == "variables"}  # to pipes: any names
    for holder in holders:
        if id(holder) in given:
            continue
        role = "service image" if id(holder) in services else "default image" if holder is root else "step image"
        yield from _asked(holder, role, document, seen)
    for node in select(root, "definitions", "imports", "*"):
        if node.kind == "scalar" and (imported := _import(node)) is not None:
            yield imported
    if fetches(document.data):
        yield from _scripts([holder for holder in holders if id(holder) not in given], document)


def _scripts(holders: list[Node], document: Document) -> Iterator[Script]:
    """What the steps run, each line once. An item of a script may be a pipe instead."""
    seen: set[int] = set()
    for number, step in enumerate(holders):
        name, machine = step.get("name"), step.get("runs-on")
        shell = "powershell" if machine is not None and _on_windows(machine) else "sh"
        place = Script("", [], shell, "ci", f"step {number}", name.value if name is not None else "")
        if (deployment := step.get("deployment")) is not None:
            pipes = " ".join([one.value for one in select(step, "script", "*", "pipe")])
            place = place._replace(environment=deployment.value, uses=pipes)
        for key in ("script", "after-script"):
            for node in listed(step.get(key)):
                if id(node) not in seen:
                    seen.add(id(node))
                    yield script(node, document, place)


def _on_windows(machine: Node) -> bool:
    return chosen([" ".join(one.value for one in machine.elements or [machine])]) == "powershell"


def _asked(holder: Node, role: str, document: Document, seen: set[int]) -> Iterator[Reference]:
    for key in ("image", "pipe", "import"):
        held = holder.get(key)
        node = held.get("name") if held is not None and held.kind == "mapping" else held
        if node is None or node.kind != "scalar" or node.is_null or not node.value or id(node) in seen:
            continue
        seen.add(id(node))
        found = _image(node, document, role) if key == "image" else _pipe(node, document) if key == "pipe" else _import(node)
        if found is not None:
            yield found


def _image(node: Node, document: Document, role: str) -> Reference | None:
    if "$" not in node.value or not literal(node):
        return image(node, document, role)
    if _OWN_TAG.match(node.value, 0, _LONGEST):
        return local_image(node, document, role, "its tag is the commit or the build, so the project makes it itself")
    filled = fill(node.value, {})
    why = f"${filled.missing[0]} is set outside of this file" if filled.missing else ""
    return filled_image(node, document, role, filled, why)


def _pipe(node: Node, document: Document) -> Reference | None:
    as_written = document.text[node.inner.start : node.inner.end] == node.value
    if node.value.startswith(_IMAGE) and as_written:
        text = node.value.removeprefix(_IMAGE)
        if "$" in text or not literal(node):
            return unknown_image(node, document, "pipe image", "a variable that is set outside of this file names it")
        return image_at(text, Span(node.inner.end - len(text), node.inner.end), "pipe image")
    pipe = parse_pipe(node.value)
    if pipe is None or not literal(node):
        why = f"{node.value[:60]!r} is no pipe" if "$" not in node.value else "a variable that is set outside of this file names it"
        return Reference(Artifact("pipe", node.value[:200]), "", (), "unknown", node.inner, "pipe", why)
    return _versioned(*pipe, "pipe", node, as_written)


def _import(node: Node) -> Reference | None:
    """`repository:branch-or-tag:pipeline` or `…:file`; a file alone is the repository's own, `pipeline@source` names an import."""
    parts = node.value.split(":")
    if len(parts) != 3 or "@" in node.value:
        return None
    return _versioned(f"$BITBUCKET_WORKSPACE/{parts[0]}", parts[1], "imported pipeline", node, as_written=False)


def _versioned(name: str, version: str, role: str, node: Node, as_written: bool) -> Reference:
    verdict, why = pipe_verdict(version)
    if "$" in version:
        verdict, why = "unknown", "a variable that is set outside of this file names its version"
    span = Span(node.inner.end - len(version), node.inner.end) if as_written and version else node.inner
    digests = (version,) if verdict == "digest" else ()
    return Reference(Artifact("pipe", name), version, digests, verdict, span, role, why)
