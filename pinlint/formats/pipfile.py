"""pipenv's Pipfile: what an application asks for, by category, and from which indexes. Its Pipfile.lock settles the ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.pypi.names import address
from pinlint.ecosystems.url.names import is_insecure
from pinlint.model import Fact, KeyPath
from pinlint.semantics.pipfile_locks import groups
from pinlint.semantics.python_locks import tables
from pinlint.semantics.python_manifests import Places, insecure, mendable, of_poetry
from pinlint.semantics.python_settled import lock_of_pipfile, settled, stale
from pinlint.syntax.toml_values import Unparsable, load
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pinlint.model import Reference
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

#: Beside one of these a Pipfile only says what the developers of a package install.
_PACKAGES = ("setup.py", "setup.cfg", "pyproject.toml")


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Everything that is asked for. What no lock settles comes before the fact that one is missing or stale, which stands for the
    rest."""
    pipfile = load(document.text)
    if isinstance(pipfile, Unparsable):
        raise Unparsable(f"it is no TOML: {pipfile}", 0)
    where = Places(document.text)
    found = lock_of_pipfile(document.path, tree)
    locked = tree.exists(join(document.path, "Pipfile.lock"))
    asked = settled([mendable(one, document.text, locked=locked) for one in _asked(pipfile, where)], found)
    yield from (one for one in asked if not one.settled_by)
    yield from (fact for one in asked if (fact := insecure(one)))
    yield from _sources(pipfile)
    yield from stale(pipfile, found)
    if not locked and not any(tree.exists(join(document.path, one)) for one in _PACKAGES):
        loose = next((one for one in asked if one.artifact.kind == "pypi" and one.verdict in ("range", "floating")), None)
        if loose is not None:
            yield Fact("missing-lock", loose.span, "no Pipfile.lock settles its versions: run `pipenv lock` and commit the lock")
    yield from (one for one in asked if one.settled_by)


def _asked(pipfile: dict[str, Any], where: Places) -> Iterator[Reference]:
    for group, packages in groups(pipfile).items():
        role = "project dependency" if group == "packages" else "group dependency"
        for name, asked in packages.items():
            keys = (group, name)
            yield of_poetry(name, asked, where.below(keys, asked), where(keys, asked), role)


def _sources(pipfile: dict[str, Any]) -> Iterator[Fact]:
    for number, source in tables(pipfile.get("source")):
        url = str(source.get("url") or "")
        if is_insecure(url):
            place = KeyPath(("source", number, "url"), "value")
            yield Fact("insecure-transport", place, f"{address(url)[:200]} is asked without TLS")
        elif source.get("verify_ssl") is False:
            place = KeyPath(("source", number, "verify_ssl"), "value")
            yield Fact("insecure-transport", place, f"the certificate of {address(url)[:200]} is not checked")
