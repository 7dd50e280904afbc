"""NET908 of actions and workflows: whether the pinned commit is an immutable release, by GitHub's own statement.

Without a policy nothing is asked: an anonymous user has few questions an hour. Source: GitHub's documentation (immutable releases),
cli/cli pkg/cmd/release.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pinlint.config import compared
from pinlint.ecosystems.git.registry import Registry, address
from pinlint.pins import NoPin
from pinlint.trust import Trust, demanded
from pinlint.verify.evidence import MISSING, NOT_TRUSTED, TRUE, UNKNOWN, Evidence, Inquiry, Outcome, Pinned, Run
from pinlint.verify.hosts import Hosts
from pinlint.verify.signatures import unable

__all__ = ["evidence", "inquiry", "outcomes"]

_RULE = "NET908"
_HOST, _TAGS = "https://github.com/", "refs/tags/"
_COMMIT = re.compile(r"[0-9a-f]{40}", re.IGNORECASE)
#: Objects of tags at one commit about which a statement is looked for, those of the tag that the file names first.
_MOST = 5


def inquiry(pinned: Pinned, run: Run) -> Inquiry | None:
    """What GitHub has stated about a commit of which the policy demands it."""
    commit = next((one.lower() for one in pinned.reference.digests if _COMMIT.fullmatch(one)), "")
    if not _rule(pinned, run) or not commit:
        return None
    url, problem = address(pinned.question)
    if not problem and not url.startswith(_HOST):
        problem = "only github.com has immutable releases"
    asked = pinned.question._replace(source=url, version=_tag(pinned), digests=(commit,), problem=problem or unable())
    return Inquiry("immutable", asked)


def evidence(inquiry: Inquiry, hosts: Hosts) -> Evidence:
    """The statements about the commit, and about the tags that lead to it, which have ids of their own where they are annotated."""
    from pinlint.verify.signed.github import attestations

    url, [commit] = inquiry.question.source, inquiry.question.digests
    at = [one for one in hosts.registry(Registry).refs(url) if one.name.startswith(_TAGS) and one.commit == commit]
    at.sort(key=lambda one: one.name.removeprefix(_TAGS) != inquiry.question.version)
    ids = list(dict.fromkeys([commit, *(one.object for one in at)]))
    found = []
    for one in ids[: _MOST + 1]:
        found += attestations(hosts.client, url.removeprefix(_HOST), f"sha1:{one}", releases=True)
    unlooked = (
        NoPin(f"{len(ids) - 1} tags are at the commit, of which only {_MOST} were looked at") if len(ids) > _MOST + 1 else None
    )
    return Evidence({"candidates": [one.text for one in found], "ids": ids}, unlooked)


def outcomes(pinned: Pinned, evidence: Evidence, run: Run) -> Iterator[Outcome]:
    """Whether one of them says that the commit is the release which the file names."""
    rule = _rule(pinned, run)
    if rule is None:
        return
    if not evidence.facts:
        yield Outcome.unknown(_RULE, evidence.none, demanded=rule.strict)
    elif problem := unable():
        yield Outcome(_RULE, UNKNOWN, problem, demanded=True)
    else:
        from pinlint.verify.signed.immutable import judged

        found = judged(pinned, _tag(pinned), evidence, rule)
        if found.state == MISSING and evidence.none is not None:
            yield Outcome.unknown(_RULE, evidence.none, demanded=rule.strict)
        elif found.state == MISSING:
            yield Outcome(
                _RULE, MISSING, f"{found.why or 'no immutable release is at this commit'}, as {rule.where} demands", demanded=True
            )
        else:
            why = f"{found.why} ({rule.where})" if found.state == NOT_TRUSTED else found.why
            yield Outcome(_RULE, found.state, "" if found.state == TRUE else why, demanded=True)


def _tag(pinned: Pinned) -> str:
    """The version that the file names beside the commit, "" for none."""
    version = pinned.reference.version
    return version if version and version not in pinned.reference.digests and not _COMMIT.fullmatch(version) else pinned.claimed


def _rule(pinned: Pinned, run: Run) -> Trust | None:
    kind, name = pinned.reference.artifact.kind, pinned.reference.artifact.name
    rules = run.policy.verify.signatures
    return demanded(rules, compared(f"{kind}:{name}")) if rules and kind == "action" else None
