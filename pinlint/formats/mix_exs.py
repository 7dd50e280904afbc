"""mix.exs: the dependencies that a project writes down literally, and whether the lock beside it holds them.

No Elixir is run. Ranges are right: the lock of an application settles them, or that of whoever uses a library.
Source: hexdocs.pm, Mix.Tasks.Deps.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.git.names import ref_verdict, repository_name
from pinlint.ecosystems.hex.names import requirement_verdict
from pinlint.ecosystems.url.names import is_insecure, without_credentials
from pinlint.model import Artifact, Fact, Reference
from pinlint.semantics.mix_locks import LOCK, lock_at
from pinlint.syntax.elixir import Tuple, tuples
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_USER = "the lock of whoever uses it"
#: The function that lists dependencies, up to the next one or the end of the module.
_DEPS = re.compile(r"^[ \t]*defp?[ \t]+deps\b.*?(?=^[ \t]*(?:defp?|@\w+)[ \t]|\Z)", re.MULTILINE | re.DOTALL)
_LOCKFILE = re.compile(r"\block(?:file)?:[ \t]*\"([^\"#\\\r\n]{1,200})\"")
_local = re.compile(r"(?:file:|[/~.]).*").fullmatch


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Every dependency, in order; a fact first where the lock lacks one."""
    text = document.text
    listed = _DEPS.search(text)
    named = _LOCKFILE.search(text)
    lock = join(document.path, named[1] if named else LOCK)
    lock = lock if tree.exists(lock) else ""
    found = [one for one in tuples(text) if _is_dependency(one, listed)]
    found.sort(key=lambda one: one.span)
    yield from _stale(found, text, tree, lock)
    for one in found:
        yield from _dependency(one, lock)


def _is_dependency(one: Tuple, listed: re.Match[str] | None) -> bool:
    """Whether a tuple in the list of dependencies names one: `{:name, …}`."""
    if listed is None or one.depth or not listed.start() <= one.span.start < listed.end() or not one.items:
        return False
    first = one.items[0]
    return first is not None and first.kind == "word" and str(first.text)[0] == ":" and (len(one.items) > 1 or bool(one.options))


def _stale(found: list[Tuple], text: str, tree: Tree, lock: str) -> Iterator[Fact]:
    """The fact that the lock lacks a dependency, which Mix would choose then. Under a condition it may be meant for others."""
    held = lock_at(tree, lock) if lock and not re.search(r"\b(?:if|unless|case|cond|System|targets)\b", text) else None
    for one in found if held is not None else ():
        name = str(one.items[0].text)[1:] if one.items[0] else ""
        if held is not None and name not in held and not one.options.keys() & {"path", "in_umbrella", "compile", "targets"}:
            yield Fact("stale-lock", one.span, f"{lock} lacks {name[:100]}; run `mix deps.get`")
            return


def _dependency(one: Tuple, lock: str) -> Iterator[Reference | Fact]:
    first, options = one.items[0], one.options
    name = str(first.text)[1:].strip('"') if first else "?"
    artifact = Artifact("hex", name[:200])
    if options.keys() & {"path", "in_umbrella"}:
        yield Reference(artifact, "", (), "local", one.span, "package", "a folder of this repository or machine")
    elif options.keys() & {"git", "github"}:
        yield from _repository(name, one, lock)
    elif len(one.items) < 2:
        yield Reference(artifact, "", (), "floating", one.span, "package", "any version will do", lock or _USER)
    else:
        asked = one.items[1]
        if asked is None or asked.kind != "text" or asked.text is None:
            yield Reference(artifact, "", (), "unknown", one.span, "package", "the file computes its version", lock)
        else:
            verdict, why = requirement_verdict(asked.text)
            yield Reference(artifact, asked.text[:200], (), verdict, asked.span, "package", why, lock or _USER)


def _repository(name: str, one: Tuple, lock: str) -> Iterator[Reference | Fact]:
    token = one.options.get("git") or one.options.get("github")
    if token is None or token.text is None or token.kind != "text":
        artifact = Artifact("hex", name[:200])
        yield Reference(artifact, "", (), "unknown", one.span, "package", "the file computes its repository", lock)
        return
    address = token.text if "git" in one.options else f"https://github.com/{token.text}"
    if is_insecure(address):
        yield Fact("insecure-transport", token.span, f"{name[:100]} is cloned from {without_credentials(address)} without TLS")
    artifact = Artifact("git", repository_name(address), without_credentials(address))
    key = next((key for key in ("ref", "tag", "branch") if key in one.options), "")
    at = one.options.get(key)
    if _local(address):
        yield Reference(artifact, "", (), "local", token.span, "package", "a repository on this machine")
    elif key and (at is None or at.text is None or at.kind != "text"):
        yield Reference(artifact, "", (), "unknown", token.span, "package", "the file computes its commit", lock)
    else:
        text = str(at.text) if at else ""
        verdict, digests, why = ref_verdict(text, artifact.name)
        if key == "tag":
            verdict, digests, why = "tag", (), ""
        elif key == "branch":
            verdict, digests, why = "floating", (), f"{text[:80]} is a branch, which moves with every push"
        digests = () if lock and verdict != "digest" else digests
        yield Reference(artifact, text, digests, verdict, at.span if at else token.span, "package", why, lock)
