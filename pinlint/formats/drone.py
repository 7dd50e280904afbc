"""Drone and Woodpecker: the images of steps, plugins, services and the clone step.

Source: docs.drone.io/pipeline (and its 0.8 form, `pipeline:`), woodpecker-ci.org/docs/usage/workflow-syntax, …/matrix-workflows. A
file of Drone holds a pipeline a document.
"""

from __future__ import annotations

import re
from collections import ChainMap
from typing import TYPE_CHECKING

from pinlint.ecosystems.oci.names import parse_image
from pinlint.model import Fact, Reference, Script, Span
from pinlint.programs import fetches
from pinlint.semantics.filled_images import filled_image
from pinlint.semantics.images import image, local_image
from pinlint.semantics.scripts import chosen, listed, plain_values, script
from pinlint.syntax.variables import fill_each
from pinlint.syntax.yaml import literal, read, select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.variables import Filled
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_STEPS = {"steps": "step image", "pipeline": "step image", "services": "service image", "clone": "clone image"}
#: `$NAME`, `${NAME}`; what a string operation of `${NAME##v}` makes of a value is not followed.
_WRITTEN = re.compile(r"\$\$|\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\}|\{([A-Za-z_][^}]*)\})", re.ASCII)
_OWN_TAG = re.compile(r"[^@]*:[^/@]*\$\{?(?:DRONE|CI)_(?:COMMIT|TAG|BRANCH|BUILD_NUMBER|PIPELINE_NUMBER|SEMVER)")
_ROWS = 100  # of a matrix; more teach nothing new

Values = dict[str, tuple[str, ...]]


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact | Script]:  # noqa: ARG001
    """The image of every step and service, then what steps run. A step in an image that an earlier one of the file pushes asks for
    nothing by it."""
    roots = read(document)
    pipelines = [root for root in roots if root.kind == "mapping" and root.get("apiVersion") is None]
    if not any(root.get(key) is not None for root in pipelines for key in (*_STEPS, "kind")):
        yield Fact("foreign", Span(0, 0), "no pipeline of Drone or Woodpecker: it has neither steps nor services")
        return
    seen: set[int] = set()
    made = {name for root in pipelines for name in _made(root)}
    for root in pipelines:
        values = _matrix(root)
        for key, role in _STEPS.items():
            for node in (*select(root, key, "*", "image"), *select(root, key, "image")):
                if id(node) not in seen and not _local(root):
                    seen.add(id(node))
                    if (found := _image(node, document, role, made, values)) is not None:
                        yield found
    if fetches(document.data):
        for number, root in enumerate(pipelines):
            yield from _scripts(root, f"pipeline {number}", document)


def _scripts(root: Node, group: str, document: Document) -> Iterator[Script]:
    """What the steps of a pipeline run, one after another in the same folder."""
    system = next(select(root, "platform", "os"), None) or next(select(root, "labels", "platform"), None)
    shell = "powershell" if system is not None and chosen([system.value]) == "powershell" else "sh"
    shared, seen = plain_values(root.get("environment"), "$"), set[int]()
    for key in _STEPS:
        holder = root.get(key)
        steps = [("", one) for one in holder.elements] if holder is not None else []
        steps += [(name.value, one) for name, one in holder.items()] if holder is not None else []
        for name, step in steps:
            named = step.get("name")
            place = Script("", [], shell, "ci", group, named.value if named is not None else name, foreign="drone")
            own = ChainMap(plain_values(step.get("environment"), "$"), shared)
            for node in listed(step.get("commands")):
                if id(node) not in seen:
                    seen.add(id(node))
                    yield script(node, document, place, own)


def _local(root: Node) -> bool:
    """Whether the pipeline runs on the machine itself: an image then is a shell or a program."""
    backend = next(select(root, "labels", "backend"), None)
    return backend is not None and backend.value == "local"


def _made(root: Node) -> Iterator[str]:
    """The names of the images that plugins of a pipeline push: `repo` or `repos`, in `settings` or (0.8) in the step. What pushes
    itself ran before it was made.
    """
    for step in (*select(root, "steps", "*"), *select(root, "pipeline", "*")):
        plugin = step.get("image")
        for holder in (step, step.get("settings")):
            for key in ("repo", "repos"):
                held = holder.get(key) if holder is not None else None
                names = [
                    name.strip() for node in ([] if held is None else held.elements or [held]) for name in node.value.split(",")
                ]
                pushed = {parse_image(name).name for name in names if name}
                yield from pushed - ({parse_image(plugin.value).name} if plugin is not None else set())


def _matrix(root: Node) -> list[Values]:
    """The values of a matrix's variables: every value of each, or what each row of `include` says."""
    rows = list(select(root, "matrix", "include", "*"))[:_ROWS] or list(select(root, "matrix"))
    return [
        {key.value: tuple(one.value for one in (value.elements or [value]) if one.kind == "scalar") for key, value in row.items()}
        for row in rows
    ]


def _image(node: Node, document: Document, role: str, made: set[str], values: list[Values]) -> Reference | None:
    if "$" not in node.value or not literal(node):
        found = image(node, document, role)
        if found is not None and found.artifact.name in made and not found.digests:
            return local_image(node, document, role, f"{found.artifact.name} is made by this pipeline")
        return found
    filled = fill_each(node.value, values, _WRITTEN)
    if all(_OWN_TAG.match(text) for text in (*filled.texts, *filled.open)):
        return local_image(node, document, role, "its tag is the commit, its tag or the build, so the project makes it itself")
    return filled_image(node, document, role, filled, _unset(filled))


def _unset(filled: Filled) -> str:
    return f"${{{filled.missing[0][:60]}}} is set outside of this file" if filled.missing else ""
