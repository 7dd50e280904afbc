"""NET909: whether something was built where the policy says, and whether what is published about that contradicts itself.

Without a policy nothing is demanded: of npm's packages and Python's files that are attested it is looked at whether the attestation
holds, is about the package, and names the repository or publisher that the package or index names; and whether a release has none
although the releases before it had some. An index that attests nothing is no finding.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

from pinlint.config import compared
from pinlint.ecosystems.npm.registry import Registry as Npm
from pinlint.ecosystems.pypi.registry import Registry as Pypi
from pinlint.pins import NoPin
from pinlint.trust import Trust, demanded
from pinlint.verify import signatures
from pinlint.verify.evidence import (
    CONTRADICTED,
    INVALID,
    MISSING,
    NOT_TRUSTED,
    TRUE,
    UNKNOWN,
    Evidence,
    Inquiry,
    Outcome,
    Pinned,
    Run,
)
from pinlint.verify.hosts import Hosts
from pinlint.verify.signatures import unable

__all__ = ["evidence", "inquiry", "outcomes"]

_RULE = "NET909"
#: Files of a version whose attestations are looked at: of all that are pinned where a policy demands it, else of the first.
_MOST_FILES = 200


def inquiry(pinned: Pinned, run: Run) -> Inquiry | None:
    """What is published about where it comes from."""
    kind, rule = pinned.reference.artifact.kind, _rule(pinned, run)
    if kind == "image" and rule:
        return signatures.inquired("provenance", pinned, rule)
    asked = pinned.question
    if kind == "npm" and pinned.reference.digests:
        return Inquiry("provenance", asked._replace(problem=asked.problem or (unable() if rule else "")), ("npm",))
    if kind == "pypi" and pinned.reference.digests and not asked.loose:
        return Inquiry("provenance", asked._replace(problem=asked.problem or unable()), ("pypi", "all" if rule else "first"))
    return None


def evidence(inquiry: Inquiry, hosts: Hosts) -> Evidence:
    """What is published, as it came."""
    if inquiry.more[0] == "npm":
        return _of_npm(inquiry, hosts.registry(Npm))
    if inquiry.more[0] == "pypi":
        return _of_pypi(inquiry, hosts.registry(Pypi))
    return signatures.evidence(inquiry, hosts)


def _of_npm(inquiry: Inquiry, registry: Npm) -> Evidence:
    found = registry.attested(inquiry.question)
    if isinstance(found, NoPin):
        return Evidence(none=found)
    facts = {"said": ["yes" if found.said else "no"], "earlier": found.earlier, "repository": [found.repository]}
    if found.said:
        facts["attestations"] = [base64.b64encode(found.attestations).decode()]
    return Evidence(facts)


def _of_pypi(inquiry: Inquiry, registry: Pypi) -> Evidence:
    found = registry.release(inquiry.question)
    if isinstance(found, NoPin):
        return Evidence(none=found)
    wanted = {one.partition(":")[2] for one in inquiry.question.digests if one.startswith("sha256:")}
    held = [file for file in found.files if file.hashes.get("sha256") in wanted]
    attested = [file for file in held if file.provenance]
    if inquiry.more[1] == "first":
        attested = attested[:1]
    told, none = [], None
    for file in attested[:_MOST_FILES]:
        body = registry.attestations(file)
        if isinstance(body, NoPin):
            none = body
        elif body is None:
            none = NoPin(f"the index says that {file.name} is attested, and does not have the attestations")
        else:
            told.append(json.dumps([file.name, file.hashes["sha256"], base64.b64encode(body).decode()]))
    if len(attested) > _MOST_FILES:
        none = NoPin(f"{len(attested)} files of it are pinned and attested, of which only {_MOST_FILES} are looked at")
    bare = [file.name for file in held if not file.provenance]
    return Evidence({"files": told, "bare": bare, "listed": [str(len(held))]}, none)


def outcomes(pinned: Pinned, evidence: Evidence, run: Run) -> Iterator[Outcome]:
    """What follows, under the policy or by itself."""
    kind, rule = pinned.reference.artifact.kind, _rule(pinned, run)
    if kind == "image":
        if rule:
            yield from signatures.judged_by(_RULE, rule, pinned, evidence)
        return
    if not evidence.facts:
        yield Outcome.unknown(_RULE, evidence.none, demanded=bool(rule and rule.strict))
    elif kind == "npm" and evidence.first("said") == "no":
        yield from _without(evidence, rule)
    elif problem := unable():
        if evidence.first("said") or evidence.facts.get("files"):
            yield Outcome(_RULE, UNKNOWN, problem, demanded=bool(rule))
    else:
        from pinlint.verify.signed.attested import of_files, of_package

        found = of_package(pinned, evidence, rule) if kind == "npm" else of_files(pinned, evidence, rule)
        if evidence.none is not None and (found is None or found.state in (TRUE, MISSING)):
            yield Outcome.unknown(_RULE, evidence.none, demanded=bool(rule and rule.strict))
        elif found:
            yield _outcome(found.state, found.why, rule)


def _without(evidence: Evidence, rule: Trust | None) -> Iterator[Outcome]:
    """Of a package of npm's that is not attested."""
    if rule:
        yield _outcome(MISSING, f"nothing says where it was built, as {rule.where} demands", rule)
    elif earlier := evidence.facts.get("earlier", ()):
        why = f"nothing says where it was built, although that is attested of {earlier[0]} before it: find out who published it"
        yield Outcome(_RULE, CONTRADICTED, why, severity="warning")  # some projects publish now this way, now that


def _outcome(state: str, why: str, rule: Trust | None) -> Outcome:
    if state == TRUE:
        return Outcome(_RULE, TRUE)
    where = f" ({rule.where})" if rule and state == NOT_TRUSTED else ""
    what = f"its attestation does not hold: {why}" if state == INVALID else f"{why}{where}"
    return Outcome(_RULE, state, what, demanded=bool(rule))


def _rule(pinned: Pinned, run: Run) -> Trust | None:
    kind, name = pinned.reference.artifact.kind, pinned.reference.artifact.name
    rules = run.policy.verify.provenance
    return demanded(rules, compared(f"{kind}:{name}")) if rules else None
