"""deno.json: what the names stand for that a program imports, and what it is to be locked with.

The lock beside it, or that of the workspace above, settles all of it. Deno keeps one by itself unless it is told not to. Source:
Deno's manual (deno.json, modules, workspaces).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.npm.names import argument_verdict, parted
from pinlint.ecosystems.url.names import is_insecure, local_host, origin, url_verdict, without_credentials
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.deno_locks import lock_of
from pinlint.semantics.js_manifests import is_shown
from pinlint.syntax import jsonc
from pinlint.syntax.yaml import select
from pinlint.text import Unparsable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.semantics.deno_locks import Lock
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_PACKAGE = re.compile(r"/?(?P<package>(?:@[^/]*/)?[^/]*)")
_HERE = ("./", "../", "/", "node:", "data:", "blob:", "file:")
_MODULE, _DEPENDENCY = "imported module", "dependency"
_COMMAND = "`deno install`"
_LOOSE = ("floating", "range", "version")


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """What every name stands for; a fact where nothing locks an application."""
    if not document.text.strip():  # Deno takes an empty one
        return
    try:
        root = jsonc.read(document)
    except Unparsable as error:
        if not is_shown(document.path):
            raise
        yield Fact("foreign", Span(0, 0), f"{error}, so Deno takes nothing from it")
        return
    lock = lock_of(document.path, root, tree)
    asked = [one for node in _imports(root) for one in _imported(node, lock)]
    shown, published = is_shown(document.path), root.get("exports") is not None
    loose = [one for one in asked if isinstance(one, Reference) and one.artifact.kind == "npm" and one.verdict in _LOOSE]
    if loose and lock is None and not shown and not published and root.get("imports") is not None:
        off = root.get("lock")
        where = off.span if off is not None and off.value == "false" else loose[0].span
        why = f"no deno.lock says which version of {loose[0].artifact.name[:100]} is meant"
        yield Fact(
            "missing-lock", where, f"{why}: {'take `lock` out, ' if where != loose[0].span else ''}run {_COMMAND} and commit it"
        )
    whose = "example's " if shown else "library's " if published else ""
    for one in asked:
        is_open = isinstance(one, Reference) and one.artifact.kind == "npm" and whose and lock is None
        yield one._replace(role=f"{whose}{one.role}") if isinstance(one, Reference) and is_open else one


def _imports(root: Node) -> Iterator[Node]:
    """The values of an import map."""
    for table in (*select(root, "imports"), *(one for scopes in select(root, "scopes") for _, one in scopes.items())):
        yield from (value for _, value in table.items() if value.kind == "scalar" and not value.is_null)


def _imported(node: Node, lock: Lock | None) -> Iterator[Reference | Fact]:
    text = node.value
    protocol, colon, rest = text.partition(":")
    if colon and protocol in ("npm", "jsr"):
        yield _package(protocol, rest, node, lock)
    elif text.startswith(("https://", "http://")):
        if is_insecure(text):
            yield Fact("insecure-transport", node.inner, f"{without_credentials(text)[:200]} is fetched without TLS")
        yield _module(text, node, lock)
    elif text.startswith(_HERE) or not colon:
        yield Reference(
            Artifact("npm", text[:200]), "", (), "local", node.inner, _MODULE, "it lies in this repository, or is a part of Deno"
        )
    else:
        yield Reference(
            Artifact("npm", text[:200]), "", (), "unknown", node.inner, _MODULE, "pinlint does not know where that is fetched from"
        )


def _package(protocol: str, rest: str, node: Node, lock: Lock | None) -> Reference:
    """A package of npm or JSR; those are named as npm gets them, too."""
    found = _PACKAGE.match(rest)
    name, version, verdict, why = argument_verdict(found["package"] if found else rest)
    if protocol == "jsr":
        scope, _, last = parted(name)[0].rpartition("/")
        name = f"@jsr/{scope.removeprefix('@')}__{last}" if scope else name
    settled = lock.label if lock is not None and verdict not in ("local", "unknown") else ""
    return Reference(
        Artifact("npm", name, "https://jsr.io" if protocol == "jsr" else ""),
        version,
        (),
        verdict,
        node.inner,
        _DEPENDENCY,
        why,
        settled,
    )


def _module(text: str, node: Node, lock: Lock | None) -> Reference:
    """A module at an address, or what lies below one: the lock has the sum of each that is imported."""
    shown = without_credentials(text)
    if local_host(origin(text).partition("://")[2]):
        return Reference(Artifact("url", shown), "", (), "local", node.inner, _MODULE, "it comes from this machine")
    settled = lock.label if lock is not None and lock.holds(text) else ""
    verdict, why = url_verdict(text)
    if text.endswith("/") and not settled and verdict != "digest":
        verdict, why = "unknown", "what the program imports from below that address, only the program says"
    return Reference(
        Artifact("url", shown, origin(text)), "", (), verdict, node.inner, _MODULE, why, settled if verdict == "floating" else ""
    )
