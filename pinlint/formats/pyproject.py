"""pyproject.toml: what builds a project, what it depends on, what its tools install, and where those look for it.

Knows which keys hold requirements, of PEP 518, 621 and 735 and of uv, Poetry, PDM and Hatch; must not know how firm one is. A
library's ranges are right: who installs it decides. Those of an application are settled by the lock of its tool.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinlint.model import Fact, Reference
from pinlint.semantics.python_locks import table
from pinlint.semantics.python_manifests import Places, asked_in, asked_of_uv, insecure, mendable, of_poetry, unparsable
from pinlint.semantics.python_settled import is_locked, locks, missing, settled, stale
from pinlint.semantics.python_sources import source_facts
from pinlint.syntax.toml_values import Unparsable, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

#: Words of which a file holds one if it asks for anything: many hold only what linters are told.
_ASKING = ("requires", "depend", "source", "index", "find-links")
#: What no lock holds, nor notices a change of.
_BUILD = "git build requirement"
_Keys = tuple[str | int, ...]
_Table = dict[str, Any]


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Everything that a project asks for. What no lock settles comes before the fact that one is missing or stale, which stands for
    the rest."""
    if not any(word in document.text for word in _ASKING):
        return
    manifest = load(document.text)
    if isinstance(manifest, Unparsable):
        raise unparsable(document.text, manifest)
    where = Places(document.text)
    found = locks(document.path, tree)
    locked = is_locked(document.path, found, tree)
    wanted = (mendable(one, document.text, locked=locked and one.role != _BUILD) for one in _asked(manifest, where))
    asked = settled(list(wanted), found)
    facts: list[Fact] = list(stale(manifest, found))
    if lock := missing(document.path, manifest, found, tree):
        facts.append(lock)
    yield from (one for one in asked if not one.settled_by)
    yield from (fact for one in asked if (fact := insecure(one)))
    yield from source_facts(manifest, locked=bool(found))
    yield from facts
    yield from (one for one in asked if one.settled_by)


def _asked(manifest: _Table, where: Places) -> Iterator[Reference]:
    yield from asked_in(("build-system", "requires"), manifest, where, "build requirement")
    yield from asked_in(("project", "dependencies"), manifest, where, "project dependency")
    for extra in table(table(manifest.get("project")).get("optional-dependencies")):
        yield from asked_in(("project", "optional-dependencies", extra), manifest, where, "extra dependency")
    for group in table(manifest.get("dependency-groups")):
        yield from asked_in(("dependency-groups", group), manifest, where, "group dependency")
    yield from asked_of_uv(manifest, where)
    yield from _of_poetry(manifest, where)
    for group in table(table(table(manifest.get("tool")).get("pdm")).get("dev-dependencies")):
        yield from asked_in(("tool", "pdm", "dev-dependencies", group), manifest, where, "group dependency")
    for name in table(table(table(manifest.get("tool")).get("hatch")).get("envs")):
        for key in ("dependencies", "extra-dependencies"):
            yield from asked_in(("tool", "hatch", "envs", name, key), manifest, where, "environment dependency")


def _of_poetry(manifest: _Table, where: Places) -> Iterator[Reference]:
    poetry = table(table(manifest.get("tool")).get("poetry"))
    above: _Keys = ("tool", "poetry")
    groups = [((*above, "dependencies"), "project dependency"), ((*above, "dev-dependencies"), "group dependency")]
    groups += [((*above, "group", name, "dependencies"), "group dependency") for name in table(poetry.get("group"))]
    for keys, role in groups:
        value: Any = manifest
        for key in keys:
            value = table(value).get(str(key))
        for name, asked in table(value).items():
            if name.lower() == "python":
                continue
            at = (*keys, name)
            several = [((*at, number), one) for number, one in enumerate(asked)] if isinstance(asked, list) else [(at, asked)]
            for place, one in several:
                yield of_poetry(name, one, where.below(place, one), where(place, one), role)
