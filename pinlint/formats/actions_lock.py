"""actions.lock of GitHub Actions: the locked commits, and what is left over in it.

Source: github/actions-lockfile (schema/lockfile-v0.0.2.json). What is missing is said at the workflow that misses it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.action.lock import Unreadable, read_lock
from pinlint.ecosystems.action.names import parse_uses, pin_key
from pinlint.ecosystems.action.reading import steps
from pinlint.model import Artifact, Fact, Reference
from pinlint.syntax.yaml import Unparsable, read, select
from pinlint.text import Unread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.ecosystems.action.lock import Lock
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_DEEPEST = 100  # files of own actions that are followed for one workflow


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
    used = _used(root, path, tree)
    if used is None:
        return
    reached = lock.reached(used)
    commits = {f"{pin.partition('@')[0]}@{lock.commit(pin)}": pin for pin in pins}
    reached |= {commits[pin] for pin in used if pin in commits}  # the workflow names the commit by now
    elsewhere = {pin.partition("@")[0] for pin in used - set(pins)}  # at another ref, which is said at the workflow
    for pin, node in pins.items():
        if pin not in reached and pin.partition("@")[0] not in elsewhere:
            why = f"actions.lock holds {pin} for {path}, which does not use it; run `gh actions-lock` and commit the lock"
            yield Fact("stale-lock", node.inner, why)


def _used(root: str, path: str, tree: Tree) -> set[str] | None:
    """The pins that a workflow and the repository's own actions behind it need; None where one of these files cannot be read."""
    waiting, seen, pins = [root + path], {root + path}, set[str]()
    while waiting:
        try:
            roots = read(tree.read(waiting.pop()))
        except (Unread, Unparsable):
            return None
        for node in (node for one in roots for place in _places(one) for node in steps(place)):
            named = parse_uses(node.value)
            if named.kind == "action":
                pins.add(pin_key(named.name, named.ref))
            elif named.kind == "local" and (file := _own(root, node.value, tree)) and file not in seen and len(seen) < _DEEPEST:
                seen.add(file)
                waiting.append(file)
    return pins


def _places(root: Node) -> Iterator[Node]:
    yield from select(root, "jobs", "*", "steps")
    yield from select(root, "runs", "steps")


def _own(root: str, written: str, tree: Tree) -> str:
    """The file of an action of this repository, "" if there is none."""
    folder = root + written.strip()[2:].strip("/")
    names = (f"{folder}/action.yml", f"{folder}/action.yaml")
    return next((name for name in names if tree.exists(name)), "")
