"""NET908: whether an image is signed by somebody whom the policy names.

Without a policy for it nothing is asked. What is found is judged under the policy of today, by the bytes that the registry sent.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from importlib.util import find_spec

from pinlint.config import compared
from pinlint.ecosystems.oci.registry import Registry
from pinlint.pins import NoPin
from pinlint.question import Question
from pinlint.trust import Trust, demanded
from pinlint.verify.evidence import INVALID, MISSING, NOT_TRUSTED, TRUE, UNKNOWN, Evidence, Inquiry, Outcome, Pinned, Run
from pinlint.verify.hosts import Hosts
from pinlint.wire import Failed

__all__ = ["evidence", "inquired", "inquiry", "judged_by", "outcomes", "unable"]

_RULE = "NET908"
_DIGEST = "sha256:"


def inquiry(pinned: Pinned, run: Run) -> Inquiry | None:
    """What is signed about an image of which the policy demands it."""
    rule = _rule(pinned, run)
    return inquired("signatures", pinned, rule) if rule else None


def inquired(check: str, pinned: Pinned, rule: Trust) -> Inquiry | None:
    """What is asked about an image under a rule, on behalf of a check."""
    if not _pin(pinned):
        return None
    name, version = pinned.reference.artifact.name, pinned.reference.version
    tag = "" if version in pinned.reference.digests else version.partition("@")[0]
    asked = Question("image", name, version=tag, digests=(_pin(pinned),), problem=pinned.question.problem or unable())
    from pinlint.verify.signed.github import repository

    return Inquiry(check, asked, (_repository(rule, name), rule.covers, repository(rule)))


def evidence(inquiry: Inquiry, hosts: Hosts) -> Evidence:
    """Everything that lies where signatures of it lie."""
    from pinlint.verify.signed.images import Signatures

    (repository, covers, github), [digest] = inquiry.more, inquiry.question.digests
    signatures = Signatures(hosts.registry(Registry), inquiry.question.name, repository)
    found = signatures.about(digest, inquiry.question.version, platforms=covers == "platforms")
    if github and not found.candidates:
        from pinlint.verify.signed.github import attestations

        try:
            found.candidates += attestations(hosts.client, github, digest)
        except Failed as error:
            found.unasked.append(error)
    failed = next(iter(found.unasked), None)
    facts = {
        "candidates": [one.text for one in found.candidates],
        "manifests": [base64.b64encode(body).decode() for body in found.manifests.values()],
        "chains": [json.dumps(one) for one in found.chains],
        "unlooked": found.damaged,
    }
    return Evidence(facts, NoPin(str(failed), failed.retry, silent=failed.silent) if failed else None)


def outcomes(pinned: Pinned, evidence: Evidence, run: Run) -> Iterator[Outcome]:
    """Whether somebody whom the policy names has signed it."""
    if rule := _rule(pinned, run):
        yield from judged_by(_RULE, rule, pinned, evidence)


def judged_by(code: str, rule: Trust, pinned: Pinned, evidence: Evidence) -> Iterator[Outcome]:
    """What follows for an image from what is signed about it, as a finding of the rule with that code."""
    if not evidence.facts:
        yield Outcome.unknown(code, evidence.none, demanded=rule.strict)
        return
    from pinlint.verify.signed.coverage import Coverage
    from pinlint.verify.signed.trusted import trusted
    from pinlint.verify.sigstore.outcomes import Uncheckable

    try:
        found = Coverage(evidence, rule, trusted(rule)).of(_pin(pinned))
    except Uncheckable as error:
        yield Outcome(code, UNKNOWN, str(error), demanded=True)
        return
    if found.state == TRUE:
        yield Outcome(code, TRUE)
    elif evidence.none is not None and found.state in (MISSING, INVALID):  # what was not to be had may be the one that counts
        yield Outcome.unknown(code, evidence.none, demanded=rule.strict)
    else:
        yield Outcome(code, found.state, _sentence(found.state, found.why, rule), demanded=True)


def unable() -> str:
    """Why no signature can be verified here, "" where one can."""
    if find_spec("sigstore") is None or find_spec("cryptography") is None:
        return "the libraries for signatures are missing: pip install 'pinlint-cli[verify]'"
    return ""


def _sentence(state: str, why: str, rule: Trust) -> str:
    if state == MISSING:
        return f"nobody has signed it, as {rule.where} demands{f' ({why})' if why else ''}"
    if state == NOT_TRUSTED:
        return f"{why} ({rule.where})"
    if state == INVALID:
        return f"its signature does not hold: {why}"
    return why


def _rule(pinned: Pinned, run: Run) -> Trust | None:
    kind, name = pinned.reference.artifact.kind, pinned.reference.artifact.name
    if kind != "image" or not run.policy.verify.signatures:
        return None
    return demanded(run.policy.verify.signatures, compared(f"{kind}:{name}"))


def _pin(pinned: Pinned) -> str:
    """The digest that a registry is asked for: a pin by another algorithm is one that no signature is named by."""
    return next((one for one in pinned.reference.digests if one.startswith(_DIGEST) and len(one) == 71), "")


def _repository(rule: Trust, name: str) -> str:
    """Where the signatures lie; a * at the end of it stands for the last part of the image's name."""
    place = rule.repository
    return place.removesuffix("*") + name.rpartition("/")[2] if place.endswith("/*") else place or name
