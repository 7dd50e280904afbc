"""Policies about keeping images as files of JSON: what `aws ecr put-lifecycle-policy`, `gcloud artifacts repositories
set-cleanup-policies` and the API of Harbor are given, and Terraform reads by `file`.

Their names say little, for files of S3 and of permissions are called so, too: the shape decides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.model import Fact, Span
from pinlint.semantics import gar_policies, harbor_policies, kept_ecr, policy_texts
from pinlint.semantics.release_tags import releases
from pinlint.semantics.test_grounds import is_test
from pinlint.syntax import json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]


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
    else:
        yield Fact("foreign", Span(0, 0), "no policy about keeping images")
