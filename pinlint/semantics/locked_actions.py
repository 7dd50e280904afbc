"""`actions.lock`: the commits that GitHub runs for the actions of the workflows that it lists, whatever their tags say by now.

Knows the file's schema; must not know workflows. Source: github/actions-lockfile, schema/lockfile-v0.0.2.json and go/pkg/lockfile
(Parse refuses what `Unreadable` names here, so GitHub runs none of the listed workflows).
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pinlint.ecosystems.action.names import action_verdict
from pinlint.model import Span
from pinlint.syntax.yaml import Node, Unparsable, documents
from pinlint.text import Document, Unread
from pinlint.tree import Tree

__all__ = ["Lock", "Locked", "Unreadable", "lock_at", "read_lock"]

_VERSIONS = ("v0.0.1", "v0.0.2")
_KEYS = ("version", "workflows", "dependencies")
_REQUIRED = ("commit", "owner_id", "repo_id")
_KNOWN = (*_REQUIRED, "ref", "tag", "branch", "uses")  # the first version had a tag and a branch instead of a ref
_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+/[A-Za-z0-9._-]+)@(?P<ref>[^:]+)(?::sha(?:1|256)-[0-9a-f]+)?")
_COMMIT = re.compile(r"sha1-[0-9a-fA-F]{40}|sha256-[0-9a-fA-F]{64}")
_NUMBER = re.compile(r"[1-9][0-9]*")
_AGAIN = "have it written anew with `gh actions-lock`"


class Unreadable(Exception):
    """A lock that GitHub refuses. str() is the reason, in words a person can act on; `span` is where."""

    def __init__(self, why: str, span: Span) -> None:
        super().__init__(f"{why}; {_AGAIN}")
        self.span = span


class Locked(NamedTuple):
    """One locked action: where it is written, its repository in lower case, the ref that is asked for, the commit, what it
    uses itself (as keys of `Lock.dependencies`)."""

    key: Node
    name: str
    ref: str
    commit: str
    uses: tuple[str, ...]


class Lock(NamedTuple):
    """A lock: the workflows that it lists, each with where that is written and its pins (`owner/repo@ref`), and the locked
    actions by pin."""

    workflows: dict[str, tuple[Node, dict[str, Node]]]
    dependencies: dict[str, Locked]

    def commit(self, pin: str) -> str:
        """The commit of a pin, "" if the lock has none."""
        locked = self.dependencies.get(pin)
        return locked.commit if locked else ""

    def reached(self, pins: set[str]) -> set[str]:
        """The pins and all that the locked actions behind them use, however deep."""
        waiting, found = list(pins), set(pins)
        while waiting:
            locked = self.dependencies.get(waiting.pop())
            for pin in locked.uses if locked else ():
                if pin not in found:
                    found.add(pin)
                    waiting.append(pin)
        return found


def lock_at(path: str, tree: Tree) -> Lock | Unreadable:
    """The lock at `path`, or why it cannot be read; read once a run."""

    def make() -> Lock | Unreadable:
        try:
            return read_lock(tree.read(path))
        except Unread as error:
            return Unreadable(str(error), Span(0, 0))
        except Unreadable as error:
            return error

    return tree.memo("actions.lock", path, make)


def read_lock(document: Document) -> Lock:
    """The lock that a document holds. Raises Unreadable."""
    try:
        roots = documents(document.text)
    except Unparsable as error:
        raise Unreadable(str(error), Span(error.offset, min(len(document.text), error.offset + 1))) from None
    if len(roots) != 1 or roots[0].kind != "mapping":
        raise Unreadable("it is no lock: it holds no mapping", Span(0, 0))
    root = roots[0]
    for key, _ in _entries(root, "the lock"):
        if key.value not in _KEYS:
            raise Unreadable(f"its key {key.value!r} is none that GitHub knows", key.span)
    version = root.get("version")
    if version is None or version.value not in _VERSIONS:
        raise Unreadable(f"its version is {version.value if version else ''!r}, not {_VERSIONS[-1]}", (version or root).span)
    shared: dict[int, tuple[str, ...]] = {}
    dependencies = dict(_locked(entry, shared) for entry in _entries(root.get("dependencies"), "dependencies"))
    workflows = {
        key.value: (key, {_pin(node): node for node in _list(value, key)})
        for key, value in _entries(root.get("workflows"), "workflows")
    }
    return Lock(workflows, dependencies)


def _entries(node: Node | None, what: str) -> Iterator[tuple[Node, Node]]:
    """The entries of a mapping. Raises Unreadable for another kind of node, and for a key that comes twice."""
    if node is None or node.is_null:
        return
    if node.kind != "mapping":
        raise Unreadable(f"{what} is no mapping", node.span)
    seen: set[str] = set()
    for key, value in node.pairs:
        if key.kind != "scalar" or key.value in seen:
            raise Unreadable(f"{key.value!r} comes twice in {what}" if key.value else f"a key of {what} is no text", key.span)
        seen.add(key.value)
        yield key, value


def _list(node: Node, key: Node) -> list[Node]:
    if node.kind != "sequence" and not node.is_null:
        raise Unreadable(f"{key.value} is no list", node.span)
    return node.elements


def _pin(node: Node) -> str:
    found = _PIN.fullmatch(node.value)
    if node.kind != "scalar" or found is None:
        raise Unreadable(f"{node.value!r} is no OWNER/REPO@REF", node.span)
    return f"{found['name'].lower()}@{found['ref']}"


def _locked(entry: tuple[Node, Node], shared: dict[int, tuple[str, ...]]) -> tuple[str, Locked]:
    """An entry by its pin; `shared` keeps what lists of uses say, as aliases may lead to one from many entries."""
    key, value = entry
    pin = _pin(key)
    name, _, ref = pin.partition("@")
    fields = {inner.value: node for inner, node in _entries(value, key.value)}
    for field in fields:
        if field not in _KNOWN:
            raise Unreadable(f"{key.value} has the key {field!r}, which GitHub does not know", value.span)
    if missing := next((field for field in _REQUIRED if field not in fields or not fields[field].value), ""):
        raise Unreadable(f"{key.value} lacks its {missing}", key.span)
    commit = fields["commit"]
    if not _COMMIT.fullmatch(commit.value):
        raise Unreadable(f"the commit of {key.value} is {commit.value[:60]!r}, which is none", commit.span)
    if number := next((fields[field] for field in ("owner_id", "repo_id") if not _NUMBER.fullmatch(fields[field].value)), None):
        raise Unreadable(f"{key.value} has an id that is no number", number.span)
    digits = commit.value.partition("-")[2].lower()
    is_commit = action_verdict(ref)[0] == "digest"
    written = fields.get("ref")
    if is_commit and ref.lower() != digits:
        raise Unreadable(f"{key.value} has another commit than it says", commit.span)
    if not is_commit and written is not None and written.value != ref:
        raise Unreadable(f"{key.value} has another ref than it says", written.span)
    uses: tuple[str, ...] = ()
    if used := fields.get("uses"):
        known = shared.get(id(used))
        uses = shared[id(used)] = tuple(_pin(node) for node in _list(used, key)) if known is None else known
    return pin, Locked(key, name, written.value if is_commit and written is not None else ref, digits, uses)
