"""Where workflows and actions name what they run: jobs, steps, containers, services.

Knows the keys that GitHub, Forgejo and Gitea share; must not know which of them a file belongs to. Source: GitHub's "Workflow
syntax" and "Metadata syntax" (`uses` of steps and jobs, `parallel`, `container`, `services`, `runs`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.action.written import action_image, images, uses
from pinlint.model import Fact, Reference
from pinlint.syntax.yaml import select

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinlint.ecosystems.action.expressions import Scope
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document

__all__ = ["action", "asks", "ordered", "steps", "transport", "workflow"]

_NEVER = ("false", "${{ false }}", "${{false}}")


def asks(data: bytes) -> bool:
    """Whether a file of these bytes can name anything: what holds none of the keys is not worth parsing."""
    return b"uses" in data or b"image" in data or b"container" in data


def workflow(root: Node, document: Document, source: str = "") -> Iterator[Reference]:
    """What the jobs of a workflow run, each place once. A job whose `if` is plainly false asks for nothing; a step does: a
    runner fetches its action, and runs what that does beforehand, before it looks at the step's `if`."""
    jobs = list(select(root, "jobs", "*"))
    resting = [job for job in jobs if (condition := job.get("if")) is not None and condition.value.strip() in _NEVER]
    seen: set[object] = set()
    for job in jobs:
        if job not in resting:
            yield from _new(_job(root, job, document, source), seen)
    for job in resting:
        for found in _new(_job(root, job, document, source), seen):
            why = "its job never runs: the condition is false"
            yield found if found.verdict == "digest" else found._replace(verdict="local", why=why, site=None, notation="")


def action(root: Node, document: Document, source: str = "") -> Iterator[Reference]:
    """What an action runs: the steps of a composite action, the image of a Docker action."""
    runs = root.get("runs")
    if runs is None:
        return
    for node in steps(runs.get("steps")):
        yield uses(node, document, source)
    node_ = runs.get("image")
    if node_ is not None and (found := action_image(node_, document)) is not None:
        yield found


def steps(node: Node | None) -> Iterator[Node]:
    """The `uses` of every step, also of those that run side by side, each node once and in order."""
    waiting = [node] if node is not None else []
    seen: set[int] = set()
    while waiting:
        place = waiting.pop()
        if id(place) in seen:
            continue
        seen.add(id(place))
        if place.kind == "sequence":
            waiting.extend(reversed(place.elements))
            continue
        if (named := place.get("uses")) is not None:
            yield named
        if (below := place.get("parallel")) is not None:
            waiting.append(below)


def _job(root: Node, job: Node, document: Document, source: str) -> Iterator[Reference]:
    if (called := job.get("uses")) is not None:
        found = uses(called, document, source)
        yield found._replace(role="reusable workflow") if found.artifact.kind == "action" else found
    scope = None
    for role, node in _containers(job):
        scope = scope or _scope(root, job)
        yield from images(node, document, role, scope)
    for node in steps(job.get("steps")):
        yield uses(node, document, source)


def _containers(job: Node) -> Iterator[tuple[str, Node]]:
    container = job.get("container")
    if container is not None:
        image = container.get("image") if container.kind == "mapping" else container
        if image is not None:
            yield "job container", image
    for image in select(job, "services", "*", "image"):
        yield "service image", image


def _scope(root: Node, job: Node) -> Scope:
    from pinlint.ecosystems.action.expressions import Scope  # few jobs have containers

    matrix = next(select(job, "strategy", "matrix"), None)
    names: dict[str, Node] = {}
    for outer in (root, job):
        for node in select(outer, "env"):
            names.update({f"env.{key.value}": value for key, value in node.items()})
    for event in ("workflow_dispatch", "workflow_call"):
        for node in select(root, "on", event, "inputs"):
            for key, value in node.items():
                if (default := value.get("default")) is not None:
                    names[f"inputs.{key.value}"] = default
    return Scope(matrix, names)


def _new(found: Iterable[Reference], seen: set[object]) -> Iterator[Reference]:
    """The references that no other job has brought, for anchors and matrices are shared."""
    for reference in found:
        key = (reference.span, reference.artifact.name, reference.version, reference.why)
        if key not in seen:
            seen.add(key)
            yield reference


def ordered(found: Iterable[Reference]) -> list[Reference]:
    """In the order of the file: a matrix stands before the places that use it, or behind them."""
    return sorted(found, key=lambda reference: reference.span)


def transport(reference: Reference) -> Iterator[Fact]:
    """The fact about an action that is fetched without TLS."""
    if reference.artifact.source.startswith("http://"):
        detail = f"{reference.role} {reference.artifact.name} is fetched without TLS; write https://"
        yield Fact("insecure-transport", reference.span, detail)
