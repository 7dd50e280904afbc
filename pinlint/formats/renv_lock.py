"""renv.lock: every package of R with its version, or the commit of its repository.

`Hash` is of some fields of the description of a package, and says nothing of its bytes. Source: rstudio/renv, its vignette on
lockfiles and R/hash.R.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pinlint.ecosystems.cran.names import commit
from pinlint.ecosystems.git.names import ref_verdict
from pinlint.ecosystems.url.names import is_insecure, origin, url_verdict, without_credentials
from pinlint.model import Artifact, Fact, KeyPath, Reference, Span
from pinlint.syntax.json import Unparsable, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_ROLE = "locked package"
_SNAPSHOT = "run `renv::snapshot()`"
_HOSTS = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}
_conflict = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE).search


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every package; a fact for each server that is asked without TLS."""
    text = document.text
    if found := _conflict(text):
        yield Fact("unreadable-lock", Span(*found.span()), f"it holds merge-conflict markers; take either side, then {_SNAPSHOT}")
        return
    lock = load(text)
    if isinstance(lock, Unparsable):
        at = min(lock.offset, len(text))
        yield Fact("unreadable-lock", Span(at, min(at + 1, len(text))), f"{lock.reason}; {_SNAPSHOT}")
        return
    packages = lock.get("Packages") if isinstance(lock, dict) else None
    if not isinstance(lock, dict) or not (isinstance(packages, dict) or ("R" in lock and not packages)):
        yield Fact("unreadable-lock", Span(0, min(1, len(text))), f"it has no packages; {_SNAPSHOT}")
        return
    yield from _servers(lock)
    for name, entry in packages.items() if isinstance(packages, dict) else ():
        if isinstance(entry, dict):
            yield _reference(name, entry)


def _servers(lock: dict[str, Any]) -> Iterator[Fact]:
    of_r = lock.get("R")
    listed = of_r.get("Repositories") if isinstance(of_r, dict) else None
    for number, one in enumerate(listed if isinstance(listed, list) else ()):
        address = one.get("URL") if isinstance(one, dict) else None
        if isinstance(address, str) and is_insecure(address):
            told = f"packages are fetched from {without_credentials(address)} without TLS"
            yield Fact("insecure-transport", KeyPath(("R", "Repositories", number, "URL"), "value"), told)


def _reference(name: str, entry: dict[str, Any]) -> Reference:
    said = {key: value for key, value in entry.items() if isinstance(value, str)}
    place, version = KeyPath(("Packages", name)), said.get("Version", "")
    source, remote = said.get("Source", "").lower(), said.get("RemoteType", "").lower()
    artifact = Artifact("cran", name[:200])
    if source == "local" or remote == "local":
        return Reference(artifact, version, (), "local", place, _ROLE, "a folder of this repository or machine")
    sha = said.get("RemoteSha", "")
    if commit(sha):
        return Reference(artifact, version, (sha,), "digest", place, _ROLE)
    if "url" in (source, remote) and said.get("RemoteUrl"):
        address = said["RemoteUrl"]
        verdict, why = url_verdict(address)
        return Reference(Artifact("url", without_credentials(address), origin(address)), "", (), verdict, place, _ROLE, why)
    if source in (*_HOSTS, "git", "git2r"):
        path = f"{_HOSTS.get(source, 'git')}/{said.get('RemoteUsername', '')}/{said.get('RemoteRepo', name)}"
        verdict, digests, why = ref_verdict(said.get("RemoteRef", ""))
        return Reference(Artifact("git", path[:300]), said.get("RemoteRef", ""), digests, verdict, place, _ROLE, why)
    return Reference(artifact, version, (), "version" if version else "floating", place, _ROLE)
