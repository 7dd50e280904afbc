"""Repositories of images in which a tag can be moved: what is deployed by one then changes under whoever runs it.

Knows how vendors say so (Amazon ECR with all four modes and their filters, Artifact Registry), in Terraform, CloudFormation and the
objects of clusters; must not know files. Tables of a vendor are in `vendors`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.model import Fact
from pinlint.semantics.literals import MISSING, UNKNOWN, said
from pinlint.semantics.release_tags import reaches, releases
from pinlint.semantics.terraform_blocks import default
from pinlint.semantics.vendors.amazon_ecr import FILTER, FILTERS, MODES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Span
    from pinlint.semantics.terraform_blocks import Resource
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["CHANGES", "amazon", "of_amazon", "of_google", "of_module"]

_CACHE = re.compile(r"(?i)cache")
#: What follows where any tag of a repository can be moved.
CHANGES = ", so what is deployed by its tag can change"
_MOVES = f"{CHANGES}; write IMMUTABLE"


def of_amazon(one: Resource, top: Node, document: Document, tree: Tree) -> Iterator[Fact]:
    """What is said of a repository that Terraform makes in ECR, or of those made by its template."""
    filters = [body.get("filter") for key, body in one.body.pairs if key.value == "image_tag_mutability_exclusion_filter"]
    known = not any(key.value == "dynamic" for key, _ in one.body.pairs)
    mode = default(one.body.get("image_tag_mutability"), top, document, tree)
    place = one.body.get("image_tag_mutability")
    name = said(one.body.get("name") or one.body.get("prefix"))
    yield from amazon(mode, place.inner if place is not None else one.head.inner, name, filters if known else None, tree)


def of_module(one: Resource, top: Node, document: Document, tree: Tree) -> Iterator[Fact]:
    """What a call of a module says of its repository; one that says nothing has the module's own default."""
    place = one.body.get("image_tag_mutability") or one.body.get("repository_image_tag_mutability")
    mode = default(place, top, document, tree)
    name = said(one.body.get("repository_name") or one.body.get("name"))
    filtered = any("exclusion_filter" in key.value for key, _ in one.body.pairs)
    if place is not None and said(mode) is not MISSING:
        yield from amazon(mode, place.inner, name, None if filtered else [], tree)


def amazon(mode: Node | None, place: Span, name: object, filters: list[Node | None] | None, tree: Tree) -> Iterator[Fact]:
    """What is said of a repository of ECR; `filters` name the tags that behave the other way, None where they are not known."""
    value = said(mode)
    if value is UNKNOWN or (isinstance(name, str) and _CACHE.search(name)):
        return
    if value is not MISSING and value not in MODES:
        return  # what the vendor's own tools refuse before anything happens
    texts = [said(node) for node in filters] if filters is not None else None
    if isinstance(value, str) and value.endswith("_WITH_EXCLUSION"):
        yield from _with_exclusion(value, place, filters, texts, tree)
    elif value == "MUTABLE":
        yield Fact("mutable-repository", place, f"tags of this repository can be moved{_MOVES}")
    elif value is MISSING:
        yield Fact("mutable-repository", place, f"tags of this repository can be moved, as it does not say otherwise{_MOVES}")


def _with_exclusion(
    mode: str, place: Span, filters: list[Node | None] | None, texts: list[object] | None, tree: Tree
) -> Iterator[Fact]:
    if filters is None or texts is None or UNKNOWN in texts or MISSING in texts:
        return
    if not filters or len(filters) > FILTERS:
        yield Fact("refused-retention", place, f"ECR refuses {mode} with {len(filters)} filters; write 1 to {FILTERS}")
        return
    for node, text in zip(filters, texts, strict=True):
        if not isinstance(text, str) or not re.fullmatch(FILTER, text):
            detail = "ECR refuses a filter with other characters than letters, digits and . _ * -, or more than 128 of them"
            yield Fact("refused-retention", place if node is None else node.inner, detail)
            return
    reached = [text for text in texts if isinstance(text, str) and reaches(text, releases(tree))]
    if mode.startswith("IMMUTABLE") and reached:
        detail = f"tags of releases can be moved, as the filter {reached[0]} takes them out; name only tags that have to move"
        yield Fact("mutable-repository", place, detail)
    elif mode.startswith("MUTABLE") and not reached:
        detail = "tags of releases can be moved, as no filter names them; write a filter for them, or IMMUTABLE"
        yield Fact("mutable-repository", place, detail)


def of_google(one: Resource, top: Node, document: Document, tree: Tree) -> Iterator[Fact]:
    """What is said of a repository of images in Artifact Registry that Terraform makes."""
    body = one.body
    mode = str(said(body.get("mode"))).upper()
    name = said(body.get("repository_id"))
    is_standard = mode in ("MISSING", "STANDARD_REPOSITORY") and body.get("remote_repository_config") is None
    if str(said(body.get("format"))).upper() != "DOCKER" or not is_standard or body.get("virtual_repository_config") is not None:
        return
    if (isinstance(name, str) and _CACHE.search(name)) or any(key.value == "dynamic" for key, _ in body.pairs):
        return
    settings = body.get("docker_config")
    node = settings.get("immutable_tags") if settings is not None else None
    value = said(default(node, top, document, tree))
    if value in (MISSING, False):
        place = node.inner if node is not None else one.head.inner
        detail = f"tags of this repository can be moved{CHANGES}; write docker_config {{ immutable_tags = true }}"
        yield Fact("mutable-repository", place, detail)
