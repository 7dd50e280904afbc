"""The configuration that the files of one folder of Terraform are together, and which of its blocks an expression means.

Knows blocks and references to them; must not know what any resource is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.budget import spend
from pinlint.semantics.terraform_blocks import resources, root
from pinlint.semantics.terraform_roots import files_of
from pinlint.text import Unparsable, Unread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.semantics.terraform_blocks import Resource
    from pinlint.syntax.nodes import Node
    from pinlint.tree import Tree

__all__ = ["configuration", "is_one", "only", "referred"]

_REFERENCE = re.compile(r"(?:\$\{\s*)?((?:data\.)?\w+)\.([\w-]+)\.(\w+)(?:\s*\})?")

#: Blocks that count as one step: whoever asks looks at all of them, and may ask for each of them.
_PER_STEP = 32


def configuration(path: str, tree: Tree) -> list[tuple[str, Resource]]:
    """The blocks of the folder in which the file at `path` lies, each with its file."""
    folder = path.rpartition("/")[0]
    found: list[tuple[str, Resource]] = tree.memo("configuration of Terraform", folder, lambda: list(_read(folder, tree)))
    spend(len(found) // _PER_STEP)
    return found


def _read(folder: str, tree: Tree) -> Iterator[tuple[str, Resource]]:
    for path in sorted(files_of(folder, tree)):
        try:
            yield from [(path, one) for one in resources(root(tree.read(path)))]
        except (Unread, Unparsable):
            continue


def referred(node: Node | None) -> tuple[str, str, str] | None:
    """(type, name, attribute) of the block that an expression means, if that is all it does."""
    found = _REFERENCE.fullmatch(node.value) if node is not None and node.kind == "scalar" else None
    return (found[1], found[2], found[3]) if found else None


def is_one(one: Resource) -> bool:
    """Whether a block makes one thing, and not as many as something counts."""
    return one.body.get("count") is None and one.body.get("for_each") is None


def only(type_: str, name: str, path: str, tree: Tree) -> Resource | None:
    """The one block of this type and name beside the file at `path`; None where there are more, or it makes several things."""
    found = [one for _, one in configuration(path, tree) if one.type == type_ and one.name == name]
    return found[0] if len(found) == 1 and is_one(found[0]) else None
