"""What a lock of any JavaScript package manager says about one package: where it comes from, and what its bytes are checked by.

Knows integrity values, addresses and commits; must not know how any lock is written.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pinlint.ecosystems.npm.names import archive_commit, git_verdict, integrity_verdict, is_insecure_git, is_public, specifier
from pinlint.ecosystems.url.names import is_insecure, local_host, origin, without_credentials
from pinlint.model import Artifact, Fact, Place, Reference

__all__ = ["Locked", "conflict", "plain_origin", "transport"]

#: What stands where two versions of a file were not brought together.
conflict = re.compile(r"^<{7}(?!<)", re.MULTILINE).search


class Locked(NamedTuple):
    """A package of a lock: who installs it ("yarn"), where a finding points, its name and version, as what it is asked for."""

    tool: str
    place: Place
    name: str
    version: str
    role: str = "locked package"

    def reference(self, verdict: str, why: str, digests: tuple[str, ...] = (), source: str = "") -> Reference:
        return Reference(Artifact("npm", self.name, source), self.version, digests, verdict, self.place, self.role, why)

    def local(self, why: str, role: str) -> Reference:
        return self._replace(role=role).reference("local", why)

    def by_commit(self, ref: str, source: str) -> Reference:
        """A git repository, which is as firm as the commit that is named."""
        verdict, commit, why = git_verdict(ref)
        return self.reference(verdict, why.replace("npm installs", f"{self.tool} installs"), (commit,) if commit else (), source)

    def by_integrity(self, integrity: str, source: str, *, by_url: bool = False) -> Reference:
        """A tarball, which is as firm as its integrity; `by_url` is whether its address may serve any version."""
        if not integrity:
            return self.unchecked(source, by_url=by_url)
        verdict, why = integrity_verdict(integrity)
        why = why.replace("npm knows, so npm checks nothing", f"{self.tool} knows")
        return self.reference("floating" if verdict == "version" and by_url else verdict, why, (integrity,), source)

    def unchecked(self, source: str, *, by_url: bool = False) -> Reference:
        """A tarball that nothing is known of."""
        if by_url:
            return self.reference("floating", f"no integrity hash, so {self.tool} installs whatever the URL serves", source=source)
        return self.reference("version", f"no integrity hash, so nothing says which bytes {self.tool} may install", source=source)

    def at(self, address: str, integrity: str) -> Reference:
        """What lies at an address: a commit of a git host, a repository, or a tarball."""
        if commit := archive_commit(address):
            return self.reference("digest", "", (commit,), origin(address))
        kind, ref = specifier(address)
        if kind == "git" or address.partition("#")[0].endswith(".git"):
            return self.by_commit(ref or address.partition("#")[2], origin(address))
        return self.by_integrity(integrity, origin(address), by_url=True)


def plain_origin(start: str) -> str:
    """The origin of addresses that begin with `start`, if each is a file that comes over TLS and from elsewhere; else ""."""
    plain = start.startswith("https://") and specifier(start + "/a/b").kind == "remote" and not local_host(start.partition("//")[2])
    return origin(start) if plain else ""


def transport(name: str, address: str, place: Place) -> Iterator[Fact]:
    """What is wrong with the way a package comes. The public registry stands for whichever is configured."""
    source = origin(address)
    if not source.startswith(("http:", "https:", "git:", "ftp:")):
        return
    if local_host(host := source.partition("//")[2]):
        why = f"{name} comes from {host}, which is another server, or none, on every other machine"
        yield Fact("unexpected-host", place, why)
    elif (is_insecure_git if specifier(address).kind == "git" else is_insecure)(address) and not is_public(source):
        yield Fact("insecure-transport", place, f"{name} is fetched from {without_credentials(source)} without TLS")
