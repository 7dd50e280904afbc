"""Requirements files that pip installs together: one hash among them makes pip demand a hash of every requirement, so they are
hashed whole or not at all.

Knows which files hang together and what must hold for all of them before any is written; must not know an index.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from pinlint.config import Policy
from pinlint.fix.pip_closed import Need, needs, open_end
from pinlint.fix.pip_commands import uses
from pinlint.fix.pip_compiled import rewritten
from pinlint.fix.plans import Answers, Asking, Attempt, Fix, Patch, Read, Run, Taken
from pinlint.fix.proof import edited, read, unproved
from pinlint.formats.requirements import included
from pinlint.formats.requirements.sets import FileSet, items_of
from pinlint.model import Diagnostic, Fact, Finding, Reference, Span
from pinlint.notations import edits
from pinlint.pins import Edit, NoPin, Pin, apply
from pinlint.question import Question
from pinlint.questions.pypi import about, directions
from pinlint.text import Document, Unread
from pinlint.tree import Tree

__all__ = ["Set", "plans"]

#: Facts that no pin can mend, and that hide what pip will do with the set.
_OBSTACLES = frozenset(("unreadable-file", "template", "detached-hash"))
_OPEN = frozenset(("PIN001", "PIN002", "PIN003", "PIN005"))
_LOOSE = ("floating", "range")
_WHOLE = "files that pip installs together are hashed whole or not at all, and"


class Set(NamedTuple):
    """Files that are to be hashed together: what is wanted in each, and why nothing is ("" = it is). `starts` is each of them with
    what it includes, `needs` what has hashes already, `alone` those that are installed without what their versions ask for."""

    run: Run
    files: list[Read]
    attempts: list[list[Attempt]]
    obstacle: str
    starts: tuple[FileSet, ...] = ()
    needs: tuple[Need, ...] = ()
    alone: frozenset[str] = frozenset()

    @property
    def paths(self) -> list[str]:
        """The files."""
        return [file.path for file in self.files]

    @property
    def taken(self) -> list[Taken]:
        """What is said of every requirement that lacks a hash."""
        return [(file.path, attempt.finding) for file, some in zip(self.files, self.attempts, strict=True) for attempt in some]

    def questions(self) -> Iterator[Asking]:
        """The hashes of what lacks them, and what everything asks for itself."""
        if not self.obstacle:
            yield from (attempt for some in self.attempts for attempt in some)
            yield from self.needs

    def patches(self, answers: Answers) -> list[Patch]:
        """The files with every hash written, or all as they are with the reason."""
        pins: list[dict[Question, Pin]] = []
        own: dict[Question, NoPin] = {}
        for attempts in self.attempts if not self.obstacle else ():
            found = {attempt.question: answers[attempt.question] for attempt in attempts}
            own |= {question: answer for question, answer in found.items() if isinstance(answer, NoPin)}
            pins.append({question: answer for question, answer in found.items() if isinstance(answer, Pin)})
        obstacle = self.obstacle or next((answer.why for answer in own.values()), "")
        if not obstacle:
            wanted = (attempt for attempts in self.attempts for attempt in attempts)
            obstacle = open_end(self.starts, wanted, self.needs, answers, self.alone, self.run.tree)
        if not obstacle:
            made, obstacle = _edited(self, pins)
        return _unchanged(self, own, obstacle) if obstacle else _changed(self, made, pins)


def plans(files: Sequence[Read], run: Run, _: Collection[Taken]) -> Iterator[Set]:
    """The sets among some requirements files, and those that they include, in which a hash is missing that has to be there."""
    if not any(_asks_for_hashes(file, run) for file in files):
        return
    known = {file.path: file for file in files}
    members: dict[str, Read] = {}
    for file in files:
        if file.path.endswith(".in"):
            continue
        for path in (file.path, *included(file.document, run.tree)):
            if path not in members:
                try:
                    members[path] = known.get(path) or _read(path, file, run)
                except Unread:
                    continue
    sets = {path: FileSet(one.document, items_of(one.document.text), run.tree) for path, one in members.items()}
    for group in _together(sets, run.tree):
        if any(_asks_for_hashes(members[path], run) for path in group):
            yield _wanted([members[path] for path in group], [sets[path] for path in group], run)


def _read(path: str, like: Read, run: Run) -> Read:
    """A file that nobody named, read like another one."""
    return read(run.tree.read(path, like.format.decoding), like, run.tree, run.policy)


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


def _wanted(files: list[Read], sets: list[FileSet], run: Run) -> Set:
    """What is to be hashed in a group of files."""
    told, problem = directions(sets, run.tree)
    obstacle = _unused([file.document for file in files], run.tree)
    attempts: list[list[Attempt]] = []
    for file, whole in zip(files, sets, strict=True):
        some, why = _attempts(file, whole, run)
        obstacle = obstacle or why
        asked = (about(one.reference, file.document, told, problem) for one in some)
        cooled = (run.cooldowns.applied(question, file.path) for question in asked)
        attempts.append([one._replace(question=question) for one, question in zip(some, cooled, strict=True)])
    used = uses(run.tree)
    alone = frozenset(file.path for file in files if file.path in used and used[file.path].alone)
    return Set(run, files, attempts, obstacle, tuple(sets), tuple(needs(sets, told, problem)), alone)


def _attempts(file: Read, whole: FileSet, run: Run) -> tuple[list[Attempt], str]:
    """(what lacks a hash in a file, why the file cannot have hashes: "" = it can)."""
    document, required, obstacle = file.document, run.policy.at(file.path).required, ""
    places = {finding.reference: (finding, place) for finding, place in file.reading.open if finding.rule in _OPEN}
    wanted = []
    for item in file.reading.items:
        if isinstance(item, Fact):
            obstacle = obstacle or (item.detail if item.kind in _OBSTACLES else "")
            continue
        if item.verdict == "digest" or item.role in ("constraint", "constraints file"):
            obstacle = obstacle or (_unhashable(item, document, run.unsafe) if item.artifact.kind == "git" else "")
            continue
        if item.artifact.kind == "pypi" and item.artifact.name in whole.constraint_hashes:
            continue
        why = _unhashable(item, document, run.unsafe)
        if not why and item not in places and (item.verdict in _LOOSE or required("pypi", item.artifact.name) == "digest"):
            why = f"an exception keeps {item.artifact.name} as it is: take that away, or install it from a file of its own"
            why = f"{item.artifact.name} is settled by {item.settled_by} only" if item.settled_by else why
        obstacle = obstacle or why
        finding, place = places.get(item) or _for_the_set(item, document)
        wanted.append(Attempt(finding, place, why, unsafe=run.unsafe))
    return wanted, obstacle


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


def _asks_for_hashes(file: Read, run: Run) -> bool:
    """Whether a finding that is to be mended says that a hash is missing in a file."""
    policy = run.policy.at(file.path)
    return any(run.mends(finding.rule) and _lacks_hash(finding, policy, run.unsafe) for finding, _ in file.reading.open)


def _lacks_hash(finding: Finding, policy: Policy, unsafe: bool) -> bool:
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
        f"pip has no way to check {name} by a hash: ask for a release of it, or install it from a file of its own"
        if reference.artifact.kind == "git"
        else f"{name} has no hash that an index knows: install it from a file of its own"
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


def _changed(one: Set, made: list[list[tuple[Edit, ...]]], pins: list[dict[Question, Pin]]) -> list[Patch]:
    together = tuple(one.paths)
    return [
        Patch(
            file.document,
            file.format,
            file.document.encode(apply(file.document.text, [edit for some in rows for edit in some])),
            [Fix(attempt, row[attempt.question], written) for attempt, written in zip(some, rows, strict=True)],
            together=together,
        )
        for file, rows, some, row in zip(one.files, made, one.attempts, pins, strict=True)
    ]


def _unchanged(one: Set, own: dict[Question, NoPin], obstacle: str) -> list[Patch]:
    return [
        Patch(
            file.document,
            file.format,
            file.document.data,
            [Fix(attempt, reason) for attempt, reason in zip(some, why, strict=True)],
        )
        for file, some, why in zip(one.files, one.attempts, _reasons(one, own, obstacle), strict=True)
    ]


def _reasons(one: Set, own: dict[Question, NoPin], obstacle: str) -> list[list[NoPin]]:
    """Why nothing is written, for each attempt: its own reason, or that of the whole set."""
    whole = NoPin(f"{_WHOLE} {obstacle}")
    return [
        [NoPin(attempt.refused) if attempt.refused else own.get(attempt.question, whole) for attempt in some]
        for some in one.attempts
    ]


def _edited(one: Set, pins: list[dict[Question, Pin]]) -> tuple[list[list[tuple[Edit, ...]]], str]:
    """(the edits of each attempt in each file, why they must not be made: "" = they may)."""
    planned: list[list[tuple[Edit, ...]]] = []
    after: list[Document] = []
    expected: dict[Reference, Reference] = {}
    for file, attempts, row in zip(one.files, one.attempts, pins, strict=True):
        planned.append([])
        for attempt in attempts:
            site, pin = attempt.reference.site, row[attempt.question]
            assert isinstance(site, Span)
            written = edits(attempt.reference, site, file.document, pin)
            if isinstance(written, NoPin):
                return [], written.why
            planned[-1].append(tuple(written))
            expected[attempt.reference] = attempt.reference._replace(version=pin.version)
        try:
            after.append(edited(file, apply(file.document.text, [edit for made in planned[-1] for edit in made])))
        except (ValueError, Unread) as error:
            return [], f"the edit does not fit the file: {error}"
    changed = one.run.tree.overlaid({document.path: document.data for document in after})
    for file, document in zip(one.files, after, strict=True):
        if why := unproved(file, read(document, file, changed, one.run.policy), expected, _lacking):
            return [], why
    return planned, ""


def _lacking(place: Diagnostic) -> bool:
    """Whether a finding says that a hash is missing still."""
    return place.rule == "PIN007" or (place.rule == "PIN003" and place.kind == "pypi")
