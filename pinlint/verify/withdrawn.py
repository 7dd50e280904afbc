"""NET907 and NET911, and NET902 of releases: whether those who published a version advise against it by now, or took it away.

Source: npm registry docs (`deprecated`, `time`), PEP 592 (yanked), PEP 792 (project status), Helm's index.yaml (`deprecated`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pinlint.ecosystems.helm import names
from pinlint.ecosystems.helm.registry import Registry as Charts
from pinlint.ecosystems.npm.names import is_name
from pinlint.ecosystems.npm.registry import Registry as Npm
from pinlint.ecosystems.pypi.pages import File
from pinlint.ecosystems.pypi.registry import Registry as Indexes
from pinlint.pins import NoPin
from pinlint.verify.evidence import CONTRADICTED, MISSING, TRUE, Evidence, Inquiry, Outcome, Pinned, Run
from pinlint.verify.hosts import Hosts

__all__ = ["evidence", "inquiry", "outcomes"]

_GONE, _YANKED, _WITHDRAWN = "NET902", "NET907", "NET911"
#: A version of npm that a range cannot mean, nor a repository.
_EXACT = re.compile(r"v?\d+\.\d+\.\d+(?:[-+][\w.+-]*)?")
#: What npm puts in the place of a package that did harm.
_PLACEHOLDER = re.compile(r"0\.0\.1-security(?:\.\d+)?")
_LONGEST = 200


def inquiry(pinned: Pinned, run: Run) -> Inquiry | None:  # noqa: ARG001
    """What is said of the release; of those with hashes, what is said of their files."""
    question = pinned.question
    if question.kind == "npm":
        exact = is_name(question.name) and _EXACT.fullmatch(question.version)
        return Inquiry("withdrawn", question._replace(digests=())) if exact else None
    if question.kind == "pypi":
        exact = re.fullmatch(r"(?:===?)?\s*[\w.!+-]+", question.version)
        plain = question._replace(version=question.version.lstrip("= "))
        return Inquiry("withdrawn", plain, pinned.reference.digests) if exact else None
    if question.kind == "helm" and question.source and not pinned.reference.digests and names.version(question.version):
        return Inquiry("withdrawn", question)
    return None


def evidence(inquiry: Inquiry, hosts: Hosts) -> Evidence:
    """What those who have it say, each kind in its words."""
    return {"npm": _of_npm, "pypi": _of_pypi, "helm": _of_helm}[inquiry.question.kind](inquiry, hosts)


def _of_npm(inquiry: Inquiry, hosts: Hosts) -> Evidence:
    found = hosts.registry(Npm).release(inquiry.question)
    if isinstance(found, NoPin):
        return Evidence(none=found)
    facts = {"deprecated": [found.deprecated] if found.deprecated else [], "unpublished": [found.unpublished]}
    return Evidence({**{name: some for name, some in facts.items() if any(some)}, "left": found.versions[:20]})


def _of_pypi(inquiry: Inquiry, hosts: Hosts) -> Evidence:
    found = hosts.registry(Indexes).release(inquiry.question)
    if isinstance(found, NoPin):
        return Evidence(none=found)
    facts: dict[str, Sequence[str]] = {"status": [found.status, found.reason]} if found.status else {}
    if not found.files:
        what = f"{found.where} has no file of {inquiry.question.subject}" if found.known else f"{found.where} has no file of it"
        return Evidence(facts, None if found.status else NoPin(what))
    written = {digest.partition(":")[2].lower() for digest in inquiry.more if ":" in digest}
    held = [file for file in found.files if written & set(file.hashes.values())]
    summed = all("sha256" in file.hashes for file in found.files)
    some = held if written else found.files
    if written and summed:
        facts = {**facts, "written": [str(len(written))], "held": [str(_matched(written, found.files))]}
    if some and all(file.yanked for file in some):
        facts = {**facts, "yanked": [next((file.reason for file in some if file.reason), "")]}
    return Evidence(facts)


def _matched(written: set[str], files: Sequence[File]) -> int:
    return len(written & {digest for file in files for digest in file.hashes.values()})


def _of_helm(inquiry: Inquiry, hosts: Hosts) -> Evidence:
    found = hosts.registry(Charts).release(inquiry.question)
    if isinstance(found, NoPin):
        return Evidence(none=found)
    if found is None:
        return Evidence({"gone": [inquiry.question.version]})
    return Evidence({"deprecated": [""]} if found.deprecated else {})


def outcomes(pinned: Pinned, evidence: Evidence, run: Run) -> Iterator[Outcome]:  # noqa: ARG001
    """What became of the release since."""
    if evidence.none is not None:
        yield Outcome.unknown(_YANKED, evidence.none)
    elif why := _withdrawn(pinned, evidence):
        yield Outcome(_WITHDRAWN, MISSING, why)
    elif evidence.first("gone"):
        yield Outcome(_GONE, MISSING, "the chart's repository does not have this version any more, so it cannot be fetched")
    else:
        yield Outcome(_GONE if pinned.question.kind == "helm" else _WITHDRAWN, TRUE)
        yield from _hashes(evidence)
        yield from _advice(pinned, evidence)


def _withdrawn(pinned: Pinned, evidence: Evidence) -> str:
    """Why nobody may have the release any more; "" where it is there."""
    status, reason = (*evidence.facts.get("status", ()), "", "")[:2]
    if status == "quarantined":
        why = f"the index keeps the project in quarantine, as it may do harm{_said(reason)}"
        return f"{why}: find out what it did where it is installed"
    if when := evidence.first("unpublished"):
        harmful = any(_PLACEHOLDER.fullmatch(one) for one in evidence.facts.get("left", ()))
        why = ", and npm put a placeholder there, as it does for what did harm" if harmful else ""
        return f"the version of {when[:10]} was unpublished{why}"
    if pinned.question.kind == "npm" and _PLACEHOLDER.fullmatch(pinned.question.version):
        return "this version is the placeholder that npm puts where a package did harm: nothing can want it"
    return ""


def _hashes(evidence: Evidence) -> Iterator[Outcome]:
    """Whether the files are there that a requirement has the hashes of."""
    if "held" not in evidence.facts:
        return
    written, held = evidence.number("written"), evidence.number("held")
    if not held:
        many = "none of the hashes is" if written > 1 else "the hash is not"
        yield Outcome(_GONE, MISSING, f"{many} that of a file that the index has, so it cannot be installed")
    elif held < written:
        why = f"{written - held} of {written} hashes are those of no file that the index has: some were deleted or replaced"
        yield Outcome(_GONE, MISSING, why, severity="note")
    else:
        yield Outcome(_GONE, TRUE)


def _advice(pinned: Pinned, evidence: Evidence) -> Iterator[Outcome]:
    """Whether the authors advise against it."""
    status, reason = (*evidence.facts.get("status", ()), "", "")[:2]
    if "yanked" in evidence.facts:
        yield Outcome(_YANKED, CONTRADICTED, f"its authors yanked it{_said(evidence.first('yanked'))}: choose another version")
    elif "deprecated" in evidence.facts:
        who = "its authors deprecated it" if pinned.question.kind == "npm" else "the repository's index calls it deprecated"
        yield Outcome(_YANKED, CONTRADICTED, f"{who}{_said(evidence.first('deprecated'))}", severity="note")
    elif status in ("deprecated", "archived"):
        yield Outcome(_YANKED, CONTRADICTED, f"the project is {status}{_said(reason)}", severity="note")
    else:
        yield Outcome(_YANKED, TRUE)


def _said(reason: str) -> str:
    """A reason in somebody else's words, on one line and no longer than anybody reads."""
    text = " ".join(reason.split()).rstrip(".:")
    return f" ({text[:_LONGEST]}{'…' if len(text) > _LONGEST else ''})" if text else ""
