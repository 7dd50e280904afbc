"""What a signature is worth under a policy: who made it, whether it holds, whether it is about the artifact.

Pure: bundles are verified here, whether they come from a registry or from a record. A signature that holds and is of somebody else
is no damage, and what cannot be checked is no absence.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pinlint.expressions import Expression
from pinlint.patterns import covers
from pinlint.report.escapes import visible
from pinlint.trust import Signer, Trust
from pinlint.verify.evidence import INVALID, MISSING, NOT_TRUSTED, TRUE, UNKNOWN
from pinlint.verify.signed.candidate import NOTATION, SIGNED, Candidate, Claim, claimed
from pinlint.verify.signed.trusted import Trusted
from pinlint.verify.sigstore import bundle as bundles
from pinlint.verify.sigstore.bundle import Bundle
from pinlint.verify.sigstore.certificate import Certificate, load
from pinlint.verify.sigstore.keys import Key
from pinlint.verify.sigstore.outcomes import Refused, Uncheckable
from pinlint.verify.sigstore.root import Root, lenient
from pinlint.verify.sigstore.verifier import Subject, verify

__all__ = ["Judgement", "Proven", "best", "judged", "named", "of_source", "proven", "shown"]

#: Of several signatures the first of these counts: one that holds is enough, and noise beside it says nothing.
_ORDER = (TRUE, NOT_TRUSTED, UNKNOWN, INVALID, MISSING)
_NOT_BROUGHT = (
    "it is of GitHub's own instance, whose root pinlint does not bring: let `gh attestation trusted-root` write it to a file, and "
    "name that in the policy (trusted-root)"
)
_LONGEST = 200
#: What says where something was built, where a policy does not name it: SLSA's, and what Python's index has its publishers sign.
_BUILT = ("https://slsa.dev/provenance/*", "https://*/attestations/publish/v1")


class Judgement(NamedTuple):
    """What a signature is worth (a state of `verify.evidence`), and why, in words that can follow a colon."""

    state: str
    why: str = ""


class Proven(NamedTuple):
    """A signature that holds: whose certificate (None = the key's), and what is claimed."""

    certificate: Certificate | None
    claim: Claim


def best(found: Iterable[Judgement]) -> Judgement:
    """The one that counts, with how many others there are to look at."""
    ordered = sorted(found, key=lambda one: (_ORDER.index(one.state), not one.why))
    if not ordered:
        return Judgement(MISSING)
    others = list(dict.fromkeys(one.why for one in ordered[1:] if one.why and one.why != ordered[0].why))
    more = f"; another: {others[0]}" if ordered[0].state == NOT_TRUSTED and others else ""
    return ordered[0]._replace(why=ordered[0].why + more)


def judged(candidate: Candidate, digest: str, rule: Trust, trusted: Trusted) -> Judgement:
    """What a signature that was found beside the artifact of a digest is worth to a policy."""
    if candidate.bundle == NOTATION:
        return Judgement(UNKNOWN, "it is signed with Notation, which pinlint does not verify")
    try:
        read = bundles.read(candidate.bundle)
        payload = base64.b64decode(candidate.payload)
        if not read.chain:
            return _by_key(read, payload, digest, rule, trusted)
        found = proven(read, payload, digest, trusted.roots)
        if wrong := _off_topic(found.claim, digest, rule):
            return wrong
        leaf = found.certificate
        if leaf is None:  # a certificate was there, so this cannot be
            return Judgement(UNKNOWN, "nobody can tell who signed it")
        if not rule.signers:
            return of_source(leaf, found.claim, rule)
        if any(_is_signer(one, leaf) for one in rule.signers if not one.keys):
            return Judgement(TRUE)
        return Judgement(NOT_TRUSTED, f"signed by {named(leaf)}, whom the policy does not name")
    except Refused as error:
        return Judgement(INVALID, str(error))
    except Uncheckable as error:
        return Judgement(UNKNOWN, str(error))
    except ValueError:
        return Judgement(INVALID, "it is malformed")


def of_source(leaf: Certificate, claim: Claim, rule: Trust) -> Judgement:
    """Whether an attestation says that something was built where the policy wants it built: the authority's claims count, and not
    what the job says of itself. Claim 12 tells who builds; the name tells whose workflow that is, which may be another's."""
    if not any(covers(one, claim.type) for one in rule.predicates or _BUILT):
        return Judgement(MISSING, f"what is attested is only {shown(claim.type)}")
    if leaf.issuer != rule.issuer:
        return Judgement(NOT_TRUSTED, f"attested by {named(leaf)}, and not by a login of {rule.issuer}")
    for wanted, told, what in (
        (rule.source, leaf.claims.get(12, ""), "built from"), (rule.source_ref, leaf.claims.get(14, ""), "built at"),
        (rule.runner, leaf.claims.get(11, ""), "built on a runner that is"),
    ):  # fmt: skip
        if wanted and not _alike(wanted, told):
            return Judgement(NOT_TRUSTED, f"{what} {shown(told or 'nothing that is told')}, and not {wanted}")
    if rule.signer and not any(covers(rule.signer, name) for name in leaf.names):
        return Judgement(NOT_TRUSTED, f"attested by {named(leaf)}, whom the policy does not name")
    return Judgement(TRUE)


def _alike(wanted: str, told: str) -> bool:
    """Whether a claim fits; GitHub does not tell the case of letters in the names of repositories."""
    if wanted.lower().startswith("https://github.com/"):
        wanted, told = wanted.lower(), told.lower()
    return bool(told) and covers(wanted.removesuffix("/"), told)


def _by_key(read: Bundle, payload: bytes, digest: str, rule: Trust, trusted: Trusted) -> Judgement:
    """As `judged`, of a signature without a certificate: it is of one of the policy's keys, or of nobody whom anybody can name."""
    reasons = []
    for signer, keys in zip(rule.signers, trusted.keys, strict=True):
        for key in keys:
            try:
                found = proven(read, payload, digest, trusted.roots, key, log=signer.log)
            except Refused as error:
                reasons.append(str(error))
                continue
            return _off_topic(found.claim, digest, rule) or Judgement(TRUE)
    other = [one for one in reasons if not one.startswith("the signature is not of this key")]
    if other:
        return Judgement(INVALID, other[0])
    return Judgement(NOT_TRUSTED, "signed with a key that the policy does not name")


def proven(read: Bundle, payload: bytes, digest: str, roots: Sequence[Root], key: Key | None = None, *, log: bool = True) -> Proven:
    """What a bundle proves about an artifact; `payload` is what is signed where the bundle does not hold it, and without one it is
    the artifact itself. Raises Refused or Uncheckable."""
    stamped = b""
    if payload and read.envelope and read.version == "1":  # cosign 2 had the whole envelope stamped
        if bundles.envelope(bundles.parsed(payload))[:3] != read.envelope[:3]:
            raise Refused("what is stamped is another envelope")
        stamped = payload
    artifact = bytes.fromhex(digest.partition(":")[2]) if digest.startswith("sha256:") else b""
    data = payload if payload and not read.envelope else None
    subject = Subject(data, b"" if payload else artifact, key, log, stamped)
    leaf = _verified(read, [None] if key and not log else _roots(read, roots), subject)
    if read.envelope:
        return Proven(leaf, claimed(read.envelope.type, read.envelope.payload))
    return Proven(leaf, claimed("", payload) if payload else Claim((("", digest),), SIGNED[0], {}))


def _verified(read: Bundle, roots: Sequence[Root | None], subject: Subject) -> Certificate | None:
    """Who signed, by the first of these roots that vouches for it. Raises what the first one has to say where none does."""
    errors: list[Refused | Uncheckable] = []
    for root in roots:
        try:
            return verify(read, root, subject)
        except (Refused, Uncheckable) as error:
            errors.append(error)
    raise errors[0]


def _roots(read: Bundle, roots: Sequence[Root]) -> Sequence[Root]:
    """The roots of the instance that a bundle is of, of which a file may hold those of several years. Raises Uncheckable where
    there is none, Refused for a malformed certificate."""
    if not read.chain:
        logs = {entry.log for entry in read.entries}
        return [root for root in roots if logs & root.logs.keys()] or roots[:1]
    leaf = load(read.chain)
    if found := [root for root in roots if root.issued(leaf.leaf)]:
        return found
    with lenient():
        organisations = [str(one.value) for one in leaf.leaf.issuer if one.rfc4514_attribute_name == "O"]
    if "GitHub, Inc." in organisations:
        raise Uncheckable(_NOT_BROUGHT)
    raise Uncheckable(f"an authority that no trusted root knows issued its certificate ({shown(', '.join(organisations))})")


def _off_topic(claim: Claim, digest: str, rule: Trust) -> Judgement | None:
    """Why a signature that holds does not count: it is about something else, or says something else."""
    if not claim.is_about(digest):
        return Judgement(INVALID, "it is about another artifact")
    types = SIGNED if rule.signers else rule.predicates or _BUILT
    if not any(covers(one, claim.type) for one in types):
        return Judgement(MISSING, f"what is signed is only {shown(claim.type)}")
    return None


def _is_signer(signer: Signer, leaf: Certificate) -> bool:
    """Whether a policy means the holder of a certificate."""
    vouched = Expression(signer.issuer_regexp).fits(leaf.issuer) if signer.issuer_regexp else signer.issuer == leaf.issuer
    if not (vouched and leaf.issuer):
        return False
    if signer.identity_regexp:
        expression = Expression(signer.identity_regexp)
        return any(expression.fits(name) for name in leaf.names)
    return signer.identity in leaf.names


def named(leaf: Certificate) -> str:
    """Who signed, for people."""
    return f"{shown(', '.join(leaf.names))} (issuer {shown(leaf.issuer or 'unknown')})"


def shown(text: str) -> str:
    """A text of whoever signed, without what a terminal would obey."""
    return visible(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")
