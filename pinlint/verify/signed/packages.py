"""Attestations of packages: what npm's registries and Python's indexes publish, as bundles, and what in them contradicts itself.

Source: npm's documentation of provenance (subject: purl and sha512 of the tarball), PEP 740 (attestations, publishers). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from pinlint.verify.sigstore.bundle import parsed
from pinlint.verify.sigstore.certificate import Certificate
from pinlint.verify.sigstore.outcomes import Refused

__all__ = ["Attestation", "of_file", "of_version", "publishes", "same_repository", "subject"]

_V03 = "application/vnd.dev.sigstore.bundle.v0.3+json"
_SLSA = "https://slsa.dev/provenance/"
_GITHUB, _GITLAB, _GOOGLE = "https://token.actions.githubusercontent.com", "https://gitlab.com", "https://accounts.google.com"
#: Attestations of one file or version that are looked at.
_MOST = 20


class Attestation(NamedTuple):
    """A bundle, and the publisher that the index gives for it, {} where it gives none."""

    bundle: Any
    publisher: dict[str, Any]


def of_version(body: bytes) -> Iterator[Attestation]:
    """The provenance of a version in an answer of npm's; what is signed with the registry's own key says nothing of a source.
    Raises Refused for what is no such answer."""
    for one in _entries(parsed(body), "attestations"):
        if str(one.get("predicateType")).startswith(_SLSA):
            yield Attestation(one.get("bundle"), {})


def of_file(body: bytes) -> Iterator[Attestation]:
    """The attestations of a file in an answer of an index (PEP 740). Raises Refused for what is no such answer."""
    for some in _entries(parsed(body), "attestation_bundles"):
        publisher = some.get("publisher")
        for one in _entries(some, "attestations"):
            material, envelope = (
                found if isinstance(found := one.get(key), dict) else {} for key in ("verification_material", "envelope")
            )
            if one.get("version") != 1:
                continue
            signed = {
                "payload": envelope.get("statement"), "payloadType": "application/vnd.in-toto+json",
                "signatures": [{"sig": envelope.get("signature")}],
            }  # fmt: skip
            proof = {"certificate": {"rawBytes": material.get("certificate")}, "tlogEntries": material.get("transparency_entries")}
            bundle = {"mediaType": _V03, "verificationMaterial": proof, "dsseEnvelope": signed}
            yield Attestation(bundle, publisher if isinstance(publisher, dict) else {})


def _entries(document: object, key: str) -> list[dict[str, Any]]:
    found = document.get(key) if isinstance(document, dict) else None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Refused("it is no answer with attestations")
    return found[:_MOST]


def _table(document: dict[str, Any], key: str) -> dict[str, Any]:
    found = document.get(key)
    return found if isinstance(found, dict) else {}


def subject(name: str, version: str) -> str:
    """What npm's statements call a version of a package."""
    return f"pkg:npm/{quote(name, safe='/')}@{version}"


def publishes(publisher: dict[str, Any], leaf: Certificate) -> bool | None:
    """Whether who signed is the publisher that an index gives; None for a kind of publisher that is not known here."""
    kind, repository = publisher.get("kind"), str(publisher.get("repository") or "")
    source, config = leaf.claims.get(12, ""), leaf.claims.get(18, "")
    if kind == "GitHub":
        address = f"https://github.com/{repository}"
        named = f"{address}/.github/workflows/{publisher.get('workflow')}@"
        built = not config or config.lower().startswith(named.lower())
        return leaf.issuer == _GITHUB and bool(repository) and source.lower() == address.lower() and built
    if kind == "GitLab":
        address = f"https://gitlab.com/{repository}"
        built = not config or config.startswith(f"{address}//{publisher.get('workflow_filepath')}@")
        return leaf.issuer == _GITLAB and bool(repository) and source == address and built
    if kind == "Google":
        return leaf.issuer == _GOOGLE and publisher.get("email") in leaf.names
    return None


def same_repository(written: str, source: str) -> bool | None:
    """Whether the address of a repository in a package is the source that a certificate names; None where nobody can tell, because
    it is none of a repository. Source: npm's package.json (shorthands), hosted-git-info."""
    here, there = _repository(written), _repository(source)
    return here == there if here and there else None


def _repository(text: str) -> str:
    """`host/owner/repository` of an address in any of its forms, in small letters; "" for what is none."""
    text = text.strip().partition("#")[0].removeprefix("git+")
    short = re.fullmatch(r"(?:(github|gitlab|bitbucket):)?([\w.-]+/[\w.-]+)", text)
    if short and not text.startswith((".", "/")):
        hosts = {"gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}
        return f"{hosts.get(short[1], 'github.com')}/{short[2]}".removesuffix(".git").lower()
    if scp := re.fullmatch(r"[\w.-]+@([\w.-]+):([^:]+)", text):
        text = f"ssh://{scp[1]}/{scp[2]}"
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    path = re.sub(r"/+", "/", parts.path).strip("/").removesuffix(".git")
    if host == "github.com":
        path = "/".join(path.split("/")[:2])  # a folder within it
    return f"{host}/{path}".lower() if host and path.count("/") else ""
