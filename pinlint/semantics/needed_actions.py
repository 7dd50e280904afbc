"""What a workflow needs, its repository's own actions included: the actions to lock, and the files that are read on the way.

Knows `./` and `$/`; must not know locks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pinlint.ecosystems.action.names import parse_uses, pin_key
from pinlint.semantics.workflows import steps
from pinlint.syntax.yaml import Unparsable, read, select
from pinlint.text import Unread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.yaml import Node
    from pinlint.tree import Tree

__all__ = ["Reach", "reach"]

_MOST = 100  # files of own actions that are followed for one workflow


class Reach(NamedTuple):
    """The actions that are needed, as a lock names them, and the files that ask for them, the workflow first."""

    pins: frozenset[str]
    files: tuple[str, ...]


def reach(root: str, path: str, tree: Tree) -> Reach | None:
    """What the steps of the workflow at `path` below `root` ("" or a directory with its slash) need; None where a file on the way
    cannot be read. Found once a run."""
    return tree.memo("reach of a workflow", root + path, lambda: _reach(root, root + path, tree))


def _reach(root: str, path: str, tree: Tree) -> Reach | None:
    files, pins = [path], set[str]()
    for file in files:  # grows on the way
        try:
            roots = read(tree.read(file))
        except (Unread, Unparsable):
            return None
        for node in (node for one in roots for place in _places(one) for node in steps(place)):
            named = parse_uses(node.value)
            if named.kind == "action":
                pins.add(pin_key(named.name, named.ref))
            elif named.kind == "local" and (own := _own(root, node.value, tree)) and own not in files and len(files) < _MOST:
                files.append(own)
    return Reach(frozenset(pins), tuple(files))


def _places(root: Node) -> Iterator[Node]:
    yield from select(root, "jobs", "*", "steps")
    yield from select(root, "runs", "steps")


def _own(root: str, written: str, tree: Tree) -> str:
    """The file of an action of this repository, "" if there is none."""
    folder = "/".join(part for part in (root + written.strip()[2:]).split("/") if part)
    names = (f"{folder}/{name}".lstrip("/") for name in ("action.yml", "action.yaml"))
    return next((name for name in names if tree.exists(name)), "")
