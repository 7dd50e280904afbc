"""What a configuration of Terraform says about keeping images: policies of ECR wherever they stand, repositories of Artifact
Registry, policies of Harbor, and repositories whose tags can be moved.

Knows the blocks of the providers hashicorp/aws, hashicorp/google and goharbor/harbor; the grammar of each vendor has a module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.model import Span
from pinlint.semantics import ecr_policies, gar_policies, harbor_policies, kept_ecr, mutable_repositories, policy_texts
from pinlint.semantics.release_tags import releases
from pinlint.semantics.terraform_blocks import resources, root
from pinlint.semantics.test_grounds import is_test
from pinlint.syntax.hcl_tree import COMPUTED, Call
from pinlint.syntax.nodes import Mapping, Node, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact
    from pinlint.semantics.terraform_blocks import Resource
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["retention"]

#: How the provider calls the parts of a rule in `aws_ecr_lifecycle_policy_document`; it writes numbers as numbers.
_DOCUMENT = ecr_policies.Names(
    "rule", "priority", "tag_status", "tag_pattern_list", "tag_prefix_list", "count_type", "count_unit", "count_number",
    "storage_class", "target_storage_class", typed=False,
)  # fmt: skip
_MUTABLE = ("image_tag_mutability", "repository_image_tag_mutability")


def retention(document: Document, tree: Tree) -> Iterator[Fact]:
    """What a file says that is refused, contrary, or deletes too much; repositories whose tags can be moved. Nobody runs those of
    tests for long."""
    if is_test(document.path):
        return
    top = root(document)
    if kept_ecr.MARK in document.text:
        yield from _policies(top, document, tree)
    for one in resources(top):
        yield from _of_resource(one, top, document, tree)


def _policies(top: Node, document: Document, tree: Tree) -> Iterator[Fact]:
    """What is wrong with policies of ECR, whatever they are the value of: a resource's, a module's, a local value, a default."""
    waiting = [top]
    while waiting:
        node = waiting.pop()
        if node.kind == "mapping" and ecr_policies.is_policy(node):
            yield from ecr_policies.facts(node, releases(tree))
            continue
        if ecr_policies.is_rule(node):  # one of several that are put together
            yield from ecr_policies.of_rule(node)
            continue
        if node.style == "|" and node.kind == "scalar":
            yield from _heredoc(node, document, tree)
        elif node.style == '"' and kept_ecr.MARK in node.value:
            yield from _quoted(node, tree)
        elif isinstance(node, Call):
            waiting += reversed(node.arguments)
        waiting += [value for _, value in reversed(node.pairs)] if node.kind == "mapping" else reversed(node.elements)


def _heredoc(node: Node, document: Document, tree: Tree) -> Iterator[Fact]:
    start = document.text.find("\n", node.start, node.end) + 1
    text = document.text[start : node.end]
    yield from kept_ecr.in_text(text, lambda span: policy_texts.shifted(span, start), tree)


def _quoted(node: Node, tree: Tree) -> Iterator[Fact]:
    """A policy between quotes: whatever is wrong with it stands there."""
    inner = node.inner
    text = node.value.replace('\\"', '"').replace("\\n", "\n")
    yield from kept_ecr.in_text(text, lambda _: Span(inner.start, inner.end), tree)


def _of_resource(one: Resource, top: Node, document: Document, tree: Tree) -> Iterator[Fact]:
    if one.type == "data.aws_ecr_lifecycle_policy_document":
        if ecr_policies.is_policy(_listed(one.body), _DOCUMENT):
            yield from ecr_policies.facts(_listed(one.body), releases(tree), _DOCUMENT)
    elif one.type == "google_artifact_registry_repository":
        yield from gar_policies.repository(one, releases(tree))
        yield from mutable_repositories.of_google(one, top, document, tree)
    elif one.type in ("harbor_retention_policy", "harbor_immutable_tag_rule"):
        yield from harbor_policies.resource(one)
    elif one.type in ("aws_ecr_repository", "aws_ecr_repository_creation_template"):
        yield from mutable_repositories.of_amazon(one, top, document, tree)
    elif one.type == "module" and any(one.body.get(key) is not None for key in _MUTABLE):
        yield from mutable_repositories.of_module(one, top, document, tree)


def _listed(body: Node) -> Node:
    """The same block with its rules in a list, as all other notations have them."""
    made, rules = Mapping(body.start, body.end), Sequence(body.start, body.end)
    for key, value in body.pairs:
        if key.value != "rule":
            made.raw_pairs.append((key, value))
            if key.value == "dynamic":  # nobody knows how many
                rules.raw_elements.append(Node(value.start, value.end, "", COMPUTED))
        elif value.kind == "sequence":
            rules.raw_elements += value.elements
        else:
            rules.raw_elements.append(value)
    first = next((key for key, _ in body.pairs if key.value == "rule"), None)
    if first is not None:
        made.raw_pairs.append((first, rules))
    return made
