"""The standard's locks (PEP 751): their packages. Nothing in them ties them to a manifest."""

from typing import Any

from pinlint.ecosystems.pypi.hashes import grade
from pinlint.model import STRENGTH, KeyPath
from pinlint.semantics.python_locks import Locked, table, tables

__all__ = ["compared", "disagreements", "entries", "refusal"]

_Table = dict[str, Any]


def refusal(lock: _Table) -> str:
    """Why this is no lock that installers and pinlint both understand, "" where it is one."""
    version = lock.get("lock-version")
    if not isinstance(version, str):
        return "it has no lock-version"
    if version.partition(".")[0] != "1":
        return f"it has lock-version {version[:20]}, and pinlint reads 1"
    for number, package in tables(lock.get("packages")):
        if not isinstance(package.get("name"), str):
            return f"package {number + 1} has no name"
        if any(not table(one.get("hashes")) for one in _files(package)):
            return f"package {package['name'][:60]} has a file without hashes, which the standard does not allow"
    return ""


def entries(lock: _Table) -> list[Locked]:
    """The packages of a lock."""
    return [_locked(number, one) for number, one in tables(lock.get("packages")) if isinstance(one.get("name"), str)]


def _files(package: _Table) -> list[_Table]:
    single = [package[key] for key in ("archive", "sdist") if isinstance(package.get(key), dict)]
    return [*single, *(one for _, one in tables(package.get("wheels")))]


def _locked(number: int, package: _Table) -> Locked:
    version, index = package.get("version"), package.get("index")
    place = KeyPath(("packages", number, "name"), "value")
    entry = Locked(place, package["name"], version if isinstance(version, str) else "", index if isinstance(index, str) else "")
    if isinstance(vcs := package.get("vcs"), dict):
        commit = str(vcs.get("commit-id") or "")
        if "url" not in vcs:
            return entry._replace(local="a repository of this machine", source="")
        return entry._replace(repository=str(vcs["url"]), commit=commit, source="")
    if "directory" in package:
        return entry._replace(local="a directory of this repository or machine", source="")
    hashes = tuple(_strongest(table(one.get("hashes"))) for one in _files(package))
    archive = table(package.get("archive"))
    if archive and isinstance(archive.get("url"), str):
        return entry._replace(url=archive["url"], hashes=hashes, source="")
    if archive:
        return entry._replace(local="an archive that lies in this repository or on this machine", source="")
    why = "it has a file without hashes, and the standard allows none" if "" in hashes else "it has no file that could be installed"
    return entry._replace(hashes=hashes, why=why if not all(hashes) or not hashes else "")


def _strongest(hashes: _Table) -> str:
    """The hash that holds a file best: an installer compares all that it knows."""
    found = [f"{algorithm}:{digits}" for algorithm, digits in hashes.items() if isinstance(digits, str)]
    return max(found, key=lambda one: STRENGTH[grade(one)[0]], default="")


def compared(lock: _Table) -> _Table:  # noqa: ARG001
    """What of a lock is compared with manifests."""
    return {}


def disagreements(lock: _Table, manifest: _Table, folder: str) -> list[str]:  # noqa: ARG001
    """Nothing: it cannot be told."""
    return []
