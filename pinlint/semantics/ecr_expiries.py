"""What a policy of Amazon ECR deletes, in words that fit all vendors' policies; and Terraform's document of a policy in the
shape that all other notations have.

Knows what a rule selects and shields; must not know which repository a policy is of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.semantics.ecr_policies import FOR_EVER, NAMES, Names, is_count, place, rules
from pinlint.semantics.expired_pins import Expiry
from pinlint.syntax.hcl_tree import COMPUTED
from pinlint.syntax.nodes import Mapping, Node, Sequence
from pinlint.syntax.yaml import select

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinlint.model import Span
    from pinlint.semantics.ecr_policies import Rule

__all__ = ["DOCUMENT", "expiries", "of_document"]

#: How Terraform's provider calls the parts of a rule in `aws_ecr_lifecycle_policy_document`; it writes numbers as numbers.
DOCUMENT = Names(
    "rule", "priority", "tag_status", "tag_pattern_list", "tag_prefix_list", "count_type", "count_unit", "count_number",
    "storage_class", "target_storage_class", typed=False,
)  # fmt: skip


def expiries(policy: Node, placed: Callable[[Span], Span], names: Names = NAMES, *, movable: bool) -> list[Expiry]:
    """What each rule deletes; nothing where a value is not written out. `movable` is whether tags can be moved: where they cannot,
    an image that has one keeps it, and what is pinned once had one."""
    found, whole = rules(policy, names) if policy.kind == "mapping" else ([], False)
    if not whole or not all(rule.is_known and is_count(rule.priority) and is_count(rule.number) for rule in found):
        return []
    made: list[Expiry] = []
    spared: list[str] = []
    for rule in sorted(found, key=lambda rule: rule.priority if isinstance(rule.priority, int) else 0):
        aged = rule.counts == "sinceImagePushed" and isinstance(rule.number, int | float) and rule.number < FOR_EVER
        if rule.action == "expire" and rule.status == "untagged" and movable:
            made.append(_expiry(rule, names, placed))
        elif rule.action == "expire" and aged and (rule.status == "any" or len(rule.tags) == 1):
            tags = None if rule.status == "any" else tuple(rule.tags)
            made.append(_expiry(rule, names, placed)._replace(untagged=False, tags=tags, spared=tuple(spared)))
        spared += rule.tags if rule.status == "tagged" else []
    return made


def _expiry(rule: Rule, names: Names, placed: Callable[[Span], Span]) -> Expiry:
    counted = rule.counts == "imageCountMoreThan"
    after = f"but the newest {rule.number}" if counted else f"after {rule.number} days"
    node = next(select(rule.selection, names.number), None)
    if rule.status == "untagged":
        remedy = "make its tags immutable, or pin an image by a tag that stays, beside its digest"
    else:
        remedy = f"keep what is pinned by a rule with a smaller {names.priority}, or count instead"
    return Expiry(True, after, placed(place(node, rule)), remedy)


def of_document(body: Node) -> Node:
    """The same block with its rules in a list, as all other notations have them."""
    made, rules = Mapping(body.start, body.end), Sequence(body.start, body.end)
    for key, value in body.pairs:
        if key.value != "rule":
            made.raw_pairs.append((key, value))
            if key.value == "dynamic":  # nobody knows how many
                rules.raw_elements.append(Node(value.start, value.end, "", COMPUTED))
        elif value.kind == "sequence":
            rules.raw_elements += value.elements
        else:
            rules.raw_elements.append(value)
    first = next((key for key, _ in body.pairs if key.value == "rule"), None)
    if first is not None:
        made.raw_pairs.append((first, rules))
    return made
