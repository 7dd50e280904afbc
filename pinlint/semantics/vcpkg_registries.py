"""Registries of vcpkg, as vcpkg.json and vcpkg-configuration.json name them: each with the commit that all versions are chosen by.

Must not know where a file holds them. Source: learn.microsoft.com/vcpkg, "vcpkg-configuration.json".
"""

from collections.abc import Iterator
from typing import Any

from pinlint.ecosystems.git.names import repository_name
from pinlint.ecosystems.url.names import is_insecure, origin, without_credentials
from pinlint.ecosystems.vcpkg.names import baseline_verdict
from pinlint.model import Artifact, Fact, KeyPath, Reference

__all__ = ["BUILTIN", "baseline", "registries"]

#: Where the registry comes from that is built in.
BUILTIN = "https://github.com/microsoft/vcpkg"
_Keys = tuple[str | int, ...]


def registries(configuration: dict[str, Any], above: _Keys = ()) -> Iterator[Reference | Fact]:
    """The default registry and all others."""
    if isinstance(one := configuration.get("default-registry"), dict):
        yield from _registry(one, (*above, "default-registry"))
    listed = configuration.get("registries")
    for number, one in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(one, dict):
            yield from _registry(one, (*above, "registries", number))


def baseline(repository: str, commit: str, place: KeyPath) -> Reference:
    """The reference of a registry at a commit."""
    verdict, digests, why = baseline_verdict(commit)
    artifact = Artifact("git", repository_name(repository), without_credentials(repository))
    return Reference(artifact, commit[:200], digests, verdict, place, "registry", why, refused=verdict == "unknown")


def _registry(one: dict[str, Any], keys: _Keys) -> Iterator[Reference | Fact]:
    said = {key: value for key, value in one.items() if isinstance(value, str)}
    kind, address = said.get("kind", ""), said.get("repository", "") or said.get("location", "")
    where = "repository" if "repository" in said else "location"
    if is_insecure(address):
        told = f"the registry {without_credentials(address)} is fetched without TLS"
        yield Fact("insecure-transport", KeyPath((*keys, where), "value"), told)
    if kind == "filesystem":
        artifact = Artifact("vcpkg", said.get("path", "?")[:200])
        yield Reference(artifact, "", (), "local", KeyPath(keys), "registry", "a folder of this machine or repository")
    elif kind in ("git", "builtin"):
        repository = address if kind == "git" else BUILTIN
        if "baseline" in said:
            yield baseline(repository, said["baseline"], KeyPath((*keys, "baseline"), "value"))
        else:
            artifact = Artifact("git", repository_name(repository), without_credentials(repository))
            why = "it has no baseline, so vcpkg refuses it"
            yield Reference(artifact, "", (), "unknown", KeyPath(keys), "registry", why, refused=True)
    elif kind == "artifact":
        artifact = Artifact("vcpkg", without_credentials(address)[:300], origin(address))
        yield Reference(artifact, "", (), "floating", KeyPath((*keys, where), "value"), "registry of artifacts")
