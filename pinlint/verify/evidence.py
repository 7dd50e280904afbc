"""The vocabulary of auditing: what is pinned, what is asked about it, what was answered, and what follows. No logic lives here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from pinlint.config import Policy
from pinlint.formats import Format
from pinlint.model import Place, Reference
from pinlint.pins import NoPin
from pinlint.question import Question
from pinlint.text import Document
from pinlint.tree import Tree

if TYPE_CHECKING:
    from pinlint.verify.hosts import Hosts

__all__ = [
    "CONTRADICTED", "INVALID", "MISSING", "NOT_TRUSTED", "TRUE", "UNKNOWN", "Check", "Evidence", "Inquiry", "Outcome", "Pinned",
    "Run",
]  # fmt: skip

#: What may come out: as it says; otherwise; not there; valid, and somebody else's; damaged or forged; nobody could tell.
TRUE, CONTRADICTED, MISSING, NOT_TRUSTED, INVALID, UNKNOWN = (
    "true", "contradicted", "missing", "not trusted", "invalid", "could not be checked",
)  # fmt: skip


class Pinned(NamedTuple):
    """A reference that is pinned, where it stands, and what a registry would be asked about it: `question` has the directions of
    the repository's own files. `claimed` is the version that a comment behind a commit claims it is, "" for none."""

    reference: Reference
    question: Question
    document: Document
    format: Format
    claimed: str = ""

    @property
    def path(self) -> str:
        """The file that it stands in, relative to the root."""
        return self.document.path


class Inquiry(NamedTuple):
    """What is asked: equal ones are asked once a run. `check` is the module that asks, `more` what its answer depends on beyond
    the question."""

    check: str
    question: Question
    more: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """What it is about, in a few words for people."""
        return self.question.subject


class Evidence(NamedTuple):
    """What was said: `facts` by name, each a list of texts. `none` is why there are none, or what the answer itself contradicts."""

    facts: Mapping[str, Sequence[str]] = {}
    none: NoPin | None = None

    def first(self, name: str) -> str:
        """The first text of a fact, "" without one."""
        return next(iter(self.facts.get(name, ())), "")

    def number(self, name: str) -> int:
        """The first text of a fact as a number, 0 for what is none: a record may hold anything."""
        text = self.first(name)
        return int(text) if text.isdecimal() and len(text) < 10 else 0


class Outcome(NamedTuple):
    """What follows for one reference and rule. `state` is one of the words above, `message` what is found, to follow what the
    reference is called. `place` is where, by default where the reference's findings stand. `demanded` is whether the policy wants
    it to be true: then not to know it fails the run. `severity` is for what is less grave than its rule ("note"). `retry` and
    `silent` are those of the answer that is missing. `pin` is what to write there instead, "" where nobody knows."""

    rule: str
    state: str
    message: str = ""
    place: Place | None = None
    demanded: bool = False
    severity: str = ""
    retry: bool = False
    silent: str = ""
    pin: str = ""

    @classmethod
    def unknown(cls, rule: str, none: NoPin | None, *, demanded: bool = False) -> Outcome:
        """That nobody could tell, and why."""
        none = none or NoPin("nothing was answered")
        return cls(rule, UNKNOWN, none.why, demanded=demanded, retry=none.retry, silent=none.silent)


class Run(NamedTuple):
    """What is audited in one root, under which policy; `deep` is how many uses inside one another are followed from what is pinned,
    0 for none."""

    tree: Tree
    policy: Policy
    deep: int = 0


class Check(Protocol):
    """A module of this package; `audit` has the table of them, and `pinlint.verify` says what each function is for."""

    def inquiry(self, pinned: Pinned, run: Run) -> Inquiry | None:
        """What has to be known about a reference; None where the check says nothing of it."""

    def evidence(self, inquiry: Inquiry, hosts: Hosts) -> Evidence:
        """What those who know it say."""

    def outcomes(self, pinned: Pinned, evidence: Evidence, run: Run) -> Iterable[Outcome]:
        """What follows from it, for each rule of the check."""
