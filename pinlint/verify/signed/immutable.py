"""What GitHub's statement about a release is worth: who made it, and whether it is about this repository, commit and version.

Pure. Source: cli/cli pkg/cmd/release; in-toto, the release predicate. The instance that signs has no log, only timestamps.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any
from urllib.parse import unquote

from pinlint.trust import Trust
from pinlint.verify.evidence import INVALID, MISSING, NOT_TRUSTED, TRUE, UNKNOWN, Evidence, Pinned
from pinlint.verify.signed.candidate import Candidate
from pinlint.verify.signed.judgement import Judgement, best, named, proven, shown
from pinlint.verify.signed.trusted import Trusted, trusted
from pinlint.verify.sigstore import bundle as bundles
from pinlint.verify.sigstore.certificate import Certificate
from pinlint.verify.sigstore.outcomes import Refused, Uncheckable
from pinlint.verify.sigstore.root import lenient

__all__ = ["judged"]

_SIGNER, _ORGANISATION = ("https://dotcom.releases.github.com",), "GitHub, Inc."
_TYPES = ("https://in-toto.io/attestation/release/v0.1", "https://in-toto.io/attestation/release/v0.2")
_SUBJECT = re.compile(r"pkg:github/([^/@\s]+/[^/@\s]+)@(\S+)")


def judged(pinned: Pinned, tag: str, evidence: Evidence, rule: Trust) -> Judgement:
    """What follows for a commit that a file calls the release `tag` ("" = it does not say)."""
    try:
        keys = trusted(rule)
    except Uncheckable as error:
        return Judgement(UNKNOWN, str(error))
    repository = "/".join(pinned.question.name.split("/")[:2]).lower()
    some = filter(None, map(Candidate.read, evidence.facts.get("candidates", ())))
    return best(_one(one, repository, tag, evidence.facts.get("ids", ()), keys) for one in some)


def _one(candidate: Candidate, repository: str, tag: str, ids: Collection[str], keys: Trusted) -> Judgement:
    """What one statement is worth."""
    try:
        read = bundles.read(candidate.bundle)
        if not read.envelope or not read.chain:
            return Judgement(INVALID, "what is said of its release is no signed statement")
        found = proven(read, b"", "", keys.roots)
        said = _said(read.envelope.payload)
    except Refused as error:
        return Judgement(INVALID, f"what is said of its release does not hold: {error}")
    except Uncheckable as error:
        return Judgement(UNKNOWN, str(error))
    if found.certificate is None or not _is_github(found.certificate):
        who = named(found.certificate) if found.certificate else "a key"
        return Judgement(NOT_TRUSTED, f"its release is attested by {who}, and not by GitHub")
    if found.claim.type not in _TYPES:
        return Judgement(MISSING, f"what is attested is only {shown(found.claim.type)}")
    where, released, commit = said
    if commit not in ids:
        return Judgement(INVALID, "what is said of its release is about another commit")
    if where != repository:
        return Judgement(INVALID, f"what is said of its release is about {shown(where)}")
    if tag and released != tag and not released.startswith(f"{tag}."):
        return Judgement(NOT_TRUSTED, f"the commit is the release {shown(released)}, and the file says {shown(tag)}")
    return Judgement(TRUE)


def _said(payload: bytes) -> tuple[str, str, str]:
    """(repository, tag, id of the tag or commit) of a statement about a release. Raises Refused."""
    try:
        first: Any = json.loads(payload)["subject"][0]
        match, commit = _SUBJECT.fullmatch(first["uri"]), first["digest"]["sha1"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise Refused("it names no release") from None
    if not match or not isinstance(commit, str):
        raise Refused("it names no release")
    return match[1].lower(), unquote(match[2]), commit.lower()


def _is_github(leaf: Certificate) -> bool:
    """Whether a certificate is that of GitHub's releases, of its own authority: names of other ones may be anybody's."""
    with lenient():
        organisations = [one.value for one in leaf.leaf.issuer if one.rfc4514_attribute_name == "O"]
    return leaf.names == _SIGNER and organisations == [_ORGANISATION]
