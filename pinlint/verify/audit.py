"""From the files of a run to outcomes: every check makes its inquiry about everything pinned, each is asked once, and what follows
is kept with the reference.

Must not know any rule, nor how anything is asked or told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from itertools import zip_longest
from operator import attrgetter
from typing import NamedTuple

from pinlint import errors
from pinlint.answers import answers
from pinlint.config import Policy
from pinlint.discover import Found
from pinlint.ecosystems.url.names import origin
from pinlint.engine import Checked, Reading, check
from pinlint.fix.plans import Read
from pinlint.formats import Format
from pinlint.model import Reference
from pinlint.pins import NoPin
from pinlint.schedule import checked, new_tree
from pinlint.text import Document
from pinlint.verify.evidence import Check, Evidence, Inquiry, Outcome, Pinned, Run
from pinlint.verify.pinned import is_pinned, pinned
from pinlint.walk import walk

__all__ = ["CHECKS", "Audited", "audit"]

#: The rules of each module, in the order in which they are asked: what costs little, and is known of everything, first.
CHECKS = {
    "images": ("NET901", "NET902", "NET903", "NET904"),
    "refs": ("NET901",),
    "claims": ("NET905",),
    "impostors": ("NET902", "NET906"),
    "published": ("NET904",),
    "sums": ("NET904",),
    "wrapper_jars": ("NET904",),
    "withdrawn": ("NET902", "NET907", "NET911"),
    "addresses": ("NET902",),
    "signatures": ("NET908",),
    "countersigned": ("NET908",),
    "immutable": ("NET908",),
    "provenance": ("NET909",),
    "inside": ("NET910",),
    "charts": ("NET904", "NET910"),
}
#: Threads: more than one host is ever asked at once with, so that no slow one keeps the others waiting.
_THREADS = 48

#: What answers an inquiry.
Ask = Callable[[Inquiry], Evidence]


class Audited(NamedTuple):
    """What came of one root: the outcomes, each with its reference; how many references are not pinned; by path on which files
    pinlint itself failed, and how; and the judgement of every file as it was read. `asked` are the inquiries that were made."""

    root: str
    outcomes: list[tuple[Pinned, Outcome]]
    unpinned: int
    failed: dict[str, str]
    checked: list[Checked]
    asked: frozenset[Inquiry]


def audit(
    found: Sequence[Found],
    policy_of: Callable[[str], Policy],
    ask: Ask,
    *,
    answered: Callable[[int, int, str], None] = lambda *_: None,
    step: Callable[[str, int, int], None] = lambda *_: None,
    wanted: str = "",
    deep: int = 0,
) -> list[Audited]:
    """What follows for everything that the files of every root have pinned. `wanted` is what a report needs of what was read (see
    `engine.check`). `deep` is that of `evidence.Run`. `answered(done, total, subject)` hears of inquiries, `step(doing, done,
    total)` of files."""
    roots = [_Root(one, policy_of(one.root), wanted, step, deep) for one in found]
    made = [inquiry for root in roots for _, inquiry in root.inquiries]
    told = answers(_in_turn(made), ask, lambda why: Evidence(none=NoPin(why)), answered, _THREADS)
    return [root.audited(told) for root in roots]


class _Root:
    """The files of one root, each read once, and what is asked about them."""

    def __init__(self, found: Found, policy: Policy, wanted: str, step: Callable[[str, int, int], None], deep: int) -> None:
        tree = new_tree(found.root, settings=policy.looks(), commit=found.commit)
        self._root = found.root
        self._run = Run(tree, policy, deep)
        self._unpinned = 0
        self._failed: dict[str, str] = {}
        #: By check, and there in the order of the files.
        self._by_check: dict[str, list[tuple[Pinned, Inquiry]]] = {name: [] for name in CHECKS}
        total = len(found.files)
        visited = walk(
            tree, found.files, partial(self._read, wanted), lambda left: step("reading files", max(0, total - left), total)
        )
        self._checked = sorted((checked(one, policy, wanted) for one in visited), key=attrgetter("path"))

    @property
    def inquiries(self) -> list[tuple[Pinned, Inquiry]]:
        """Everything that is asked, and about what."""
        return [one for some in self._by_check.values() for one in some]

    def _read(self, wanted: str, document: Document, format_: Format) -> tuple[Checked, list[str]]:
        """A file checked, and what is asked about it noted."""
        reading = Reading()
        judged, others = check(document, format_, self._run.tree, self._run.policy, wanted, reading)
        try:
            self._noted(Read(document, format_, reading))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is about this file
            self._failed[document.path] = errors.failure(error)
        document.parsed = None  # a tree of values is large; who needs it again makes it anew
        return judged, others

    def _noted(self, file: Read) -> None:
        some = list(pinned(file, self._run.tree, self._run.policy))
        asking = (item for item in file.reading.items if isinstance(item, Reference))
        self._unpinned += sum(not is_pinned(one) and one.verdict not in ("local", "unknown") for one in asking)
        for name in self._checks(file.path):
            check_ = _module(name)
            made = ((one, check_.inquiry(one, self._run)) for one in some)
            self._by_check[name] += [(one, inquiry) for one, inquiry in made if inquiry is not None]

    def _checks(self, path: str) -> list[str]:
        """The checks of which the policy for a file enables some rule."""
        policy = self._run.policy.at(path)
        return [name for name, rules in CHECKS.items() if any(map(policy.enabled, rules))]

    def audited(self, told: dict[Inquiry, Evidence]) -> Audited:
        """What follows from the evidence."""
        found = [(one, outcome) for one, inquiry in self.inquiries for outcome in self._outcomes(one, inquiry, told[inquiry])]
        asked = frozenset(inquiry for _, inquiry in self.inquiries)
        return Audited(self._root, found, self._unpinned, self._failed, self._checked, asked)

    def _outcomes(self, one: Pinned, inquiry: Inquiry, told: Evidence) -> list[Outcome]:
        """What follows for one reference, of rules that are enabled where it stands."""
        policy = self._run.policy.at(one.path)
        try:
            return [outcome for outcome in _module(inquiry.check).outcomes(one, told, self._run) if policy.enabled(outcome.rule)]
        except Exception as error:  # noqa: BLE001 - whatever it is, it is about this file
            self._failed.setdefault(one.path, errors.failure(error))
            return []


def _module(name: str) -> Check:
    found: Check = import_module(f"pinlint.verify.{name}")
    return found


def _in_turn(inquiries: Sequence[Inquiry]) -> Iterator[Inquiry]:
    """The inquiries, those of each check in the order of the checks, so that all hosts are asked at the same time."""
    checks: dict[str, dict[str, dict[Inquiry, None]]] = {}
    for one in inquiries:
        checks.setdefault(one.check, {}).setdefault(_host(one), {})[one] = None
    for hosts in checks.values():
        for some in zip_longest(*hosts.values()):
            yield from filter(None, some)


def _host(inquiry: Inquiry) -> str:
    """Whom it leads to, as far as that can be told before anybody is asked."""
    question = inquiry.question
    return question.name.partition("/")[0] if question.kind == "image" else f"{question.kind} {origin(question.source)}"


def answering(inquiry: Inquiry) -> Check:
    """The check that asks."""
    return _module(inquiry.check)
