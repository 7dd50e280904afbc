"""Where workflows and actions name what they run: jobs, steps, containers, services.

Knows the keys that GitHub, Forgejo and Gitea share; must not know which of them a file belongs to. Source: GitHub's "Workflow
syntax" and "Metadata syntax" (`uses` of steps and jobs, `parallel`, `container`, `services`, `runs`).
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from pinlint.ecosystems.url.names import is_insecure
from pinlint.model import Fact, Reference
from pinlint.semantics.actions import action_image, images, plain, uses
from pinlint.syntax.yaml import select
from pinlint.text import spelled

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Iterator

    from pinlint.model import Script
    from pinlint.semantics.workflow_expressions import Scope
    from pinlint.semantics.workflow_outputs import Outputs
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = [
    "action", "asks", "builds", "cleans_up", "deploys", "ordered", "scripts", "starts_builds", "steps", "transport", "workflow",
]  # fmt: skip

#: Jobs of a file that may share one mapping of services, and combinations of matrices that are looked at in one file.
_SHARED = 64
_COMBINATIONS = 100_000

#: What an input of a build that asks for images is called.
_BUILDS = (b"build-args", b"build-contexts", b"build-push-action")
#: Parts of the names of actions that delete versions of containers (see cleanup_actions).
_CLEANUPS = (b"delete-package-versions", b"container-retention-policy", b"ghcr")
#: Parts of the names of actions that deploy images (see workflow_deploys).
_DEPLOYS = (b"deploy-cloudrun", b"ecs-render-task-definition", b"apps-deploy", b"k8s-deploy")
_NEVER = ("false", "${{ false }}", "${{false}}")


def asks(data: bytes) -> bool:
    """Whether a file of these bytes can name anything: what holds none of the keys is not worth parsing."""
    return _holds(data, (b"uses", b"image", b"container"))


def starts_builds(data: bytes) -> bool:
    """Whether a file of these bytes may start builds with arguments or contexts of its own."""
    return _holds(data, _BUILDS)


def cleans_up(data: bytes) -> bool:
    """Whether a file of these bytes may delete versions of containers."""
    return _holds(data, _CLEANUPS)


def deploys(data: bytes) -> bool:
    """Whether a file of these bytes may hand images to actions that deploy them."""
    return _holds(data, _DEPLOYS)


def _holds(data: bytes, words: tuple[bytes, ...]) -> bool:
    return any(word in data for word in words) or ((other := spelled(data)) is not data and any(word in other for word in words))


def workflow(root: Node, document: Document, source: str = "") -> Iterator[Reference]:
    """What the jobs of a workflow run, each place once. A job whose `if` is plainly false asks for nothing; a step does: a
    runner fetches its action, and runs what that does beforehand, before it looks at the step's `if`."""
    jobs = list(select(root, "jobs", "*"))
    resting = [job for job in jobs if _rests(job)]
    reader = _Reader(root, document, source)
    for job in jobs:
        if not _rests(job):
            yield from reader.job(job)
    for job in resting:
        for found in reader.job(job):
            why = "its job never runs: the condition is false"
            yield found if found.verdict == "digest" else found._replace(verdict="local", why=why).unpinnable()


def _rests(job: Node) -> bool:
    condition = job.get("if")
    return condition is not None and condition.value.strip() in _NEVER


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


def steps(node: Node | None, seen: set[int] | None = None) -> Iterator[Node]:
    """The `uses` of every step, also of those that run side by side, in order. Each node comes once; those in `seen` have come
    already."""
    for step in _steps(node, seen):
        yield from step.every("uses")


def _steps(node: Node | None, seen: set[int] | None = None) -> Iterator[Node]:
    waiting = [node] if node is not None else []
    seen = set() if seen is None else seen
    while waiting:
        place = waiting.pop()
        if id(place) in seen:
            continue
        seen.add(id(place))
        if place.kind == "sequence":
            waiting.extend(reversed(place.elements))
            continue
        yield place
        if (below := place.get("parallel")) is not None:
            waiting.append(below)


def builds(root: Node, document: Document, tree: Tree) -> list[Reference]:
    """What the builds of images among the steps of a workflow or an action ask for by their inputs."""
    from pinlint.semantics.workflow_builds import build_bases  # few files start any

    reader, seen = _Reader(root, document, ""), set[int]()
    jobs = [job for job in select(root, "jobs", "*") if not _rests(job)]
    listed = [(steps_, job) for job in jobs for steps_ in job.every("steps")]
    listed += [(steps_, root) for steps_ in select(root, "runs", "steps")]
    return build_bases(
        [(step, lambda job=job: reader.scope(job)) for steps_, job in listed for step in _steps(steps_, seen)],  # type: ignore[misc]
        document,
        tree,
    )


