"""The pins of one file, each written in its notation: as many as stand the test.

Where all edits together fail it, halves of them are tried: only the guilty ones are left out. Knows one file; must not know how a
pin is found or what a notation looks like.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from pinlint.engine import spans
from pinlint.fix.attempts import attempts
from pinlint.fix.plans import LEAVE, Answers, Attempt, Fix, Patch, Read, Run, Taken
from pinlint.fix.proof import edited, read, structure, unproved
from pinlint.model import Place, Reference, Span
from pinlint.notations import edits, is_replaced, mirrors
from pinlint.pins import Edit, NoPin, Pin, apply
from pinlint.questions import questions
from pinlint.text import Unread

__all__ = ["FilePins", "plans"]


class _Planned(NamedTuple):
    """A pin with the edits that write it."""

    attempt: Attempt
    pin: Pin
    edits: list[Edit]


class FilePins(NamedTuple):
    """What is attempted in a file."""

    run: Run
    file: Read
    attempts: list[Attempt]

    @property
    def paths(self) -> tuple[str, ...]:
        """The file."""
        return (self.file.path,)

    @property
    def taken(self) -> list[Taken]:
        """What the attempts are for."""
        return [(self.file.path, attempt.finding) for attempt in self.attempts]

    def questions(self) -> Sequence[Attempt]:
        """What each attempt asks."""
        return self.attempts

    def patches(self, answers: Answers) -> list[Patch]:
        """The file with every pin that stands the test: read again, nothing may differ but what was to be pinned."""
        fixes, planned = _planned(self, answers)
        text, accepted, refused = _accepted(self, planned)
        fixes += [Fix(one.attempt, one.pin, tuple(one.edits)) for one in accepted]
        fixes += [Fix(one.attempt, NoPin(why)) for one, why in refused]
        fixes.sort(key=lambda fix: (fix.attempt.place.line, fix.attempt.place.column))
        document = self.file.document
        return [Patch(document, self.file.format, document.encode(text) if accepted else document.data, fixes)]


def plans(files: Sequence[Read], run: Run, taken: Collection[Taken]) -> Iterator[FilePins]:
    """A plan for each file in which something lacks a pin."""
    for file in files:
        if found := attempts(file, run, taken):
            yield FilePins(run, file, _asked(found, file, run))


def _asked(found: list[Attempt], file: Read, run: Run) -> list[Attempt]:
    """The attempts with what the project's own files say about where to ask for each, and how fresh it may be."""
    asked = [attempt.reference for attempt in found if not attempt.refused]
    told = iter(questions(asked, file.document, run.tree) if asked else ())
    return [
        attempt if attempt.refused else attempt._replace(question=run.cooldowns.applied(next(told), file.path)) for attempt in found
    ]


def _planned(plan: FilePins, answers: Answers) -> tuple[list[Fix], list[_Planned]]:
    """(what cannot be written and why, what can, with its edits)."""
    document, wanted = plan.file.document, [attempt for attempt in plan.attempts if not attempt.refused]
    also = mirrors([attempt.reference for attempt in wanted], document)
    places = [attempt.reference.site for attempt in wanted if attempt.reference.site is not None]
    sites = spans(document, plan.file.format, [*places, *(place for places in also.values() for place in places)])
    fixes, planned = [Fix(attempt, NoPin(attempt.refused)) for attempt in plan.attempts if attempt.refused], []
    for attempt in wanted:
        answer = answers[attempt.question]
        if isinstance(answer, Pin) and answer.unsafe and not attempt.unsafe:
            answer = NoPin(f"{answer.unsafe}; {LEAVE}")
        if isinstance(answer, Pin) and attempt.remark:
            answer = answer._replace(remark="; ".join(filter(None, (answer.remark, attempt.remark))))
        made = _edits(attempt.reference, answer, plan.file, sites, also) if isinstance(answer, Pin) else answer
        if isinstance(answer, Pin) and isinstance(made, list):
            planned.append(_Planned(attempt, answer, made))
        elif isinstance(made, NoPin):
            fixes.append(Fix(attempt, made))
    return fixes, planned


def _edits(
    reference: Reference, pin: Pin, file: Read, sites: dict[Place, Span], also: dict[Place, tuple[Place, ...]]
) -> list[Edit] | NoPin:
    """The edits that write a pin wherever it has to stand."""
    site, found = reference.site, list[Edit]()
    assert site is not None
    for place in (site, *also.get(site, ())):
        made = edits(reference, sites[place], file.document, pin)
        if isinstance(made, NoPin):
            return made
        found += made
    return found


def _accepted(plan: FilePins, planned: list[_Planned]) -> tuple[str, list[_Planned], list[tuple[_Planned, str]]]:
    """(the new text, what of the plan it holds, what it does not and why)."""
    kept: list[_Planned] = []
    refused: list[tuple[_Planned, str]] = []
    text = plan.file.document.text

    def admit(some: list[_Planned]) -> None:
        nonlocal text
        tried, why = _applied(plan, [*kept, *some])
        if not why:
            kept.extend(some)
            text = tried
        elif len(some) == 1:
            refused.append((some[0], why))
        else:
            admit(some[: len(some) // 2])
            admit(some[len(some) // 2 :])

    if planned:
        admit(planned)
    return text, kept, refused


def _applied(plan: FilePins, planned: list[_Planned]) -> tuple[str, str]:
    """(the text with the planned edits, why it must not be written: "" = it may)."""
    file, run = plan.file, plan.run
    made = [edit for one in planned for edit in one.edits]
    try:
        text = apply(file.document.text, made)
        after = edited(file, text)
    except (ValueError, Unread) as error:
        return "", f"the edit does not fit the file: {error}"
    expected = {one.attempt.reference: _replaced(one) for one in planned if is_replaced(one.attempt.reference)}
    renewed = run.tree.overlaid({after.path: after.data})  # what was read of the file before is not what it says now
    places = [one.attempt.place for one in planned]
    why = unproved(file, read(after, file, renewed, run.policy), expected, places)
    changes = {(file.document.text[slice(*edit.span)], edit.text) for edit in made}
    refs = [(old.version, new.digests[0]) for old, new in expected.items() if new.digests]
    return text, why or structure(file, after, changes, refs)


def _replaced(one: _Planned) -> Reference:
    """The reference as it is to be found again where the pin takes the place of its version."""
    return one.attempt.reference._replace(version=(*one.pin.digests, one.pin.version)[0], digests=one.pin.digests)
