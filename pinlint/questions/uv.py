"""Which indexes the settings of uv in a repository name, for a file of it."""

from __future__ import annotations

from contextlib import suppress

from pinlint.ecosystems.pypi.uv import Indexes, indexes, table_at
from pinlint.text import Unread
from pinlint.toml import loads
from pinlint.tree import Tree, join

__all__ = ["of_project"]


def of_project(path: str, tree: Tree) -> Indexes:
    """What the settings for a file of a repository name: uv.toml or [tool.uv] in pyproject.toml, of the nearest directory."""
    folder = path
    while folder:
        folder = folder.rpartition("/")[0]
        for name in ("uv.toml", "pyproject.toml"):
            table = {}
            with suppress(Unread, ValueError, RecursionError):
                table = loads(tree.read(join(f"{folder}/x" if folder else "x", name)).text)
            if name == "pyproject.toml":
                table = table_at(table_at(table, "tool"), "uv")
            if table:
                return indexes(table, {})
    return Indexes()
