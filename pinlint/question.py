"""The vocabulary of asking: what is wanted to be known about an artifact, and who answers. Not loaded by a run that only looks.

The way of one reference: a finding asks for a pin → `Question.about` its reference → `pinlint.questions` adds what the repository's
own files say about where to ask, `fix.cooldown` how fresh a release may be → `pinlint.registries` hands it to the registry of its
kind → a `Pin`, or a `NoPin` with the reason. Knows no registry and no file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeVar

from pinlint.cooldown import Cooldown
from pinlint.ecosystems import ECOSYSTEMS
from pinlint.model import Reference
from pinlint.pins import NoPin, Pin

__all__ = ["CLAIM", "PIN", "REQUIRES", "VERSION", "Question", "Registry", "Resolve"]

#: What is wanted: all that a pin of the kind says; the version alone, without digests; what a version asks for itself, and nothing
#: to be written; whether a commit is the version that is claimed for it.
PIN, VERSION, REQUIRES, CLAIM = "pin", "version", "requires", "claim"

T = TypeVar("T")


class Question(NamedTuple):
    """What is asked of a registry: equal questions are asked once a run.

    `kind`, `name` and `source` are the artifact's, `version` and `digests` what was asked for so far, as far as it changes the
    answer. `loose` is whether that leaves a choice of releases, `notation` where the pin will stand if several readers of it differ
    on what they want. `wanted` is one of the words above. `cooldown` says which releases are too fresh to be chosen. `directions`
    is what the project's own files say about where to ask, a record of the ecosystem's own, () where they say
    nothing. `problem` is why nobody can be asked ("" = somebody can).
    """

    kind: str
    name: str
    source: str = ""
    version: str = ""
    digests: tuple[str, ...] = ()
    loose: bool = False
    notation: str = ""
    wanted: str = PIN
    cooldown: Cooldown = Cooldown()
    directions: tuple[object, ...] = ()
    problem: str = ""

    @classmethod
    def about(cls, reference: Reference, wanted: str = PIN) -> Question:
        """The question about a reference, before anybody said where to ask."""
        (kind, name, source), version, digests = reference.artifact, reference.version, reference.digests
        if kind == "image":  # what a registry says of a tag does not depend on the digest that is written after it
            version, digests = ("" if version in digests else version.partition("@")[0]) or "latest", ()
        if kind == "action" and not source:  # GitHub does not tell the case of letters in a repository's name
            name = name.lower()
        if not version and reference.notation == "version-key":  # elsewhere nothing is no range
            version = "*"
        loose = bool(ECOSYSTEMS[kind].chosen) and reference.verdict in ("floating", "range")
        notation = reference.notation if kind == "url" else ""
        return cls(kind, name, source, version, digests, loose, notation, wanted)

    def told(self, record: type[T]) -> T:
        """The directions as that record; an empty one where the files say nothing."""
        return self.directions if isinstance(self.directions, record) else record()

    @property
    def subject(self) -> str:
        """What it is about, in a few words for people."""
        return f"{self.name} {self.version}".rstrip()


#: Answers a question; for all threads of a run.
Resolve = Callable[[Question], Pin | NoPin]


class Registry(Protocol):
    """Whoever knows the versions of artifacts; one for a run, shared by its threads. `pinlint.ecosystems.FOLDER.registry` has one
    that is made with the run's client (`http.Client`)."""

    def resolve(self, question: Question, /) -> Pin | NoPin:
        """The answer; an outcome is data, and nothing is raised."""
