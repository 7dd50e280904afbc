"""Lifecycle rules of buckets of Amazon S3 and Google Cloud Storage: what is refused. Buckets hold anything, so nothing is said of
what rules delete.

Knows the JSON that `aws s3api put-bucket-lifecycle-configuration` and `gcloud storage buckets update --lifecycle-file` take; must
not know files. Its tables, and where they were read, are in `vendors.buckets`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.model import Fact
from pinlint.semantics.literals import MISSING, UNKNOWN, said
from pinlint.semantics.vendors.buckets import CONDITIONS, GOOGLE_ACTIONS, STATUSES, STORAGE_CLASSES
from pinlint.syntax.yaml import select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.yaml import Node

__all__ = ["amazon", "google", "is_amazon", "is_google"]

_DOES = (
    "Expiration", "NoncurrentVersionExpiration", "Transitions", "NoncurrentVersionTransitions", "AbortIncompleteMultipartUpload",
)  # fmt: skip
#: The same in the words of `put-bucket-lifecycle`, which knew one of each.
_DID = ("Transition", "NoncurrentVersionTransition")


def is_amazon(root: Node) -> bool:
    """Whether a mapping is a configuration of S3: its rules do what only rules of buckets do."""
    return any(one.get(key) is not None for one in select(root, "Rules", "*") for key in _DOES)


def amazon(root: Node) -> Iterator[Fact]:
    """What S3 refuses of such a configuration."""
    for one in select(root, "Rules", "*"):
        if one.kind != "mapping" or not one.raw_pairs:
            continue
        head, status = one.raw_pairs[0][0], one.get("Status")
        word = said(status)
        if word is MISSING:
            yield Fact("refused-retention", head.inner, "S3 refuses a rule without Status; write Enabled or Disabled")
        elif status is not None and word is not UNKNOWN and word not in STATUSES:
            yield Fact("refused-retention", status.inner, f"S3 refuses Status {str(word)[:40]}; write Enabled or Disabled")
        if not any(one.get(key) is not None for key in (*_DOES, *_DID)):
            yield Fact("refused-retention", head.inner, f"S3 refuses a rule that does nothing; write one of {', '.join(_DOES)}")
        yield from _ages(one)
        for storage in select(one, "Transitions", "*", "StorageClass"):
            word = said(storage)
            if isinstance(word, str) and word not in STORAGE_CLASSES:
                listed = ", ".join(STORAGE_CLASSES)
                yield Fact("refused-retention", storage.inner, f"S3 refuses the storage class {word[:40]}; write one of {listed}")


def _ages(one: Node) -> Iterator[Fact]:
    expiration = one.get("Expiration")
    if expiration is None or expiration.kind != "mapping":
        return
    there = [key for key in ("Days", "Date", "ExpiredObjectDeleteMarker") if said(expiration.get(key)) is not MISSING]
    if len(there) > 1:
        node = expiration.get(there[1])
        if node is not None:
            yield Fact(
                "refused-retention", node.inner, f"S3 refuses {there[1]} beside {there[0]} in one Expiration; keep one of them"
            )
    days = expiration.get("Days")
    number = said(days)
    if days is not None and isinstance(number, int | float) and not isinstance(number, bool) and number < 1:
        yield Fact("refused-retention", days.inner, f"S3 refuses {number:g} days; write 1 or more")


def is_google(root: Node) -> bool:
    """Whether a mapping is a configuration of Cloud Storage, with or without its outermost key."""
    return any(one.get("action") is not None and one.get("condition") is not None for one in _google(root))


def _google(root: Node) -> Iterator[Node]:
    holder = root.get("lifecycle")
    yield from select(holder if holder is not None else root, "rule", "*")


def google(root: Node) -> Iterator[Fact]:
    """What Cloud Storage refuses of such a configuration."""
    for one in _google(root):
        if one.kind != "mapping" or not one.raw_pairs:
            continue
        action, condition = one.get("action"), one.get("condition")
        kind = action.get("type") if action is not None and action.kind == "mapping" else None
        word = said(kind)
        if kind is not None and isinstance(word, str) and word not in GOOGLE_ACTIONS:
            listed = ", ".join(GOOGLE_ACTIONS)
            yield Fact("refused-retention", kind.inner, f"Cloud Storage refuses the action {word[:40]}; write one of {listed}")
        keys = {key.value for key, _ in condition.pairs} if condition is not None and condition.kind == "mapping" else None
        if keys is not None and keys.isdisjoint(CONDITIONS) and not any("$" in key or "{{" in key for key in keys):
            place = condition.raw_pairs[0][0] if condition is not None and condition.raw_pairs else one.raw_pairs[0][0]
            yield Fact("refused-retention", place.inner, "Cloud Storage refuses a rule without any condition; write age")
