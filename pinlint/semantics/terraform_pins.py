"""Policies of repositories that Terraform makes, beside what the files of the tree pin in those very repositories.

Knows how the providers hashicorp/aws, hashicorp/google and hashicorp/azurerm join a policy to its repository, and what proves that
an image lies there: the repository's own attribute in the same folder, an account and region that the provider is held to, a name
that is the only one of its kind in the world. Must not know what a policy means.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.semantics import acr_policies, gar_policies, harbor_policies, policy_texts
from pinlint.semantics.ecr_expiries import DOCUMENT, expiries, of_document
from pinlint.semantics.expired_pins import Names, lost
from pinlint.semantics.literals import MISSING, UNKNOWN, listed, said
from pinlint.semantics.terraform_blocks import default
from pinlint.semantics.terraform_folders import configuration, is_one, only, referred
from pinlint.syntax.hcl_tree import Call
from pinlint.syntax.json import Unparsable
from pinlint.text import Unread
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinlint.model import Fact, Span
    from pinlint.semantics.expired_pins import Expiry
    from pinlint.semantics.terraform_blocks import Resource
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["lost_pins", "names_of"]

_ROLE = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):role/.+")
_HERE = "${path.module}/"


def lost_pins(one: Resource, top: Node, document: Document, tree: Tree) -> Iterator[Fact]:
    """The images that something pins and the policy of this resource deletes."""
    if not is_one(one):
        return
    if one.type == "aws_ecr_lifecycle_policy":
        yield from _amazon(one, top, document, tree)
    elif one.type == "google_artifact_registry_repository":
        yield from lost(gar_policies.expiries(one), _google(one, top, document, tree), tree)
    elif one.type == "harbor_retention_policy":
        names = _harbor(one, top, document, tree)
        if names is not None:
            yield from lost(harbor_policies.expiries(one), names, tree)
    elif one.type == "azurerm_container_registry":
        registry = said(default(one.body.get("name"), top, document, tree))
        if isinstance(registry, str):
            local = rf"\$\{{azurerm_container_registry\.{re.escape(one.name)}\.login_server\}}/.+"
            names = Names((rf"{re.escape(registry.lower())}\.azurecr\.io/.+",), (local,), _folder(document))
            yield from lost(acr_policies.expiries(one), names, tree)


def names_of(one: Resource, top: Node, document: Document, tree: Tree) -> Names | None:
    """How images are written that lie in a repository of Amazon or Google that the resource makes; None where nothing proves it."""
    if not is_one(one):
        return None
    if one.type == "google_artifact_registry_repository":
        return _google(one, top, document, tree)
    if one.type != "aws_ecr_repository":
        return None
    name = said(default(one.body.get("name"), top, document, tree))
    if isinstance(name, str):
        return _amazon_names(one, name, document, tree)
    return Names((), (rf"\$\{{aws_ecr_repository\.{re.escape(one.name)}\.repository_url\}}",), _folder(document))


def _folder(document: Document) -> str:
    return document.path.rpartition("/")[0]


# --- Amazon ECR --------------------------------------------------------------------------------------------------------------


def _amazon(one: Resource, top: Node, document: Document, tree: Tree) -> Iterator[Fact]:
    repository = _repository(one, document, tree)
    if repository is None:
        return
    name = said(default(repository.body.get("name"), top, document, tree))
    if not isinstance(name, str):
        return
    mode = said(default(repository.body.get("image_tag_mutability"), top, document, tree))
    found = _of_policy(one.body.get("policy"), document, tree, movable=mode in (MISSING, "MUTABLE"))
    if found:
        yield from lost(found, _amazon_names(repository, name, document, tree), tree)


def _repository(one: Resource, document: Document, tree: Tree) -> Resource | None:
    """The repository that a policy is of, where it is made in the same folder."""
    node = one.body.get("repository")
    if (named := referred(node)) is not None:
        type_, block, attribute = named
        is_its = type_ == "aws_ecr_repository" and attribute in ("name", "id")
        return only(type_, block, document.path, tree) if is_its else None
    name = said(node)
    found = [other for _, other in configuration(document.path, tree) if other.type == "aws_ecr_repository"]
    found = [other for other in found if isinstance(name, str) and said(other.body.get("name")) == name and is_one(other)]
    return found[0] if len(found) == 1 else None


def _amazon_names(repository: Resource, name: str, document: Document, tree: Tree) -> Names:
    escaped, block = re.escape(name), re.escape(repository.name)
    places = _accounts(document, tree)
    patterns = tuple(rf"{account}\.dkr\.ecr\.{region}\.amazonaws\.com(?:\.cn)?/{escaped}" for account, region in places)
    regions = {region for _, region in places} or {r"\$\{[^{}]+\}"}
    current = r"\$\{data\.aws_caller_identity\.[\w-]+\.account_id\}"
    hosts = rf"{current}\.dkr\.ecr\.(?:{'|'.join(sorted(regions))}|\$\{{[^{{}}]+\}})\.amazonaws\.com"
    named = rf"(?:{escaped}|\$\{{aws_ecr_repository\.{block}\.(?:name|id)\}})"
    local = (rf"\$\{{aws_ecr_repository\.{block}\.repository_url\}}", rf"{hosts}/{named}")
    return Names(patterns, local, _folder(document))


def _accounts(document: Document, tree: Tree) -> list[tuple[str, str]]:
    """(account, region) that the provider is held to; nothing where it may run in any, or there are several providers."""
    providers = [one for _, one in configuration(document.path, tree) if one.type == "provider" and one.name == "aws"]
    if len(providers) != 1:
        return []
    body = providers[0].body
    region, role = said(body.get("region")), body.get("assume_role")
    allowed = listed(body.get("allowed_account_ids"))
    taken = said(role.get("role_arn")) if role is not None and role.kind == "mapping" else MISSING
    found = _ROLE.fullmatch(taken) if isinstance(taken, str) else None
    account = found[1] if found else str(allowed[0]) if allowed is not None and len(allowed) == 1 else ""
    return [(account, re.escape(region))] if re.fullmatch(r"\d{12}", account) and isinstance(region, str) else []


def _of_policy(node: Node | None, document: Document, tree: Tree, *, movable: bool) -> list[Expiry]:
    """What a policy deletes, wherever it is written."""
    if node is None:
        return []
    if isinstance(node, Call) and node.value == "jsonencode" and len(node.arguments) == 1:
        return expiries(node.arguments[0], lambda span: span, movable=movable)
    if isinstance(node, Call) and node.value == "file" and len(node.arguments) == 1:
        return _of_text(_file(node.arguments[0], document, tree), lambda _: node.inner, movable=movable)
    if node.style == "|":
        start = document.text.find("\n", node.start, node.end) + 1
        return _of_text(document.text[start : node.end], lambda span: policy_texts.shifted(span, start), movable=movable)
    named = referred(node)
    if named is None or named[0] != "data.aws_ecr_lifecycle_policy_document" or named[2] != "json":
        return []
    found = [(path, one) for path, one in configuration(document.path, tree) if (one.type, one.name) == named[:2]]
    if len(found) != 1 or not is_one(found[0][1]):
        return []
    path, one = found[0]
    here = path == document.path
    body = of_document(one.body)
    return expiries(body, lambda span: span if here else node.inner, DOCUMENT, movable=movable)


def _file(node: Node, document: Document, tree: Tree) -> str:
    """What the file holds that an expression names below its own folder; "" where nothing can be read."""
    name = node.value.removeprefix(_HERE)
    if "${" in name or not node.value.startswith(_HERE):
        return ""
    try:
        return tree.read(join(document.path, name)).text
    except Unread:
        return ""


def _of_text(text: str, place: Callable[[Span], Span], *, movable: bool) -> list[Expiry]:
    root = policy_texts.root(text) if "rulePriority" in text else None
    return [] if root is None or isinstance(root, Unparsable) else expiries(root, place, movable=movable)


# --- Harbor -------------------------------------------------------------------------------------------------------------------


def _harbor(one: Resource, top: Node, document: Document, tree: Tree) -> Names | None:
    """A policy is of a project, whose images lie at the address of the provider; None where a rule keeps tags there for good."""
    beside = [other for _, other in configuration(document.path, tree)]
    named = referred(one.body.get("scope"))
    providers = [other for other in beside if other.type == "provider" and other.name == "harbor"]
    if named is None or named[0] != "harbor_project" or len(providers) != 1:
        return None
    project = only("harbor_project", named[1], document.path, tree)
    name = said(default(project.body.get("name"), top, document, tree)) if project is not None else None
    url = said(default(providers[0].body.get("url"), top, document, tree))
    host = re.fullmatch(r"https?://([\w.:-]+)/?", url) if isinstance(url, str) else None
    if not isinstance(name, str) or host is None or any(other.type == "harbor_immutable_tag_rule" for other in beside):
        return None
    return Names((rf"{re.escape(host[1])}/{re.escape(name)}/.+",))


# --- Google Artifact Registry ------------------------------------------------------------------------------------------------


def _google(one: Resource, top: Node, document: Document, tree: Tree) -> Names:
    """A repository lies in a place and a project, which says the resource or the provider."""
    providers = [other for _, other in configuration(document.path, tree) if other.type == "provider" and other.name == "google"]
    provider = providers[0].body if len(providers) == 1 else None
    parts = []
    for key, general in (("location", "region"), ("project", "project"), ("repository_id", "")):
        node = one.body.get(key)
        if node is None and provider is not None and general:
            node = provider.get(general)
        parts.append(said(default(node, top, document, tree)))
    block = rf"google_artifact_registry_repository\.{re.escape(one.name)}"
    local = rf"\$\{{{block}\.registry_uri\}}/.+"
    if any(part is MISSING or part is UNKNOWN for part in parts):
        return Names((), (local,), _folder(document))
    texts = [str(part) for part in parts]
    mixed = [
        rf"(?:{re.escape(text)}|\$\{{{block}\.{key}\}})"
        for text, key in zip(texts, ("location", "project", "(?:repository_id|name)"), strict=True)
    ]
    whole = rf"{re.escape(texts[0])}-docker\.pkg\.dev/{re.escape(texts[1])}/{re.escape(texts[2])}/.+"
    return Names((whole,), (local, rf"{mixed[0]}-docker\.pkg\.dev/{mixed[1]}/{mixed[2]}/.+"), _folder(document))
