"""action.yml: the steps of a composite action, the image of a Docker action. A JavaScript action brings what it runs along.

Source: GitHub's "Metadata syntax"; Forgejo and Gitea read the same file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.action.names import pin_key
from pinlint.model import Fact, Reference, Span
from pinlint.programs import fetches
from pinlint.semantics.workflows import action, builds, cleans_up, deploys, scripts, starts_builds, transport
from pinlint.syntax.yaml import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Script
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]


_LOCK = ".github/workflows/actions.lock"
#: Where actions lie that only the repository itself runs. Whoever else runs one is not bound by this repository's lock.
_PRIVATE = ".github/"


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact | Script]:
    """Every action, image and script that the action runs; the repository's lock settles those of its own workflows' actions."""
    roots = read(document)
    if not any(root.get("runs") is not None for root in roots):
        yield Fact("foreign", Span(0, 0), "no action: it does not say what it runs")
        return
    settled = _settled(document.path, tree) if document.path.startswith(_PRIVATE) and tree.exists(_LOCK) else {}
    for root in roots:
        for reference in action(root, document):
            commit = settled.get(pin_key(reference.artifact.name, reference.version)) if reference.role == "step action" else ""
            yield reference._replace(settled_by=f"{_LOCK}: {commit}") if commit and not reference.digests else reference
            yield from transport(reference)
        if starts_builds(document.data):
            yield from builds(root, document, tree)
        if fetches(document.data):
            yield from scripts(root, document)
        if deploys(document.data):
            from pinlint.semantics.workflow_deploys import deployed  # few actions do

            yield from deployed(root, document)
        if cleans_up(document.data):
            from pinlint.semantics.workflow_retention import cleanups  # few actions do

            yield from cleanups(root, document, tree)


def _settled(path: str, tree: Tree) -> dict[str, str]:
    """The commits that GitHub runs for what this action uses, by pin, where workflows that the lock lists run the action."""
    from pinlint.semantics.locked_actions import Lock, lock_at  # few repositories have a lock
    from pinlint.semantics.needed_actions import reach

    lock = lock_at(_LOCK, tree)
    if not isinstance(lock, Lock):
        return {}
    reached = ((workflow, reach("", workflow, tree)) for workflow in lock.workflows)
    running = [workflow for workflow, found in reached if found is not None and path in found.files]
    return {pin: lock.commit(pin) for workflow in running for pin in lock.workflows[workflow][1]}
