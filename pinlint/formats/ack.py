"""Objects of AWS Controllers for Kubernetes: repositories of ECR, with the policies about their images.

Source: aws-controllers-k8s/ecr-controller (apis/v1alpha1, RepositorySpec).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.semantics.ecr_resources import policy, repository
from pinlint.semantics.test_grounds import is_test
from pinlint.syntax.manifest import objects
from pinlint.syntax.yaml import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_KEYS = ("imageTagMutability", "imageTagMutabilityExclusionFilters", "filter", "name")


def references(document: Document, tree: Tree) -> Iterator[Fact]:
    """What is wrong with each repository."""
    for one in () if is_test(document.path) else objects(read(document)):
        kind, spec = one.node.get("kind"), one.node.get("spec")
        if one.group == "ecr.services.k8s.aws" and one.kind == "Repository" and kind is not None and spec is not None:
            yield from repository(kind, spec, _KEYS, tree)
            yield from policy(spec.get("lifecyclePolicy"), document, tree)
