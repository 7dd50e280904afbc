"""PDM's locks: their packages, and whether a lock's `content_hash` is that of its pyproject.toml.

Source: PDM, project/project_file.py (`content_hash`) and project/lockfile/pdmlock.py (which versions it reads). What is hashed
has changed; a lock is out of step only if no version of PDM would have written its hash. Newer locks hold their inputs instead, and
those of a workspace hash its members, too: neither is judged.
"""

from collections.abc import Iterator
from typing import Any

from pinlint.ecosystems.pypi.names import normalise
from pinlint.model import KeyPath
from pinlint.semantics.python_locks import Locked, content_hash, table, tables

__all__ = ["compared", "disagreements", "entries", "refusal"]

_Table = dict[str, Any]


def refusal(lock: _Table) -> str:
    """Why this is no lock that PDM and pinlint both understand, "" where it is one."""
    metadata = table(lock.get("metadata"))
    version = metadata.get("lock_version")
    if version is None and not metadata:
        return "it has no metadata"
    major = str(version if version is not None else "3").partition(".")[0]
    if major not in ("2", "3", "4"):
        return f"it has lock_version {str(version)[:20]}, and pinlint reads 2 to 4"
    unnamed = any(not isinstance(one.get("name"), str) for _, one in tables(lock.get("package")))
    return "it has a package without a name" if unnamed else ""


def entries(lock: _Table) -> list[Locked]:
    """The packages of a lock, one with extras only once."""
    older = table(table(lock.get("metadata")).get("files"))
    found: dict[tuple[Any, ...], Locked] = {}
    for number, package in tables(lock.get("package")):
        if isinstance(package.get("name"), str):
            one = _locked(number, package, older)
            key = one._replace(place=KeyPath(()), hashes=())
            if key not in found or not any(found[key].hashes):
                found[key] = one
    return list(found.values())


def _locked(number: int, package: _Table, older: _Table) -> Locked:
    said = {key: value for key, value in package.items() if isinstance(value, str)}
    version = said.get("version", "")
    entry = Locked(KeyPath(("package", number, "name"), "value"), package["name"], version)
    if "git" in said:
        return entry._replace(repository=said["git"], commit=said.get("revision") or said.get("ref", ""))
    if "path" in said or package.get("editable") is True:
        return entry._replace(local="a path of this repository or machine")
    files = package.get("files")
    if not isinstance(files, list):
        files = next(
            (older[key] for key in (f"{package['name']} {version}", package["name"]) if isinstance(older.get(key), list)), []
        )
    hashes = tuple(str(one.get("hash") or "") for one in files if isinstance(one, dict))
    if "url" in said:
        return entry._replace(url=said["url"].partition("#")[0], hashes=hashes)
    return entry._replace(hashes=hashes)


def compared(lock: _Table) -> _Table:
    """What of a lock is compared with manifests."""
    return {key: one for key, one in table(lock.get("metadata")).items() if key != "files"}


def disagreements(lock: _Table, manifest: _Table, folder: str) -> list[str]:  # noqa: ARG001
    """That the lock is of another manifest, in words that can follow its name; nothing where that cannot be told."""
    pdm = table(table(manifest.get("tool")).get("pdm"))
    written = lock.get("content_hash")
    if "lock_inputs" in lock or "workspace" in pdm or not isinstance(written, str) or "project" not in manifest:
        return []
    if not str(lock.get("lock_version")).startswith("4"):  # today's PDM writes an older one anew in any case
        return []
    algorithm, _, digits = written.rpartition(":")
    if algorithm not in ("sha256", "") or any(content_hash(content) == digits for content in _contents(manifest, pdm)):
        return []
    return ["is not that of this pyproject.toml: its content_hash is another"]


def _contents(manifest: _Table, pdm: _Table) -> Iterator[_Table]:
    """What versions of PDM hash, newest first."""
    project, resolution = table(manifest.get("project")), table(pdm.get("resolution"))
    for groups in _groups(manifest, pdm):
        common = {
            "dependencies": project.get("dependencies", []),
            "dev-dependencies": groups,
            "optional-dependencies": project.get("optional-dependencies", {}),
            "requires-python": project.get("requires-python", ""),
        }
        for sources in (pdm.get("source", []), *((pdm["sources"],) if "sources" in pdm else ())):
            yield {**common, "sources": sources, "resolution": resolution}
            yield {**common, "sources": sources, "overrides": resolution.get("overrides", {})}
            yield {**common, "sources": sources}


def _groups(manifest: _Table, pdm: _Table) -> Iterator[_Table]:
    """The development groups as versions of PDM see them: with the standard's or without, their names as written or not."""
    own, standard = table(pdm.get("dev-dependencies")), table(manifest.get("dependency-groups"))
    merged: dict[str, list[Any]] = {}
    for groups in (standard, own):
        for name, some in groups.items():
            merged.setdefault(normalise(name), []).extend(some if isinstance(some, list) else [])
    yield merged
    if standard or list(own) != list(merged):
        yield own
