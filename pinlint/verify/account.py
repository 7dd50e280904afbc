"""What came of an audit, as a report needs it: the findings, what could not be checked and why, and how often what was true.

Knows outcomes and where they stand; must not know how anything is asked or shown.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from operator import attrgetter

from pinlint.checks import subject
from pinlint.config import Policy
from pinlint.engine import broken, placed, spans
from pinlint.model import Diagnostic, Finding
from pinlint.report.account import Open
from pinlint.verify.audit import Audited
from pinlint.verify.evidence import MISSING, TRUE, UNKNOWN, Outcome, Pinned

__all__ = ["Account"]

#: Findings of `check` that say that a file, or a part of it, was not looked at: nothing in there was audited.
_UNSEEN = ("PIN901", "PIN903", "LCK103")
#: Of what is gone, and what nobody can have said about it.
_GONE, _ABOUT = "NET902", ("NET908", "NET909")


class Account:
    """What became of the files of every root."""

    def __init__(self, audited: Sequence[Audited]) -> None:
        self.audited = list(audited)

    @property
    def references(self) -> int:
        """How many references were asked about."""
        return sum(len({id(pinned) for pinned, _ in one.outcomes}) for one in self.audited)

    @property
    def unpinned(self) -> int:
        """How many references are not pinned, so that there is nothing to verify."""
        return sum(one.unpinned for one in self.audited)

    @property
    def inquiries(self) -> int:
        """How many different things were asked."""
        return len({inquiry for one in self.audited for inquiry in one.asked})

    @property
    def true(self) -> dict[str, int]:
        """How often each rule was found to be kept."""
        return dict(Counter(outcome.rule for one in self.audited for _, outcome in one.outcomes if outcome.state == TRUE))

    @property
    def unchecked(self) -> list[Open]:
        """What nobody could tell, whether or not it is a finding, too."""
        return [
            Open(
                one.root, pinned.path, _line(pinned), f"{outcome.rule} {subject(pinned.reference)}", _sentence(outcome, pinned),
                outcome.retry, outcome.silent,
            )
            for one in self.audited
            for pinned, outcome in one.outcomes
            if outcome.state == UNKNOWN
        ]  # fmt: skip

    def findings(self, root: str, policy: Policy, wanted: str) -> list[Diagnostic]:
        """The findings of a root, by place: those of the outcomes, and those that say what was not looked at."""
        found: list[Diagnostic] = []
        for one in self.audited:
            if one.root == root:
                found += [said for file in one.checked for said in file.diagnostics if said.rule in _UNSEEN]
                found += _of_outcomes(one, policy, wanted)
                seen = {said.path for said in found if said.rule == "PIN903"}
                found += [
                    said for path, why in one.failed.items() if path not in seen for said in broken(path, policy, why, "verified")
                ]
        return sorted(found, key=attrgetter("path", "line", "column", "rule"))


def _of_outcomes(audited: Audited, policy: Policy, wanted: str) -> Iterator[Diagnostic]:
    """The findings that the outcomes of a root are, file by file; of one severity at a time, as no finding holds it."""
    files: dict[str, dict[str, list[tuple[Pinned, Outcome]]]] = {}
    for pinned, outcome in audited.outcomes:
        if outcome.state != TRUE and (outcome.state != UNKNOWN or outcome.demanded):
            files.setdefault(pinned.path, {}).setdefault(outcome.severity, []).append((pinned, outcome))
    for by_severity in files.values():
        for severity, some in by_severity.items():
            document, format_ = some[0][0].document, some[0][0].format
            implied = _implied(some)
            told = [_finding(*one) for one in some if one not in implied]
            made = placed(told, document, format_, policy, wanted)
            if implied:  # an exception for what is gone is none for what nobody signed
                gone = {(one.line, one.column) for one in made if one.rule == _GONE and not one.suppressed}
                others = placed([_finding(*one) for one in implied], document, format_, policy, wanted)
                made += [one for one in others if (one.line, one.column) not in gone]
            yield from (one._replace(severity=severity) for one in made) if severity else made
        document.parsed = None


def _implied(some: list[tuple[Pinned, Outcome]]) -> list[tuple[Pinned, Outcome]]:
    """What is missing about that which is not there itself: nobody can sign it."""
    gone = {id(pinned) for pinned, outcome in some if outcome.rule == _GONE and outcome.state == MISSING}
    if not gone:
        return []
    return [one for one in some if one[1].state == MISSING and one[1].rule in _ABOUT and id(one[0]) in gone]


def _finding(pinned: Pinned, outcome: Outcome) -> Finding:
    reference = pinned.reference
    if pinned.claimed and outcome.rule == "NET905":
        reference = reference._replace(version=pinned.claimed)
    said = f"{outcome.state}: {outcome.message}" if outcome.state == UNKNOWN else outcome.message
    return Finding(outcome.rule, outcome.place or reference.span, f"{reference.role} {subject(reference)}: {said}", reference)


def _line(pinned: Pinned) -> int:
    span = spans(pinned.document, pinned.format, [pinned.reference.span])[pinned.reference.span]
    pinned.document.parsed = None
    return pinned.document.position(span.start)[0]


def _sentence(outcome: Outcome, pinned: Pinned) -> str:
    """The reason without what it is about, so that it is the same for all of which it holds."""
    name, said = pinned.question.name, outcome.message
    before, colon, why = said.partition(": ")
    return why if colon and name and re.fullmatch(rf"{re.escape(name)}(?:[@: ]\S+)?", before) else said
