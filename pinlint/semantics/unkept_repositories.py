"""Repositories of images that nothing ever deletes from, by all that the configuration which makes them says.

Knows how Terraform's blocks join a policy to a repository; must not know what a policy means. Only of a folder that is applied by
itself can be told what is made there: what others call as a module gets its policy from whoever calls it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.model import Fact
from pinlint.semantics.literals import MISSING, said
from pinlint.semantics.terraform_folders import configuration, is_one, referred
from pinlint.semantics.terraform_roots import is_deployed, lock_of
from pinlint.syntax.hcl_tree import Call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.semantics.terraform_blocks import Resource
    from pinlint.syntax.nodes import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["FACT", "unkept"]

FACT = "unkept-repository"
_POLICY, _TEMPLATE = "aws_ecr_lifecycle_policy", "aws_ecr_repository_creation_template"


def unkept(one: Resource, document: Document, tree: Tree) -> Iterator[Fact]:
    """What is said of a repository that a folder makes which is applied by itself."""
    if not is_one(one) or not (is_deployed(document.path, tree) or lock_of(document.path, tree) is not None):
        return
    if one.type == "aws_ecr_repository":
        beside = [other for _, other in configuration(document.path, tree)]
        name = said(one.body.get("name"))
        if not any(_may_keep(other, one, name) for other in beside):
            detail = "nothing is ever deleted from this repository; write an aws_ecr_lifecycle_policy that counts images"
            yield Fact(FACT, one.head.inner, detail)
    elif one.type == "google_artifact_registry_repository" and _is_bare(one):
        detail = "nothing is ever deleted from this repository; write cleanup_policies, one of which keeps the most recent versions"
        yield Fact(FACT, one.head.inner, detail)


def _may_keep(other: Resource, one: Resource, name: object) -> bool:
    """Whether a block of the same folder may be the policy of a repository, or hand it to what makes one."""
    if other.type == _TEMPLATE:
        return True
    if other.type == _POLICY:
        node = other.body.get("repository")
        if (named := referred(node)) is not None and named[0] == one.type:
            return named[1] == one.name
        value = said(node)
        return not isinstance(value, str) or not isinstance(name, str) or value == name
    return other.type == "module" and any(_mentions(node, one.name) for node in _scalars(other.body))


def _mentions(node: Node, name: str) -> bool:
    return re.search(rf"\baws_ecr_repository\.{re.escape(name)}\b", node.value) is not None


def _scalars(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Call):
            waiting += node.arguments
        elif node.kind == "mapping":
            waiting += [value for _, value in node.pairs]
        elif node.kind == "sequence":
            waiting += node.elements
        else:
            yield node


def _is_bare(one: Resource) -> bool:
    body = one.body
    standard = str(said(body.get("mode"))).upper() in ("MISSING", "STANDARD_REPOSITORY")
    foreign = ("remote_repository_config", "virtual_repository_config", "cleanup_policies", "dynamic")
    docker = str(said(body.get("format"))).upper() == "DOCKER"
    return docker and standard and all(said(body.get(key)) is MISSING for key in foreign)
