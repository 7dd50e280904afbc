"""What GitHub keeps of attestations that were not pushed to a registry: bundles by the digest of the artifact.

Source: GitHub's REST API (repository attestations), cli/cli pkg/cmd/attestation. Which repository is asked is said by the policy,
never by an answer; what an answer leads to is asked without the user's token.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from pinlint.ecosystems.git.credentials import authorization
from pinlint.http import Client, loaded
from pinlint.logins import refused, strange
from pinlint.trust import Trust
from pinlint.verify.signed.candidate import Candidate
from pinlint.verify.signed.snappy import decompressed
from pinlint.wire import Failed

__all__ = ["attestations", "repository"]

_HOST, _API = "https://github.com/", "https://api.github.com"
_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_MOST, _LARGEST = 30, 8 << 20
_WHERE = "GitHub's attestations"


def repository(rule: Trust) -> str:
    """The repository on github.com of which a policy speaks in so many words, "owner/name"; "" where it does not."""
    for text in (rule.source, *(signer.identity for signer in rule.signers)):
        parts = text.removeprefix(_HOST).split("/")
        if text.startswith(_HOST) and len(parts) > 1 and all(parts[:2]) and "*" not in "/".join(parts[:2]):
            return "/".join(parts[:2])
    return ""


def attestations(client: Client, place: str, digest: str, *, releases: bool = False) -> list[Candidate]:
    """The attestations of an artifact in a repository, or those that GitHub itself made of a release. Raises Failed."""
    url = f"{_API}/repos/{place}/attestations/{digest}?per_page={_MOST}{'&predicate_type=release' if releases else ''}"
    answer = client.request("GET", url, _HEADERS, secret=authorization("https", "github.com"), largest=_LARGEST)
    if answer.status == 404:
        return []
    if answer.status != 200:
        told = refused("GitHub", answer.status, "set GITHUB_TOKEN")
        raise Failed(told.why, retry=told.retry)
    try:
        listed: Any = loaded(answer.body)["attestations"]
        entries = [one for one in listed[:_MOST] if isinstance(one, dict) and (not releases or one.get("initiator") == "github")]
    except (ValueError, RecursionError, LookupError, TypeError):
        raise Failed(strange("GitHub", "no list of attestations").why) from None
    return [Candidate(_WHERE, digest, _bundle(client, one, url)) for one in entries]


def _bundle(client: Client, entry: dict[str, Any], asked: str) -> Any:
    """The bundle in an entry, or at the address that it names. Raises Failed."""
    if isinstance(entry.get("bundle"), dict):
        return entry["bundle"]
    address = entry.get("bundle_url")
    if not isinstance(address, str) or not address.startswith("https://") or "@" in urlsplit(address).netloc:
        raise Failed("GitHub names an attestation at an address without TLS, or with a login in it")
    answer = client.request("GET", address, largest=_LARGEST, named_by=asked)
    if answer.status != 200:
        raise Failed(refused(f"{urlsplit(address).hostname}", answer.status).why)
    try:
        return loaded(decompressed(answer.body, _LARGEST))
    except (ValueError, RecursionError):
        raise Failed("what GitHub sends as an attestation is none, or is damaged") from None
