"""Cargo.toml: the crates and repositories that a package asks for, and whether the lock of its workspace settles them.

Ranges are right in a library; in an application the lock at the root of the workspace settles them. Source: the Cargo book.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.cargo.names import repository, verdict
from pinlint.ecosystems.git.names import ref_verdict
from pinlint.ecosystems.url.names import is_insecure, without_credentials
from pinlint.model import Artifact, Fact, KeyPath, Reference
from pinlint.semantics.cargo_agreement import difference, outdated
from pinlint.semantics.cargo_locks import lock_at
from pinlint.semantics.cargo_manifests import application, asked, is_member, package_of, read_manifest, workspace_of
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pinlint.semantics.cargo_locks import Lock
    from pinlint.semantics.cargo_manifests import Asked
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_ROLES = {"": "crate", "workspace": "crate of the workspace", "patch": "patched crate", "replace": "replaced crate"}
#: What settles the ranges of a library: not this repository.
_USER = "the lock of whoever uses it"


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Every crate that is asked for; a fact first where the lock is missing or out of step."""
    manifest = read_manifest(document)
    if isinstance(manifest, Fact):
        yield manifest
        return
    workspace = workspace_of(tree, document.path, manifest)
    path = join(workspace.path, "Cargo.lock")
    lock = lock_at(tree, path)
    settled = _settles(lock, manifest, alone=workspace.path == document.path)
    if lock and (settled or is_member(tree, workspace, document.path)):
        found = difference(manifest, workspace, lock)
        if not found and workspace.path == document.path:
            found = outdated(tree, workspace, lock)
        if found:
            yield Fact(
                "stale-lock", found.place, f"{found.why}, so `cargo --locked` refuses {path}; run `cargo update --workspace`"
            )
    wanted = [one for one in asked(manifest) if not one.inherits]
    bare = not tree.exists(path)
    if bare and workspace.path == document.path and application(tree, document.path, manifest):
        yield from _without_lock(wanted)
    shown = path if settled else ""
    for one in wanted:
        yield from _transport(one)
        yield _reference(one, shown, bare)


def _settles(lock: Lock | None, manifest: dict[str, Any], alone: bool) -> bool:
    """Whether a lock holds the package of a manifest, or is that of the workspace alone which it describes."""
    name = package_of(manifest).get("name")
    return lock is not None and (bool(lock.local(name)) if isinstance(name, str) else alone)


def _without_lock(wanted: list[Asked]) -> Iterator[Fact]:
    fetched = [one for one in wanted if "path" not in one.table]
    if fetched:
        missing = f"no Cargo.lock says which version of {fetched[0].name[:80]} is meant"
        yield Fact("missing-lock", KeyPath(fetched[0].keys), f"{missing}: run `cargo generate-lockfile` and commit the lock")


def _transport(one: Asked) -> Iterator[Fact]:
    for key in ("git", "registry-index"):
        address = one.table.get(key)
        if isinstance(address, str) and is_insecure(address):
            where = KeyPath((*one.keys, key), "value")
            yield Fact("insecure-transport", where, f"{one.name[:80]} is fetched from {without_credentials(address)} without TLS")


def _reference(one: Asked, lock: str, bare: bool) -> Reference:
    role = _ROLES[one.place]
    if isinstance(one.table.get("path"), str):
        why = "a crate of this repository or machine"
        return Reference(Artifact("cargo", one.name), one.version, (), "local", KeyPath(one.keys), role, why)
    if isinstance(one.table.get("git"), str):
        return _repository(one, lock, role, bare)
    index = one.table.get("registry-index") or one.table.get("registry") or ""
    artifact = Artifact("cargo", one.name, without_credentials(index) if isinstance(index, str) else "")
    place = KeyPath(one.version_keys, "value")
    if not one.version:
        return Reference(artifact, "", (), "floating", KeyPath(one.keys), role, "it asks for no version", lock)
    found, why = verdict(one.version)
    settled = lock or (_USER if found in ("range", "version") else "")
    if not settled and found == "floating" and not bare:
        settled = _USER
    return Reference(artifact, one.version, (), found, place, role, why, settled if found != "unknown" else "")


def _repository(one: Asked, lock: str, role: str, bare: bool) -> Reference:
    """A crate of a git repository, which without a lock is as firm as the ref that is named. A lock beside it says which ref it was
    made for, so that Cargo would refuse it with another one: there only Cargo can change both."""
    address = one.table["git"]
    artifact = Artifact("git", repository(address), without_credentials(address))
    if "://" not in address:
        why = "Cargo takes its repository for no address"
        return Reference(artifact, "", (), "unknown", KeyPath((*one.keys, "git"), "value"), role, why)
    key = next((key for key in ("rev", "tag", "branch") if isinstance(one.table.get(key), str)), "")
    ref = one.table[key] if key else ""
    verdict, digests, why = ref_verdict(ref, artifact.name)
    if key == "tag" and verdict != "digest":
        verdict, why = "tag", ""
    if key == "branch":
        verdict, digests, why = "floating", (), f"{ref[:80]} is a branch, which moves with every push"
    place = KeyPath((*one.keys, key), "value") if key else KeyPath((*one.keys, "git"), "value")
    found = Reference(artifact, ref, () if lock and verdict != "digest" else digests, verdict, place, role, why, lock)
    return found._replace(site=place if bare else None, notation="toml-ref") if key and verdict != "digest" else found