def scripts(root: Node, document: Document, default: str = "") -> Iterator[Script]:
    """What the steps of a workflow or of a composite action run; `default` is the shell of a machine that says nothing."""
    from pinlint.semantics.workflow_scripts import Job, job_scripts  # many files fetch nothing

    reader, seen, outputs = _Reader(root, document, ""), set[int](), cache(partial(_outputs, root))
    named = [pair for jobs in root.every("jobs") for pair in jobs.items() if not _rests(pair[1])]
    for key, node in named:
        job = Job(key.value, node, root, partial(reader.scope, node), outputs, default)
        for listed in node.every("steps"):
            yield from job_scripts(job, (step for step in _steps(listed, seen) if not _rests(step)), document)
    for runs in root.every("runs"):
        job = Job("", runs, None, partial(reader.scope, root), outputs)
        yield from job_scripts(job, _steps(runs.get("steps"), seen), document)


def _outputs(root: Node) -> Outputs:
    from pinlint.semantics.workflow_outputs import Outputs  # few scripts name any

    return Outputs(root)


class _Reader:
    """Reads the jobs of one workflow. What anchors share is read once, so the cost is that of the file and not of its expansion."""

    def __init__(self, root: Node, document: Document, source: str) -> None:
        self.root = root
        self.document = document
        self.source = source
        self.steps: set[int] = set()
        self.services: dict[int, int] = {}
        self.seen: set[object] = set()
        self.left = [_COMBINATIONS]
        self.counts: Counter[str] | None = None
        self.own: dict[int, Counter[str]] = {}  # of the text of each job

    def job(self, job: Node) -> Iterator[Reference]:
        """The references of a job that no other one has brought."""
        for reference in self._all(job):
            key = (reference.span, reference.artifact.name, reference.version, reference.why)
            if key not in self.seen:
                self.seen.add(key)
                yield reference

    def _all(self, job: Node) -> Iterator[Reference]:
        for called in job.every("uses"):
            found = uses(called, self.document, self.source)
            yield found._replace(role="reusable workflow") if found.artifact.kind == "action" else found
        for role, node in self._containers(job):
            context = (id(node), id(job.get("strategy")), id(job.get("env")))
            if "${{" not in node.value:
                yield from plain(node, self.document, role)
            elif context not in self.seen:
                self.seen.add(context)
                yield from images(node, self.document, role, self.scope(job))
        for listed in job.every("steps"):
            for node in steps(listed, self.steps):
                yield uses(node, self.document, self.source)

    def _containers(self, job: Node) -> Iterator[tuple[str, Node]]:
        container = job.get("container")
        if container is not None:
            image = container.get("image") if container.kind == "mapping" else container
            if image is not None:
                yield "job container", image
        services = job.get("services")
        if services is None:
            return
        self.services[id(services)] = self.services.get(id(services), 0) + 1
        if self.services[id(services)] <= _SHARED:
            for service in select(services, "*"):
                for image in [service] if service.kind == "scalar" else service.every("image"):
                    yield "service image", image

    def scope(self, job: Node) -> Scope:
        from pinlint.semantics.workflow_expressions import Scope, occurrences  # few images are expressions

        if self.counts is None:
            self.counts = occurrences(self.document.text)
        counts = own = self.counts
        matrix = next(select(job, "strategy", "matrix"), None)
        if matrix is not None and job.start <= matrix.start < matrix.end <= job.end:  # a matrix is read in its own job alone
            if id(job) not in self.own:
                self.own[id(job)] = occurrences(self.document.text[job.start : job.end])
            own = self.own[id(job)]

        def named(leaf: str) -> Node | None:
            context, _, name = leaf.partition(".")
            if context == "env":
                return next((node for outer in (job, self.root) for node in select(outer, "env", name)), None)
            events = ("workflow_call", "workflow_dispatch") if context == "inputs" else ()
            return next((node for event in events for node in select(self.root, "on", event, "inputs", name, "default")), None)

        return Scope(matrix, named, self.left, lambda name: (own if name.startswith("matrix.") else counts)[name])


def ordered(found: Iterable[Reference]) -> list[Reference]:
    """In the order of the file: a matrix stands before the places that use it, or behind them."""
    return sorted(found, key=lambda reference: reference.span)


def transport(reference: Reference) -> Iterator[Fact]:
    """The fact about an action that is fetched without TLS."""
    if is_insecure(reference.artifact.source):
        detail = f"{reference.role} {reference.artifact.name} is fetched without TLS; write https://"
        yield Fact("insecure-transport", reference.span, detail)
