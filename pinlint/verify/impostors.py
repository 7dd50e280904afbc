"""NET906 and NET902: whether a commit lies in the history of the repository that it is asked from, or is there at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from pinlint.ecosystems.git import history
from pinlint.ecosystems.git.registry import Registry, address
from pinlint.question import Question
from pinlint.verify.evidence import CONTRADICTED, MISSING, TRUE, Evidence, Inquiry, Outcome, Pinned, Run
from pinlint.verify.hosts import Hosts

__all__ = ["evidence", "inquiry", "outcomes"]

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.IGNORECASE)
_KNOWN = ("github.com", "gitlab.com", "bitbucket.org", "codeberg.org")
_RULE, _GONE = "NET906", "NET902"


def inquiry(pinned: Pinned, run: Run) -> Inquiry | None:
    """Where the commit is in the repository, whichever of its actions or folders is meant."""
    commit = next((one.lower() for one in pinned.reference.digests if _COMMIT.fullmatch(one)), "")
    if pinned.reference.artifact.kind not in ("action", "git") or pinned.reference.verdict != "digest" or not commit:
        return None
    url, problem = _address(pinned.question)
    about = Question("git", pinned.question.name, url, commit, (commit,), problem=problem)
    about = about._replace(name=url.partition("://")[2]) if url else about
    return Inquiry("impostors", about, ("thorough",) if run.deep else ())


def _address(question: Question) -> tuple[str, str]:
    """As `address`; on hosts of which everybody knows where they are the name is enough, as in commands of shells."""
    if question.kind == "git" and not question.source and question.name.partition("/")[0] in _KNOWN:
        question = question._replace(source=f"https://{question.name}")
    return address(question)


def evidence(inquiry: Inquiry, hosts: Hosts) -> Evidence:
    """In which history it is."""
    registry, (commit, *_), url = hosts.registry(Registry), inquiry.question.digests, inquiry.question.source
    thorough = "thorough" in inquiry.more
    where = history.place_of(commit, url, registry.refs(url), registry.host, hosts.client, thorough=thorough)
    return Evidence({"where": [where]})


def outcomes(pinned: Pinned, evidence: Evidence, run: Run) -> Iterator[Outcome]:
    """What a commit is that no branch has."""
    where = evidence.first("where")
    if evidence.none is not None:
        yield Outcome.unknown(_RULE, evidence.none)
        return
    if where == history.GONE:
        yield Outcome(_GONE, MISSING, "the repository does not have the commit any more, so nobody can fetch it")
        return
    yield Outcome(_GONE, TRUE)
    if where == history.OUTSIDE:
        yield Outcome(_RULE, CONTRADICTED, f"no branch and no tag of the repository has the commit: it is {_whose(pinned)}")
    elif where == history.TAG and run.deep:
        why = "only a tag has the commit, no branch, as whoever may push can tag the commit of a fork; look at who made it"
        yield Outcome(_RULE, CONTRADICTED, why, severity="note")
    else:
        yield Outcome(_RULE, TRUE)


def _whose(pinned: Pinned) -> str:
    """Where such a commit can come from."""
    url, _ = _address(pinned.question)
    gone = "of a branch that was deleted or rewritten (as by a squash merge)"
    return (
        f"from a fork, or {gone}; find out which, and pin what was released"
        if _has_forks(url)
        else f"{gone}; pin what was released"
    )


def _has_forks(url: str) -> bool:
    """Whether the host hands out the commits of forks under the address of the original."""
    return urlsplit(url).hostname == "github.com"
