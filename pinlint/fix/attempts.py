"""Which findings a fix is attempted for, and why it is not for others: by what the file says, and by what else reads or writes the
place. Nobody is asked yet.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from pinlint.ecosystems import ECOSYSTEMS
from pinlint.engine import spans
from pinlint.fix.consumers import REFUSED, UNSAFE, objections
from pinlint.fix.plans import LEAVE, Attempt, Read, Run, Taken
from pinlint.model import Finding, Place, Reference, Span
from pinlint.notations import NOTATIONS, is_asked, is_replaced, may_mend
from pinlint.question import Question
from pinlint.text import Document
from pinlint.tree import Tree

__all__ = ["attempts"]

#: The rest of a word that holds a place, and what in it a variable fills in.
_WORD_BEFORE, _WORD = re.compile(r"[^\s\"']+\Z"), re.compile(r"[^\s\"']*")
_VARIABLE = re.compile(r"\$[\w({\[]|\{\{|<<")
_DEFAULT = re.compile(r"\$\{\w+:?-[^}]")
#: What to type where pinlint writes nothing, by artifact kind.
_EXACT = "write one exact version"
_BY_HAND = {
    "image": "write NAME:TAG@sha256:…; `docker buildx imagetools inspect NAME:TAG` prints the digest",
    "action": "write OWNER/REPO@COMMIT; `git ls-remote https://github.com/OWNER/REPO` lists them",
    "git": "write the full commit; `git ls-remote URL REF` prints it",
    "url": "write its sha256 where the file takes one; `curl -fsSL URL | sha256sum` prints it",
    "npm": "let the tool that wrote the lock write it anew",
    "pypi": "write ==VERSION with --hash=sha256:…; `pip-compile --generate-hashes` writes both",
}
#: The same in a command, where people choose the version that they run.
_IN_COMMAND = {
    "image": "a pull by digest gives the image no tag, and the file names it elsewhere: pin it where it is run",
    "npm": "no version stands there that a pin could take the place of: write NAME@VERSION; `npm ls -g` prints the one in use",
    "pypi": "no version stands there that a pin could take the place of: write NAME==VERSION; `pip freeze` prints the one in use",
    "helm": "no version stands there that a pin could take the place of: write --version; `helm list` prints the one in use",
}


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
        return attempt._replace(refused=f"{first.why}; {LEAVE}")
    return attempt._replace(remark="; ".join(one.why for one in raised))


def _refused(finding: Finding, reference: Reference, document: Document, *, unsafe: bool) -> str:
    kind = reference.artifact.kind
    if reference.command and reference.site is None and kind in _IN_COMMAND and (kind != "image" or "pulled" in reference.role):
        return _IN_COMMAND[kind]
    if not ECOSYSTEMS[kind].registry:
        return f"no registry of {kind} is asked by pinlint: write the exact version by hand, or let its own tool write the lock"
    if kind == "action" and reference.artifact.source and "://" not in reference.artifact.source:
        return "only the instance knows where it looks for it: write its whole address, https://HOST/OWNER/REPO@REF"
    if reference.site is None or reference.notation not in NOTATIONS:
        return _placeless(reference, document)
    if not unsafe and not is_asked(finding.rule, reference):
        return _unasked(reference)
    if not document.editable:
        return f"the file holds bytes that are no text and cannot be written back as they are: {_BY_HAND.get(kind, _EXACT)}"
    return ""


def _unasked(reference: Reference) -> str:
    """Why nobody is asked as long as the user does not allow it, and what would be written."""
    written = ECOSYSTEMS[reference.artifact.kind].written
    if is_replaced(reference):
        chosen = "commit that it has now" if written == "commit" else "newest version that it allows today"
        return f"no single version is asked for; {LEAVE}, and writes the {chosen}, which need not be the one in use"
    return f"{LEAVE}, and writes the {written} of today, which may be of other bytes than those in use"


def _placeless(reference: Reference, document: Document) -> str:
    """Why no pin can be written for a reference without a site, and what to do instead."""
    kind = reference.artifact.kind
    if isinstance(reference.span, Span):
        start, end = reference.span
        before, after = _WORD_BEFORE.search(document.text[max(0, start - 300) : start]), _WORD.match(document.text, end)
        word = f"{before[0] if before else ''}{document.text[start:end]}{after[0] if after else ''}"
        if _DEFAULT.search(word) and kind == "image":
            return (
                "a variable may name another version: write the digest into its default, ${NAME:-TAG@sha256:…}, or where it is set"
            )
        if _VARIABLE.search(word):
            return f"a variable is a part of it: write it out here, or its value there with the pin; {_BY_HAND.get(kind, _EXACT)}"
    if advice := reference.why.partition("; ")[2]:
        return advice
    if reference.notation in NOTATIONS:
        return "the lock beside it was made for this ref, and its tool would refuse another: write the commit, and the lock anew"
    if not reference.version:
        return f"no version stands there that a pin could take the place of: {_BY_HAND.get(kind, _EXACT)}"
    return f"whether the reader of this place takes a pin cannot be told: {_BY_HAND.get(kind, _EXACT)}"
