"""`--fix` and `--diff`: from the files of a run to written pins.

Every file is read once and handed to the planners; what their plans ask is answered; what the plans make of the answers is written.
Must not know what is planned, or how a pin is found or written.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from operator import attrgetter
from typing import NamedTuple, TypeVar

from pinlint import errors
from pinlint.config import Policy
from pinlint.discover import Found
from pinlint.engine import Checked, Reading, check
from pinlint.fix.answers import resolve_all
from pinlint.fix.cooldown import Cooldowns
from pinlint.fix.create import create
from pinlint.fix.places import Unwritten, held, swept
from pinlint.fix.plans import Answers, Fix, Patch, Plan, Planner, Read, Run, Taken
from pinlint.fix.write import replace_all
from pinlint.formats import Format
from pinlint.pins import NoPin
from pinlint.question import Resolve
from pinlint.schedule import checked, new_tree
from pinlint.text import Document
from pinlint.tree import Tree
from pinlint.walk import walk

__all__ = ["Mended", "mend", "planned"]

T = TypeVar("T")


class _Planner(NamedTuple):
    """A module that makes plans: of which formats (() = all), whether for all files of them together, and whether for files without
    a finding, too."""

    module: str
    formats: tuple[str, ...] = ()
    together: bool = False
    without_finding: bool = False


#: A finding that one has taken up is none of the next ones'. Each module is imported when there is something for it.
_PLANNERS = (
    _Planner("pip_sets", ("requirements",), together=True),
    _Planner("file_pins"),
    _Planner("helm_locks", ("chart", "helm2_requirements")),
    _Planner("version_comments", without_finding=True),
)


#: Calls what makes plans for the files at some paths; the last is what it gives where pinlint itself fails.
_Contained = Callable[[Callable[[], list[Plan]], Sequence[str], list[Plan]], list[Plan]]


def planned(files: list[Read], run: Run, contained: _Contained = lambda make, *_: make()) -> list[Plan]:
    """The plans for a file, or for all files of a format that some planner looks at together."""
    found: list[Plan] = []
    taken: set[Taken] = set()
    for planner in _PLANNERS:
        for some in [files] if planner.together else [[file] for file in files]:
            if not any(_concerns(planner, file) for file in some):
                continue
            made = contained(partial(_plans, planner, some, run, taken), [file.path for file in some], [])
            taken.update(finding for plan in made for finding in plan.taken)
            found += made
    return found


class Mended(NamedTuple):
    """What became of the files of one root: the patches, written or only planned; on which files pinlint itself failed, and how;
    and the judgement of every file as it was read, before anything was written."""

    root: str
    patches: list[Patch]
    failed: dict[str, str]
    checked: list[Checked]

    @property
    def fixed(self) -> list[tuple[str, Fix]]:
        """(path of the finding, fix) for every pin."""
        return [(fix.attempt.place.path, fix) for one in self.patches for fix in one.fixes if fix.pin is not None]

    @property
    def unfixed(self) -> list[tuple[str, Fix]]:
        """(path of the finding, fix) for everything that could not be pinned."""
        return [(fix.attempt.place.path, fix) for one in self.patches for fix in one.fixes if fix.pin is None]

    @property
    def changed(self) -> bool:
        """Whether any file is another one with the patches."""
        return any(patch.new != patch.old for patch in self.patches)


#: Whether files may have been written in this run: an interruption comes from outside, and what is said of it has to be true.
writing = False


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
    step: Callable[[str, int, int], None] = lambda *_: None,
    wanted: str = "",
    tree: Tree | None = None,
) -> list[Mended]:
    """Every file of every root fixed as far as it can be; with `write` the new bytes are on disk when this returns. `cooldown` is
    how many seconds a release has to be out before it is chosen, whatever the configuration and the project's tools say; `wanted`
    is what a report needs of what was read (see `engine.check`). `answered(done, total, subject)` hears of questions,
    `step(doing, done, total)` of what is read and written. `tree` has the files of the one root, where they lie in no work tree.

    All questions are asked before the first byte is written, so that an interruption while asking changes nothing.
    """
    for root_found in found if write else ():
        _sweep(root_found)
    work = [_Work(one, policy_of(one.root), codes, cooldown, wanted, step, tree, unsafe=unsafe) for one in found]
    answers = resolve_all([asking for one in work for plan in one.plans for asking in plan.questions()], resolve, answered)
    global writing
    writing = write
    return [one.mended(answers, step, write=write) for one in work]


class _Work:
    """The files of one root, each read once, and the plans for them."""

    def __init__(
        self,
        found: Found,
        policy: Policy,
        codes: Sequence[str],
        cooldown: int | None,
        wanted: str,
        step: Callable[[str, int, int], None],
        tree: Tree | None,
        *,
        unsafe: bool,
    ) -> None:
        tree = tree or new_tree(found.root, settings=policy.looks())
        self._root = found.root
        self._run = Run(tree, policy, Cooldowns(tree, policy.cooldown, cooldown), tuple(codes), unsafe)
        self._together: dict[str, list[Read]] = {name: [] for one in _PLANNERS if one.together for name in one.formats}
        self.plans: list[Plan] = []
        self._failed: dict[str, str] = {}
        total = len(found.files)
        visited = walk(
            tree, found.files, partial(self._read, wanted), lambda left: step("reading files", max(0, total - left), total)
        )
        self._checked = sorted((checked(one, policy, wanted) for one in visited), key=attrgetter("path"))
        for files in self._together.values():
            self._plan(files)
        # Of a file on which pinlint failed it is said that it was not fixed.
        self.plans = [plan for plan in self.plans if self._failed.keys().isdisjoint(plan.paths)]

    def _read(self, wanted: str, document: Document, format_: Format) -> tuple[Checked, list[str]]:
        """A file checked, and planned for, or put aside until all files of its kind are read."""
        reading = Reading()
        judged, others = check(document, format_, self._run.tree, self._run.policy, wanted, reading)
        file = Read(document, format_, reading)
        if format_.name in self._together:
            self._together[format_.name].append(file)
        else:
            self._plan([file])
        return judged, others

    def _plan(self, files: list[Read]) -> None:
        """The plans for a file, or for all files of a format that some planner looks at together."""
        self.plans += planned(files, self._run, self._contained)
        for file in files:
            file.document.parsed = None  # a tree of values is large; who needs it again makes it anew

    def _contained(self, make: Callable[[], T], paths: Sequence[str], otherwise: T) -> T:
        """`make()`; where pinlint itself fails, `otherwise`, and that is said of the files: the others are mended all the same."""
        try:
            return make()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is about these files
            self._failed.update((path, self._failed.get(path) or errors.failure(error)) for path in paths)
            return otherwise

    def mended(self, answers: Answers, step: Callable[[str, int, int], None], *, write: bool) -> Mended:
        """What the plans make of the answers, and what became of it."""
        together = []
        for number, plan in enumerate(self.plans):
            step("proving fixes", number, len(self.plans))
            together.append(self._contained(partial(plan.patches, answers), plan.paths, list[Patch]()))
        made = [patch for some in together for patch in (_written(self._root, some) if write else some)]
        return Mended(self._root, sorted(made, key=_place), self._failed, self._checked)


def _concerns(planner: _Planner, file: Read) -> bool:
    right = not planner.formats or file.format.name in planner.formats
    return right and (planner.without_finding or bool(file.reading.open))


def _plans(planner: _Planner, files: list[Read], run: Run, taken: set[Taken]) -> list[Plan]:
    module: Planner = import_module(f"pinlint.fix.{planner.module}")
    return list(module.plans(files, run, taken))


def _place(patch: Patch) -> tuple[str, int, int]:
    """Where an account tells of a patch: by its file and its first place in there."""
    return (patch.path, *min((fix.attempt.place[2:4] for fix in patch.fixes), default=(0, 0)))


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
