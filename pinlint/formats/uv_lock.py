"""uv's lock of a project, a workspace or a script: every package with its files. The manifest is judged beside it.

Source: uv, crates/uv-resolver/src/lock/mod.rs: what a source is called, which must have a hash (`requires_hash`), what is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinlint.model import Fact, KeyPath
from pinlint.semantics.python_locks import Locked, Written, insecure, judged, table, tables, toml, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Reference
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_SOURCES = ("registry", "git", "url", "path", "directory", "editable", "virtual")
_LOCAL = {
    "path": "an archive that lies in this repository or on this machine",
    "directory": "a directory of this repository or machine",
    "editable": "a project of this repository or machine",
    "virtual": "the project itself, which is not installed",
}


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every package, and what of the lock uv would refuse or install unchecked."""
    written = Written("uv", _command(document.path))
    lock = toml(document.text, written)
    if isinstance(lock, Fact):
        yield lock
        return
    if lock.get("version") != 1:
        found = f"version {str(lock['version'])[:20]}" if "version" in lock else "no version"
        yield unreadable(document.text, f"it has {found}, and pinlint reads version 1", written)
        return
    packages = list(tables(lock.get("package")))
    if bad := next((number for number, one in packages if not _readable(one)), None):
        why = f"a package without a name or a source that uv knows: it refuses the lock; run `{written.command}`"
        yield Fact("unreadable-lock", KeyPath(("package", bad)), why)
    entries = [_locked(number, one) for number, one in packages if _readable(one)]
    yield from judged(entries, written)
    yield from insecure(entries)


def _command(path: str) -> str:
    """What writes the lock anew; that of a script lies beside it, `.lock` behind its name."""
    name = path.rpartition("/")[2]
    return "uv lock" if name == "uv.lock" else f"uv lock --script {name.removesuffix('.lock')}"


def _readable(package: dict[str, Any]) -> bool:
    source = table(package.get("source"))
    known = [key for key in _SOURCES if isinstance(source.get(key), str)]
    return isinstance(package.get("name"), str) and len(known) == 1 and isinstance(package.get("version", ""), str)


def _locked(number: int, package: dict[str, Any]) -> Locked:
    source = package["source"]
    kind = next(key for key in _SOURCES if isinstance(source.get(key), str))
    where: str = source[kind]
    entry = Locked(KeyPath(("package", number, "name"), "value"), package["name"], package.get("version", ""))
    if kind in _LOCAL:
        return entry._replace(local=_LOCAL[kind])
    if kind == "git":
        address, _, commit = where.partition("#")
        return entry._replace(repository=address.partition("?")[0], commit=commit)
    files = [table(package.get("sdist"))] if "sdist" in package else []
    files += [one for _, one in tables(package.get("wheels"))]
    if kind == "registry" and "://" not in where:
        return entry._replace(local="its index is a directory of this machine")
    hashes = tuple(str(one.get("hash") or "") for one in files)
    if kind == "url":
        return entry._replace(url=where, hashes=hashes)
    return entry._replace(source=where, hashes=hashes, why="" if files else "it has no file that could be installed")
