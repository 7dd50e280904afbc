"""NET908 of npm's packages: whether their registry has signed what a lock holds, by a key of its own.

Without a policy what a registry signs has to hold, as `npm audit signatures` sees to it, but over the integrity in the lock and not
over the one that the registry gives now. A registry without keys signs nothing, which is no finding.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

from pinlint.config import compared
from pinlint.ecosystems.npm.registry import Registry as Npm
from pinlint.pins import NoPin
from pinlint.trust import Trust, covering
from pinlint.verify import published
from pinlint.verify.evidence import MISSING, NOT_TRUSTED, TRUE, UNKNOWN, Evidence, Inquiry, Outcome, Pinned, Run
from pinlint.verify.hosts import Hosts
from pinlint.verify.signatures import unable

__all__ = ["evidence", "inquiry", "outcomes"]

_RULE = "NET908"


def inquiry(pinned: Pinned, run: Run) -> Inquiry | None:
    """What its registry has signed of a locked package, unless a policy says that nothing is."""
    rule, asked = _rule(pinned, run), pinned.question
    if not published.is_locked(asked) or (rule and rule.none):
        return None
    return Inquiry("countersigned", asked._replace(digests=(), problem=asked.problem or (unable() if rule else "")))


def evidence(inquiry: Inquiry, hosts: Hosts) -> Evidence:
    """What is signed and by what, as the registry sends it."""
    found = hosts.registry(Npm).signed(inquiry.question)
    if isinstance(found, NoPin):
        return Evidence(none=found)
    return Evidence(
        {
            "integrity": [found.integrity],
            "signatures": [json.dumps(one) for one in found.signatures],
            "signs": ["yes" if found.others else "no"],
            "keys": [base64.b64encode(found.keys).decode()],
            "published": [found.published],
        }
    )


def outcomes(pinned: Pinned, evidence: Evidence, run: Run) -> Iterator[Outcome]:
    """Whether what is signed is what the lock has, and is signed by whom the policy names, if there is one."""
    rule = _rule(pinned, run)
    if rule and rule.none:
        return
    if not evidence.facts:
        yield Outcome.unknown(_RULE, evidence.none, demanded=bool(rule and rule.strict))
    elif not evidence.facts.get("signatures"):
        yield from _unsigned(evidence, rule)
    elif problem := unable():
        yield Outcome(_RULE, UNKNOWN, problem, demanded=bool(rule))
    else:
        from pinlint.verify.signed.countersigned import judged

        found = judged(pinned, evidence, rule)
        if found:
            why = f"{found.why} ({rule.where})" if rule and found.state == NOT_TRUSTED else found.why
            severity = "" if rule else found.severity
            yield Outcome(_RULE, found.state, "" if found.state == TRUE else why, demanded=bool(rule), severity=severity)


def _unsigned(evidence: Evidence, rule: Trust | None) -> Iterator[Outcome]:
    """Of a version that nobody has signed: npm takes that for a fault wherever there are keys, but behind one address there may be
    packages of one's own beside those of a registry that signs."""
    if rule:
        yield Outcome(_RULE, MISSING, f"its registry has not signed it, as {rule.where} demands", demanded=True)
    elif evidence.first("keys") and evidence.first("signs") == "yes":
        yield Outcome(_RULE, MISSING, "its registry has not signed it, but has other versions: find out who published it")
    elif evidence.first("keys"):
        why = "its registry has keys and has signed no version of it, as `npm audit signatures` says, too"
        yield Outcome(_RULE, MISSING, why, severity="note")


def _rule(pinned: Pinned, run: Run) -> Trust | None:
    kind, name = pinned.reference.artifact.kind, pinned.reference.artifact.name
    rules = run.policy.verify.signatures
    return covering(rules, compared(f"{kind}:{name}")) if rules and kind == "npm" else None
