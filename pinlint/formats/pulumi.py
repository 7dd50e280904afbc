"""Programs of Pulumi in YAML: repositories of ECR, and the policies about their images.

Source: Pulumi's registry (aws:ecr:Repository, aws:ecr:LifecyclePolicy, aws-native:ecr:Repository). Programs in languages are code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.semantics.ecr_resources import policy, repository
from pinlint.semantics.literals import said
from pinlint.semantics.test_grounds import is_test
from pinlint.syntax.yaml import read, select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_KEYS = ("imageTagMutability", "imageTagMutabilityExclusionFilters", "filter", "name")


def references(document: Document, tree: Tree) -> Iterator[Fact]:
    """What is wrong with each resource."""
    for root in () if is_test(document.path) else read(document):
        for body in select(root, "resources", "*"):
            kind, values = body.get("type"), body.get("properties")
            name = str(said(kind)).replace(":ecr/repository:", ":ecr:").replace(":ecr/lifecyclePolicy:", ":ecr:")
            if kind is not None and name in ("aws:ecr:Repository", "aws-native:ecr:Repository"):
                yield from repository(kind, values, _KEYS, tree)
            if values is not None and name == "aws:ecr:LifecyclePolicy":
                yield from policy(values.get("policy"), document, tree)
            elif values is not None and name == "aws-native:ecr:Repository":
                for text in select(values, "lifecyclePolicy", "lifecyclePolicyText"):
                    yield from policy(text, document, tree)
