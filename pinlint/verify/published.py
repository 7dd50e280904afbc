"""NET904 of what is complete: whether the integrity that a lock has is that of the package that its registry has."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pinlint.ecosystems.npm.names import is_name
from pinlint.pins import CONTRADICTED as RULE
from pinlint.pins import NoPin
from pinlint.question import Question
from pinlint.verify.evidence import CONTRADICTED, TRUE, Evidence, Inquiry, Outcome, Pinned, Run
from pinlint.verify.hosts import Hosts

__all__ = ["evidence", "inquiry", "is_locked", "outcomes"]

#: What a registry can be compared with: not the sums that newer Yarns make of archives of their own, and no commit.
_SUM = re.compile(r"(?:sha1|sha224|sha256|sha384|sha512|md5)-")


def inquiry(pinned: Pinned, run: Run) -> Inquiry | None:  # noqa: ARG001
    """What the registry says of a locked package, as when its integrity is wanted."""
    return Inquiry("published", pinned.question) if is_locked(pinned.question) else None


def is_locked(question: Question) -> bool:
    """Whether it is about a package of a lock of npm's kind that its registry can be compared with."""
    if question.kind != "npm" or not question.digests or not is_name(question.name):
        return False
    return bool(question.version) and ":" not in question.version and any(map(_SUM.match, question.digests))


def evidence(inquiry: Inquiry, hosts: Hosts) -> Evidence:
    """The digests that the registry has, or what it contradicts."""
    answer = hosts.resolve(inquiry.question)
    return Evidence(none=answer) if isinstance(answer, NoPin) else Evidence({"digests": list(answer.digests)})


def outcomes(pinned: Pinned, evidence: Evidence, run: Run) -> Iterator[Outcome]:  # noqa: ARG001
    """Whether the two agree."""
    if evidence.none is None:
        yield Outcome(RULE, TRUE)
    elif evidence.none.rule:
        yield Outcome(RULE, CONTRADICTED, evidence.none.why)
    else:
        yield Outcome.unknown(RULE, evidence.none)
