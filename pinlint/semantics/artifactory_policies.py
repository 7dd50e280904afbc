"""Clean-up policies of packages in Artifactory: what is refused, and which images they delete for their age alone.

Knows Terraform's `artifactory_package_cleanup_policy`; must not know files. Its tables, and where they were read, are in
`vendors.artifactory`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.model import Fact
from pinlint.semantics.literals import MISSING, UNKNOWN, listed, said
from pinlint.semantics.vendors.artifactory import ALONE, BESIDE, CONDITIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.semantics.terraform_blocks import Resource
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["resource"]

_IMAGES = ("docker", "oci")


def resource(one: Resource, _document: Document, _tree: Tree) -> Iterator[Fact]:
    """What is wrong with a policy that Terraform makes."""
    criteria = one.body.get("search_criteria")
    if criteria is None or criteria.kind != "mapping" or criteria.tag:
        return
    there = [key for key in CONDITIONS if not _says_nothing(criteria.get(key))]
    alone, beside = criteria.get(ALONE), [key for key in BESIDE if key in there]
    if alone is not None and ALONE in there and beside and said(alone) is not UNKNOWN:
        detail = f"Artifactory refuses {ALONE} beside {beside[0]}; write two policies"
        yield Fact("refused-retention", alone.inner, detail)
        return
    if said(one.body.get("enabled")) in (MISSING, True):
        yield from _of_releases(criteria, there)


def _says_nothing(node: Node | None) -> bool:
    if node is None or said(node) in (MISSING, 0):
        return True
    return node.kind in ("mapping", "sequence") and not node.pairs and not node.elements


def _of_releases(criteria: Node, there: list[str]) -> Iterator[Fact]:
    """Images of any name that go by when they were made, however often they are pulled."""
    types, excluded = listed(criteria.get("package_types")), criteria.get("excluded_packages")
    created = [key for key in there if key.startswith("created_before")]
    others = [key for key in there if key not in created]
    if types is None or not created or others or not any(str(kind).lower() in _IMAGES for kind in types):
        return
    node = criteria.get(created[0])
    age = said(node)
    if not isinstance(age, int | float) or isinstance(age, bool) or node is None or not _says_nothing(excluded):
        return
    unit = "days" if created[0].endswith("days") else "months"
    if listed(criteria.get("included_packages")) != ["**"] or age >= (3_650 if unit == "days" else 120):
        return
    detail = (
        f"deletes every image older than {age:g} {unit}, also the release that runs; write last_downloaded_before_in_{unit} beside "
        f"it, or {ALONE} instead"
    )
    yield Fact("retention-of-releases", node.inner, detail)
