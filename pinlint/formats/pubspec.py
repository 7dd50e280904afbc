"""pubspec.yaml: what a Dart package depends on, and whether the lock beside it was made for that.

Ranges are right: the lock of an application settles them, or that of whoever uses a library. Source: dart.dev, "The pubspec file"
and "Package dependencies"; dart-lang/pub, source/git.dart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.git.names import repository_name
from pinlint.ecosystems.pub.names import constraint_verdict
from pinlint.ecosystems.url.names import is_insecure, without_credentials
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.git_refs import at_ref
from pinlint.semantics.pub_locks import LOCK, lock_at
from pinlint.syntax import yaml
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.semantics.pub_locks import Locked
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_GROUPS = {
    "dependencies": "package", "dev_dependencies": "development package", "dependency_overrides": "override",
}  # fmt: skip
_USER = "the lock of whoever uses it"
_GET = "run `dart pub get`, or `flutter pub get` in a Flutter project"


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Every dependency; a fact first where the lock beside it lacks one."""
    roots = yaml.read(document)
    root = roots[0] if roots else None
    if root is None or root.kind != "mapping" or not (root.get("name") or root.get("environment")):
        yield Fact("foreign", Span(0, 0), "no pubspec: it names no package")
        return
    path = _lock_of(document.path, tree, of_workspace=(value := root.get("resolution")) is not None and value.value == "workspace")
    asked = [(group, name, value) for group in _GROUPS for name, value in _entries(root, group)]
    lock = lock_at(tree, path) if path == join(document.path, LOCK) else None
    if lock is not None:
        yield from _stale(asked, lock)
    for group, name, value in asked:
        yield from _dependency(name, value, document, _GROUPS[group], path)


def _entries(root: yaml.Node, group: str) -> list[tuple[yaml.Node, yaml.Node]]:
    found = root.get(group)
    return list(found.items()) if found is not None and found.kind == "mapping" else []


def _lock_of(path: str, tree: Tree, *, of_workspace: bool) -> str:
    """The lock beside a pubspec or, where that is a member of a workspace, above it; "" if none."""
    lock = join(path, LOCK)
    while not tree.exists(lock):
        folder = lock.rpartition("/")[0]
        if not of_workspace or not folder:
            return ""
        lock = f"{folder.rpartition('/')[0]}/{LOCK}".lstrip("/")
    return lock


def _stale(asked: list[tuple[str, yaml.Node, yaml.Node]], lock: dict[str, Locked]) -> Iterator[Fact]:
    """The fact that the lock lacks a package, or holds it at another ref."""
    overridden = {name.value for group, name, _ in asked if group == "dependency_overrides"}
    for group, name, value in asked:
        if not yaml.literal(name):
            continue
        if name.value not in lock:
            yield Fact("stale-lock", name.inner, f"{LOCK} lacks {name.value[:100]}; {_GET}")
            return
        held = lock[name.value]
        if held.source == "git" and (group == "dependency_overrides" or name.value not in overridden):
            git = value.get("git") if value.kind == "mapping" else None
            ref = git.get("ref") if git is not None and git.kind == "mapping" else None
            wanted = ref.value.strip() if ref is not None and ref.kind == "scalar" else ""
            if git is not None and wanted and yaml.literal(ref or name) and held.said.get("ref", wanted) != wanted:
                why = f"{LOCK} holds {name.value[:100]} at {held.said['ref'][:60]}, and {wanted[:60]} is asked for; {_GET}"
                yield Fact("stale-lock", name.inner, why)
                return


def _dependency(name: yaml.Node, value: yaml.Node, document: Document, role: str, lock: str) -> Iterator[Reference | Fact]:
    artifact = Artifact("pub", name.value[:200])
    if not yaml.literal(name):
        yield Reference(artifact, "", (), "unknown", name.inner, role, "a template fills it in")
        return
    if value.kind == "scalar":
        yield _hosted(artifact, name, value, role, lock)
        return
    if value.kind != "mapping":
        return
    git, hosted = value.get("git"), value.get("hosted")
    if git is not None:
        yield from _git(artifact, name, git, document, role, lock)
    elif value.get("path") is not None or value.get("sdk") is not None:
        why = "a folder of this repository or machine" if value.get("path") is not None else "a part of the SDK"
        yield Reference(artifact, "", (), "local", name.inner, role, why)
    else:
        server = hosted.get("url") if hosted is not None and hosted.kind == "mapping" else hosted
        if server is not None and server.kind == "scalar" and is_insecure(server.value):
            told = f"{name.value[:100]} is fetched from {without_credentials(server.value)} without TLS"
            yield Fact("insecure-transport", server.inner, told)
        yield _hosted(artifact, name, value.get("version"), role, lock)


def _hosted(artifact: Artifact, name: yaml.Node, value: yaml.Node | None, role: str, lock: str) -> Reference:
    if value is None or value.is_null or value.kind != "scalar":
        return Reference(artifact, "", (), "floating", name.inner, role, "", lock or _USER)
    if not yaml.literal(value):
        return Reference(artifact, "", (), "unknown", value.inner, role, "a template fills it in", lock)
    verdict, why = constraint_verdict(value.value)
    return Reference(artifact, value.value[:200], (), verdict, value.inner, role, why, lock or _USER)


def _git(
    artifact: Artifact, name: yaml.Node, git: yaml.Node, document: Document, role: str, lock: str
) -> Iterator[Reference | Fact]:
    url = git.get("url") if git.kind == "mapping" else git
    if url is None or url.kind != "scalar" or not yaml.literal(url):
        yield Reference(artifact, "", (), "unknown", name.inner, role, "a template fills in its repository", lock)
        return
    address = url.value.strip()
    if is_insecure(address):
        yield Fact("insecure-transport", url.inner, f"{without_credentials(address)} is cloned without TLS")
    if address.startswith((".", "/", "file:")):
        yield Reference(artifact, "", (), "local", url.inner, role, "a repository on this machine")
        return
    repository = Artifact("git", repository_name(address), without_credentials(address))
    ref = git.get("ref") if git.kind == "mapping" else None
    if git.kind == "mapping" and ref is None and git.get("tag_pattern") is not None:
        pattern = git.get("tag_pattern")
        yield Reference(repository, "", (), "range", (pattern or url).inner, role, "", lock or _USER)
        return
    found = at_ref(repository, ref, document, url.inner, role)
    yield found._replace(settled_by=lock, digests=() if lock and found.verdict != "digest" else found.digests)
