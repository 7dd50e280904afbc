"""Poetry's locks: their packages in four generations, and whether a lock's `content-hash` is that of its pyproject.toml.

Source: Poetry, packages/locker.py. What is hashed has changed; a lock is out of step only if no version of it would have written
its hash.
"""

from collections.abc import Iterator
from typing import Any

from pinlint.model import KeyPath
from pinlint.semantics.python_locks import Locked, content_hash, table, tables

__all__ = ["compared", "disagreements", "entries", "refusal"]

_Table = dict[str, Any]
_LEGACY = ("dependencies", "source", "extras", "dev-dependencies")
_GROUPED = (*_LEGACY, "group")
_PROJECT = ("requires-python", "dependencies", "optional-dependencies")
#: The version of locks that came with Poetry 2.0, the first that reads the table `project`.
_SINCE_PROJECT = "2.1"
_DIRECTORY = "a directory of this repository or machine"
_FILE = "an archive that lies in this repository or on this machine"


def refusal(lock: _Table) -> str:
    """Why this is no lock that Poetry and pinlint both understand, "" where it is one."""
    metadata = lock.get("metadata")
    if not isinstance(metadata, dict):
        return "it has no metadata"
    version = str(metadata.get("lock-version", "1.0"))
    if version.partition(".")[0] not in ("1", "2"):
        return f"it has lock-version {version[:20]}, and pinlint reads 1 and 2"
    for number, package in tables(lock.get("package")):
        if why := _unreadable(package, old="files" in metadata or "hashes" in metadata):
            return f"package {str(package.get('name') or number)[:60]} {why}"
    return ""


def _unreadable(package: _Table, *, old: bool) -> str:
    if not isinstance(package.get("name"), str) or not isinstance(package.get("version"), str):
        return "has no name or version"
    files = package.get("files")
    if not isinstance(files, list):
        return "" if old else "has no list of files, and Poetry refuses it"
    broken = not all(isinstance(one, dict) and isinstance(one.get("hash"), str) for one in files)
    return "has a file without a hash, and Poetry refuses it" if broken else ""


def entries(lock: _Table) -> list[Locked]:
    """The packages of a lock."""
    metadata = table(lock.get("metadata"))
    found = []
    for number, package in tables(lock.get("package")):
        if isinstance(package.get("name"), str) and isinstance(package.get("version"), str):
            found.append(_locked(number, package, metadata))
    return found


def _locked(number: int, package: _Table, metadata: _Table) -> Locked:
    source = {key: value for key, value in table(package.get("source")).items() if isinstance(value, str)}
    kind, url = source.get("type", ""), source.get("url", "")
    entry = Locked(KeyPath(("package", number, "name"), "value"), package["name"], package["version"])
    if kind == "git":
        return entry._replace(repository=url, commit=source.get("resolved_reference") or source.get("reference", ""))
    if kind in ("directory", "file"):
        return entry._replace(local=_DIRECTORY if kind == "directory" else _FILE)
    hashes = tuple(_hashes(package, metadata))
    if kind == "url":
        return entry._replace(url=url, hashes=hashes)
    return entry._replace(source=url, hashes=hashes)


def _hashes(package: _Table, metadata: _Table) -> Iterator[str]:
    """The hashes of a package's files: its own, or those that older locks keep below `[metadata.files]` or `[metadata.hashes]`."""
    name = package["name"]
    files = package.get("files")
    if not isinstance(files, list):
        files = table(metadata.get("files")).get(name)
    if isinstance(files, list):
        yield from (str(one.get("hash") or "") for one in files if isinstance(one, dict))
        return
    oldest = table(metadata.get("hashes")).get(name)
    if isinstance(oldest, list):
        yield from (f"sha256:{one}" for one in oldest if isinstance(one, str))


def compared(lock: _Table) -> _Table:
    """What of a lock is compared with manifests."""
    metadata = table(lock.get("metadata"))
    return {key: metadata.get(key) for key in ("content-hash", "lock-version")}


def disagreements(lock: _Table, manifest: _Table, folder: str) -> list[str]:  # noqa: ARG001
    """That the lock is of another manifest, in words that can follow its name; nothing where it is of this one."""
    written = lock["content-hash"]
    if not ("project" in manifest or "poetry" in table(manifest.get("tool"))):
        return []
    if not isinstance(written, str):
        return ["has no content-hash, so nothing ties it to its pyproject.toml"]
    knows_project = lock["lock-version"] == _SINCE_PROJECT
    if any(content_hash(content) == written for content in _contents(manifest, knows_project=knows_project)):
        return []
    return ["is not that of this pyproject.toml: its content-hash is another"]


def _contents(manifest: _Table, *, knows_project: bool) -> Iterator[_Table]:
    """What versions of Poetry hash, newest first; those alone that know the table `project`, if they do."""
    poetry, project = table(table(manifest.get("tool")).get("poetry")), table(manifest.get("project"))
    groups = table(manifest.get("dependency-groups"))
    tool = {key: poetry[key] for key in _GROUPED if poetry.get(key) is not None}
    of_project = {key: project[key] for key in _PROJECT if project.get(key) is not None}
    if of_project or groups:
        parts = {"project": of_project, "dependency-groups": groups, "tool": {"poetry": tool}}
        yield {key: value for key, value in parts.items() if value}
    if of_project and groups:
        yield {"project": of_project, "tool": {"poetry": tool}}
    if of_project and knows_project:
        return
    legacy = {key: poetry.get(key) for key in _LEGACY}
    yield {**legacy, "group": poetry["group"]} if poetry.get("group") is not None else legacy
