"""What conda-lock, pixi and explicit lists have in common: addresses of packages, conda's and Python's, each with its hashes.

Knows how firm such an entry is; must not know how a lock spells it.
"""

from collections.abc import Iterator
from typing import NamedTuple

from pinlint.ecosystems.conda.names import package
from pinlint.ecosystems.git.names import ref_verdict, repository_name
from pinlint.ecosystems.pypi.hashes import grade
from pinlint.ecosystems.pypi.names import normalise, without_secrets
from pinlint.ecosystems.pypi.revisions import repository
from pinlint.ecosystems.url.names import is_insecure, origin, without_credentials
from pinlint.model import STRENGTH, Artifact, Fact, Place, Reference

__all__ = ["Entry", "judged"]

ROLE = "locked package"
_LONGEST = 200


class Entry(NamedTuple):
    """An entry of a lock: its place, its kind, what the lock calls it ("" where only the address does), its address, and its hashes
    as `algorithm:digits`."""

    place: Place
    kind: str
    address: str
    hashes: tuple[str, ...]
    name: str = ""
    version: str = ""


def judged(entries: list[Entry], tool: str) -> Iterator[Reference | Fact]:
    """Every entry, and the first of each origin that is asked without TLS."""
    seen: set[str] = set()
    for entry in entries:
        yield _reference(entry, tool)
        address = entry.address.removeprefix("git+").removeprefix("direct+")
        start = origin(address)
        if start and start not in seen and is_insecure(address):
            seen.add(start)
            yield Fact("insecure-transport", entry.place, f"{start} is asked without TLS")


def _reference(entry: Entry, tool: str) -> Reference:
    address = entry.address.removeprefix("direct+")
    name = normalise(entry.name) if entry.kind == "pypi" else entry.name.lower()
    if "://" not in address or address.startswith("file:"):
        why = "it lies in this repository or on this machine"
        return Reference(Artifact(entry.kind, name or address[:_LONGEST]), entry.version, (), "local", entry.place, ROLE, why)
    if address.startswith("git+"):
        url, _, commit = address[4:].partition("#")
        url = url.partition("?")[0]
        if revision := repository(url).raw:
            url = url.removesuffix(f"@{revision}")
        artifact = Artifact("git", repository_name(url), without_secrets(url))
        verdict, digests, why = ref_verdict(commit, artifact.name)
        return Reference(artifact, commit, digests, verdict, entry.place, "locked repository", why)
    verdict, why = max((grade(one) for one in entry.hashes), key=lambda one: STRENGTH[one[0]], default=("version", ""))
    digests = entry.hashes
    if not entry.hashes:
        why = f"no hash, so {tool} installs what the server sends"
    found = package(address) if entry.kind == "conda" else None
    if found is not None:
        artifact = Artifact("conda", name or found.name, without_credentials(found.channel))
        return Reference(artifact, entry.version or found.version, digests, verdict, entry.place, ROLE, why)
    if not name:  # an archive that no index names
        verdict = "floating" if verdict == "version" else verdict
        return Reference(Artifact("url", without_secrets(address)), "", digests, verdict, entry.place, "locked archive", why)
    return Reference(Artifact(entry.kind, name, origin(address)), entry.version, digests, verdict, entry.place, ROLE, why)
