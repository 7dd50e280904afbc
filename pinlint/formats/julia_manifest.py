"""Manifest.toml of Julia: every package with the hash of its tree. Project.toml, beside it, is judged too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.julia.names import tree_verdict
from pinlint.ecosystems.url.names import is_insecure, without_credentials
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.julia_manifests import Package, is_manifest, packages
from pinlint.syntax.toml_values import Unparsable, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_ROLE = "locked package"
_RESOLVE = "run `Pkg.resolve()`"
_conflict = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE).search


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every package; a fact for each repository that is cloned without TLS."""
    text = document.text
    if found := _conflict(text):
        yield Fact(
            "unreadable-lock", Span(*found.span()), f"it holds merge-conflict markers; resolve Project.toml, then {_RESOLVE}"
        )
        return
    manifest = load(text)
    if isinstance(manifest, Unparsable):
        if "git-tree-sha1" in text or "julia_version" in text:
            yield Fact("unreadable-lock", Span(0, min(1, len(text))), f"it is no TOML: {manifest}; {_RESOLVE}")
        else:
            yield Fact("foreign", Span(0, 0), "no manifest of Julia: it is no TOML")
        return
    if not is_manifest(manifest):
        yield Fact("foreign", Span(0, 0), "no manifest of Julia: it names no packages with a uuid")
        return
    format_ = str(manifest.get("manifest_format", "1"))
    if format_.partition(".")[0] not in ("1", "2"):
        why = f"it has manifest_format {format_[:20]}, and pinlint reads 1 and 2; {_RESOLVE}"
        yield Fact("unreadable-lock", Span(0, min(1, len(text))), why)
        return
    for one in packages(manifest):
        address = one.said.get("repo-url", "")
        if is_insecure(address):
            told = f"{one.name[:100]} is cloned from {without_credentials(address)} without TLS"
            yield Fact("insecure-transport", one.place, told)
        yield _reference(one)


def _reference(one: Package) -> Reference:
    said, version = one.said, one.said.get("version", "")
    artifact = Artifact("julia", one.name[:200], without_credentials(said.get("repo-url", "")))
    if "git-tree-sha1" in said:
        verdict, digests, why = tree_verdict(said["git-tree-sha1"])
        return Reference(artifact, version, digests, verdict, one.place, _ROLE, why, refused=verdict == "unknown")
    why = "a folder of this repository or machine" if "path" in said else "a part of Julia"
    return Reference(artifact, version, (), "local", one.place, _ROLE, why)
