"""Policies of ECR as they stand in files of other notations: a text of JSON, a tree of JSON or HCL.

Knows where the places of a text lie in the file that holds it; must not know the grammar of a policy, nor any file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.model import Fact, Span
from pinlint.semantics import policy_texts
from pinlint.semantics.ecr_policies import facts, is_policy
from pinlint.semantics.release_tags import releases
from pinlint.semantics.vendors.amazon_ecr import LONGEST_POLICY
from pinlint.syntax import json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinlint.tree import Tree

__all__ = ["MARK", "in_text"]

#: What every policy of ECR holds, and hardly anything else.
MARK = "rulePriority"


def in_text(text: str, place: Callable[[Span], Span], tree: Tree, *, certain: bool = False) -> Iterator[Fact]:
    """What is wrong with the policy in a text; `place` says where a stretch of it stands. `certain` is whether whoever takes the
    text takes nothing but a policy of ECR."""
    if MARK not in text and not certain:
        return
    root = policy_texts.root(text)
    if isinstance(root, json.Unparsable):
        at = min(root.offset, max(len(text) - 1, 0))
        yield Fact("refused-retention", place(Span(at, min(at + 1, len(text)))), f"ECR refuses this policy: {root.reason}")
    elif root is not None and is_policy(root):
        for fact in facts(root, releases(tree)):
            span = fact.span
            yield fact._replace(span=place(span)) if isinstance(span, Span) else fact
        if len(text) > LONGEST_POLICY and len("".join(text.split())) > LONGEST_POLICY:
            yield Fact("refused-retention", place(Span(0, 1)), f"ECR refuses a policy of more than {LONGEST_POLICY:,} characters")
