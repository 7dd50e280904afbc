"""Requirements files that pip installs together: one hash among them makes pip demand a hash of every requirement, so they are
hashed whole or not at all.

Knows which files hang together and what must hold for all of them before any is written; must not know an index.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from pinlint.config import Policy
from pinlint.engine import open_findings, stream
from pinlint.fix import Attempt, Fix, Patch
from pinlint.fix import _identity as identity
from pinlint.fix.closed import Need, needs, open_end
from pinlint.fix.compiled import rewritten
from pinlint.fix.pip_commands import uses
from pinlint.formats import Format
from pinlint.formats.requirements import included
from pinlint.formats.requirements.sets import FileSet, items_of
from pinlint.model import Diagnostic, Fact, Finding, Reference, Span
from pinlint.notations import edits
from pinlint.pins import Edit, NoPin, Pin, apply
from pinlint.question import Question
from pinlint.questions.pypi import about, directions
from pinlint.text import Document, Unread
from pinlint.tree import Tree

__all__ = ["Set", "hashed_sets", "patches"]

#: Facts that no pin can mend, and that hide what pip will do with the set.
_OBSTACLES = frozenset(("unreadable-file", "template", "detached-hash"))
_MENDED = frozenset(("PIN003", "PIN007"))
_OPEN = frozenset(("PIN001", "PIN002", "PIN003", "PIN005"))
_LOOSE = ("floating", "range")
_WHOLE = "files that pip installs together are hashed whole or not at all, and"


class Set(NamedTuple):
    """Files that are to be hashed together: what is wanted in each, and why nothing is ("" = it is). `starts` is each of them with
    what it includes, `needs` what has hashes already, `alone` those that are installed without what their versions ask for."""

    format: Format
    documents: list[Document]
    attempts: list[list[Attempt]]
    obstacle: str
    starts: tuple[FileSet, ...] = ()
    needs: tuple[Need, ...] = ()
    alone: frozenset[str] = frozenset()


def hashed_sets(
    documents: Sequence[Document], format_: Format, tree: Tree, policy: Policy, codes: Sequence[str] = (), *, unsafe: bool = False
) -> list[Set]:
    """The sets among some requirements files, and those that they include, in which a hash is missing that has to be there."""
    members: dict[str, Document] = {}
    for document in documents:
        if document.path.endswith(".in"):
            continue
        for path in (document.path, *included(document, tree)):
            if path not in members:
                try:
                    members[path] = document if path == document.path else tree.read(path, format_.decoding)
                except Unread:
                    continue
    sets = {path: FileSet(document, items_of(document.text), tree) for path, document in members.items()}
    found = []
    for group in _together(sets, tree):
        one = _wanted([members[path] for path in group], [sets[path] for path in group], format_, tree, policy, codes, unsafe)
        if one:
            found.append(one)
    return found


def _together(sets: dict[str, FileSet], tree: Tree) -> list[list[str]]:
    """The paths in groups: files that some file or command brings together, directly or through others."""
    group, used = {path: path for path in sets}, uses(tree)

    def root(path: str) -> str:
        while group[path] != path:
            path = group[path]
        return path

    for path, whole in sets.items():
        for member in whole.members:
            if not member.constraint and member.path in group:
                group[root(member.path)] = root(path)
        for partner in used[path].partners if path in used else ():
            if partner in group:
                group[root(partner)] = root(path)
    found: dict[str, list[str]] = {}
    for path in sets:
        found.setdefault(root(path), []).append(path)
    return list(found.values())


def _wanted(
    documents: list[Document], sets: list[FileSet], format_: Format, tree: Tree, policy: Policy, codes: Sequence[str], unsafe: bool
) -> Set | None:
    """What is to be hashed in a group of files, or None if no rule asks for hashes there."""
    opened = [open_findings(document, format_, tree, policy) for document in documents]
    rules = [
        finding.rule
        for document, some in zip(documents, opened, strict=True)
        for finding, _ in some
        if _asks_for_hashes(finding, policy.at(document.path), unsafe)
    ]
    if not any(not codes or rule.startswith(tuple(codes)) for rule in rules):
        return None
    obstacle, (told, problem) = _unused(documents, tree), directions(sets, tree)
    attempts: list[list[Attempt]] = []
    for document, whole, some in zip(documents, sets, opened, strict=True):
        places = {finding.reference: (finding, place) for finding, place in some if finding.rule in _OPEN and finding.reference}
        required = policy.at(document.path).required
        wanted = []
        for item in stream(document, format_, tree):
            if isinstance(item, Fact):
                obstacle = obstacle or (item.detail if item.kind in _OBSTACLES else "")
                continue
            if item.verdict == "digest" or item.role in ("constraint", "constraints file"):
                obstacle = obstacle or (_unhashable(item, document, unsafe) if item.artifact.kind == "git" else "")
                continue
            if item.artifact.kind == "pypi" and item.artifact.name in whole.constraint_hashes:
                continue
            why = _unhashable(item, document, unsafe)
            if not why and item not in places and (item.verdict in _LOOSE or required("pypi", item.artifact.name) == "digest"):
                why = f"an exception keeps {item.artifact.name} as it is"
                why = f"{item.artifact.name} is settled by {item.settled_by} only" if item.settled_by else why
            obstacle = obstacle or why
            finding, place = places.get(item) or _for_the_set(item, document)
            wanted.append(Attempt(finding, place, why, about(item, document, told, problem), unsafe))
        attempts.append(wanted)
    used = uses(tree)
    alone = frozenset(document.path for document in documents if document.path in used and used[document.path].alone)
    return Set(format_, documents, attempts, obstacle, tuple(sets), tuple(needs(sets, told, problem)), alone)


def _unused(documents: Sequence[Document], tree: Tree) -> str:
    """What would take hashes out of the files again, or could not do with them ("" = nothing is known to)."""
    paths, used = {document.path for document in documents}, uses(tree)
    for document in documents:
        if why := rewritten(document, tree):
            return why
    for path in sorted(paths & used.keys()):
        if used[path].obstacle:
            return f"{path}: {used[path].obstacle}"
        for partner in used[path].partners:
            if partner not in paths and not _is_hashed(partner, tree):
                return f"{path} is installed together with {partner}, which has no hashes"
    return ""


def _is_hashed(path: str, tree: Tree) -> bool:
    try:
        document = tree.read(path, "pip")
    except Unread:
        return False
    return FileSet(document, items_of(document.text), tree).wholly_hashed()


def _asks_for_hashes(finding: Finding, policy: Policy, unsafe: bool) -> bool:
    """Whether a finding says that a hash is missing; one of a missing version does where the policy then asks for a hash."""
    if finding.reference is None or finding.reference.artifact.kind != "pypi":
        return finding.rule == "PIN007"
    required = policy.required("pypi", finding.reference.artifact.name)
    return finding.rule == "PIN003" or (unsafe and finding.rule == "PIN001" and required == "digest")


def _unhashable(reference: Reference, document: Document, unsafe: bool) -> str:
    """Why no hash can be written for a requirement that has none; "" if one can."""
    name = reference.artifact.name
    if not document.editable:
        return f"{document.path} holds bytes that cannot be written back as they are"
    if reference.artifact.kind == "pypi" and reference.verdict == "version" and reference.notation == "pip-hash":
        return ""
    if reference.artifact.kind == "pypi" and reference.verdict in _LOOSE:
        why = f"{name} is not pinned with ==, so there is no version to take the hashes of; --unsafe-fixes takes the newest one"
        return "" if unsafe and reference.notation == "pip-hash" else why
    return (
        f"pip has no way to check {name} by a hash"
        if reference.artifact.kind == "git"
        else f"{name} has no hash that an index knows"
    )


def _for_the_set(reference: Reference, document: Document) -> tuple[Finding, Diagnostic]:
    """The finding of the set, told for one of the requirements that lack a hash."""
    span = reference.span if isinstance(reference.span, Span) else Span(0, 0)
    message = f"{reference.role} {reference.artifact.name} {reference.version} has no hash"
    name, version = reference.artifact.name, reference.version
    place = Diagnostic(
        "PIN007", document.path, *document.region(*span), message, "pypi", name, version, reference.verdict, reference.role
    )
    return Finding("PIN007", span, message, reference), place


def patches(one: Set, tree: Tree, policy: Policy, answers: dict[Question, Pin | NoPin]) -> list[Patch]:
    """The files of a set with every hash written, or all as they are with the reason."""
    pins: list[dict[Question, Pin]] = []
    own: dict[Question, NoPin] = {}
    for attempts in one.attempts if not one.obstacle else ():
        found = {attempt.question: answers[attempt.question] for attempt in attempts}
        own |= {question: answer for question, answer in found.items() if isinstance(answer, NoPin)}
        pins.append({question: answer for question, answer in found.items() if isinstance(answer, Pin)})
    obstacle = one.obstacle or next((answer.why for answer in own.values()), "")
    if not obstacle:
        wanted = (attempt for attempts in one.attempts for attempt in attempts)
        obstacle = open_end(one.starts, wanted, one.needs, answers, one.alone, tree)
    made: list[list[tuple[Edit, ...]]] = []
    if not obstacle:
        made, obstacle = _edited(one, pins, tree, policy)
    if obstacle:
        reasons = _reasons(one, own, obstacle)
        return [
            Patch(document, document.data, [Fix(attempt, reason) for attempt, reason in zip(some, why, strict=True)])
            for document, some, why in zip(one.documents, one.attempts, reasons, strict=True)
        ]
    together = tuple(document.path for document in one.documents)
    return [
        Patch(
            document,
            document.encode(apply(document.text, [edit for some in rows for edit in some])),
            [Fix(attempt, row[attempt.question], made) for attempt, made in zip(some, rows, strict=True)],
            together=together,
        )
        for document, rows, some, row in zip(one.documents, made, one.attempts, pins, strict=True)
    ]


def _reasons(one: Set, own: dict[Question, NoPin], obstacle: str) -> list[list[NoPin]]:
    """Why nothing is written, for each attempt: its own reason, or that of the whole set, which is told once."""
    whole, reasons = NoPin(f"{_WHOLE} {obstacle}"), []
    for some in one.attempts:
        reasons.append([NoPin(attempt.refused) if attempt.refused else own.get(attempt.question, whole) for attempt in some])
        if whole in reasons[-1] and whole.why.startswith(_WHOLE):
            place = some[reasons[-1].index(whole)].place
            again = NoPin(f"not without the rest of its set: see {place.path}:{place.line}")
            first = reasons[-1].index(whole)
            reasons[-1] = [again if why is whole and number != first else why for number, why in enumerate(reasons[-1])]
            whole = again
    return reasons


def _edited(one: Set, pins: list[dict[Question, Pin]], tree: Tree, policy: Policy) -> tuple[list[list[tuple[Edit, ...]]], str]:
    """(the edits of each attempt in each file, why they must not be made: "" = they may)."""
    planned, after = [], []
    for document, attempts, row in zip(one.documents, one.attempts, pins, strict=True):
        rows: list[tuple[Edit, ...]] = []
        for attempt in attempts:
            site = attempt.reference.site
            assert isinstance(site, Span)
            written = edits(attempt.reference, site, document, row[attempt.question])
            if isinstance(written, NoPin):
                return [], written.why
            rows.append(tuple(written))
        planned.append(rows)
        try:
            text = apply(document.text, [edit for made in rows for edit in made])
            after.append(Document(document.path, document.encode(text), one.format.decoding))
        except (ValueError, Unread) as error:
            return [], f"the edit does not fit the file: {error}"
    chosen = {
        attempt.reference: row[attempt.question].version for some, row in zip(one.attempts, pins, strict=True) for attempt in some
    }
    changed = tree.overlaid({document.path: document.data for document in after})
    for before, now in zip(one.documents, after, strict=True):
        if why := _difference(before, now, one.format, tree, changed, policy, chosen):
            return [], why
    return planned, ""


def _difference(
    before: Document, after: Document, format_: Format, tree: Tree, changed: Tree, policy: Policy, chosen: dict[Reference, str]
) -> str:
    """What else than hashes the edits changed ("" = nothing): the same requirements in the same order, nothing missing a hash any
    more, no new finding."""
    asked = [one for one in stream(before, format_, tree) if not isinstance(one, Fact)]
    old = [identity(one._replace(version=chosen.get(one, one.version))) for one in asked]
    new = [identity(one) for one in stream(after, format_, changed) if not isinstance(one, Fact)]
    if old != new:
        return "after the edit the file would ask for something else"
    was = Counter((one.rule, one.kind, one.name, one.version) for _, one in open_findings(before, format_, tree, policy))
    now = Counter((one.rule, one.kind, one.name, one.version) for _, one in open_findings(after, format_, changed, policy))
    if fresh := now - was:
        return f"after the edit it would break {next(iter(fresh))[0]}"
    left = [rule for rule, kind, *_ in now if rule == "PIN007" or (rule in _MENDED and kind == "pypi")]
    return "the edit would not mend it" if left else ""
