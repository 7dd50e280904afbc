"""Project.toml of Julia: the packages that a project asks for, and whether the manifest beside it knows them.

Ranges are right: the manifest settles them, or that of whoever uses a package. Source: pkgdocs.julialang.org, "Project.toml and
Manifest.toml".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinlint.ecosystems.git.names import ref_verdict, repository_name
from pinlint.ecosystems.julia.names import is_uuid
from pinlint.ecosystems.url.names import is_insecure, without_credentials
from pinlint.model import Artifact, Fact, KeyPath, Reference, Span
from pinlint.semantics.julia_manifests import beside
from pinlint.syntax.toml_values import Unparsable, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_USER = "the manifest of whoever uses it"


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Every package; a fact first where the manifest lacks one."""
    found = load(document.text)
    if isinstance(found, Unparsable):
        julia = "[deps]" in document.text or "[compat]" in document.text
        kind = "unreadable-file" if julia else "foreign"
        yield Fact(kind, Span(0, 0), f"it is no TOML: {found}" if julia else "no project of Julia: it is no TOML")
        return
    deps = _table(found, "deps")
    if not (is_uuid(found.get("uuid")) or (deps and all(map(is_uuid, deps.values())))):
        yield Fact("foreign", Span(0, 0), "no project of Julia: neither it nor what it asks for has a uuid")
        return
    manifest, known = beside(tree, document.path)
    missing = next((name for name in deps if known and name not in known and name != found.get("name")), "")
    if missing:
        why = f"{manifest} lacks {missing[:100]}; run `Pkg.resolve()`"
        yield Fact("stale-lock", KeyPath(("deps", missing)), why)
    compat, sources = _table(found, "compat"), _table(found, "sources")
    for name in deps:
        if isinstance(sources.get(name), dict):
            yield from _source(name, sources[name], manifest)
        else:
            yield _package(name, compat.get(name), manifest)


def _table(found: dict[str, Any], key: str) -> dict[str, Any]:
    value = found.get(key)
    return value if isinstance(value, dict) else {}


def _package(name: str, compat: Any, manifest: str) -> Reference:
    artifact = Artifact("julia", name[:200])
    if not isinstance(compat, str):
        return Reference(artifact, "", (), "floating", KeyPath(("deps", name)), "package", "", manifest or _USER)
    verdict = "version" if compat.startswith("=") and "," not in compat else "range"
    return Reference(artifact, compat[:200], (), verdict, KeyPath(("compat", name), "value"), "package", "", manifest or _USER)


def _source(name: str, source: dict[str, Any], manifest: str) -> Iterator[Reference | Fact]:
    """A package that comes from a folder, or from a repository at a commit, branch or tag."""
    place, address, rev = KeyPath(("sources", name)), source.get("url"), source.get("rev", "")
    if not isinstance(address, str):
        artifact = Artifact("julia", name[:200])
        yield Reference(artifact, "", (), "local", place, "package", "a folder of this repository or machine")
        return
    if is_insecure(address):
        yield Fact("insecure-transport", place, f"{name[:100]} is cloned from {without_credentials(address)} without TLS")
    text = rev if isinstance(rev, str) else ""
    artifact = Artifact("git", repository_name(address), without_credentials(address))
    verdict, digests, why = ref_verdict(text, artifact.name)
    digests = () if manifest and verdict != "digest" else digests
    yield Reference(artifact, text[:200], digests, verdict, place, "package", why, manifest)
