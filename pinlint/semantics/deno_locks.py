"""Which deno.lock settles a deno.json: the one beside it, or that of the workspace that it belongs to.

Must not know what a file imports. Source: Deno's manual (workspaces; `lock` of deno.json).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pinlint.semantics.js_manifests import covers
from pinlint.syntax import jsonc
from pinlint.syntax.json import Unparsable as Damaged
from pinlint.syntax.json import load
from pinlint.text import Unparsable, Unread
from pinlint.tree import join

if TYPE_CHECKING:
    from pinlint.syntax.yaml import Node
    from pinlint.tree import Tree

__all__ = ["Lock", "lock_of"]

_MANIFESTS = ("deno.json", "deno.jsonc")
_DEEPEST = 20


class Lock(NamedTuple):
    """A lock as seen from the manifest, and the addresses of modules in it."""

    label: str
    modules: frozenset[str]

    def holds(self, address: str) -> bool:
        """Whether it has the sum of the module at an address, or of one below it."""
        if not address.endswith("/"):
            return address in self.modules
        return any(one.startswith(address) for one in self.modules)


def lock_of(path: str, root: Node, tree: Tree) -> Lock | None:
    """The lock that settles the manifest at `path`, whose content is `root`; None where there is none, or none is wanted."""
    name = _named(root)
    if name == "":
        return None
    parts = path.split("/")[:-1]
    for depth in range(len(parts), max(-1, len(parts) - _DEEPEST), -1):
        folder, below = "/".join(parts[:depth]), "/".join(parts[depth:])
        at = join(f"{folder}/x".lstrip("/"), name or "deno.lock")
        if tree.exists(at) and (not below or _is_member(folder, below, tree)):
            return _found(at, "../" * (len(parts) - depth) + (name or "deno.lock"), tree)
    return None


def _found(path: str, label: str, tree: Tree) -> Lock:
    return Lock(label, tree.memo("deno modules", path, lambda: _modules(path, tree)))


def _named(root: Node) -> str | None:
    """What a manifest calls its lock; "" where it wants none, None where it says nothing."""
    said = root.get("lock")
    if said is not None and said.kind == "mapping":
        said = said.get("path")
    if said is None or said.kind != "scalar" or said.value == "true":
        return None
    return "" if said.value == "false" else said.value


def _is_member(folder: str, below: str, tree: Tree) -> bool:
    """Whether the manifest in a folder names one below it as a member of its workspace."""
    return covers(tree.memo("deno workspace", folder, lambda: _members(folder, tree)), below)


def _members(folder: str, tree: Tree) -> list[str]:
    for name in _MANIFESTS:
        path = f"{folder}/{name}".lstrip("/")
        if not tree.exists(path):
            continue
        try:
            found = jsonc.read(tree.read(path)).get("workspace")
        except (Unread, Unparsable):
            return []
        if found is not None and found.kind == "mapping":
            found = found.get("members")
        return (
            [one.value.removeprefix("./").rstrip("/") for one in found.elements if one.kind == "scalar"]
            if found is not None
            else []
        )
    return []


def _modules(path: str, tree: Tree) -> frozenset[str]:
    try:
        lock = load(tree.read(path).text)
    except Unread:
        return frozenset()
    remote = lock.get("remote") if isinstance(lock, dict) and not isinstance(lock, Damaged) else None
    return frozenset(remote) if isinstance(remote, dict) else frozenset()
