"""actions.lock of GitHub Actions: the locked commits, and what is left over in it.

Source: github/actions-lockfile (schema/lockfile-v0.0.2.json). What is missing is said at the workflow that misses it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.model import Artifact, Fact, Reference
from pinlint.semantics.locked_actions import Unreadable, read_lock
from pinlint.semantics.needed_actions import reach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.semantics.locked_actions import Lock
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Every locked action with its commit, or the fact that GitHub cannot read the lock; then what no workflow needs."""
    try:
        lock = read_lock(document)
    except Unreadable as error:
        yield Fact("unreadable-lock", error.span, f"{error}")
        return
    for locked in lock.dependencies.values():
        artifact = Artifact("action", locked.name)
        yield Reference(artifact, locked.ref, (locked.commit,), "digest", locked.key.inner, "locked action")
    root = document.path.removesuffix(".github/workflows/actions.lock")
    for path in lock.workflows:
        yield from _leftover(path, root, lock, tree)


def _leftover(path: str, root: str, lock: Lock, tree: Tree) -> Iterator[Fact]:
    """What the lock holds for a workflow, or for one that is gone, although nothing asks for it."""
    key, pins = lock.workflows[path]
    if not tree.exists(root + path):
        yield Fact(
            "stale-lock", key.inner, f"actions.lock lists {path}, which does not exist; run `gh actions-lock` and commit the lock"
        )
        return
    needed = reach(root, path, tree)
    if needed is None:
        return
    used = needed.pins
    reached = lock.reached(set(used))
    commits = {f"{pin.partition('@')[0]}@{lock.commit(pin)}": pin for pin in pins}
    reached |= {commits[pin] for pin in used if pin in commits}  # the workflow names the commit by now
    elsewhere = {pin.partition("@")[0] for pin in used - set(pins)}  # at another ref, which is said at the workflow
    for pin, node in pins.items():
        if pin not in reached and pin.partition("@")[0] not in elsewhere:
            why = f"actions.lock holds {pin} for {path}, which does not use it; run `gh actions-lock` and commit the lock"
            yield Fact("stale-lock", node.inner, why)
