"""Fields that their reader takes as text only: a number there makes it refuse what the field belongs to.

Knows which scalars without quotes are numbers to every reader of YAML; must not know which key of which file is such a field.
Source: the schemas of custom resources (`type: string`, which an API server enforces), and pre-commit's own (`cfgv.check_string`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinlint.model import Reference
    from pinlint.syntax.yaml import Node

__all__ = ["taken_as_text"]

_NUMBER = r"(?a)(?:0|[1-9]\d*)(?:\.\d+)?"  # compiled where a ref is written


def taken_as_text(found: Reference, *nodes: Node | None) -> Reference:
    """The reference as it was found, if all that it is made from is text; else one that is refused."""
    for node in nodes:
        if node is not None and node.kind == "scalar" and not node.style and not node.tag and re.fullmatch(_NUMBER, node.value):
            why = f"{node.value} is a number, and only a text is taken there; put it in quotes"
            return found._replace(verdict="unknown", digests=(), why=why, span=node.inner, refused=True).unpinnable()
    return found
