"""Findings to pins: resolve, edit, read the new text again, accept or refuse.

Knows the order of the work and what must hold before a byte is written; must not know a file format or a registry.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import NamedTuple, Protocol

from pinlint import errors
from pinlint.config import Policy
from pinlint.engine import REPORT_IT, open_findings, spans, stream
from pinlint.fix.consumers import REFUSED, UNSAFE, objections
from pinlint.formats import Format
from pinlint.model import Diagnostic, Fact, Finding, Place, Reference, Span
from pinlint.notations import NOTATIONS, edits, is_asked, is_replaced, may_mend, mirrors
from pinlint.pins import Edit, NoPin, Pin, apply
from pinlint.question import Question, Resolve
from pinlint.text import Document, Unread
from pinlint.tree import Tree

__all__ = ["Asking", "Attempt", "Fix", "Patch", "attempts", "patch", "resolve_all"]

#: Kinds of which no registry can be asked.
_UNKNOWN = ("task", "pipe")
_THREADS = 16
#: The rest of a word that holds a place, and what in it a variable fills in.
_WORD_BEFORE, _WORD = re.compile(r"[^\s\"']+\Z"), re.compile(r"[^\s\"']*")
_VARIABLE = re.compile(r"\$[\w({\[]|\{\{|<<")

#: The question of what is not asked.
_NOTHING = Question("", "")


class Attempt(NamedTuple):
    """A finding for which a pin is wanted, or `refused` with the reason why none is even asked for. `question` is what a registry
    is asked, `unsafe` whether a pin may be written that changes what runs, `remark` what whoever reads of the fix should know of
    the place."""

    finding: Finding
    place: Diagnostic
    refused: str
    question: Question = _NOTHING
    unsafe: bool = False
    remark: str = ""

    @property
    def reference(self) -> Reference:
        """The reference that the finding is about."""
        assert self.finding.reference is not None
        return self.finding.reference


class Fix(NamedTuple):
    """What became of one attempt: a pin, and the edits of the patched file that write it, or the reason why there is none."""

    attempt: Attempt
    outcome: Pin | NoPin
    edits: tuple[Edit, ...] = ()

    @property
    def pin(self) -> Pin | None:
        """What was written, or would be."""
        return self.outcome if isinstance(self.outcome, Pin) else None

    @property
    def why(self) -> str:
        """Why nothing was; "" where something was."""
        return self.outcome.why if isinstance(self.outcome, NoPin) else ""


class Patch(NamedTuple):
    """What is to be written to one file: `new` is `old` where nothing is. `created` is whether there is no such file yet,
    `together` the paths of the files that are changed with it or not at all."""

    document: Document
    new: bytes
    fixes: list[Fix]
    created: bool = False
    together: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Where the file lies, relative to the root."""
        return self.document.path

    @property
    def old(self) -> bytes:
        """What the file held when it was read; nothing where there is none."""
        return self.document.data


def attempts(
    document: Document, format_: Format, tree: Tree, policy: Policy, codes: Sequence[str] = (), *, unsafe: bool = False
) -> list[Attempt]:
    """What there is to fix in a document, in order; `codes` limit the rules, `unsafe` allows fixes that may change what runs."""
    found = []
    for finding, place in open_findings(document, format_, tree, policy):
        if finding.reference is None or (codes and not finding.rule.startswith(tuple(codes))):
            continue
        if not may_mend(finding.rule, finding.reference):
            continue
        refused = _refused(finding, finding.reference, document, unsafe=unsafe)
        found.append(Attempt(finding, place, refused, Question.about(finding.reference), unsafe))
    return _accepted_elsewhere(found, document, format_, tree)


def _accepted_elsewhere(found: list[Attempt], document: Document, format_: Format, tree: Tree) -> list[Attempt]:
    """The attempts, those refused or remarked on to whose pin something else has an objection that reads or writes the place."""
    some = (one.reference for one in found if not one.refused and NOTATIONS[one.reference.notation].consumers)
    places = [one.site for one in some if one.site is not None]
    sites = spans(document, format_, places) if places else {}
    return [_objected(one, sites, document, tree) if one.reference.site in sites and not one.refused else one for one in found]


def _objected(attempt: Attempt, sites: dict[Place, Span], document: Document, tree: Tree) -> Attempt:
    assert attempt.reference.site is not None
    raised = objections(attempt.reference, sites[attempt.reference.site], document, tree)
    if not raised:
        return attempt
    first = raised[0]
    if first.grade == REFUSED:
        return attempt._replace(refused=first.why)
    if first.grade == UNSAFE and not attempt.unsafe:
        return attempt._replace(refused=f"{first.why}; --unsafe-fixes allows it")
    return attempt._replace(remark="; ".join(one.why for one in raised))


