"""`--fix` and `--diff`: from the files of a run to written pins and an account of them.

Must not know how a pin is found or written.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple, TypeVar

from pinlint import errors
from pinlint.budget import Exceeded
from pinlint.config import Policy
from pinlint.discover import Found
from pinlint.engine import included, stream
from pinlint.fix import Attempt, Fix, Patch, attempts, patch, resolve_all
from pinlint.fix.claims import Claim, claims
from pinlint.fix.cooldown import Cooldowns
from pinlint.fix.create import create
from pinlint.fix.filesets import Set, hashed_sets
from pinlint.fix.filesets import patches as set_patches
from pinlint.fix.locks import Relock, relock, relocks
from pinlint.fix.places import Unwritten, held, swept
from pinlint.fix.write import replace_all
from pinlint.formats import Format
from pinlint.model import Fact
from pinlint.pins import NoPin, Pin
from pinlint.question import Question, Resolve
from pinlint.questions import questions
from pinlint.schedule import new_tree
from pinlint.text import Document
from pinlint.tree import Tree
from pinlint.walk import walk

__all__ = ["Mended", "mend"]

T = TypeVar("T")
#: On which files pinlint itself failed, by path, and how.
_Failed = dict[str, str]


class Mended(NamedTuple):
    """What became of the files of one root: the patches, written or only planned, the formats of the patched files by path, the
    comments that name another version than the commit before them is, and on which files pinlint itself failed, and how."""

    root: str
    patches: list[Patch]
    formats: dict[str, Format]
    misnamed: list[tuple[Claim, NoPin]]
    failed: dict[str, str]

    @property
    def fixed(self) -> list[tuple[str, Fix]]:
        """(path of the finding, fix) for every pin."""
        return [(fix.attempt.place.path, fix) for one in self.patches for fix in one.fixes if fix.pin is not None]

    @property
    def unfixed(self) -> list[tuple[str, Fix]]:
        """(path of the finding, fix) for everything that could not be pinned."""
        return [(fix.attempt.place.path, fix) for one in self.patches for fix in one.fixes if fix.pin is None]


def mend(
    found: Sequence[Found],
    policy_of: Callable[[str], Policy],
    resolve: Resolve,
    codes: Sequence[str],
    *,
    unsafe: bool,
    write: bool,
    cooldown: int | None = None,
    answered: Callable[[int, int, str], None] = lambda *_: None,
) -> list[Mended]:
    """Every file of every root fixed as far as it can be; with `write` the new bytes are on disk when this returns. `cooldown` is
    how many seconds a release has to be out before it is chosen, whatever the configuration and the project's tools say.

    All questions are asked before the first byte is written, so that an interruption while asking changes nothing.
    """
    for root_found in found if write else ():
        _sweep(root_found)
    work = [
        _cooled(_Work(one, tree, *_wanted(one, tree, policy, codes, unsafe)), Cooldowns(tree, policy.cooldown, cooldown))
        for one in found
        for policy in [policy_of(one.root)]
        for tree in [new_tree(one.root, settings=policy.settings)]
    ]
    asked = [attempt for one in work for _, _, wanted in one.files for attempt in wanted]
    asked += [attempt for one in work for some in one.sets if not some.obstacle for wanted in some.attempts for attempt in wanted]
    asked += [attempt for one in work for lock in one.locks for attempt in lock.questions.values()]
    known = [need for one in work for some in one.sets if not some.obstacle for need in some.needs]
    answers = resolve_all([*asked, *known, *(claim for one in work for claim in one.claims)], resolve, answered)
    mended = []
    for one in work:
        root, policy = one.found.root, policy_of(one.found.root)
        together = _planned(one, policy, answers)
        made = [_written(root, patches) if write else patches for patches in together]
        formats = {document.path: format_ for document, format_, _ in one.files}
        formats |= {document.path: some.format for some in one.sets for document in some.documents}
        patches = sorted((one for patches in made for one in patches), key=lambda one: one.path)
        told = [(claim, answers[claim.question]) for claim in one.claims]
        misnamed = [(claim, answer) for claim, answer in told if isinstance(answer, NoPin) and answer.rule]
        mended.append(Mended(root, patches, formats, misnamed, one.failed))
    return mended


class _Work(NamedTuple):
    """What is wanted in the files of one root: in each on its own, in sets that change together, in locks of their own; and what is
    claimed of commits."""

    found: Found
    tree: Tree
    files: list[tuple[Document, Format, list[Attempt]]]
    sets: list[Set]
    locks: list[Relock]
    claims: list[Claim]
    failed: _Failed


def _contained(make: Callable[[], T], paths: Sequence[str], failed: _Failed, otherwise: T) -> T:
    """`make()`; where pinlint itself fails, `otherwise`, and `failed` says so of the files: the others are mended all the same."""
    try:
        return make()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is about these files
        failed.update((path, failed.get(path) or errors.failure(error)) for path in paths)
        return otherwise


def _planned(work: _Work, policy: Policy, answers: dict[Question, Pin | NoPin]) -> list[list[Patch]]:
    """The patches of a root, those in one list that are written together."""
    tree, failed = work.tree, work.failed
    planned = []
    for document, format_, wanted in work.files:
        made = _contained(partial(patch, document, format_, tree, policy, wanted, answers), [document.path], failed, None)
        planned.append([made] if made else [])
    for some in work.sets:
        paths = [document.path for document in some.documents]
        planned.append(_contained(partial(set_patches, some, tree, policy, answers), paths, failed, list[Patch]()))
    for lock in work.locks:
        made = _contained(partial(relock, lock, tree, policy, answers), [lock.document.path], failed, None)
        planned.append([made] if made else [])
    return planned


_Each = tuple[list[Relock], list[Claim], list[Attempt]]


def _wanted_in(document: Document, format_: Format, tree: Tree, policy: Policy, codes: Sequence[str], unsafe: bool) -> _Each:
    wanted = attempts(document, format_, tree, policy, codes, unsafe=unsafe)
    return (
        relocks(document, format_, tree, policy, codes, unsafe=unsafe),
        list(claims(document, format_, tree, policy, codes)),
        _asked(wanted, document, tree) if wanted else [],
    )


def _wanted(
    found: Found, tree: Tree, policy: Policy, codes: Sequence[str], unsafe: bool
) -> tuple[list[tuple[Document, Format, list[Attempt]]], list[Set], list[Relock], list[Claim], _Failed]:
    files, requirements, locks = [], [], []
    claimed: list[Claim] = []
    failed: _Failed = {}

    def make(document: Document, format_: Format) -> tuple[tuple[Document, _Each], list[str]]:
        wanted = _wanted_in(document, format_, tree, policy, codes, unsafe)
        return (document, wanted), _included(document, format_, tree)

    for one in walk(tree, found.files, make):
        if one.failed:
            failed[one.path] = one.failed
        if one.made is None:
            continue
        format_, (document, (relocked, told, wanted)) = one.format, one.made
        locks += relocked
        claimed += told
        if wanted:
            files.append((document, format_, wanted))
        if format_.name == "requirements":
            requirements.append((document, format_))
    if not requirements:
        return files, [], locks, claimed, failed
    together = [document for document, _ in requirements]
    make_sets = partial(hashed_sets, together, requirements[0][1], tree, policy, codes, unsafe=unsafe)
    sets = _contained(make_sets, [document.path for document in together], failed, list[Set]())
    mended = {
        (document.path, one.finding)
        for some in sets
        for document, of in zip(some.documents, some.attempts, strict=True)
        for one in of
    }
    files = [
        (document, format_, [one for one in of if (document.path, one.finding) not in mended]) for document, format_, of in files
    ]
    return [one for one in files if one[2]], sets, locks, claimed, failed


def _included(document: Document, format_: Format, tree: Tree) -> list[str]:
    """What a document includes and check judges: nothing where it is of another kind than its name says, or takes too much work."""
    try:
        found = included(document, format_, tree)
    except Exceeded:
        return []
    first = next(stream(document, format_, tree), None) if found else None
    return [] if isinstance(first, Fact) and first.kind == "foreign" else found


def _asked(wanted: list[Attempt], document: Document, tree: Tree) -> list[Attempt]:
    """The attempts with what the project's own files say about where to ask for each."""
    asked = questions([attempt.reference for attempt in wanted], document, tree)
    return [attempt._replace(question=question) for attempt, question in zip(wanted, asked, strict=True)]


