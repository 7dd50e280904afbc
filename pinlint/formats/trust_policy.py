"""Trust policies of notation: `trustpolicy.json`, and `trustpolicy.oci.json` and `trustpolicy.blob.json` of later versions.

What such a file means is known to `notation_trust`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.model import Fact, Span
from pinlint.semantics import policy_texts
from pinlint.semantics.notation_trust import is_policy, policy
from pinlint.semantics.test_grounds import is_test
from pinlint.syntax import json
from pinlint.text import Unparsable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]


def references(document: Document, tree: Tree) -> Iterator[Fact]:
    """Whom the policy lets sign that nobody meant."""
    root = policy_texts.root(document.text)
    if isinstance(root, json.Unparsable):
        raise Unparsable(root.reason, root.offset)
    if root is None or not is_policy(root):
        yield Fact("foreign", Span(0, 0), "no trust policy of notation: it has no list called trustPolicies")
    elif not is_test(document.path):
        yield from policy(root, tree)