def _refused(finding: Finding, reference: Reference, document: Document, *, unsafe: bool) -> str:
    if reference.artifact.kind in _UNKNOWN:
        return f"nobody whom pinlint could ask knows the versions of a {reference.artifact.kind}; write the exact one by hand"
    if reference.artifact.kind == "action" and reference.artifact.source and "://" not in reference.artifact.source:
        return "only the instance knows where it looks for it; write its whole address"
    if reference.site is None or reference.notation not in NOTATIONS:
        return _placeless(reference, document)
    if not unsafe and not is_asked(finding.rule, reference):
        return "this fix may change what runs; --unsafe-fixes allows it"
    if not document.editable:
        return "the file holds bytes that cannot be written back as they are"
    return ""


class Asking(Protocol):
    """Whatever has a question: an attempt to fix, a comment to check."""

    @property
    def refused(self) -> str:
        """Why nothing is asked; "" = it is."""

    @property
    def question(self) -> Question:
        """What is asked."""

    @property
    def reference(self) -> Reference:
        """About what."""


def _placeless(reference: Reference, document: Document) -> str:
    """Why no pin can be written for a reference without a site, and what to do instead."""
    if isinstance(reference.span, Span):
        start, end = reference.span
        before, after = _WORD_BEFORE.search(document.text[max(0, start - 300) : start]), _WORD.match(document.text, end)
        word = f"{before[0] if before else ''}{document.text[start:end]}{after[0] if after else ''}"
        if _VARIABLE.search(word):
            return f"what is asked for is put together from {' '.join(word.split())[:120]}; change it where that is set"
    if advice := reference.why.partition("; ")[2]:
        return advice
    if not reference.version:
        return "no version stands there that a pin could take the place of; write the one that you want"
    return "no place in the file is sure to take the pin; write it by hand, in the form that the reader of the file takes"


def resolve_all(
    wanted: Iterable[Asking], resolve: Resolve, answered: Callable[[int, int, str], None] = lambda *_: None
) -> dict[Question, Pin | NoPin]:
    """An answer for every question, each asked once, by a bounded number of threads; `answered(done, total, subject)` hears of it.

    A question without an answer is a NoPin, also where the mistake is pinlint's own.
    """
    asked = dict.fromkeys(attempt.question for attempt in wanted if not attempt.refused)
    answers: dict[Question, Pin | NoPin] = {}
    hearing = threading.Lock()

    def ask(question: Question) -> None:
        try:
            answer = NoPin(question.problem) if question.problem else resolve(question)
        except Exception as error:  # noqa: BLE001 - what one registry says must not take the other answers away
            answer = NoPin(f"pinlint failed where it asked for it: {errors.failure(error)}; {REPORT_IT}")
        with hearing:
            answers[question] = answer
            answered(len(answers), len(asked), question.subject)

    for question in list(asked)[:1]:
        answered(0, len(asked), question.subject)
    pool = ThreadPoolExecutor(max_workers=min(_THREADS, max(1, len(asked))))
    try:
        for future in as_completed([pool.submit(ask, question) for question in asked]):
            future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # after an interruption nobody waits for the slowest registry
    return answers


def patch(
    document: Document, format_: Format, tree: Tree, policy: Policy, wanted: list[Attempt], answers: dict[Question, Pin | NoPin]
) -> Patch:
    """The file with every pin written that stands the test: read again, nothing may differ but what was to be pinned.

    Where all edits together fail the test, halves of them are tried: only the guilty ones are left out.
    """
    also = mirrors([attempt.reference for attempt in wanted if not attempt.refused], document)
    places = [attempt.reference.site for attempt in wanted if attempt.reference.site is not None]
    sites = spans(document, format_, [*places, *(place for places in also.values() for place in places)])
    fixes: list[Fix] = []
    planned: list[tuple[Attempt, Pin, list[Edit]]] = []
    for attempt in wanted:
        answer = NoPin(attempt.refused) if attempt.refused else answers[attempt.question]
        if isinstance(answer, Pin) and answer.unsafe and not attempt.unsafe:
            answer = NoPin(f"{answer.unsafe}; --unsafe-fixes allows it")
        if isinstance(answer, Pin):
            if attempt.remark:
                answer = answer._replace(remark="; ".join(filter(None, (answer.remark, attempt.remark))))
            site = attempt.reference.site
            assert site is not None
            made = [edits(attempt.reference, sites[place], document, answer) for place in (site, *also.get(site, ()))]
            problem = next((one for one in made if isinstance(one, NoPin)), None)
            if problem is None:
                planned.append((attempt, answer, [edit for one in made if isinstance(one, list) for edit in one]))
                continue
            answer = problem
        fixes.append(Fix(attempt, answer))
    text, accepted, refused = _accepted(document, format_, tree, policy, planned)
    fixes += [Fix(attempt, pin, tuple(made)) for attempt, pin, made in accepted]
    fixes += [Fix(attempt, NoPin(why)) for attempt, why in refused]
    fixes.sort(key=lambda fix: (fix.attempt.place.line, fix.attempt.place.column))
    return Patch(document, document.encode(text), fixes)


