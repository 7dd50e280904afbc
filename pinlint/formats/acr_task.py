"""Tasks of Azure's registries in YAML: what their commands purge.

Source: "ACR Tasks reference: YAML" (learn.microsoft.com); Azure/acr-cli.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.semantics.acr_policies import task
from pinlint.semantics.test_grounds import is_test
from pinlint.syntax.yaml import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]


def references(document: Document, tree: Tree) -> Iterator[Fact]:
    """What is wrong with each command."""
    for root in () if is_test(document.path) else read(document):
        yield from task(root, lambda command: command.inner, tree)
