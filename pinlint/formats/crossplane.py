"""Objects of Crossplane's providers for AWS: repositories of ECR, and the policies about their images.

Source: crossplane-contrib/provider-upjet-aws (apis/ecr: Repository, LifecyclePolicy), also namespaced and of the community.
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

_GROUPS = ("ecr.aws.upbound.io", "ecr.aws.m.upbound.io", "ecr.aws.crossplane.io")
_KEYS = ("imageTagMutability", "imageTagMutabilityExclusionFilter", "filter", "name")


def references(document: Document, tree: Tree) -> Iterator[Fact]:
    """What is wrong with each repository and policy."""
    for one in () if is_test(document.path) else objects(read(document)):
        kind, spec = one.node.get("kind"), one.node.get("spec")
        if one.group not in _GROUPS or kind is None or spec is None:
            continue
        values = spec.get("forProvider")
        if one.kind == "Repository":
            yield from repository(kind, values, _KEYS, tree)
        elif one.kind == "LifecyclePolicy" and values is not None:
            yield from policy(values.get("policy") or values.get("lifecyclePolicyText"), document, tree)
