"""Policies about keeping images as files of JSON: what `aws ecr put-lifecycle-policy`, `gcloud artifacts repositories
set-cleanup-policies`, buckets, and the APIs of Harbor, Nexus and GitLab are given, and Terraform reads by `file`.

Their names say little, for files of permissions are called so, too: the shape decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.model import Fact, Span
from pinlint.semantics import (
    bucket_policies,
    gar_policies,
    gitlab_policies,
    harbor_policies,
    kept_ecr,
    nexus_policies,
    policy_texts,
)
from pinlint.semantics.release_tags import releases
from pinlint.semantics.test_grounds import is_test
from pinlint.syntax import json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_GITLAB = "container_expiration_policy_attributes"


def references(document: Document, tree: Tree) -> Iterator[Fact]:
    """What is wrong with the policy of a file, whosever it is."""
    if is_test(document.path):
        return
    text = document.text
    if kept_ecr.MARK in text:
        yield from kept_ecr.in_text(text, lambda span: span, tree)
        return
    root = policy_texts.root(text)
    if root is None or isinstance(root, json.Unparsable):
        yield Fact("foreign", Span(0, 0), "no policy about keeping images")
    elif gar_policies.is_policies(root):
        yield from gar_policies.policies(root, releases(tree))
    elif harbor_policies.is_policy(root):
        yield from harbor_policies.policy(root)
    elif nexus_policies.is_policy(root):
        yield from nexus_policies.policy(root)
    elif bucket_policies.is_amazon(root):
        yield from bucket_policies.amazon(root)
    elif bucket_policies.is_google(root):
        yield from bucket_policies.google(root)
    elif (attributes := root.get(_GITLAB)) is not None:
        yield from gitlab_policies.policy(root.raw_pairs[0][0], attributes, tree)
    else:
        yield Fact("foreign", Span(0, 0), "no policy about keeping images")