Planned = list[tuple[Attempt, Pin, list[Edit]]]


def _accepted(
    document: Document, format_: Format, tree: Tree, policy: Policy, planned: Planned
) -> tuple[str, Planned, list[tuple[Attempt, str]]]:
    """(the new text, what of the plan it holds, what it does not and why)."""
    kept: Planned = []
    refused: list[tuple[Attempt, str]] = []
    text = document.text

    def admit(some: Planned) -> None:
        nonlocal text
        tried, why = _applied(document, format_, tree, policy, [*kept, *some])
        if not why:
            kept.extend(some)
            text = tried
        elif len(some) == 1:
            refused.append((some[0][0], why))
        else:
            admit(some[: len(some) // 2])
            admit(some[len(some) // 2 :])

    if planned:
        admit(planned)
    return text, kept, refused


def _applied(document: Document, format_: Format, tree: Tree, policy: Policy, planned: Planned) -> tuple[str, str]:
    """(the text with the planned edits, why it must not be written: "" = it may)."""
    if not planned:
        return document.text, ""
    try:
        text = apply(document.text, [edit for _, _, made in planned for edit in made])
        after = Document(document.path, document.encode(text), format_.decoding)
    except (ValueError, Unread) as error:
        return document.text, f"the edit does not fit the file: {error}"
    return text, _difference(document, after, format_, tree, policy, planned)


def _difference(before: Document, after: Document, format_: Format, tree: Tree, policy: Policy, planned: Planned) -> str:
    """What else than the intended pins the edit changed ("" = nothing): the same artifacts in the same order with the same
    versions, the findings gone, no new one, and the same structure in the eyes of a second reader."""
    renewed = tree.overlaid({after.path: after.data})  # what was read of the file before is not what it says now
    replaced = {attempt.reference: pin for attempt, pin, _ in planned if is_replaced(attempt.reference)}
    # Of tens of thousands of references only what counts is kept.
    old = [_identity(_replaced(one, replaced.get(one))) for one in stream(before, format_, tree) if not isinstance(one, Fact)]
    new = [_identity(one) for one in stream(after, format_, renewed) if not isinstance(one, Fact)]
    if old != new:
        return "after the edit the file would ask for something else"
    mended_keys = sorted(_key(attempt.place) for attempt, _, _ in planned)
    before_keys = sorted(_key(one) for _, one in open_findings(before, format_, tree, policy))
    after_keys = sorted(_key(one) for _, one in open_findings(after, format_, renewed, policy))
    if sorted([*after_keys, *mended_keys]) != before_keys:
        fresh = [key for key in after_keys if key not in before_keys]
        return f"after the edit it would break {fresh[0][0]}" if fresh else "the edit would not mend it"
    return _second_opinion(
        before, after, format_, planned, [(one.version, pin.digests[0]) for one, pin in replaced.items() if pin.digests]
    )


def _key(one: Diagnostic) -> tuple[str, str, str, str]:
    return one.rule, one.kind, one.name, one.version


def _replaced(reference: Reference, pin: Pin | None) -> Reference:
    """The reference as it is to be found again where the pin takes the place of its version."""
    return reference._replace(version=(*pin.digests, pin.version)[0], digests=pin.digests) if pin else reference


def _identity(reference: Reference) -> tuple[str, str, str, str]:
    """What a fix must not change: the artifact, its role, and the version asked for without its digest."""
    version = reference.version.partition("@")[0]
    version = "" if version in reference.digests else version
    return reference.artifact.kind, reference.artifact.name, reference.role, version if version != "latest" else ""


def _second_opinion(
    before: Document, after: Document, format_: Format, planned: Planned, replaced: Iterable[tuple[str, str]]
) -> str:
    from pinlint.fix import second_reader

    if format_.name == "dockerfile":
        return second_reader.dockerfile_difference(before.text, after.text, replaced)
    changes = {(before.text[slice(*edit.span)], edit.text) for _, _, made in planned for edit in made}
    if f"/{before.path}".endswith((".yml", ".yaml", "/Kustomization")):
        return second_reader.yaml_difference(before.text, after.text, changes)
    return second_reader.toml_difference(before.text, after.text, changes) if before.path.endswith(".toml") else ""
