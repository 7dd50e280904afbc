"""What a policy that a command hands over deletes of what the files of a tree pin in that very repository.

Knows which options name a repository so that nothing else can be meant; must not know what a policy means.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.semantics.expired_pins import Names, lost

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact, Span
    from pinlint.programs.options import Given
    from pinlint.semantics.expired_pins import Expiry
    from pinlint.syntax.nodes import Node
    from pinlint.tree import Tree

__all__ = ["of_policy"]


def of_policy(how: str, asked: Given, root: Node, span: Span, tree: Tree) -> Iterator[Fact]:
    """What the policy deletes that a command gives to a repository; whether tags can be moved there no command says."""
    found: list[Expiry] = []
    if how == "ecr":
        from pinlint.semantics.ecr_expiries import expiries

        name, account, region = (_plain(asked, key) for key in ("--repository-name", "--registry-id", "--region"))
        if name and re.fullmatch(r"\d{12}", account) and region:
            found = expiries(root, lambda _: span, movable=False)
        pattern = rf"{account}\.dkr\.ecr\.{re.escape(region)}\.amazonaws\.com(?:\.cn)?/{re.escape(name)}"
    else:
        from pinlint.semantics.gar_policies import of_policies

        place, project = _plain(asked, "--location"), _plain(asked, "--project")
        name = asked.operands[0].text if len(asked.operands) == 1 and asked.operands[0].clear else ""
        if name and place and project and "/" not in name:
            found = of_policies(root, span)
        pattern = "/".join((rf"{re.escape(place)}-docker\.pkg\.dev", re.escape(project), re.escape(name), ".+"))
    if found:
        yield from lost(found, Names((pattern,)), tree)


def _plain(asked: Given, key: str) -> str:
    word = asked.value(key)
    return word.text if word is not None and word.clear else ""
