"""A folder of Terraform: whether something is deployed from it, and what its lock holds.

Knows the lock and what makes a folder a root; must not know what a module asks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pinlint.syntax import hcl
from pinlint.text import Unparsable, Unread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["LOCK", "Locked", "files_of", "is_deployed", "lock_of", "locked"]

LOCK, TERRAGRUNT = ".terraform.lock.hcl", "terragrunt.hcl"
_ENDS = (".tf", ".tofu", ".tf.json", ".tofu.json")


class Locked(NamedTuple):
    """A provider that a lock holds. `node` is where its name stands, or its version."""

    name: str
    version: str
    hashes: tuple[str, ...]
    node: Node


def locked(text: str) -> Iterator[Locked]:
    """The providers of a lock, in order."""
    known: dict[str, tuple[str, list[str], Node]] = {}
    for one in hcl.values(text):
        if len(one.path) != 3 or one.path[0] != "provider":
            continue
        name, key = one.path[1:]
        version, hashes, node = known.setdefault(name, ("", [], one.node))
        if key == "version":
            known[name] = one.node.value, hashes, one.node
        elif key == "hashes":
            hashes.append(one.node.value)
    for name, (version, hashes, node) in known.items():
        yield Locked(name, version, tuple(hashes), node)


def lock_of(path: str, tree: Tree) -> dict[str, Locked] | None:
    """What the lock in the folder of the file at `path` holds, by the provider's full name; None without one that can be read."""
    folder = path.rpartition("/")[0]
    return tree.memo("Terraform lock", folder, lambda: _lock(f"{folder}/{LOCK}".lstrip("/"), tree))


def _lock(path: str, tree: Tree) -> dict[str, Locked] | None:
    if not tree.exists(path):
        return None
    try:
        return {one.name.lower(): one for one in locked(tree.read(path).text)}
    except (Unread, Unparsable):
        return None


def is_deployed(path: str, tree: Tree) -> bool:
    """Whether the folder of the file at `path` keeps a state somewhere: what others call as a module, or an example, does not."""
    folder = path.rpartition("/")[0]
    return tree.memo("Terraform root", folder, lambda: any(_has_state(one, tree) for one in files_of(folder, tree)))


def files_of(folder: str, tree: Tree) -> list[str]:
    """The files of a folder."""
    return tree.memo("Terraform files", "", lambda: _by_folder(tree)).get(folder, [])


def _by_folder(tree: Tree) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in tree.listed():
        if path.endswith(_ENDS):
            found.setdefault(path.rpartition("/")[0], []).append(path)
    return found


def _has_state(path: str, tree: Tree) -> bool:
    try:
        document = tree.read(path)
        if "backend" not in document.text and "cloud" not in document.text:
            return False
        if any(one.path[:1] == ("terraform",) and one.path[1:2] in (("backend",), ("cloud",)) for one in hcl.read(document)):
            return True
        return path.endswith((".tf", ".tofu")) and _is_empty_backend(document.text) and not _is_filled_elsewhere(document, tree)
    except (Unread, Unparsable):
        return False


def _is_empty_backend(text: str) -> bool:
    """Whether a block says only that there is a state (`backend "s3" {}`): where it lies is told when Terraform starts."""
    from pinlint.syntax import hcl_tree  # few configurations say it so

    return any(
        key.value == "terraform" and value.kind == "mapping" and (value.get("backend") or value.get("cloud")) is not None
        for key, value in hcl_tree.body(text).pairs
    )


def _is_filled_elsewhere(document: Document, tree: Tree) -> bool:
    """Whether a backend of which nothing is said may be that of a test, or of what Terragrunt takes elsewhere and applies there,
    where the lock lies, too ("Lock File Handling" in its manual)."""
    from pinlint.semantics.test_grounds import is_test

    folder = document.path.rpartition("/")[0]
    if is_test(document.path):
        return True
    if tree.exists(f"{folder}/{TERRAGRUNT}".lstrip("/")):
        return False
    return bool(tree.named(TERRAGRUNT)) or "terragrunt" in document.text.lower()
