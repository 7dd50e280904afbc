"""Which findings a fix is attempted for, and why it is not for others: by what the file says, and by what else reads or writes the
place. Nobody is asked yet.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from pinlint.ecosystems import ECOSYSTEMS
from pinlint.engine import spans
from pinlint.fix.consumers import REFUSED, UNSAFE, objections
from pinlint.fix.plans import Attempt, Read, Run, Taken
from pinlint.model import Finding, Place, Reference, Span
from pinlint.notations import NOTATIONS, is_asked, may_mend
from pinlint.question import Question
from pinlint.text import Document
from pinlint.tree import Tree

__all__ = ["attempts"]

#: The rest of a word that holds a place, and what in it a variable fills in.
_WORD_BEFORE, _WORD = re.compile(r"[^\s\"']+\Z"), re.compile(r"[^\s\"']*")
_VARIABLE = re.compile(r"\$[\w({\[]|\{\{|<<")


def attempts(file: Read, run: Run, taken: Collection[Taken] = ()) -> list[Attempt]:
    """What there is to fix in a file, in order, but for the findings that are `taken`."""
    found = []
    for finding, place in file.reading.open:
        reference = finding.reference
        if reference is None or not run.mends(finding.rule) or not may_mend(finding.rule, reference):
            continue
        if not taken or (file.path, finding) not in taken:
            refused = _refused(finding, reference, file.document, unsafe=run.unsafe)
            found.append(Attempt(finding, place, refused, Question.about(reference), run.unsafe))
    return _accepted_elsewhere(found, file, run.tree)


def _accepted_elsewhere(found: list[Attempt], file: Read, tree: Tree) -> list[Attempt]:
    """The attempts, those refused or remarked on to whose pin something else has an objection that reads or writes the place."""
    some = (one.reference for one in found if not one.refused and NOTATIONS[one.reference.notation].consumers)
    places = [one.site for one in some if one.site is not None]
    sites = spans(file.document, file.format, places) if places else {}
    return [_objected(one, sites, file.document, tree) if one.reference.site in sites and not one.refused else one for one in found]


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
    if not ECOSYSTEMS[reference.artifact.kind].registry:
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
    if reference.notation in NOTATIONS:
        return "the lock beside it was made for this ref, and its tool would refuse another: write the commit, and the lock anew"
    if not reference.version:
        return "no version stands there that a pin could take the place of; write the one that you want"
    return "no place in the file is sure to take the pin; write it by hand, in the form that the reader of the file takes"
