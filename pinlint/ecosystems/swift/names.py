"""SwiftPM's grammar: which commit a pin holds.

Packages are repositories, and their names addresses; those of registries have an identity, and nothing in a lock says which bytes
they are. Must not know files. Source: swift-package-manager, PackageGraph/ResolvedPackagesStore.swift and its documentation.
"""

import re

__all__ = ["alike", "checksum_verdict", "purl", "revision_verdict"]

_commit = re.compile(r"[0-9a-fA-F]{40}(?:[0-9a-fA-F]{24})?").fullmatch
_sha256 = re.compile(r"[0-9a-fA-F]{64}").fullmatch


def revision_verdict(revision: str) -> tuple[str, tuple[str, ...], str]:
    """(verdict, digests, why) of the revision of a pin."""
    if _commit(revision):
        return "digest", (revision,), ""
    return "unknown", (), "its pin holds no full commit, so SwiftPM cannot check it out"


def checksum_verdict(checksum: str) -> tuple[str, tuple[str, ...], str]:
    """(verdict, digests, why) of the checksum of a binary target, without which SwiftPM takes none from an address."""
    if _sha256(checksum):
        return "digest", (checksum,), ""
    return "unknown", (), "its checksum has not 64 hex digits, so SwiftPM refuses it" if checksum else "it has no checksum"


def purl(name: str, version: str) -> str:
    """`pkg:swift/HOST/OWNER/NAME@VERSION`; `pkg:generic/SCOPE.NAME@VERSION` of a registry's. Source: purl-spec, type swift."""
    from pinlint.ecosystems.url.purls import package_url  # only the inventory names them

    host, _, path = name.partition("/")
    return package_url("swift" if path and "." in host else "generic", name, version)


def alike(text: str) -> tuple[str, ...]:
    """A name of a policy; () for what has a version or a scheme."""
    return (text,) if text and "@" not in text and "://" not in text else ()
