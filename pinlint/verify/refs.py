"""NET901 of git repositories: whether the tag or branch that a file names beside a commit is still at that commit.

What a comment claims of a commit in so many numbers is the business of NET905; of a tag that is there to move (`# v4`) it is told
here where the policy wants to hear of those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pinlint.ecosystems.git.registry import Registry, address
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
    """The ids at the tag of that name, and at the branch."""
    url, problem = address(inquiry.question)
    if problem:
        return Evidence(none=NoPin(problem))
    plain = inquiry.question.version.removeprefix("refs/heads/").removeprefix("refs/tags/")
    found = {one.name: [one.commit, one.object] for one in hosts.registry(Registry).refs(url)}
    return Evidence({kind: found[name] for kind in ("tags", "heads") if (name := f"refs/{kind}/{plain}") in found})


def outcomes(pinned: Pinned, evidence: Evidence, run: Run) -> Iterator[Outcome]:
    """Whether the two are still the same."""
    ref = _ref(pinned, run)
    commit = next(one.lower() for one in pinned.reference.digests if _COMMIT.fullmatch(one))
    ids = [id_ for some in evidence.facts.values() for id_ in some]
    if evidence.none is not None:
        yield Outcome.unknown(_RULE, evidence.none)
    elif commit in ids:
        yield Outcome(_RULE, TRUE)
    elif not ids:
        yield Outcome(_RULE, MISSING, f"the repository has no tag or branch {ref} any more")
    elif (now := evidence.first("tags")) and (grade := moved(run.policy, ref)):
        severity = "" if grade.name == "version" else grade.severity  # a release of a repository is never built anew
        yield Outcome(_RULE, CONTRADICTED, f"the tag {ref} is at {now[:12]}… now, and {commit[:12]}… is pinned", severity=severity)
    elif not now and moved(run.policy, "main"):
        yield Outcome(
            _RULE, CONTRADICTED, f"the branch {ref} is at {ids[0][:12]}… now, and {commit[:12]}… is pinned", severity="note"
        )
