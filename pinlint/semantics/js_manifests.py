"""package.json as its readers take it: what it asks for, which other manifests it brings in, and which lock decides about it.

Knows package.json, and where the locks of its tools lie; must not know what stands in a lock.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from pinlint.budget import spend
from pinlint.ecosystems.npm.names import parted
from pinlint.glob import compiled
from pinlint.syntax.json import load
from pinlint.text import Unread
from pinlint.tree import Tree, join

__all__ = [
    "Settling", "asked", "is_application", "is_shown", "is_template", "last_name", "lock_to_write", "manifest", "members",
    "overrides", "settling", "table",
]  # fmt: skip

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


def overrides(value: _Json) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """(keys, name, what is taken for it) of every package whose version the project chooses in place of those that ask for it."""
    pnpm = value.get("pnpm")
    waiting: list[tuple[tuple[str, ...], object]] = [
        (("resolutions",), value.get("resolutions")),
        (("overrides",), value.get("overrides")),
    ]
    if isinstance(pnpm, dict):
        waiting.append((("pnpm", "overrides"), pnpm.get("overrides")))
    while waiting:
        keys, below = waiting.pop(0)
        for key, chosen in below.items() if isinstance(below, dict) else ():
            spend(len(keys))
            if isinstance(chosen, dict):
                waiting.append(((*keys, key), chosen))
            elif isinstance(chosen, str) and not chosen.startswith("$"):
                named = keys[-1] if key == "." and len(keys) > 1 else key
                yield (*keys, key), parted(last_name(named))[0] or named, chosen


def last_name(pattern: str) -> str:
    """What a path of names ends with: `x` of `a/**/x` and of `a>x`, `@s/x@1` of `**/@s/x@1`."""
    parent = re.search(r"[^ |@]>", pattern)
    parts = (pattern[parent.end() :] if parent else pattern).split("/")
    scoped = len(parts) > 1 and parts[-2].startswith("@")
    return "/".join(parts[-2:]) if scoped else parts[-1]


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


# --- applications ----

#: Folders whose manifests are there to be copied, looked at or broken: what lies in them is nobody's application.
_COPIED = r"(?i)(?:boilerplate|starter|template)s?"
_SHOWN = (
    r"(?i)(?:^|[/_.-])(?:bench(?:es|marks?)?|boilerplates?|demos?|e2e|examples?|fixtures?|mocks?|playgrounds?|resources|samples?|starters?"
    r"|templates?|tests?|testdata|testing|specs?)[_.-]?[^/]*/"
)


def is_shown(path: str) -> bool:
    """Whether a manifest lies in a folder of what is copied, tried or looked at."""
    return re.search(_SHOWN, path) is not None


def is_template(path: str) -> bool:
    """Whether a manifest lies in a folder that others make applications from, and not in one of what is only tried or shown."""
    without = re.sub(_COPIED, "", path)
    return without != path and is_shown(path) and not is_shown(without)


def is_application(value: _Json) -> bool:
    """Whether a manifest is that of something that is installed where it lies, and never by others."""
    return value.get("private") is True or bool(workspaces(value))


def lock_to_write(value: _Json) -> tuple[str, str]:
    """(name, command) of the lock that a manifest lacks: that of the package manager that it names, else npm's."""
    said = value.get("packageManager")
    tool = said.partition("@")[0] if isinstance(said, str) else ""
    name = {"yarn": "yarn.lock", "pnpm": "pnpm-lock.yaml", "bun": "bun.lock"}.get(tool, "package-lock.json")
    return name, LOCKS[name]


# --- what decides ------------------------------------------------------------------------------------------------------------


class Settling(NamedTuple):
    """The lock that decides what a manifest gets ("" = none), and whether one lies above that is not about it as far as can be
    told."""

    lock: str
    above: bool = False


def settling(tree: Tree, path: str) -> Settling:
    """What decides about the manifest at `path`: a lock beside it, or one above it that is about it, too."""
    folder, root, above = "", path, False
    while True:
        for name in LOCKS:
            lock = join(root, name)
            if tree.exists(lock):
                if root == path or _is_about(tree, root, name, folder):
                    return Settling(lock)
                above = True
        rush = join(root, "common/config/rush/pnpm-lock.yaml")
        if root != path and tree.exists(join(root, "rush.json")) and tree.exists(rush):
            return Settling(rush)
        outer = root.rpartition("/")[0]
        if not outer:
            return Settling("", above)
        folder = f"{outer.rpartition('/')[2]}/{folder}".rstrip("/")
        root = join(f"{outer}/x", "../package.json")


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
    ends = re.compile(r"^[^\s#]", re.MULTILINE)
    keys = re.compile(r"^  (?! )(?:'([^'\r\n]+)'|\"([^\"\r\n]+)\"|([^\s'\"][^\r\n]*?)):", re.MULTILINE)
    found: set[str] = set()
    for begun in re.finditer(r"^importers:[ \t]*\r?\n", text, re.MULTILINE):  # a file may hold several locks
        end = ends.search(text, begun.end())
        found.update(one[1] or one[2] or one[3] for one in keys.finditer(text, begun.end(), end.start() if end else len(text)))
    return frozenset(found)
