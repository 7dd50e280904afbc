"""What came of fixing, as a report needs it: what is told of each attempt, the findings that are left, and those that the answers
make.

Knows patches, and where things stand once they are written; must not know how anything is shown, or what a registry compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from pinlint.checks import subject
from pinlint.config import Policy
from pinlint.engine import Checked, broken, placed
from pinlint.fix.mend import Mended
from pinlint.fix.plans import LEAVE, Attempt, Fix, Patch
from pinlint.fix.remedies import Key, change, key, remedies
from pinlint.model import Diagnostic, Finding, Place, Reference, Remedy, Span
from pinlint.pins import Edit, NoPin
from pinlint.text import Document

__all__ = ["Account", "Told", "told"]


class Told(NamedTuple):
    """One attempt and what came of it: `place` is its finding, `file` the file that is patched, `now` the line of the finding when
    all is written. `version` and `digests` are written, `change` says so in a few words; or `why` says why nothing is, `sentence`
    the same without its `subject`, `retry` whether that may pass, `silent` who gave no answer, and `leave` whether only
    --unsafe-fixes is missing. `asked` is whether anybody was asked at all."""

    root: str
    file: str
    place: Diagnostic
    now: int
    version: str
    digests: tuple[str, ...]
    change: str
    why: str
    retry: bool
    subject: str
    sentence: str
    silent: str
    leave: bool
    asked: bool


class Account:
    """What became of the files of every root, `written` or only planned."""

    def __init__(self, mended: Sequence[Mended], *, written: bool) -> None:
        self.mended = list(mended)
        self.written = written

    @property
    def would_change(self) -> bool:
        """Whether something would be written that was not."""
        return not self.written and any(one.changed for one in self.mended)

    @property
    def told(self) -> list[Told]:
        """Every attempt."""
        return [entry for one in self.mended for entry in told(one)]

    @property
    def patches(self) -> list[tuple[str, Patch]]:
        """(root, patch) of every file that is another one with it."""
        return [(one.root, patch) for one in self.mended for patch in one.patches if patch.new != patch.old]

    @property
    def checked(self) -> dict[str, list[Checked]]:
        """The judgement of the files, by root, of roots in which nothing was written: they are as they were read."""
        return {one.root: one.checked for one in self.mended if not (self.written and one.changed)}

    def findings(self, root: str, left: list[Diagnostic], policy: Policy, wanted: str) -> list[Diagnostic]:
        """The findings of a root: those that are `left`, with what would mend them where nothing was written, and those that the
        registries' answers make."""
        mine = [one for one in self.mended if one.root == root]
        if self.written:  # what is left now is what could not be fixed
            left = [one._replace(fixable=False) for one in left]
        else:
            known = {key_: remedy for one in mine for key_, remedy in remedies(one.patches)}
            tried = {key(fix.attempt.place) for one in mine for patch in one.patches for fix in patch.fixes}
            left = [_with_remedy(one, known.get(key(one)), tried) for one in left]
        found = [found for one in mine for found in _contradictions(one.patches, policy, wanted, written=self.written)]
        said = {one.path for one in left if one.rule == "PIN903"}
        failed = [(path, why) for one in mine for path, why in one.failed.items() if path not in said]
        found += [told_ for path, why in failed for told_ in broken(path, policy, why, "fixed")]
        return sorted([*left, *found], key=attrgetter("path", "line", "column", "rule")) if found else left


def _with_remedy(found: Diagnostic, remedy: Remedy | None, tried: set[Key]) -> Diagnostic:
    """The finding with what would mend it; what was tried in vain is not fixable, whatever the file alone promised."""
    return found._replace(remedy=remedy, fixable=remedy is not None) if remedy or key(found) in tried else found


def told(mended: Mended) -> Iterator[Told]:
    """What came of every attempt in a root, in order."""
    for patch in mended.patches:
        lines = _lines_now(patch)
        for fix, line in zip(patch.fixes, lines, strict=True):
            place, none = fix.attempt.place, fix.outcome if isinstance(fix.outcome, NoPin) else NoPin("")
            version, digests = (fix.pin.version, fix.pin.digests) if fix.pin is not None else (place.version, ())
            reference = fix.attempt.finding.reference
            yield Told(
                mended.root, patch.path, place, line, version, digests, change(fix), none.why, none.retry,
                subject(reference) if reference is not None else "", _sentence(none, fix.attempt), none.silent,
                LEAVE in none.why, not fix.attempt.refused,
            )  # fmt: skip


def _sentence(none: NoPin, attempt: Attempt) -> str:
    """The reason without what it is about, so that it is the same for all of which it holds."""
    asked = attempt.question
    for about in (f"{asked.name}:{asked.version}", f"{asked.name} {asked.version}", asked.name):
        if asked.name and none.why.startswith(f"{about}: "):
            return none.why[len(about) + 2 :]
    return none.why


def _lines_now(patch: Patch) -> list[int]:
    """The lines on which the fixes of a patch stand when it is written."""
    lines = [fix.attempt.place.line for fix in patch.fixes]
    if patch.created or patch.new == patch.old:
        return lines
    grown = [(patch.document.region(*edit.span), edit.text.count("\n")) for fix in patch.fixes for edit in fix.edits]
    added = sorted((region[2:], count - (region[2] - region[0])) for region, count in grown)
    moved, at = 0, 0
    for number, fix in sorted(enumerate(patch.fixes), key=lambda one: _where(one[1])):
        while at < len(added) and added[at][0] <= _where(fix):
            moved, at = moved + added[at][1], at + 1
        lines[number] += moved
    return lines


def _where(fix: Fix) -> tuple[int, int]:
    return fix.attempt.place.line, fix.attempt.place.column


def _contradictions(patches: Sequence[Patch], policy: Policy, wanted: str, *, written: bool) -> Iterator[Diagnostic]:
    """What an answer says against a file or against itself: findings of their own, whatever was or was not written, ready for a
    report. They are where they stand now if the patches are `written`, else where they stood."""
    changed = {patch.path: patch for patch in patches if patch.new != patch.old} if written else {}
    for patch in patches:
        said = [(fix.attempt.finding.span, fix.attempt.finding.reference, fix.outcome) for fix in patch.fixes]
        said += [(reference.span, reference, outcome) for reference, outcome in patch.untrue]
        now = changed.get(patch.path)
        made = [edit for fix in now.fixes for edit in fix.edits] if now is not None else []
        findings = [
            _finding(reference, _moved(place, made), outcome)
            for place, reference, outcome in said
            if reference is not None and isinstance(outcome, NoPin) and outcome.rule
        ]
        if findings:
            document = Document(now.path, now.new, now.format.decoding) if now is not None else patch.document
            yield from placed(findings, document, patch.format, policy, wanted)


def _finding(reference: Reference, place: Place, outcome: NoPin) -> Finding:
    return Finding(outcome.rule, place, f"{reference.role} {subject(reference)}: {outcome.why}", reference)


def _moved(place: Place, made: Iterable[Edit]) -> Place:
    """Where a place is after the edits; a path of keys leads there still."""
    if not isinstance(place, Span):
        return place
    by = sum(len(edit.text) - (edit.span.end - edit.span.start) for edit in made if edit.span.end <= place.start)
    return Span(place.start + by, place.end + by)
