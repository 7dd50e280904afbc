"""Jobs of a GitLab pipeline that build and push images unsigned, beside others that sign what they push.

Knows jobs, `extends` and defaults; what signs and what pushes is known to `unsigned_builds`. Silent where a job signs that pushes
nothing, since it may sign anything, and where configuration comes from elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pinlint.model import Fact
from pinlint.programs.image_names import test_registry
from pinlint.semantics.scripts import listed
from pinlint.semantics.test_grounds import is_test
from pinlint.semantics.unsigned_builds import ASIDE, SIGNS, may_sign, pushed_by_command, signed_unseen
from pinlint.syntax.yaml import select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Span
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["unsigned_jobs"]

_KEYS = ("before_script", "script", "after_script")
_DEEPEST = 11  # levels of `extends` that GitLab allows


class _Job(NamedTuple):
    """A job: whether it signs images, whether something in it may, whether it builds, and where it pushes what."""

    name: str
    signs: bool
    may: bool
    builds: bool
    pushed: list[tuple[Span, str]]


def unsigned_jobs(roots: list[Node], document: Document, tree: Tree) -> Iterator[Fact]:
    """The first push of each job that nothing signs, where another job signs what it pushes itself."""
    if is_test(document.path) or any(root.get("include") is not None for root in roots):
        return
    bodies = {key.value: value for root in roots for key, value in root.items() if value.kind == "mapping"}
    if any(body.get("trigger") is not None for body in bodies.values()):
        return
    outer = [holder for root in roots for holder in (*select(root, "default"), root)]
    jobs = [_job(name, body, bodies, outer, document, tree) for name, body in bodies.items() if not name.startswith(".")]
    signers = [job for job in jobs if job.signs and job.pushed]
    if not signers or any((job.signs or job.may) and not job.pushed for job in jobs) or signed_unseen(tree):
        return
    for job in jobs:
        place, image = job.pushed[0] if job.pushed and job.builds and not job.may and not job.signs else (None, "")
        if place is not None and not ASIDE.search(image) and not ASIDE.search(job.name) and not test_registry(image):
            what = image[:100] or "an image"
            why = f"pushes {what} and signs nothing, where the job {signers[0].name[:60]} signs images; sign its digest here, too"
            yield Fact("unsigned-build", place, why)


def _job(name: str, body: Node, bodies: dict[str, Node], outer: list[Node], document: Document, tree: Tree) -> _Job:
    lineage = _lineage(body, bodies)
    held = [node for key in _KEYS for node in listed(_first(key, [*lineage, *outer]))]
    text = "\n".join(node.value for node in held)
    written = "\n".join(document.text[one.start : one.end] for one in lineage)
    return _Job(
        name, SIGNS.search(text) is not None, "!reference" in written or may_sign(f"{written}\n{text}".encode(), tree),
        "build" in text, [one for node in held for one in pushed_by_command(document, node.start, node.end)],
    )  # fmt: skip


def _lineage(body: Node, bodies: dict[str, Node]) -> list[Node]:
    """A job and what it extends, the nearest first."""
    found, waiting = [body], [body]
    while waiting and len(found) < _DEEPEST:
        parent = waiting.pop().get("extends")
        names = [node.value for node in listed(parent)]
        nearest = [bodies[name] for name in reversed(names) if name in bodies and bodies[name] not in found]
        found += nearest
        waiting += nearest
    return found


def _first(key: str, holders: list[Node]) -> Node | None:
    return next((node for one in holders if (node := one.get(key)) is not None), None)
