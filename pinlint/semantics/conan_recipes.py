"""Recipes of Conan, as every file names them."""

from pinlint.ecosystems.conan.names import asked
from pinlint.model import Artifact, Place, Reference
from pinlint.tree import Tree, join

__all__ = ["LOCK", "ROLES", "lock_beside", "recipe"]

LOCK = "conan.lock"
#: What asks for recipes, a section or an attribute or a method, and what they are.
ROLES = {
    "requires": "recipe", "build_requires": "build recipe", "tool_requires": "build recipe", "test_requires": "test recipe",
    "python_requires": "Python recipe", "config_requires": "configuration recipe",
}  # fmt: skip


def lock_beside(tree: Tree, path: str) -> str:
    """The lock beside a file, "" if none."""
    lock = join(path, LOCK)
    return lock if tree.exists(lock) else ""


def recipe(text: str, where: Place, role: str, lock: str) -> Reference:
    """The reference of a recipe that is written as `text`."""
    found = asked(text)
    return Reference(Artifact("conan", found.name), found.version, (), found.verdict, where, role, found.why, lock)
