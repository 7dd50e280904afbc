"""`--fix` and `--diff`: from the files of a run to written pins and an account of them.

Knows which resolver serves which kind; must not know how a pin is found or written.
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
from pinlint.fix import Attempt, Context, Fix, Patch, Question, Resolve, attempts, filesets, patch, resolve_all
from pinlint.fix.cooldown import Cooldown
from pinlint.fix.create import create
from pinlint.fix.filesets import Set, hashed_sets
from pinlint.fix.filesets import patches as set_patches
from pinlint.fix.locks import Relock, relock, relocks
from pinlint.fix.places import Unwritten, held, swept
from pinlint.fix.said import SAID, Said, said
from pinlint.fix.write import replace_all
from pinlint.formats import Format
from pinlint.model import Fact, Reference
from pinlint.pins import NoPin, Pin
from pinlint.schedule import new_tree
from pinlint.text import Document
from pinlint.tree import Tree
from pinlint.walk import walk

__all__ = ["Mended", "Resolver", "mend"]


#: Tells, for references of a document, what the project's own files say about where to ask.
_Told = Callable[[list[Reference], Document, Tree], Sequence[Context]]
T = TypeVar("T")
#: On which files pinlint itself failed, by path, and how.
_Failed = dict[str, str]


class Mended(NamedTuple):
    """What became of the files of one root: the patches, written or only planned, the formats of the patched files by path, the
    comments that name another version than the commit before them is, and on which files pinlint itself failed, and how."""

    root: str
    patches: list[Patch]
    formats: dict[str, Format]
    misnamed: list[tuple[Said, NoPin]]
    failed: dict[str, str]

    @property
    def fixed(self) -> list[tuple[str, Fix]]:
        """(path of the finding, fix) for every pin."""
        return [(fix.attempt.place.path, fix) for one in self.patches for fix in one.fixes if fix.pin is not None]

    @property
    def unfixed(self) -> list[tuple[str, Fix]]:
        """(path of the finding, fix) for everything that could not be pinned."""
        return [(fix.attempt.place.path, fix) for one in self.patches for fix in one.fixes if fix.pin is None]


class Resolver:
    """Answers questions about any kind of artifact by the registry of that kind; one for a run."""

    def __init__(self) -> None:
        from pinlint.ecosystems.git.registry import Registry as Git
        from pinlint.ecosystems.helm.configuration import logins
        from pinlint.ecosystems.helm.registry import Registry as Helm
        from pinlint.ecosystems.maven.registry import Downloads, Versions
        from pinlint.ecosystems.npm.configuration import Project
        from pinlint.ecosystems.npm.registry import Registry as Npm
        from pinlint.ecosystems.oci.configuration import Configuration as Images
        from pinlint.ecosystems.oci.credentials import Keyring, authorities
        from pinlint.ecosystems.oci.registry import Registry as Oci
        from pinlint.ecosystems.orb.registry import Orbs
        from pinlint.ecosystems.pypi.registry import Asked
        from pinlint.ecosystems.pypi.registry import Registry as Pypi
        from pinlint.ecosystems.url.registry import Includes
        from pinlint.http import Client

        def may_be_plain(host: str) -> bool:
            return images.may_be_plain(host) or host in npm.plain_hosts or host in pypi.plain_hosts

        images = Images()
        self.client = Client(
            may_be_plain=may_be_plain,
            authorities=lambda place: [*authorities(place), *(npm.known.authorities(place) if npm.known else ())],
            identity=lambda place: npm.known.identity(place) if npm.known else ("", ""),
            proxy=lambda scheme, place: npm.known.proxy(scheme, place) if npm.known else None,
        )
        oci = Oci(self.client, sources_of=images.sources)
        npm, pypi, git = Npm(self.client), Pypi(self.client), Git(self.client)
        charts = Oci(self.client, Keyring(first=logins()))
        helm = Helm(self.client, tags_of=charts.tags)
        orbs = Orbs(self.client)
        downloads, versions, includes = Downloads(self.client), Versions(self.client), Includes(self.client)
        self._kinds: dict[str, Resolve] = {
            "image": lambda reference, _: oci.resolve(reference),
            "npm": lambda reference, context: npm.resolve(reference, Project(*context)),
            "pypi": lambda reference, context: pypi.resolve(reference, Asked(*context)),
            "git": lambda reference, context: git.check(reference) if context == SAID else git.resolve(reference, *context),
            "action": lambda reference, context: (git.check if context == SAID else git.resolve)(reference),
            "helm": lambda reference, context: helm.resolve(reference, *context),
            "url": lambda reference, _: (includes if reference.notation == "include-integrity" else downloads).resolve(reference),
            "maven": versions.resolve,
            "orb": lambda reference, context: orbs.resolve(reference, *context),
        }

    def __call__(self, reference: Reference, context: Context) -> Pin | NoPin:
        """The answer of the registry for the reference's kind; `context` is what the project's own files say about where to ask."""
        with self.client.question():
            return self._kinds[reference.artifact.kind](reference, context)


def mend(
    found: Sequence[Found],
    policy_of: Callable[[str], Policy],
    resolve: Resolve,
    codes: Sequence[str],
    *,
    unsafe: bool,
    write: bool,
    min_age: int | None = None,
    answered: Callable[[int, int, str], None] = lambda *_: None,
) -> list[Mended]:
    """Every file of every root fixed as far as it can be; with `write` the new bytes are on disk when this returns. `min_age` is
    how many seconds a release has to be out before it is chosen, whatever the configuration and the project's tools say.

    All questions are asked before the first byte is written, so that an interruption while asking changes nothing.
    """
    for root_found in found if write else ():
        _sweep(root_found)
    work = [
        _cooled(_Work(one, tree, *_wanted(one, tree, policy, codes, unsafe)), Cooldown(tree, policy.min_age, min_age))
        for one in found
        for policy in [policy_of(one.root)]
        for tree in [new_tree(one.root, settings=policy.settings)]
    ]
    asked = [attempt for one in work for _, _, wanted in one.files for attempt in wanted]
    asked += [attempt for one in work for some in one.sets if not some.obstacle for wanted in some.attempts for attempt in wanted]
    asked += [attempt for one in work for lock in one.locks for attempt in lock.questions.values()]
    known = [need for one in work for some in one.sets if not some.obstacle for need in some.needs]
    answers = resolve_all([*asked, *known, *(comment for one in work for comment in one.said)], resolve, answered)
    mended = []
    for one in work:
        root, policy = one.found.root, policy_of(one.found.root)
        together = _planned(one, policy, answers)
        made = [_written(root, patches) if write else patches for patches in together]
        formats = {document.path: format_ for document, format_, _ in one.files}
        formats |= {document.path: some.format for some in one.sets for document in some.documents}
        patches = sorted((one for patches in made for one in patches), key=lambda one: one.path)
        told = [(comment, answers[comment.question]) for comment in one.said]
        misnamed = [(comment, answer) for comment, answer in told if isinstance(answer, NoPin) and answer.rule]
        mended.append(Mended(root, patches, formats, misnamed, one.failed))
    return mended


class _Work(NamedTuple):
    """What is wanted in the files of one root: in each on its own, in sets that change together, in locks of their own; and what is
    said of commits."""

    found: Found
    tree: Tree
    files: list[tuple[Document, Format, list[Attempt]]]
    sets: list[Set]
    locks: list[Relock]
    said: list[Said]
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


_Each = tuple[list[Relock], list[Said], list[Attempt]]


def _wanted_in(document: Document, format_: Format, tree: Tree, policy: Policy, codes: Sequence[str], unsafe: bool) -> _Each:
    wanted = attempts(document, format_, tree, policy, codes, unsafe=unsafe)
    return (
        relocks(document, format_, tree, policy, codes, unsafe=unsafe),
        list(said(document, format_, tree, policy, codes)),
        _in_context(wanted, document, tree) if wanted else [],
    )


def _wanted(
    found: Found, tree: Tree, policy: Policy, codes: Sequence[str], unsafe: bool
) -> tuple[list[tuple[Document, Format, list[Attempt]]], list[Set], list[Relock], list[Said], _Failed]:
    files, requirements, locks = [], [], []
    comments: list[Said] = []
    failed: _Failed = {}

    def make(document: Document, format_: Format) -> tuple[tuple[Document, _Each], list[str]]:
        wanted = _wanted_in(document, format_, tree, policy, codes, unsafe)
        return (document, wanted), _included(document, format_, tree)

    for path, format_, made, *_, why in walk(tree, found.files, make):
        if why:
            failed[path] = why
        if made is None:
            continue
        document, (relocked, told, wanted) = made
        locks += relocked
        comments += told
        if wanted:
            files.append((document, format_, wanted))
        if format_.name == "requirements":
            requirements.append((document, format_))
    if not requirements:
        return files, [], locks, comments, failed
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
    return [one for one in files if one[2]], sets, locks, comments, failed


def _included(document: Document, format_: Format, tree: Tree) -> list[str]:
    """What a document includes and check judges: nothing where it is of another kind than its name says, or takes too much work."""
    try:
        found = included(document, format_, tree)
    except Exceeded:
        return []
    first = next(stream(document, format_, tree), None) if found else None
    return [] if isinstance(first, Fact) and first.kind == "foreign" else found


def _in_context(wanted: list[Attempt], document: Document, tree: Tree) -> list[Attempt]:
    """The attempts with what the project's own files say about where to ask for each."""
    from pinlint.questions import git, maven, npm

    told: dict[str, _Told] = {"git": git.contexts, "maven": maven.contexts, "npm": npm.contexts, "pypi": filesets.contexts}
    references = [attempt.reference for attempt in wanted]
    for kind in {reference.artifact.kind for reference in references} & told.keys():
        some = told[kind](references, document, tree)
        wanted = [
            attempt._replace(context=context) if attempt.reference.artifact.kind == kind else attempt
            for attempt, context in zip(wanted, some, strict=True)
        ]
    return wanted


def _cooled(work: _Work, cooldown: Cooldown) -> _Work:
    """The work, where versions are to be chosen with how fresh they may be."""

    def applied(attempts_: list[Attempt], document: Document) -> list[Attempt]:
        return [cooldown.applied(attempt, document.path) for attempt in attempts_]

    files = [(document, format_, applied(wanted, document)) for document, format_, wanted in work.files]
    sets = [
        some._replace(attempts=[applied(of, document) for document, of in zip(some.documents, some.attempts, strict=True)])
        for some in work.sets
    ]
    return work._replace(files=files, sets=sets, locks=[cooldown.relocked(lock) for lock in work.locks])


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
