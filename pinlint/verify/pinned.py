"""What of a file is pinned, with what is asked about it.

Knows which verdicts are firm enough to be audited; must not know any rule.
"""

from __future__ import annotations

from collections.abc import Iterator

from pinlint.config import Policy
from pinlint.fix.cooldown import Cooldowns
from pinlint.fix.plans import Read
from pinlint.fix.plans import Run as Fixing
from pinlint.fix.version_comments import claims
from pinlint.model import STRENGTH, Reference
from pinlint.questions import questions
from pinlint.tree import Tree
from pinlint.verify.evidence import Pinned

__all__ = ["is_pinned", "pinned"]

_FIRM = STRENGTH["version"]


def is_pinned(reference: Reference) -> bool:
    """Whether a reference names one version or more than that."""
    return STRENGTH.get(reference.verdict, -1) >= _FIRM


def pinned(file: Read, tree: Tree, policy: Policy) -> Iterator[Pinned]:
    """Every pinned reference of a file, unless the policy leaves the artifact alone."""
    here = policy.at(file.path)
    some = [
        item
        for item in file.reading.items
        if isinstance(item, Reference)
        and is_pinned(item)
        and here.required(item.artifact.kind, item.artifact.name, bool(item.command)) != "any"
    ]
    if not some:
        return
    said = {one.reference.site: one.reference.version for one in claims(file, Fixing(tree, policy, Cooldowns(tree, 0, None)))}
    for reference, question in zip(some, questions(some, file.document, tree), strict=True):
        yield Pinned(reference, question, file.document, file.format, said.get(reference.site, "") if reference.site else "")
