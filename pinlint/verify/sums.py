"""NET904 of downloads that a tool checks by a sum in the repository: whether that is the one which is published for them.

The sum that stands beside a download is asked for first; only of what is small, and has none, the bytes are fetched.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator

from pinlint.ecosystems.url.registry import Registry
from pinlint.pins import CONTRADICTED as RULE
from pinlint.pins import NoPin
from pinlint.verify.evidence import CONTRADICTED, TRUE, Evidence, Inquiry, Outcome, Pinned, Run
from pinlint.verify.hosts import Hosts

__all__ = ["evidence", "inquiry", "outcomes"]

#: The notation in which a fix would write the sum, by format and role: who fetches the address, and how much of it there may be.
_NOTATIONS = {
    ("maven_wrapper", "Maven distribution"): "wrapper-sum",
    ("maven_wrapper", "Maven wrapper jar"): "wrapper-sum",
    ("gradle_wrapper", "Gradle distribution"): "gradle-sum",
    ("gitlab_ci", "included file"): "include-integrity",
}


def inquiry(pinned: Pinned, run: Run) -> Inquiry | None:  # noqa: ARG001
    """What is published at the address."""
    notation = _NOTATIONS.get((pinned.format.name, pinned.reference.role))
    question = pinned.question
    url = question.source or question.name
    if not notation or not _sum(pinned) or not url.startswith(("https://", "http://")):
        return None
    return Inquiry("sums", question._replace(notation=notation, digests=()))


def evidence(inquiry: Inquiry, hosts: Hosts) -> Evidence:
    """The sum, and how it is known."""
    answer = hosts.registry(Registry).published(inquiry.question)
    if isinstance(answer, NoPin):
        return Evidence(none=answer)
    return Evidence({"sum": list(answer.digests), "how": [answer.remark]})


def outcomes(pinned: Pinned, evidence: Evidence, run: Run) -> Iterator[Outcome]:  # noqa: ARG001
    """Whether the two agree."""
    found = _hexadecimal(evidence.first("sum"))
    if evidence.none is not None and evidence.none.rule:
        yield Outcome(RULE, CONTRADICTED, evidence.none.why)
    elif evidence.none is not None or not found:
        yield Outcome.unknown(RULE, evidence.none)
    elif found == _sum(pinned):
        yield Outcome(RULE, TRUE)
    else:
        where = "published beside it" if evidence.first("how") == "published beside it" else "of what the address leads to"
        yield Outcome(RULE, CONTRADICTED, f"the sha256 sum {where} is {found[:12]}…, the one in the file {_sum(pinned)[:12]}…")


def _sum(pinned: Pinned) -> str:
    """The SHA-256 sum that a reference is pinned by, in hexadecimal digits; "" without one."""
    return next(filter(None, map(_hexadecimal, pinned.reference.digests)), "")


def _hexadecimal(digest: str) -> str:
    algorithm, text = digest[:6], digest[7:]
    if algorithm != "sha256" or digest[6:7] not in (":", "-"):
        return ""
    try:
        raw = bytes.fromhex(text) if digest[6] == ":" else base64.b64decode(text, validate=True)
    except ValueError:
        return ""
    return raw.hex() if len(raw) == 32 else ""
