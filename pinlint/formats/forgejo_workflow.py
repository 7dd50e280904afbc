"""Workflows of Forgejo and Gitea: GitHub's form, but `uses` may be an address, and a bare name is looked up where the instance
says.

Source: forgejo.org/docs (Forgejo Actions reference, `uses`), docs.gitea.com (Compared to GitHub Actions).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.action.names import INSTANCE
from pinlint.model import Fact, Reference, Span
from pinlint.programs import fetches
from pinlint.semantics.workflows import asks, builds, ordered, scripts, starts_builds, transport, workflow
from pinlint.syntax.yaml import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Script
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact | Script]:
    """Every action, reusable workflow, image and script that the jobs run. Their machines are containers, mostly."""
    fetching = fetches(document.data)
    if not fetching and not asks(document.data):
        return
    roots = read(document)
    if not any(root.get("jobs") is not None for root in roots):
        yield Fact("foreign", Span(0, 0), "no workflow: it has no jobs")
        return
    for root in roots:
        for reference in ordered(workflow(root, document, INSTANCE)):
            yield reference
            yield from transport(reference)
        if starts_builds(document.data):
            yield from builds(root, document, tree)
        if fetching:
            yield from scripts(root, document, "sh")
