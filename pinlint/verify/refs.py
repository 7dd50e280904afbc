"""NET901 of git repositories: whether the tag or branch that a file names beside a commit is still at that commit.

What a comment claims of a commit in so many numbers is the business of NET905; of a tag that is there to move (`# v4`) it is told
here where the policy wants to hear of those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pinlint.ecosystems.git.history import is_behind
from pinlint.ecosystems.git.registry import Registry, address
from pinlint.http import Failed
from pinlint.pins import NoPin
from pinlint.verify.evidence import CONTRADICTED, MISSING, TRUE, Evidence, Inquiry, Outcome, Pinned, Run
from pinlint.verify.grades import moved
from pinlint.verify.hosts import Hosts

__all__ = ["evidence", "inquiry", "outcomes"]

_RULE = "NET901"
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.IGNORECASE)
#: A claim that NET905 judges: three numbers, or a commit.
_WHOLE = re.compile(r".*\d+\.\d+\.\d+.*|[0-9a-f]{7,40}")


def inquiry(pinned: Pinned, run: Run) -> Inquiry | None:
    """Where the ref is now."""
    reference, ref = pinned.reference, _ref(pinned, run)
    commit = next((one.lower() for one in reference.digests if _COMMIT.fullmatch(one)), "")
    if reference.artifact.kind not in ("action", "git") or not ref or not commit:
        return None
    return Inquiry("refs", pinned.question._replace(version=ref, digests=(commit,)))


def _ref(pinned: Pinned, run: Run) -> str:
    """The tag or branch that stands beside the commit, "" for none that is judged here."""
    ref = pinned.reference.version
    if ref and ref not in pinned.reference.digests and not _COMMIT.fullmatch(ref):
        return ref
    return "" if _WHOLE.fullmatch(pinned.claimed) or not moved(run.policy, pinned.claimed) else pinned.claimed


def evidence(inquiry: Inquiry, hosts: Hosts) -> Evidence:
    """The ids at the tag of that name, and at the branch; of a tag that is elsewhere whether the pinned commit lies behind it."""
    url, problem = address(inquiry.question)
    if problem:
        return Evidence(none=NoPin(problem))
    plain = inquiry.question.version.removeprefix("refs/heads/").removeprefix("refs/tags/")
    registry, [commit] = hosts.registry(Registry), inquiry.question.digests
    found = {one.name: [one.commit, one.object] for one in registry.refs(url)}
    facts = {kind: found[name] for kind in ("tags", "heads") if (name := f"refs/{kind}/{plain}") in found}
    if "tags" not in facts or any(commit in ids for ids in facts.values()):
        return Evidence(facts)
    try:
        facts["behind"] = ["yes" if is_behind(commit, facts["tags"][0], url, registry.host) else "no"]
    except Failed as error:
        facts["unclear"] = [str(error)]
    return Evidence(facts)


def outcomes(pinned: Pinned, evidence: Evidence, run: Run) -> Iterator[Outcome]:
    """Whether the two are still the same."""
    ref = _ref(pinned, run)
    commit = next(one.lower() for one in pinned.reference.digests if _COMMIT.fullmatch(one))
    tag, ids = evidence.first("tags"), [id_ for kind in ("tags", "heads") for id_ in evidence.facts.get(kind, ())]
    if evidence.none is not None:
        yield Outcome.unknown(_RULE, evidence.none)
    elif commit in ids:
        yield Outcome(_RULE, TRUE)
    elif not ids:
        yield Outcome(_RULE, MISSING, f"the repository has no tag or branch {ref} any more")
    elif grade := moved(run.policy, ref if tag else "", rewritten=evidence.first("behind") == "no"):
        severity = "note" if grade.name == "any" else ""  # a release of a repository is never built anew
        how = {"yes": ", which has it in its history", "no": ", which does not have it in its history"}.get(
            evidence.first("behind"), ""
        )
        what = f"the {'tag' if tag else 'branch'} {ref} is at {ids[0][:12]}… now{how}"
        yield Outcome(_RULE, CONTRADICTED, f"{what}; {commit[:12]}… is pinned", severity=severity)
