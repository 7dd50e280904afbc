"""Nix's lock of a flake: every input with its commit and the hash of its contents, which Nix checks whatever it is fetched from.

Source: the manual of Nix (nix3-flake, lock files); versions 5 to 7 are read by every Nix that knows flakes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pinlint.ecosystems.git.names import ref_verdict, repository_name
from pinlint.ecosystems.url.names import is_insecure, without_credentials
from pinlint.model import Artifact, Fact, KeyPath, Reference, Span
from pinlint.semantics.python_locks import Written, as_json, table, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_WRITTEN = Written("Nix", "nix flake lock")
_VERSIONS = (5, 6, 7)
_HOSTS = {"github": "github.com", "gitlab": "gitlab.com", "sourcehut": "git.sr.ht"}
_NAR = re.compile(r"sha256-[A-Za-z0-9+/]{43}=|sha512-[A-Za-z0-9+/]{86}==").fullmatch
_ROLE = "locked input"


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every input, also those of inputs; the fact that Nix cannot read the lock."""
    lock = as_json(document.text, _WRITTEN)
    if isinstance(lock, Fact):
        yield lock
        return
    if "nodes" not in lock and "version" not in lock:
        yield Fact("foreign", Span(0, 0), "no lock of Nix: it has no nodes")
        return
    if lock.get("version") not in _VERSIONS or not isinstance(lock.get("nodes"), dict):
        yield unreadable(document.text, f"it has version {str(lock.get('version'))[:20]}, and pinlint reads 5 to 7", _WRITTEN)
        return
    for name, node in lock["nodes"].items():
        locked, place = table(node).get("locked"), KeyPath(("nodes", name))
        if isinstance(locked, dict):
            yield from _input(locked, table(table(node).get("original")), place)
        elif name != lock.get("root", "root"):
            why = f"{name[:60]} has no `locked`, so Nix cannot read the lock; run `{_WRITTEN.command}`"
            yield Fact("unreadable-lock", place, why)


def _input(locked: dict[str, Any], original: dict[str, Any], place: KeyPath) -> Iterator[Reference | Fact]:
    kind, address = str(locked.get("type")), _address(locked)
    if is_insecure(address.removeprefix("git+")):
        yield Fact("insecure-transport", place, f"{without_credentials(address)[:200]} is fetched without TLS")
    revision, nar = str(locked.get("rev") or ""), str(locked.get("narHash") or "")
    if kind == "path" and not revision:
        yield Reference(Artifact("git", address[:200]), "", (), "local", place, _ROLE, "it lies on this machine")
    elif kind in ("tarball", "file"):
        artifact = Artifact("url", without_credentials(address))
        if _NAR(nar):
            yield Reference(artifact, "", (nar,), "digest", place, _ROLE)
        else:
            yield Reference(artifact, "", (), "floating", place, _ROLE, "no hash says which bytes the address has to lead to")
    else:
        artifact = Artifact("git", repository_name(address), without_credentials(address))
        verdict, digests, why = ref_verdict(revision, artifact.name)
        if not revision:
            why = "the lock names no commit"
        if _NAR(nar) and verdict != "digest":
            verdict, digests, why = "digest", (nar,), ""
        asked = original.get("ref")
        yield Reference(artifact, asked if isinstance(asked, str) else "", digests, verdict, place, _ROLE, why)


def _address(locked: dict[str, Any]) -> str:
    """Where an input is fetched from."""
    kind = str(locked.get("type"))
    if kind in _HOSTS:
        return f"https://{locked.get('host') or _HOSTS[kind]}/{locked.get('owner')}/{locked.get('repo')}"
    return str(locked.get("url") or locked.get("path") or locked.get("id") or "")
