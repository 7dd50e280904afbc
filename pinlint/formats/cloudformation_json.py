"""Templates of CloudFormation and SAM in JSON: repositories of ECR, and the policies about their images.

Source: AWS CloudFormation's template reference (AWS::ECR::Repository, AWS::ECR::RepositoryCreationTemplate).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.semantics.ecr_resources import cloudformation
from pinlint.syntax import jsonc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]


def references(document: Document, tree: Tree) -> Iterator[Fact]:
    """What is wrong with each resource."""
    yield from cloudformation(jsonc.read(document), document, tree)
