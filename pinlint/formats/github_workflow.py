"""Workflows of GitHub Actions, with the lock beside them.

Source: GitHub's "Workflow syntax"; `actions.lock` by github/gh-actions-lock (a workflow that the lock lists runs the locked
commits, and does not run at all while an action is missing there; reusable workflows and images are not locked).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.action.names import pin_key
from pinlint.model import Fact, Reference, Span
from pinlint.programs import fetches
from pinlint.semantics.workflows import asks, builds, cleans_up, deploys, ordered, scripts, starts_builds, transport, workflow
from pinlint.syntax.yaml import read
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Script
    from pinlint.semantics.locked_actions import Lock
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact | Script]:
    """Every action, reusable workflow, image and script that the jobs run; what the lock disagrees about comes before the actions
    that it should settle."""
    fetching = fetches(document.data)
    if not fetching and not asks(document.data) and not tree.wants("rebuilt-image"):
        return
    roots = read(document)
    if not any(root.get("jobs") is not None for root in roots):
        yield Fact("foreign", Span(0, 0), "no workflow: it has no jobs")
        return
    found = [reference for root in roots for reference in ordered(workflow(root, document))]
    if starts_builds(document.data):
        found += [reference for root in roots for reference in builds(root, document, tree)]
    for reference in found:
        yield from transport(reference)
    path = join(document.path, "actions.lock")
    yield from _settled(found, path, document.path, tree) if tree.exists(path) else found
    for root in roots if fetching else ():
        yield from scripts(root, document)
    if deploys(document.data):
        from pinlint.semantics.workflow_deploys import deployed  # few workflows do by an action

        for root in roots:
            yield from deployed(root, document)
    if tree.wants("unsigned-build") and b"push" in document.data:
        from pinlint.semantics.unsigned_builds import unsigned  # nobody wants to hear of it by default

        for root in roots:
            yield from unsigned(root, document, tree)
    if cleans_up(document.data):
        from pinlint.semantics.workflow_retention import cleanups  # few workflows do

        for root in roots:
            yield from cleanups(root, document, tree)
    if tree.wants("rebuilt-image"):
        from pinlint.semantics.rebuilt_images import rebuilt

        yield from rebuilt(document, tree)


def _settled(found: list[Reference], lock_path: str, path: str, tree: Tree) -> Iterator[Reference | Fact]:
    """The references as the lock settles them, after those that it never does."""
    from pinlint.semantics.locked_actions import Lock, lock_at  # 4 ms that most repositories do not need

    lock, path = lock_at(lock_path, tree), "/".join(path.split("/")[-3:])
    locked = [one for one in found if _lockable(one)]
    yield from (one for one in found if one not in locked)
    if not isinstance(lock, Lock):
        if loose := next((one for one in locked if one.verdict != "digest"), None):
            yield Fact("unreadable-lock", loose.span, f"GitHub cannot read actions.lock: {lock}")
        yield from locked
        return
    pins = lock.workflows[path][1] if path in lock.workflows else None
    for one in locked:
        if pins is not None and (why := _missing(one, pins, lock)):
            yield Fact("stale-lock", one.span, why)
    for one in locked:
        commit = lock.commit(pin := pin_key(one.artifact.name, one.version)) if pins is not None else ""
        settled = commit and pins is not None and pin in pins and not one.digests
        yield one._replace(settled_by=f"actions.lock: {commit}") if settled else one


def _lockable(reference: Reference) -> bool:
    kind = reference.artifact.kind == "action" and reference.verdict not in ("local", "unknown")
    return kind and not reference.artifact.source and reference.role == "step action"


def _missing(reference: Reference, pins: dict[str, Node], lock: Lock) -> str:
    """What the lock does not say about an action of a workflow that it lists ("" = nothing is missing, or a commit is written)."""
    pin = pin_key(reference.artifact.name, reference.version)
    if reference.verdict == "digest" or reference.digests or (pin in pins and lock.commit(pin)):
        return ""
    name = pin.partition("@")[0]
    other = next((key.partition("@")[2] for key in pins if key.partition("@")[0] == name), "")
    what = (
        f"locks {name} at {other}, not at {reference.version}"
        if other and pin not in pins
        else f"lists this workflow but not {pin}"
    )
    return f"actions.lock {what}, so GitHub does not run it; run `gh actions-lock` and commit the lock"
