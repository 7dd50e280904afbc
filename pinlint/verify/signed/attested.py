"""What the attestations of a package are worth: by a policy, and by themselves, where they contradict the package or the index.

Pure: the evidence is what registries sent, and it is verified here.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator

from pinlint.trust import Trust
from pinlint.verify.evidence import CONTRADICTED, INVALID, MISSING, NOT_TRUSTED, TRUE, UNKNOWN, Evidence, Pinned
from pinlint.verify.signed.judgement import Judgement, of_source, proven, shown
from pinlint.verify.signed.packages import Attestation, of_file, of_version, publishes, same_repository, subject
from pinlint.verify.signed.trusted import Trusted, trusted
from pinlint.verify.sigstore import bundle as bundles
from pinlint.verify.sigstore.outcomes import Refused, Uncheckable

__all__ = ["of_files", "of_package"]

#: Of what is said of several attestations the gravest counts, where no policy is content with one of them.
_GRAVEST = (INVALID, CONTRADICTED, NOT_TRUSTED, MISSING, UNKNOWN, TRUE)


class _Subject:
    """What an attestation has to be about: a name, and all of some digests, since any of those is installed."""

    def __init__(self, name: str, digests: Iterable[str]) -> None:
        self.name, self.digests = name, frozenset(digests)


def of_package(pinned: Pinned, evidence: Evidence, rule: Trust | None) -> Judgement | None:
    """Of a locked package of npm's; None where nothing is attested that says where it was built, and nothing has to be."""
    about = _Subject(subject(pinned.question.name, pinned.question.version), _sha512(pinned))
    if not about.digests:
        return Judgement(UNKNOWN, "the lock has no sha512 of it, which is what attestations are about")
    try:
        keys, some = trusted(rule), list(of_version(_decoded(evidence.first("attestations"))))
    except Uncheckable as error:
        return Judgement(UNKNOWN, str(error))
    except Refused as error:
        return Judgement(INVALID, str(error))
    if not some:
        return Judgement(MISSING, "nothing that is attested says where it was built") if rule else None
    return _together([_judged(one, about, evidence.first("repository"), rule, keys) for one in some], rule)


def of_files(pinned: Pinned, evidence: Evidence, rule: Trust | None) -> Judgement | None:
    """Of the pinned files of a version; None as above."""
    try:
        keys = trusted(rule)
    except Uncheckable as error:
        return Judgement(UNKNOWN, str(error))
    left = set(pinned.question.digests)
    found = [judgement for text in evidence.facts.get("files", ()) if (judgement := _file(text, left, rule, keys))]
    if rule and (bare := evidence.facts.get("bare", ())):
        found.append(Judgement(MISSING, f"nothing says where {shown(bare[0])} was built, as {rule.where} demands"))
    elif rule and left:  # any of them is installed, should an index have it after all
        found.append(Judgement(MISSING, f"nothing says where the file with {shown(min(left))} was built, as {rule.where} demands"))
    return min(found, key=lambda one: _GRAVEST.index(one.state), default=None)


def _file(text: str, left: set[str], rule: Trust | None, keys: Trusted) -> Judgement | None:
    """Of one file, whose digest is no longer `left` to be judged."""
    try:
        name, digest, body = json.loads(text)
        left.discard(f"sha256:{digest}")
        some = list(of_file(_decoded(body)))
    except (ValueError, TypeError):
        return Judgement(UNKNOWN, "the record of it is damaged")
    except Refused as error:
        return Judgement(INVALID, str(error))
    return _together([_judged(one, _Subject(name, (f"sha256:{digest}",)), "", rule, keys) for one in some], rule)


def _together(found: list[Judgement], rule: Trust | None) -> Judgement | None:
    """One that a policy is content with is enough for it; where there is no policy, none may be wrong."""
    if rule and any(one.state == TRUE for one in found):
        return Judgement(TRUE)
    return min(
        found, key=lambda one: _GRAVEST.index(one.state), default=Judgement(MISSING, "nothing is attested") if rule else None
    )


def _judged(one: Attestation, about: _Subject, repository: str, rule: Trust | None, keys: Trusted) -> Judgement:
    """What one attestation is worth."""
    try:
        found = proven(bundles.read(one.bundle), b"", "", keys.roots)
    except Refused as error:
        return Judgement(INVALID, str(error))
    except Uncheckable as error:
        return Judgement(UNKNOWN, str(error))
    leaf, claim = found.certificate, found.claim
    names = {name for name, _ in claim.subjects}
    if names != {about.name} or not about.digests <= {digest for _, digest in claim.subjects}:
        return Judgement(INVALID, "it is about something else")
    if leaf is None:
        return Judgement(UNKNOWN, "nobody can tell who attested it")
    source = leaf.claims.get(12, "")
    if repository and same_repository(repository, source) is False:
        return Judgement(CONTRADICTED, f"it was built from {shown(source)}, and the package names {shown(repository)}")
    if one.publisher and publishes(one.publisher, leaf) is False:
        said = " ".join(str(one.publisher[key]) for key in ("kind", "repository", "workflow", "email") if one.publisher.get(key))
        return Judgement(CONTRADICTED, f"it was published by {shown(', '.join(leaf.names))}, and the index names {shown(said)}")
    return of_source(leaf, claim, rule) if rule else Judgement(TRUE)


def _sha512(pinned: Pinned) -> Iterator[str]:
    """The sha512 sums in the lock."""
    for token in " ".join(pinned.reference.digests).split():
        algorithm, _, digest = token.partition("?")[0].partition("-")
        if algorithm == "sha512" and (raw := _decoded(digest)):
            yield f"sha512:{raw.hex()}"


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""
