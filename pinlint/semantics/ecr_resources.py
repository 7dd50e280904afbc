"""Repositories of ECR, and policies about their images, as resources in YAML or JSON whose policy is a text.

Knows which values a resource has; what a notation calls them its format says. Must not know files.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.model import Fact
from pinlint.semantics import kept_ecr
from pinlint.semantics.ecr_policies import facts, is_policy
from pinlint.semantics.literals import MISSING, said
from pinlint.semantics.mutable_repositories import amazon
from pinlint.semantics.release_tags import releases
from pinlint.semantics.test_grounds import is_test
from pinlint.syntax.nodes import Node
from pinlint.syntax.placed import scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["cloudformation", "policy", "repository"]


#: What makes a text of a tree: a function of Pulumi, and one of CloudFormation's language extensions.
_TO_TEXT = ("fn::toJSON", "Fn::ToJSON", "Fn::ToJsonString")


def policy(node: Node | None, document: Document, tree: Tree) -> Iterator[Fact]:
    """What is wrong with a policy: a text of JSON, or the same as a tree."""
    if node is None or is_test(document.path):
        return
    if node.kind == "mapping" and len(node.raw_pairs) == 1 and node.raw_pairs[0][0].value in _TO_TEXT:
        node = node.raw_pairs[0][1]
    if node.kind == "mapping" and is_policy(node):
        yield from facts(node, releases(tree))
    elif node.kind == "scalar":
        text = scalar(node, document)
        yield from kept_ecr.in_text(text.text, lambda span: text.span(span.start, max(span.end, span.start)), tree)


def repository(head: Node, values: Node | None, keys: tuple[str, str, str, str], tree: Tree) -> Iterator[Fact]:
    """What is said of a repository; `keys` are how a notation calls the mode, the filters, what a filter says, and the name."""
    mode_key, filters_key, filter_key, name_key = keys
    mode = values.get(mode_key) if values is not None else None
    filters = values.get(filters_key) if values is not None else None
    name = said(values.get(name_key)) if values is not None else None
    listed = [one.get(filter_key) for one in filters.elements] if filters is not None else []
    known = listed if filters is None or (filters.kind == "sequence" and not filters.tag) else None
    yield from amazon(mode, mode.inner if mode is not None else head.inner, name, known, tree)


_CLOUDFORMATION = (
    "ImageTagMutability", "ImageTagMutabilityExclusionFilters", "ImageTagMutabilityExclusionFilterValue", "RepositoryName",
)  # fmt: skip


def cloudformation(root: Node, document: Document, tree: Tree) -> Iterator[Fact]:
    """What is wrong with the repositories, and the templates of repositories, of a template of CloudFormation or SAM."""
    if is_test(document.path):
        return
    resources = root.get("Resources")
    for name, body in resources.pairs if resources is not None and resources.kind == "mapping" else ():
        kind, values = body.get("Type"), body.get("Properties")
        if kind is None or said(kind) not in ("AWS::ECR::Repository", "AWS::ECR::RepositoryCreationTemplate"):
            continue
        yield from repository(kind, values, _CLOUDFORMATION, tree)
        text = values.get("LifecyclePolicy") if values is not None else None
        text = text.get("LifecyclePolicyText") if text is not None and text.kind == "mapping" else text
        yield from policy(text, document, tree)
        if text is None and tree.wants("unkept-repository") and said(kind) == "AWS::ECR::Repository":
            yield Fact("unkept-repository", kind.inner, "nothing is ever deleted from this repository; write a LifecyclePolicy")
        if text is not None and values is not None and "@sha256:" in document.text and said(kind) == "AWS::ECR::Repository":
            yield from _lost(text, values, name.value, document, tree)


def _lost(text: Node, values: Node, block: str, document: Document, tree: Tree) -> Iterator[Fact]:
    """What the template pins in the repository, by the repository's own name in it, and the policy deletes."""
    from pinlint.semantics import ecr_expiries, expired_pins, policy_texts  # few templates pin what they keep

    movable = said(values.get("ImageTagMutability")) in (MISSING, "MUTABLE")
    root: object = text
    if text.kind == "scalar":
        root = policy_texts.root(text.value) if kept_ecr.MARK in text.value else None
    if not isinstance(root, Node):
        return
    found = ecr_expiries.expiries(root, lambda span: text.inner if text.kind == "scalar" else span, movable=movable)
    own = said(values.get("RepositoryName"))
    escaped = re.escape(block)
    host = r"\$\{AWS::AccountId\}\.dkr\.ecr\.\$\{AWS::Region\}\.(?:amazonaws\.com|\$\{AWS::URLSuffix\})"
    named = rf"(?:\$\{{{escaped}\}}{f'|{re.escape(own)}' if isinstance(own, str) else ''})"
    local = (rf"\$\{{{escaped}\.RepositoryUri\}}", rf"{host}/{named}")
    yield from expired_pins.lost(found, expired_pins.Names((), local, document.path), tree)
