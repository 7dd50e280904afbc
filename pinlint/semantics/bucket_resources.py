"""Lifecycle rules of buckets that Terraform makes in Amazon S3 and Google Cloud Storage: what is refused. Buckets hold anything, so
nothing is said of what rules delete.

Knows the blocks of the providers hashicorp/aws and hashicorp/google; must not know files. The vendors' tables are in
`vendors.buckets`. Source: the providers' pages about `aws_s3_bucket_lifecycle_configuration` and `google_storage_bucket`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.model import Fact
from pinlint.semantics.literals import MISSING, said
from pinlint.semantics.vendors.buckets import GOOGLE_ACTIONS, STATES, STATUSES, STORAGE_CLASSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.semantics.terraform_blocks import Resource
    from pinlint.syntax.nodes import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["resource"]

_RULES = {
    "aws_s3_bucket": "lifecycle_rule", "aws_s3_bucket_lifecycle_configuration": "rule", "google_storage_bucket": "lifecycle_rule",
}  # fmt: skip
_DOES = (
    "expiration", "noncurrent_version_expiration", "transition", "noncurrent_version_transition",
    "abort_incomplete_multipart_upload", "abort_incomplete_multipart_upload_days",
)  # fmt: skip


def resource(one: Resource, _document: Document, _tree: Tree) -> Iterator[Fact]:
    """What is refused of the rules of a bucket."""
    for key, rule in _blocks(one.body, _RULES[one.type]):
        yield from _google(rule) if one.type == "google_storage_bucket" else _amazon(key, rule, one.type)


def _blocks(body: Node, name: str) -> Iterator[tuple[Node, Node]]:
    """The blocks of a name, in HCL or in JSON, each with its key."""
    for key, value in body.pairs if body.kind == "mapping" else ():
        if key.value == name:
            yield from ((key, one) for one in (value.elements if value.kind == "sequence" else [value]) if one.kind == "mapping")


def _amazon(key: Node, rule: Node, type_: str) -> Iterator[Fact]:
    status = rule.get("status")
    word = said(status)
    if status is not None and isinstance(word, str) and word not in STATUSES:
        yield Fact("refused-retention", status.inner, f"S3 refuses the status {word[:40]}; write Enabled or Disabled")
    keys = {one.value for one, _ in rule.pairs}
    if keys.isdisjoint((*_DOES, "dynamic")) and type_ == "aws_s3_bucket_lifecycle_configuration":
        yield Fact("refused-retention", key.inner, f"S3 refuses a rule that does nothing; write one of {', '.join(_DOES[:-1])}")
    for _, expiration in _blocks(rule, "expiration"):
        yield from _expiration(expiration)
    for name in ("transition", "noncurrent_version_transition"):
        for _, transition in _blocks(rule, name):
            storage = transition.get("storage_class")
            word = said(storage)
            if storage is not None and isinstance(word, str) and word not in STORAGE_CLASSES:
                detail = f"S3 refuses the storage class {word[:40]}; write one of {', '.join(STORAGE_CLASSES)}"
                yield Fact("refused-retention", storage.inner, detail)


def _expiration(expiration: Node) -> Iterator[Fact]:
    """An expiration has one of three. What is 0 or false is not there: earlier versions of the provider sent none of it."""
    there = [key for key in ("days", "date", "expired_object_delete_marker") if said(expiration.get(key)) not in (MISSING, 0, "")]
    node = expiration.get(there[1]) if len(there) > 1 else None
    literal = all(isinstance(said(expiration.get(key)), str | int) for key in there)
    if node is not None and literal:
        yield Fact("refused-retention", node.inner, f"S3 refuses {there[1]} beside {there[0]} in one expiration; keep one of them")
    days = expiration.get("days")
    number = said(days)
    if days is not None and isinstance(number, int) and number < 0:
        yield Fact("refused-retention", days.inner, f"S3 refuses {number} days; write 1 or more")


def _google(rule: Node) -> Iterator[Fact]:
    for _, action in _blocks(rule, "action"):
        kind = action.get("type")
        word = said(kind)
        if kind is not None and isinstance(word, str) and word not in GOOGLE_ACTIONS:
            detail = f"Cloud Storage refuses the action {word[:40]}; write one of {', '.join(GOOGLE_ACTIONS)}"
            yield Fact("refused-retention", kind.inner, detail)
        elif kind is not None and word == "SetStorageClass" and said(action.get("storage_class")) is MISSING:
            yield Fact(
                "refused-retention", kind.inner, "Cloud Storage refuses SetStorageClass without a class; write storage_class"
            )
    for _, condition in _blocks(rule, "condition"):
        state = condition.get("with_state")
        word = said(state)
        if state is not None and isinstance(word, str) and word and word not in STATES:
            detail = f"the provider refuses the state {word[:40]}; write one of {', '.join(STATES)}"
            yield Fact("refused-retention", state.inner, detail)
