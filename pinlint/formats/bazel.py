"""Bazel's modules, workspaces and macros: modules of a registry, and what is fetched beside it.

A module's version is exact, and its registry says by which sum its archive is checked; archives, repositories and images of other
places are as firm as their calls say. Source: bazel.build, "MODULE.bazel files" and "Repository rules".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.bazel.names import version_verdict
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.bazel_downloads import download, image, repository
from pinlint.semantics.bazel_locks import LOCK, lacking
from pinlint.semantics.starlark import Call, calls
from pinlint.text import Unparsable
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_DOWNLOADS = {
    "http_archive": "archive", "new_http_archive": "archive", "http_jar": "archive", "http_file": "downloaded file",
    "archive_override": "override",
}  # fmt: skip
_REPOSITORIES = {"git_repository": "repository", "new_git_repository": "repository", "git_override": "override"}
_PULLS = ("oci_pull", "container_pull")
_OVERRIDES = ("archive_override", "git_override", "single_version_override", "local_path_override")
_WORDS = (*_DOWNLOADS, *_REPOSITORIES, "pull", "bazel_dep", "single_version_override")
_MODULE = "module"


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Everything that is asked for, in order; a fact first where the lock does not hold a module."""
    if not any(word in document.text for word in _WORDS):
        return
    found = calls(document)
    if isinstance(found, Unparsable):
        yield from _unread(document, found)
        return
    made = list(found)
    overrides = {name: call for call in made if call.name in _OVERRIDES and (name := call.text("module_name"))}
    yield from _stale(document, tree, made, overrides)
    lock = join(document.path, LOCK)
    settled = lock if document.path.endswith("MODULE.bazel") and tree.exists(lock) else ""
    for call in made:
        if call.name in _DOWNLOADS:
            yield from download(call, _DOWNLOADS[call.name])
        elif call.name in _REPOSITORIES:
            yield from repository(call, _REPOSITORIES[call.name])
        elif call.name in _PULLS or _is_pull(call):
            yield image(call)
        elif call.name == "bazel_dep":
            yield from _module(call, overrides, settled)
        elif call.name == "single_version_override" and call.text("version"):
            yield _overridden(call, settled)


def _unread(document: Document, why: Unparsable) -> Iterator[Fact]:
    if document.path.endswith(".bzl"):
        yield Fact("foreign", Span(0, 0), "no Starlark that pinlint can read")
        return
    yield Fact("unreadable-file", Span(why.offset, why.offset), str(why).replace("it is no Python 3:", "it is no Starlark:"))


def _is_pull(call: Call) -> bool:
    """Whether a call of `pull`, of whatever extension, names an image."""
    return call.name == "pull" and ("image" in call.arguments or {"registry", "repository"} <= call.arguments.keys())


def _stale(document: Document, tree: Tree, made: list[Call], overrides: dict[str, Call]) -> Iterator[Fact]:
    """The fact that the lock has never seen a module at the version that is asked for."""
    asked = []
    for call in made if document.path.rpartition("/")[2] == "MODULE.bazel" else ():
        name, version = call.text("name"), call.said("version")
        if call.name == "bazel_dep" and name and name not in overrides and version and version.text:
            asked.append((name, version.text, version.where))
    if missing := lacking(tree, document.path, asked):
        module, at, where = missing[0]
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        why = f"{LOCK} lacks {module[:100]} {at[:60]}{more}; run `bazel mod deps --lockfile_mode=update`"
        yield Fact("stale-lock", where, why)


def _module(call: Call, overrides: dict[str, Call], settled: str) -> Iterator[Reference]:
    name, version = call.text("name"), call.said("version")
    artifact = Artifact("bazel", (name or "?")[:200])
    at = version or call.said("name")
    where = at.where if at else call.where
    override = overrides.get(name or "")
    text = version.text if version else ""
    if name is None or text is None:
        yield Reference(artifact, "", (), "unknown", where, _MODULE, "the file computes it, and pinlint executes nothing")
    elif override is not None and override.name == "local_path_override":
        yield Reference(artifact, text, (), "local", where, _MODULE, "a folder takes its place")
    elif text:
        verdict, why = version_verdict(text)
        by = override.name if override is not None else settled
        yield Reference(artifact, text, (), verdict, where, _MODULE, why, by, refused=verdict == "unknown")
    elif override is None:
        why = "another file says its version, or whoever depends on this module"
        yield Reference(artifact, "", (), "unknown", where, _MODULE, why)


def _overridden(call: Call, settled: str) -> Reference:
    version = call.said("version")
    text, where = (str(version.text), version.where) if version else ("", call.where)
    verdict, why = version_verdict(text)
    artifact = Artifact("bazel", str(call.text("module_name"))[:200])
    return Reference(artifact, text, (), verdict, where, "override", why, settled, refused=verdict == "unknown")
