"""What a configuration of Terraform says about keeping images: policies of ECR wherever they stand, resources of other vendors, and
repositories whose tags can be moved.

Knows which resources say something; what they say is judged by a module for each vendor, which loads where one stands.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from pinlint.model import Fact, Span
from pinlint.semantics import ecr_policies, kept_ecr, mutable_repositories, policy_texts
from pinlint.semantics.release_tags import releases
from pinlint.semantics.terraform_blocks import resources, root
from pinlint.semantics.test_grounds import is_test
from pinlint.syntax.hcl_tree import Call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.semantics.terraform_blocks import Resource
    from pinlint.syntax.nodes import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["retention"]

#: Resources whose policy may delete what the tree pins.
_KEPT = ("aws_ecr_lifecycle_policy", "google_artifact_registry_repository", "azurerm_container_registry", "harbor_retention_policy")
#: By resource, the module that judges what it says of keeping images or packages, by its `resource`.
_JUDGES = {
    "artifactory_package_cleanup_policy": "artifactory_policies",
    "aws_s3_bucket": "bucket_resources",
    "aws_s3_bucket_lifecycle_configuration": "bucket_resources",
    "azurerm_container_registry": "acr_policies",
    "azurerm_container_registry_task": "acr_policies",
    "gitlab_project": "gitlab_policies",
    "gitlab_project_container_tag_protection": "protected_tags",
    "google_artifact_registry_repository": "gar_policies",
    "google_storage_bucket": "bucket_resources",
    "harbor_immutable_tag_rule": "harbor_policies",
    "harbor_retention_policy": "harbor_policies",
    "sonatyperepo_cleanup_policy": "nexus_policies",
}
_MAKES = ("aws_ecr_repository", "google_artifact_registry_repository")
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
        if one.type in _KEPT:
            from pinlint.semantics.terraform_pins import lost_pins  # only where a policy stands beside its repository

            yield from lost_pins(one, top, document, tree)


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
        from pinlint.semantics.ecr_expiries import DOCUMENT, of_document  # few configurations write one so

        policy = of_document(one.body)
        if ecr_policies.is_policy(policy, DOCUMENT):
            yield from ecr_policies.facts(policy, releases(tree), DOCUMENT)
    elif one.type == "aws_ecr_repository_policy":
        yield from _mistaken(one)
    elif one.type in _JUDGES:
        yield from import_module(f"pinlint.semantics.{_JUDGES[one.type]}").resource(one, document, tree)
    if one.type in _MAKES and tree.wants("unkept-repository"):
        from pinlint.semantics.unkept_repositories import unkept  # only who asks for it is told

        yield from unkept(one, document, tree)
    if one.type == "google_artifact_registry_repository":
        yield from _graded(mutable_repositories.of_google(one, top, document, tree), one, top, document, tree)
    elif one.type in ("aws_ecr_repository", "aws_ecr_repository_creation_template"):
        yield from _graded(mutable_repositories.of_amazon(one, top, document, tree), one, top, document, tree)
    elif one.type == "module" and any(one.body.get(key) is not None for key in _MUTABLE):
        yield from mutable_repositories.of_module(one, top, document, tree)


def _graded(facts: Iterator[Fact], one: Resource, top: Node, document: Document, tree: Tree) -> Iterator[Fact]:
    """What is said of a repository, by what the tree deploys from it where its tags can be moved."""
    movable = []
    for fact in facts:
        if fact.kind == "mutable-repository":
            movable.append(fact)
        else:
            yield fact
    if not movable:
        return
    from pinlint.semantics.asked_images import graded  # most repositories make none such
    from pinlint.semantics.terraform_pins import names_of

    names = names_of(one, top, document, tree)
    yield from movable if names is None else graded(movable, names, tree)


def _mistaken(one: Resource) -> Iterator[Fact]:
    """A policy about keeping images that is handed to what says who may pull them."""
    node = one.body.get("policy")
    if node is None:
        return
    called = node.arguments[0] if isinstance(node, Call) and len(node.arguments) == 1 else node
    if ecr_policies.is_policy(called) or (called.style in ("|", '"') and kept_ecr.MARK in called.value):
        place = next((key for key, value in one.body.pairs if value is node), one.head)
        detail = "ECR refuses this as a policy about who may pull; write aws_ecr_lifecycle_policy for what is deleted"
        yield Fact("refused-retention", place.inner, detail)
