"""What an answer says against a file or against itself: findings of their own, whatever was or was not written.

Knows where such a finding stands once the rest of the file was mended; must not know what a registry compared.
"""

from __future__ import annotations

from collections.abc import Iterable

from pinlint.checks import subject
from pinlint.config import Policy
from pinlint.engine import placed
from pinlint.fix.mend import Mended
from pinlint.model import Diagnostic, Finding, Place, Reference, Span
from pinlint.pins import Edit, NoPin
from pinlint.text import Document

__all__ = ["contradictions"]


def contradictions(one: Mended, policy: Policy, wanted: str = "", *, written: bool) -> list[Diagnostic]:
    """The findings that the answers for a root's files make, ready for a report (see `engine.check` for `wanted`): where they
    stand now if the patches are `written`, else where they stood."""
    found = []
    for patch in one.patches:
        broken = [(fix.attempt, fix.outcome) for fix in patch.fixes if isinstance(fix.outcome, NoPin) and fix.outcome.rule]
        if broken and patch.path in one.formats:
            format_ = one.formats[patch.path]
            made = [edit for fix in patch.fixes for edit in fix.edits] if written else []
            document = Document(patch.path, patch.new, format_.decoding) if made else patch.document
            findings = [_finding(attempt.reference, attempt.finding.span, outcome, made) for attempt, outcome in broken]
            found += placed(findings, document, format_, policy, wanted)
    patches = {patch.path: patch for patch in one.patches} if written else {}
    for claim, outcome in one.misnamed:
        changed = patches.get(claim.document.path)
        made = [edit for fix in changed.fixes for edit in fix.edits] if changed else []
        document = Document(changed.path, changed.new, claim.format.decoding) if changed else claim.document
        finding = _finding(claim.reference, claim.reference.span, outcome, made)
        found += placed([finding], document, claim.format, policy, wanted)
    return found


def _finding(reference: Reference, place: Place, outcome: NoPin, made: list[Edit]) -> Finding:
    name = reference.artifact.name
    why = outcome.why.removeprefix(f"{name}: ").removeprefix(f"{name.rpartition('/')[2]}: ")
    message = f"{reference.role} {subject(reference)}: {why}"
    return Finding(outcome.rule, _moved(place, made), message, reference)


def _moved(place: Place, made: Iterable[Edit]) -> Place:
    """Where a place is after the edits; a path of keys leads there still."""
    if not isinstance(place, Span):
        return place
    by = sum(len(edit.text) - (edit.span.end - edit.span.start) for edit in made if edit.span.end <= place.start)
    return Span(place.start + by, place.end + by)
