"""What mending is made of: attempts, the patches that come of them, and the protocol of a plan.

A plan is about findings that hang together: it has questions, and from the answers it makes patches, or says why there are none.
The vocabulary of this room; no logic lives here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from pinlint.config import Policy
from pinlint.engine import Reading
from pinlint.fix.cooldown import Cooldowns
from pinlint.formats import Format
from pinlint.model import Diagnostic, Finding, Reference
from pinlint.pins import Edit, NoPin, Pin
from pinlint.question import Question
from pinlint.text import Document
from pinlint.tree import Tree

__all__ = ["LEAVE", "Answers", "Asking", "Attempt", "Fix", "Patch", "Plan", "Planner", "Read", "Run", "Taken"]

#: What a reason holds that the user may set aside.
LEAVE = "--unsafe-fixes allows it"
Answers = Mapping[Question, Pin | NoPin]
#: A finding, and the path of the file that it is in.
Taken = tuple[str, Finding]
#: The question of what is not asked.
_NOTHING = Question("", "")


class Read(NamedTuple):
    """A file as it was read, once: what it asks for and its findings are in `reading`."""

    document: Document
    format: Format
    reading: Reading

    @property
    def path(self) -> str:
        """Where the file lies, relative to the root."""
        return self.document.path


class Run(NamedTuple):
    """What is to be done in one root: `codes` limit the rules, `unsafe` allows what may change what runs, `cooldowns` say which
    releases are too fresh to be chosen."""

    tree: Tree
    policy: Policy
    cooldowns: Cooldowns
    codes: tuple[str, ...] = ()
    unsafe: bool = False

    def mends(self, rule: str) -> bool:
        """Whether findings of a rule are to be mended."""
        return not self.codes or rule.startswith(self.codes)


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
    """What is to be written to one file: `new` is `old` where nothing is. `format` is how it is read. `created` is whether there is
    no such file yet, `together` the paths of the files that are changed with it or not at all. `untrue` are references of which an
    answer says that what the file claims is not so."""

    document: Document
    format: Format
    new: bytes
    fixes: list[Fix]
    created: bool = False
    together: tuple[str, ...] = ()
    untrue: tuple[tuple[Reference, NoPin], ...] = ()

    @property
    def path(self) -> str:
        """Where the file lies, relative to the root."""
        return self.document.path

    @property
    def old(self) -> bytes:
        """What the file held when it was read; nothing where there is none."""
        return self.document.data


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


class Plan(Protocol):
    """What is to become of findings that hang together."""

    @property
    def paths(self) -> Sequence[str]:
        """The files that they are in."""

    @property
    def taken(self) -> Iterable[Taken]:
        """The findings that it takes up, so that no other plan need."""

    def questions(self) -> Iterable[Asking]:
        """What has to be known."""

    def patches(self, answers: Answers) -> list[Patch]:
        """What is to be written, all of it or nothing, and what is not and why."""


class Planner(Protocol):
    """A module that makes plans; `mend` has the table of them."""

    def plans(self, files: Sequence[Read], run: Run, taken: Collection[Taken]) -> Iterable[Plan]:
        """The plans for files, but for findings that others have taken up."""
