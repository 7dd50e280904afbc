"""Clean-up policies of GitLab's container registry: what is refused, what does nothing, and which releases they delete.

Knows the policy of a project in Terraform and as GitLab's API takes it; must not know files. Its tables, and where they were read,
are in `vendors.gitlab`.

Tags that fit the one expression go, but `latest`, those that fit the other, the newest, and those that are young or that a rule
protects. Both expressions are of the whole tag.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.model import Fact
from pinlint.semantics.literals import MISSING, UNKNOWN, said
from pinlint.semantics.release_tags import probes
from pinlint.semantics.tag_patterns import fits, is_known
from pinlint.semantics.terraform_folders import configuration
from pinlint.semantics.vendors.gitlab import CADENCES, KEPT, OLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.semantics.terraform_blocks import Resource
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["policy", "resource"]

#: A rule that protects tags, which no clean-up deletes then.
_TAG_RULE = "gitlab_project_container_tag_protection"


def resource(one: Resource, document: Document, tree: Tree) -> Iterator[Fact]:
    """What is wrong with the policy of a project that Terraform makes."""
    protected = any(other.type == _TAG_RULE for _, other in configuration(document.path, tree))
    for head, body in one.body.pairs:
        if head.value == "container_expiration_policy":
            for each in body.elements if body.kind == "sequence" else [body]:
                found = policy(head, each, tree)
                yield from (fact for fact in found if not protected or fact.kind != "retention-of-releases")


def policy(head: Node, body: Node, tree: Tree) -> Iterator[Fact]:
    """What is wrong with a policy; `head` is where it begins."""
    if body.kind != "mapping":
        return
    refused = list(_refused(body))
    yield from refused
    if refused or said(body.get("enabled")) is not True:
        return
    node = body.get("name_regex_delete") or body.get("name_regex")
    pattern = said(node)
    if pattern is MISSING or pattern == "":
        detail = "deletes nothing, as no name_regex_delete says which tags; write one"
        yield Fact("contrary-retention", head.inner, detail)
    elif node is not None and isinstance(pattern, str) and (fact := _of_releases(body, node, pattern, tree)) is not None:
        yield fact


def _refused(body: Node) -> Iterator[Fact]:
    for key, known in (("cadence", CADENCES), ("older_than", OLDER), ("keep_n", KEPT)):
        node = body.get(key)
        value = said(node)
        if node is None or value is MISSING or value is UNKNOWN or value in ("", 0):
            continue
        if value not in known and str(value) not in map(str, known):
            listed = ", ".join(map(str, known))
            yield Fact("refused-retention", node.inner, f"GitLab refuses {key} {str(value)[:40]}; write one of {listed}")


def _of_releases(body: Node, node: Node, pattern: str, tree: Tree) -> Fact | None:
    """The first tag of a release that goes for its age alone: no number of newest ones is kept, and no expression spares it."""
    kept, age, spared = said(body.get("keep_n")), said(body.get("older_than")), said(body.get("name_regex_keep"))
    if kept not in (MISSING, 0) or not isinstance(age, str) or not age:
        return None
    if spared is UNKNOWN or (isinstance(spared, str) and not is_known(spared)):
        return None
    tags = [tag for tag in probes(tree) if fits(pattern, tag)]
    if not tags or (isinstance(spared, str) and any(fits(spared, tag) for tag in probes(tree))):
        return None
    detail = (
        f"deletes every tag older than {age}, also the release that runs, as {tags[0]} would be; keep releases by name_regex_keep, "
        "or the newest by keep_n"
    )
    return Fact("retention-of-releases", node.inner, detail)
