"""NET905: whether a commit is the version that the comment behind it claims it is."""

from __future__ import annotations

from collections.abc import Iterator

from pinlint.pins import MISNAMED, NoPin
from pinlint.question import CLAIM, Question
from pinlint.verify.evidence import CONTRADICTED, TRUE, Evidence, Inquiry, Outcome, Pinned, Run
from pinlint.verify.hosts import Hosts

__all__ = ["evidence", "inquiry", "outcomes"]


def inquiry(pinned: Pinned, run: Run) -> Inquiry | None:  # noqa: ARG001
    """What the host says of the version that is claimed."""
    if not pinned.claimed:
        return None
    return Inquiry("claims", Question.about(pinned.reference._replace(version=pinned.claimed), CLAIM))


def evidence(inquiry: Inquiry, hosts: Hosts) -> Evidence:
    """Nothing where it is true."""
    answer = hosts.resolve(inquiry.question)
    return Evidence(none=answer) if isinstance(answer, NoPin) else Evidence({"version": [answer.version]})


def outcomes(pinned: Pinned, evidence: Evidence, run: Run) -> Iterator[Outcome]:  # noqa: ARG001
    """Whether the comment is right."""
    if evidence.none is None:
        yield Outcome(MISNAMED, TRUE)
    elif evidence.none.rule:
        yield Outcome(MISNAMED, CONTRADICTED, evidence.none.why)
    else:
        yield Outcome.unknown(MISNAMED, evidence.none)
