"""NET904 of the program that starts Gradle: whether the jar in the repository is the one that is published for this version.

Of another version it may well be, as updates often change the address alone: then nobody here can tell whose it is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from pinlint.ecosystems.url.registry import Registry
from pinlint.pins import CONTRADICTED as RULE
from pinlint.pins import NoPin
from pinlint.text import Unread
from pinlint.tree import join
from pinlint.verify.evidence import TRUE, Evidence, Inquiry, Outcome, Pinned, Run
from pinlint.verify.hosts import Hosts

__all__ = ["evidence", "inquiry", "outcomes"]

_DISTRIBUTION = re.compile(r"(https://[^?#]+/gradle-)[^/?#]+?-(?:bin|all)\.zip")


def inquiry(pinned: Pinned, run: Run) -> Inquiry | None:
    """The sum that is published for the jar, where there is one in the repository."""
    if pinned.format.name != "gradle_wrapper" or not pinned.reference.version:
        return None
    found = _DISTRIBUTION.fullmatch(pinned.question.source or pinned.question.name)
    if not found or not _sum(pinned, run):
        return None
    url = f"{found[1]}{pinned.reference.version}-wrapper.jar"
    return Inquiry("wrapper_jars", pinned.question._replace(name=url, source=url, notation="gradle-sum", digests=()))


def evidence(inquiry: Inquiry, hosts: Hosts) -> Evidence:
    """The sum."""
    answer = hosts.registry(Registry).published(inquiry.question)
    return Evidence(none=answer) if isinstance(answer, NoPin) else Evidence({"sum": list(answer.digests)})


def outcomes(pinned: Pinned, evidence: Evidence, run: Run) -> Iterator[Outcome]:
    """Whether it is that of the jar."""
    version = pinned.reference.version
    if evidence.none is not None:
        why = f"the wrapper's jar: {evidence.none.why}"
        yield Outcome.unknown(RULE, evidence.none._replace(why=why))
    elif evidence.first("sum") == f"sha256:{_sum(pinned, run)}":
        yield Outcome(RULE, TRUE)
    else:
        why = (
            f"the wrapper's jar is not the one of Gradle {version}, and may be that of another version: run `gradle wrapper` twice"
        )
        yield Outcome.unknown(RULE, NoPin(why))


def _sum(pinned: Pinned, run: Run) -> str:
    """The SHA-256 sum of the jar beside the properties, "" where there is none."""
    try:
        return hashlib.sha256(run.tree.bytes(join(pinned.path, "gradle-wrapper.jar"))).hexdigest()
    except Unread:
        return ""
