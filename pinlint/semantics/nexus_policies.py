"""Clean-up policies of Sonatype Nexus Repository: what is refused, and which images they delete for their age alone.

Knows Terraform's `sonatyperepo_cleanup_policy` and the API's JSON; must not know files. Its tables, and where they were read, are
in `vendors.nexus`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.model import Fact
from pinlint.semantics.literals import MISSING, UNKNOWN, said
from pinlint.semantics.vendors.nexus import CRITERIA, IN_JSON, RELEASE_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.semantics.terraform_blocks import Resource
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["is_policy", "policy", "resource"]

_FOR_EVER = 3_650


def resource(one: Resource, _document: Document, _tree: Tree) -> Iterator[Fact]:
    """What is wrong with a policy that Terraform makes."""
    criteria = one.body.get("criteria")
    if criteria is not None and criteria.kind == "mapping":
        yield from _judged(one.head, one.body, criteria, CRITERIA)


def is_policy(root: Node) -> bool:
    """Whether a mapping is a policy as the API takes it."""
    return root.get("format") is not None and any(root.get(key) is not None for key in IN_JSON)


def policy(root: Node) -> Iterator[Fact]:
    """What is wrong with such a policy."""
    yield from _judged(root.raw_pairs[0][0], root, root, IN_JSON)


def _judged(head: Node, body: Node, criteria: Node, keys: tuple[str, ...]) -> Iterator[Fact]:
    values = {key: said(criteria.get(key)) for key in keys}
    regex, updated, downloaded, release = keys
    if all(value is MISSING for value in values.values()):
        yield Fact("refused-retention", head.inner, f"Nexus refuses a policy without a criterion; write one of {', '.join(keys)}")
        return
    node = criteria.get(release)
    kind = values[release]
    if node is not None and isinstance(kind, str) and kind.upper() not in RELEASE_TYPES:
        yield Fact("refused-retention", node.inner, f"Nexus refuses {release} {kind[:40]}; write one of {', '.join(RELEASE_TYPES)}")
        return
    age, place = values[updated], criteria.get(updated)
    narrower = any(values[key] is not MISSING for key in (regex, downloaded, release))
    narrower = narrower or said(body.get("retain")) not in (MISSING, 0)
    if narrower or said(body.get("format")) != "docker" or place is None or age is UNKNOWN:
        return
    if isinstance(age, int | float) and not isinstance(age, bool) and age < _FOR_EVER:
        detail = (
            f"deletes every image older than {age:g} days, also the release that runs; write {downloaded} beside it, so that what "
            "is pulled stays"
        )
        yield Fact("retention-of-releases", place.inner, detail)
