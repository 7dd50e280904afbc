"""Pins that somebody at an editor asked for: which questions that takes, and what is written when they are answered; and what is
known already of the tags in a text.

Knows plans and answers; must not know how an editor asks or writes. Answers come from registries, or from a record alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from pinlint.engine import read
from pinlint.fix.answers import resolve_all
from pinlint.fix.cooldown import Cooldowns
from pinlint.fix.file_pins import FilePins
from pinlint.fix.mend import planned
from pinlint.fix.plans import Patch, Plan, Read, Run
from pinlint.fix.remedies import Key, key
from pinlint.fix.resolutions import Replay
from pinlint.model import STRENGTH, Reference, Replacement
from pinlint.naming import format_of
from pinlint.notations import NOTATIONS, is_promised, may_mend
from pinlint.pins import NoPin, Pin
from pinlint.question import Question
from pinlint.questions import questions
from pinlint.registries import Registries
from pinlint.report.escapes import visible
from pinlint.server.positions import Place
from pinlint.server.workspace import Judged
from pinlint.text import Unread

__all__ = ["Cancelled", "Known", "Outcome", "Wish", "hints", "offers"]

#: Formats whose files are mended together.
_TOGETHER = ("requirements",)


class Cancelled(Exception):
    """Whoever asked does not want to know any more."""


class Wish(NamedTuple):
    """What is to be pinned in a text: the finding of this key, or (None) all; `unsafe` is whether that may change what runs."""

    key: Key | None
    unsafe: bool = False


class Outcome(NamedTuple):
    """What is to be written, file by file, and what is not, and why."""

    patches: list[Patch]
    replacements: list[Replacement]
    reasons: list[str]
    pinned: int


class Known:
    """What was answered since the server began, or stands in a record."""

    def __init__(self, record: str) -> None:
        self._record = Replay(record) if record else None
        self._pins: dict[Question, Pin] = {}
        self._lock = threading.Lock()

    @property
    def anything(self) -> bool:
        """Whether a look for something known can find any."""
        return self._record is not None or bool(self._pins)

    def pin(self, question: Question) -> Pin | None:
        """What is known; asks nobody."""
        found = self._pins.get(question)
        if found is None and self._record is not None:
            answer = self._record.resolve(question)
            found = answer if isinstance(answer, Pin) else None
        return found

    def asked(self, plans: Sequence[Plan], heard: Callable[[int, int, str], None]) -> dict[Question, Pin | NoPin]:
        """The answers to the plans' questions. Raises whatever `heard` raises, at once."""
        wanted = [asking for plan in plans for asking in plan.questions()]
        if self._record is not None:
            return resolve_all(wanted, self._record.resolve, heard)
        registries = Registries()  # its own: who did not answer an hour ago may do so now, and a tag be another one
        try:
            answers = resolve_all(wanted, registries.resolve, heard)
        finally:
            registries.client.close()
        with self._lock:
            self._pins.update((question, answer) for question, answer in answers.items() if isinstance(answer, Pin))
        return answers


class _Answers(dict[Question, "Pin | NoPin"]):
    def __missing__(self, _: Question) -> NoPin:
        return NoPin("the text became another one while it was asked for; try again")


def offers(judged: Judged, start: Place, end: Place) -> Iterator[tuple[Key, str, bool]]:
    """(key, title, whether that may change what runs) of each finding in a stretch that a pin may mend."""
    for finding, place in judged.findings(start, end):
        reference = finding.reference
        if reference is None:
            if finding.mendable or finding.rule in ("LCK101", "LCK102", "PIN007"):
                yield key(place), f"Mend {finding.rule}", not finding.mendable
        elif may_mend(finding.rule, reference) and reference.site is not None and reference.notation in NOTATIONS:
            unsafe = not is_promised(finding.rule, reference)
            name = visible(f"{reference.artifact.name} {reference.version}".rstrip())
            yield key(place), f"Pin {name[:60]}{' (may change what runs)' if unsafe else ''}", unsafe


def plans(judged: Judged, wish: Wish) -> list[Plan]:
    """What a wish comes to."""
    tree, policy = judged.root.tree, judged.root.policy()[0]
    if policy is None:
        return []
    run = Run(tree, policy, Cooldowns(tree, policy.cooldown, None), (), wish.unsafe)
    file = Read(judged.document, judged.format, read(judged.document, judged.format, tree, policy))
    files = [file, *(_others(judged, run) if judged.format.name in _TOGETHER else ())]
    found: list[Plan] = []
    shown = {key(place) for _, place in judged.reading.open}  # without what a baseline knows
    wanted = [one for one, place in file.reading.open if key(place) == wish.key or (wish.key is None and key(place) in shown)]
    for plan in planned(files, run):
        taken = [finding for path, finding in plan.taken if path == file.path and finding in wanted]
        if taken and isinstance(plan, FilePins):
            found.append(plan._replace(attempts=[one for one in plan.attempts if one.finding in taken]))
        elif taken or (wish.key is None and file.path in plan.paths):
            found.append(plan)
    return found


def _others(judged: Judged, run: Run) -> Iterator[Read]:
    """The other files of the root that are of the same kind."""
    for path in sorted(run.tree.listed()):
        format_ = format_of(path)
        if format_ is not None and format_.name == judged.format.name and path != judged.document.path:
            try:
                document = run.tree.read(path, format_.decoding)
            except Unread:
                continue
            yield Read(document, format_, read(document, format_, run.tree, run.policy))


def outcome(made: Sequence[Plan], answers: dict[Question, Pin | NoPin]) -> Outcome:
    """What the plans make of the answers."""
    patches = [patch for plan in made for patch in plan.patches(_Answers(answers))]
    fixes = [(patch, fix) for patch in patches for fix in patch.fixes]
    replacements = [
        Replacement(patch.path, *patch.document.region(*edit.span), edit.text, patch.created)
        for patch, fix in fixes
        if fix.pin is not None
        for edit in fix.edits
    ]
    reasons = list(dict.fromkeys(visible(fix.why) for _, fix in fixes if fix.why))
    return Outcome(patches, list(dict.fromkeys(replacements)), reasons, sum(fix.pin is not None for _, fix in fixes))


def hints(judged: Judged, known: Known, start: Place, end: Place) -> Iterator[tuple[Place, str, str]]:
    """(place, label, tooltip) for what is known of tags and versions in a stretch of a text."""
    if not known.anything:
        return
    here = [
        (span, one)
        for span, one in judged.references()
        if STRENGTH.get(one.verdict, 9) < STRENGTH["digest"] and start <= judged.at(span.end) and judged.at(span.start) <= end
    ]
    asked = questions([one for _, one in here], judged.document, judged.root.tree) if here else []
    for (span, one), question in zip(here, asked, strict=True):
        pin = known.pin(question)
        if pin is not None and pin.digests:
            yield judged.at(span.end), _label(one, pin), "\n".join((*pin.digests, pin.proof))


def _label(reference: Reference, pin: Pin) -> str:
    """A digest as far as people compare it, behind the version if that is another one than the file's."""
    digest = pin.digests[0]
    chosen = pin.version if reference.artifact.kind not in ("git", "action") and pin.version != reference.version else ""
    return f"{chosen}@{digest[: len('sha256:') + 12] if ':' in digest else digest[:12]}…"
