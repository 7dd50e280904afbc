"""go.mod and go.work: the modules that are required or put in the place of others, and whether go.sum knows their bytes.

A version is always exact; what settles its bytes is go.sum, or a vendored copy. Source: the Go modules reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.go.names import toolchain_verdict, version_verdict
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.go_modules import has_conflict, read_module, summed, workspace_of
from pinlint.semantics.shown import is_shown
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.semantics.go_modules import Module, Replaced
    from pinlint.syntax.go_mod import Word
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_REFUSES = "Go, which builds nothing that its sums lack"
_TIDY = "run `go mod tidy` and commit both files"
_DATABASE = "Go, which asks its checksum database about every toolchain"


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Every requirement and replacement; a fact first where go.sum is missing or lacks something."""
    if "\x1b[" in document.text:
        yield Fact("foreign", Span(0, 0), "it is coloured for a terminal, which Go does not write")
        return
    if conflict := has_conflict(document.text):
        yield Fact("unreadable-file", conflict, "it holds merge-conflict markers, so Go refuses it; resolve them")
        return
    module = read_module(document.text)
    if module.odd:
        if "{{" in document.text or "${" in document.text:
            yield Fact("template", module.odd.span, "a template that is no go.mod before it is filled in")
        else:
            yield Fact("unreadable-file", module.odd.span, "Go does not understand this line, so it refuses the file")
    settled = _settled(document, tree)
    yield from _lacking(document, tree, module) if not settled else ()
    for path, version, indirect in module.required:
        yield _required(path, version, module.replacement(path.text, version.text), settled or "go.sum", indirect=indirect)
    for one in module.replaced:
        yield _replacement(one, settled or "go.sum")
    if module.toolchain:
        verdict, why = toolchain_verdict(module.toolchain.text)
        artifact = Artifact("go", "golang.org/toolchain")
        yield Reference(artifact, module.toolchain.text, (), verdict, module.toolchain.span, "toolchain", why, _DATABASE)


def _settled(document: Document, tree: Tree) -> str:
    """What takes the place of the go.sum beside a go.mod, "" if nothing does."""
    if document.path.endswith("go.work"):
        return "go.work.sum"
    if tree.exists(vendored := join(document.path, "vendor/modules.txt")):
        return vendored
    if work := workspace_of(tree, document.path):
        return f"{work}.sum"
    return "" if tree.exists(join(document.path, "go.sum")) or not is_shown(document.path) else _REFUSES


def _lacking(document: Document, tree: Tree, module: Module) -> Iterator[Fact]:
    """What go.sum has to hold and does not: both lines of what is required directly, of its replacement where there is one."""
    wanted = []
    for path, version, indirect in module.required:
        other = module.replacement(path.text, version.text)
        if indirect or (other and other.is_local):
            continue
        name, at = (other.by.text, other.at.text) if other and other.at else (path.text, version.text)
        if version_verdict(at)[0] == "version":
            wanted.append((name, at, version))
    known = summed(tree, join(document.path, "go.sum"))
    if known is None and wanted:
        name, at, place = wanted[0]
        more = f" and {len(wanted) - 1} more" if len(wanted) > 1 else ""
        yield Fact("missing-lock", place.span, f"no go.sum says which bytes {name[:100]} {at[:60]}{more} is meant to be: {_TIDY}")
        return
    missing = [one for one in wanted if {(one[0], one[1], False), (one[0], one[1], True)} - (known or frozenset())]
    if missing:
        name, at, place = missing[0]
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        yield Fact("stale-lock", place.span, f"go.sum lacks {name[:100]} {at[:60]}{more}, so `go build` refuses; {_TIDY}")


def _required(path: Word, version: Word, other: Replaced | None, settled: str, *, indirect: bool) -> Reference:
    role = "indirect module" if indirect else "module"
    artifact = Artifact("go", path.text)
    if other and other.is_local:
        return Reference(artifact, version.text, (), "local", version.span, role, f"{other.by.text} takes its place")
    verdict, why = version_verdict(version.text)
    if other:
        return Reference(artifact, version.text, (), verdict, version.span, role, why, f"replace: {other.by.text}")
    return Reference(artifact, version.text, (), verdict, version.span, role, why, settled if verdict == "version" else "")


def _replacement(one: Replaced, settled: str) -> Reference:
    artifact = Artifact("go", one.by.text)
    if one.at is None or one.is_local:
        return Reference(artifact, "", (), "local", one.by.span, "replacement", "a directory of this repository or machine")
    verdict, why = version_verdict(one.at.text)
    return Reference(artifact, one.at.text, (), verdict, one.at.span, "replacement", why, settled if verdict == "version" else "")
