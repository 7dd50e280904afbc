"""package.json as its readers take it: what it asks for, which other manifests it brings in, and which lock decides about it.

Knows package.json, and where the locks of its tools lie; must not know what stands in a lock.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from pinlint.budget import spend
from pinlint.glob import compiled
from pinlint.syntax.json import load
from pinlint.text import Unread
from pinlint.tree import Tree, join

__all__ = ["GROUPS", "LOCKS", "Settling", "asked", "covers", "manifest", "members", "settling", "table", "workspaces"]

_Json = dict[str, Any]
#: What is installed, the last word about a name last.
GROUPS = ("devDependencies", "dependencies", "optionalDependencies")
#: By lock, the command that writes it. Of several the first one is named.
LOCKS = {
    "package-lock.json": "npm install --package-lock-only",
    "npm-shrinkwrap.json": "npm install --package-lock-only",
    "yarn.lock": "yarn install",
    "pnpm-lock.yaml": "pnpm install --lockfile-only",
    "bun.lock": "bun install --lockfile-only",
    "bun.lockb": "bun install --lockfile-only",
    "deno.lock": "deno install",
}
_ALTERNATIVES = 64  # that the braces of one pattern may stand for


def manifest(tree: Tree, path: str) -> _Json:
    """The object that the manifest at `path` holds; empty if it cannot be read, is missing or holds something else."""
    return tree.memo("package.json", path, lambda: _object(tree, path))


def _object(tree: Tree, path: str) -> _Json:
    if not tree.exists(path):
        return {}
    try:
        value = load(tree.read(path).text)
    except Unread:
        return {}
    return value if isinstance(value, dict) else {}


def table(value: _Json, field: str) -> dict[str, str]:
    """The texts of an object of texts; empty for anything else."""
    found = value.get(field)
    return {name: spec for name, spec in found.items() if isinstance(spec, str)} if isinstance(found, dict) else {}


def asked(value: _Json) -> dict[str, str]:
    """Everything that is installed for a manifest, by name: what is optional has the last word, what developers need the first."""
    return {name: spec for group in GROUPS for name, spec in table(value, group).items()}


# --- workspaces --------------------------------------------------------------------------------------------------------------


def workspaces(value: _Json) -> list[str]:
    """The patterns of folders with manifests that belong to this one; a `!` before one takes folders out."""
    found = value.get("workspaces")
    found = found.get("packages") if isinstance(found, dict) else found
    return [pattern for pattern in found if isinstance(pattern, str)] if isinstance(found, list) else []


def covers(patterns: list[str], folder: str) -> bool:
    """Whether a folder, relative to the one of the manifest, is one of its workspaces. The last pattern that fits decides."""
    found = False
    for pattern in patterns:
        out = pattern.startswith("!")
        if found == out and any(_fits(one, folder) for one in _unbraced(pattern.removeprefix("!"))):
            found = not out
    return found and "node_modules" not in folder.split("/")


def _fits(pattern: str, folder: str) -> bool:
    spend(1)
    plain = pattern.removeprefix("./").rstrip("/")
    return plain == folder or (("*" in plain or "?" in plain) and compiled(plain, start=r"\A").search(folder) is not None)


def _unbraced(pattern: str) -> list[str]:
    """The patterns that one with braces stands for, innermost first."""
    found = [pattern]
    while len(found) <= _ALTERNATIVES and (brace := re.search(r"\{([^{}]*)\}", found[0])):
        found = [one.replace(brace[0], choice, 1) for one in found for choice in brace[1].split(",")]
    return found[:_ALTERNATIVES]


def members(tree: Tree, root: str) -> Iterator[str]:
    """The manifests of the workspaces of the one at `root`, in order."""
    patterns = workspaces(manifest(tree, root))
    if patterns:
        folder = root[: -len("package.json")]
        for path in tree.named("package.json"):
            if path.startswith(folder) and path != root and covers(patterns, path[len(folder) :].rpartition("/")[0]):
                yield path


# --- what decides ------------------------------------------------------------------------------------------------------------


class Settling(NamedTuple):
    """The lock that decides what a manifest gets ("" = none), and the manifest beside that lock."""

    lock: str
    root: str


def settling(tree: Tree, path: str) -> Settling:
    """What decides about the manifest at `path`: a lock beside it, or one above it that is about it, too."""
    folder = ""
    root = path
    while True:
        for name in LOCKS:
            lock = join(root, name)
            if tree.exists(lock) and (root == path or _is_about(tree, root, name, folder)):
                return Settling(lock, root)
        rush = join(root, "common/config/rush/pnpm-lock.yaml")
        if root != path and tree.exists(join(root, "rush.json")) and tree.exists(rush):
            return Settling(rush, root)
        above = root.rpartition("/")[0]
        if not above:
            return Settling("", path)
        folder = f"{above.rpartition('/')[2]}/{folder}".rstrip("/")
        root = join(f"{above}/x", "../package.json")


def _is_about(tree: Tree, root: str, lock: str, folder: str) -> bool:
    """Whether the lock beside the manifest at `root` is about one in a folder below, too."""
    if lock != "pnpm-lock.yaml":
        return covers(workspaces(manifest(tree, root)), folder)
    return folder in tree.memo("pnpm importers", join(root, lock), lambda: _importers(tree, join(root, lock)))


def _importers(tree: Tree, lock: str) -> frozenset[str]:
    """The folders that a lock of pnpm is about."""
    try:
        text = tree.read(lock).text
    except Unread:
        return frozenset()
    begun = re.compile(r"^importers:[ \t]*\r?\n", re.MULTILINE).search(text)
    if begun is None:
        return frozenset()
    end = re.compile(r"^[^\s#]", re.MULTILINE).search(text, begun.end())
    keys = re.compile(r"^  (?! )(?:'([^'\r\n]+)'|\"([^\"\r\n]+)\"|([^\s'\"][^\r\n]*?)):", re.MULTILINE)
    return frozenset(one[1] or one[2] or one[3] for one in keys.finditer(text, begun.end(), end.start() if end else len(text)))
