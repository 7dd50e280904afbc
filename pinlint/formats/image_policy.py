"""Policies about signatures of images: Kyverno's, and the ClusterImagePolicy of policy-controller.

They name images by patterns, which nothing fetches; what matters is whose signature they accept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.semantics.test_grounds import is_test
from pinlint.semantics.trusted_signers import by_policy
from pinlint.syntax.manifest import objects
from pinlint.syntax.yaml import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]


def references(document: Document, tree: Tree) -> Iterator[Fact]:  # noqa: ARG001
    """Whom each policy lets sign that nobody meant."""
    if not is_test(document.path):
        for one in objects(read(document)):
            yield from by_policy(one)