def _cooled(work: _Work, cooldowns: Cooldowns) -> _Work:
    """The work, where versions are to be chosen with how fresh they may be."""

    def applied(attempts_: list[Attempt], document: Document) -> list[Attempt]:
        return [one._replace(question=cooldowns.applied(one.question, document.path)) for one in attempts_]

    files = [(document, format_, applied(wanted, document)) for document, format_, wanted in work.files]
    sets = [
        some._replace(attempts=[applied(of, document) for document, of in zip(some.documents, some.attempts, strict=True)])
        for some in work.sets
    ]
    locks = [
        lock._replace(questions=dict(zip(lock.questions, applied([*lock.questions.values()], lock.document), strict=True)))
        for lock in work.locks
    ]
    return work._replace(files=files, sets=sets, locks=locks)


def _written(root: str, patches: list[Patch]) -> list[Patch]:
    """The patches as they are on disk now: all of them written, or none."""
    changed = [made for made in patches if made.new != made.old]
    try:
        linked = replace_all(root, [(made.path, made.old, made.new) for made in changed if not made.created])
        for made in changed:
            if made.created:
                create(root, made.path, made.new)
    except Unwritten as error:
        why = NoPin(str(error))
        return [
            made._replace(new=made.old, fixes=[Fix(fix.attempt, why) if fix.pin else fix for fix in made.fixes]) for made in patches
        ]
    return [_linked(made) if made.path in linked else made for made in patches]


def _linked(made: Patch) -> Patch:
    """The patch with a remark for whoever meant the other names of the file to go along."""
    remark = "other names of this file, hard links, keep the old text"
    fixes = [
        fix._replace(outcome=fix.pin._replace(remark=f"{fix.pin.remark}; {remark}" if fix.pin.remark else remark))
        if fix.pin
        else fix
        for fix in made.fixes
    ]
    return made._replace(fixes=fixes)


def _sweep(found: Found) -> None:
    """What a run left behind that was killed while it wrote, in the folders of the files that are judged."""
    for folder in {path.rpartition("/")[0] for path, _ in found.files}:
        with suppress(Unwritten):
            place = held(found.root, f"{folder}/." if folder else ".", follow=False)
            try:
                swept(place.folder)
            finally:
                os.close(place.folder)
