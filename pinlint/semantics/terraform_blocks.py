"""The blocks of a configuration of Terraform, written in HCL or in JSON, as located trees.

Knows resources, data sources and module calls; must not know what any resource is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pinlint.syntax import hcl_tree, jsonc
from pinlint.text import Unparsable, Unread
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.nodes import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["Resource", "default", "resources", "root"]


class Resource(NamedTuple):
    """A block: its type ("aws_ecr_repository", "data.aws_ecr_repository", "module", "provider"), its name, the place of what begins
    it, and what stands in it."""

    type: str
    name: str
    head: Node
    body: Node


def root(document: Document) -> Node:
    """What a file holds; several readers of one file share the tree. Raises Unparsable."""
    if document.parsed is None:
        document.parsed = [jsonc.read(document) if document.path.endswith(".json") else hcl_tree.body(document.text)]
    if isinstance(document.parsed, Exception):
        raise document.parsed
    found: Node = document.parsed[0]
    return found


def resources(top: Node) -> Iterator[Resource]:
    """Every resource, data source, module call, variable and setting of a provider of a file, in order."""
    for key, value in top.pairs:
        if key.value not in ("resource", "data", "module", "variable", "locals", "provider"):
            continue
        if isinstance(value, hcl_tree.Block):
            yield from _of_block(key, value)
        else:
            yield from _of_json(key.value, value)


def _of_block(key: Node, block: hcl_tree.Block) -> Iterator[Resource]:
    labels = block.labels
    if key.value in ("resource", "data") and len(labels) == 2:
        yield Resource(labels[0] if key.value == "resource" else f"data.{labels[0]}", labels[1], key, block)
    elif key.value in ("module", "variable", "provider") and len(labels) == 1:
        yield Resource(key.value, labels[0], key, block)
    elif key.value == "locals":
        yield Resource("locals", "", key, block)


def _of_json(kind: str, value: Node) -> Iterator[Resource]:
    if kind in ("module", "variable", "provider"):
        for name, body in value.pairs:
            yield from (Resource(kind, name.value, name, one) for one in (body.elements if body.kind == "sequence" else [body]))
    elif kind == "locals":
        yield Resource(kind, "", value, value)
    else:
        for type_, named in value.pairs:
            for name, body in named.pairs:
                yield Resource(type_.value if kind == "resource" else f"data.{type_.value}", name.value, name, body)


def default(node: Node | None, top: Node, document: Document, tree: Tree) -> Node | None:
    """What a value is by default where it is a variable of the file or of one beside it; else the value itself."""
    if node is None or node.style != hcl_tree.COMPUTED or not node.value.startswith("var."):
        return node
    name = node.value.removeprefix("var.")
    beside = join(document.path, "variables.tf")
    own = tree.memo("defaults of variables", document.path, lambda: _defaults(top))
    others = tree.memo("defaults of variables beside", beside, lambda: _read(beside, tree))
    return own.get(name) or others.get(name) or node


def _defaults(top: Node) -> dict[str, Node]:
    found = ((one.name, one.body.get("default")) for one in resources(top) if one.type == "variable")
    return {name: value for name, value in found if value is not None}


def _read(path: str, tree: Tree) -> dict[str, Node]:
    try:
        return _defaults(root(tree.read(path))) if tree.exists(path) else {}
    except (Unread, Unparsable):
        return {}
