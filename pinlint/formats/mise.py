"""mise: the tools that a project is to be worked on with, and the repositories of plugins that install them.

A lock in the folder of the file settles its tools, under a name that follows the file's: mise 2026.9.15 reads the same one.
Source: the manual of mise (configuration, mise.lock, plugins).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinlint.ecosystems.git.names import ref_verdict, repository_name
from pinlint.ecosystems.tool.names import asked, named
from pinlint.ecosystems.url.names import is_insecure, without_credentials
from pinlint.model import Artifact, Fact, KeyPath, Reference
from pinlint.semantics.mise_locks import locked_tools
from pinlint.semantics.python_locks import table
from pinlint.semantics.python_manifests import unparsable
from pinlint.syntax.toml_values import Unparsable, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_PLUGIN = "mise plugin"


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Every tool, those of tasks too, and every plugin."""
    manifest = load(document.text)
    if isinstance(manifest, Unparsable):
        raise unparsable(document.text, manifest)
    lock, held = locked_tools(document.path, tree)
    for keys, tools in _tables(manifest):
        for name, value in tools.items():
            yield from _tool(name, value, (*keys, name), lock if named(name) in held else "")
    for name, address in table(manifest.get("plugins")).items():
        if isinstance(address, str) and address:
            yield from _plugin(address, KeyPath(("plugins", name), "value"))


def _tables(manifest: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    yield ("tools",), table(manifest.get("tools"))
    for name, task in table(manifest.get("tasks")).items():
        yield ("tasks", name, "tools"), table(table(task).get("tools"))


def _tool(name: str, value: Any, keys: tuple[str | int, ...], lock: str) -> Iterator[Reference]:
    several = list(enumerate(value)) if isinstance(value, list) else [(-1, value)]
    for number, one in several:
        at = (*keys, number) if number >= 0 else keys
        version, place = (one.get("version"), (*at, "version")) if isinstance(one, dict) else (one, at)
        if isinstance(version, (str, int, float)) and not isinstance(version, bool):
            text = str(version) if not isinstance(version, int) or version.bit_length() < 64 else "?"
            verdict, digests, role, why = asked(text.strip())
            settled = lock if verdict not in ("local", "unknown", "digest") else ""
            yield Reference(Artifact("tool", named(name)), text, digests, verdict, KeyPath(place, "value"), role, why, settled)


def _plugin(address: str, place: KeyPath) -> Iterator[Reference | Fact]:
    """A plugin's repository, at the ref behind `#`."""
    where, _, ref = address.partition("#")
    if is_insecure(where):
        yield Fact("insecure-transport", place, f"{without_credentials(where)[:200]} is fetched without TLS")
    artifact = Artifact("git", repository_name(where), without_credentials(where))
    verdict, digests, why = ref_verdict(ref, artifact.name)
    yield Reference(artifact, ref, digests, verdict, place, _PLUGIN, why)
