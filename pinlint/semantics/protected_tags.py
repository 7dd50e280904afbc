"""Rules that protect tags in registries: those of GitLab that its provider refuses, and projects of Harbor whose rules are all off.

Knows the resources of the providers gitlabhq/gitlab and goharbor/harbor; must not know files. Tables, and where they were read, are
in `vendors.gitlab`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.model import Fact
from pinlint.semantics.literals import MISSING, UNKNOWN, said
from pinlint.semantics.terraform_folders import configuration, is_one
from pinlint.semantics.vendors.gitlab import LEVELS, LONGEST_TAG_REGEX, TAG_LEVELS, TAG_RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.semantics.terraform_blocks import Resource
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["disabled", "resource"]

_OFF = "tags of this project can be moved, as all of its rules that forbid it are disabled; write disabled = false"


def resource(one: Resource, document: Document, tree: Tree) -> Iterator[Fact]:
    """What is wrong with a rule of GitLab about tags: it is immutable, or says who may push and who may delete."""
    levels = [(key, one.body.get(key)) for key in TAG_LEVELS]
    given = [(key, node) for key, node in levels if node is not None and said(node) is not MISSING]
    immutable = said(one.body.get("immutable"))
    if immutable is True and given:
        detail = f"the provider refuses {given[0][0]} beside immutable = true; take one of them out"
        yield Fact("refused-retention", given[0][1].inner, detail)
    elif immutable in (MISSING, False) and len(given) < len(levels) and not _computed(one):
        detail = f"the provider refuses a rule without {' and '.join(TAG_LEVELS)}; write both, or immutable = true"
        yield Fact("refused-retention", given[0][1].inner if given else one.head.inner, detail)
    for _, node in given:
        level = said(node)
        if isinstance(level, str) and level.upper() not in LEVELS:
            detail = f"the provider refuses the level {level[:40]}; write one of {', '.join(LEVELS)}"
            yield Fact("refused-retention", node.inner, detail)
    pattern = one.body.get("tag_name_regex")
    text = said(pattern)
    if pattern is not None and isinstance(text, str) and len(text) > LONGEST_TAG_REGEX:
        detail = f"GitLab refuses a pattern of more than {LONGEST_TAG_REGEX} characters; write several rules"
        yield Fact("refused-retention", pattern.inner, detail)
    yield from _too_many(one, document, tree)


def _computed(one: Resource) -> bool:
    return any(key.value == "dynamic" for key, _ in one.body.pairs) or said(one.body.get("immutable")) is UNKNOWN


def _too_many(one: Resource, document: Document, tree: Tree) -> Iterator[Fact]:
    """The first rule of a project that is one too many."""
    alike = [
        (path, other)
        for path, other in _of_project(one, "project", document, tree)
        if said(other.body.get("tag_name_regex")) is not UNKNOWN
    ]
    if len(alike) > TAG_RULES and alike[TAG_RULES][1].name == one.name:
        yield Fact(
            "refused-retention", one.head.inner, f"GitLab refuses more than {TAG_RULES} rules of a project; make one of several"
        )


def _of_project(one: Resource, key: str, document: Document, tree: Tree) -> list[tuple[str, Resource]]:
    """The rules of the same project in a folder, each of which is one; nothing where it cannot be told."""
    project = one.body.get(key)
    if project is None or not project.value or "each." in project.value:
        return []
    listed = [(path, other) for path, other in configuration(document.path, tree) if other.type == one.type]
    if not all(is_one(other) for _, other in listed):
        return []
    return [(path, other) for path, other in listed if (node := other.body.get(key)) is not None and node.value == project.value]


def disabled(one: Resource, document: Document, tree: Tree) -> Iterator[Fact]:
    """That nothing keeps tags of a project of Harbor from being moved, said at the first of its rules."""
    alike = _of_project(one, "project_id", document, tree)
    node = one.body.get("disabled")
    if node is None or not alike or (alike[0][0], alike[0][1].name) != (document.path, one.name):
        return
    if all(said(other.body.get("disabled")) is True for _, other in alike):
        yield Fact("mutable-repository", node.inner, _OFF)
