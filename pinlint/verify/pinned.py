"""What of a file is pinned, with what is asked about it.

Knows which verdicts are firm enough to be audited; must not know any rule.
"""

from __future__ import annotations

from collections.abc import Iterator

from pinlint.config import Policy
from pinlint.ecosystems.pypi.uv import Indexes
from pinlint.fix.cooldown import Cooldowns
from pinlint.fix.plans import Read
from pinlint.fix.plans import Run as Fixing
from pinlint.fix.version_comments import claims
from pinlint.model import STRENGTH, Reference
from pinlint.question import Question
from pinlint.questions import questions
from pinlint.questions.npm import by_settings
from pinlint.tree import Tree
from pinlint.verify.evidence import Pinned

__all__ = ["is_pinned", "pinned"]

_FIRM = STRENGTH["version"]
#: The formats that say where to ask for artifacts of a kind; of a kind that is not here any may.
_TOLD = {
    "npm": ("npm_lock", "yarn_lock", "pnpm_lock", "bun_lock"),
    "pypi": ("requirements",),
    "maven": ("pom",),
}


def is_pinned(reference: Reference) -> bool:
    """Whether a reference names one version or more than that."""
    return STRENGTH.get(reference.verdict, -1) >= _FIRM


def pinned(file: Read, tree: Tree, policy: Policy) -> Iterator[Pinned]:
    """Every pinned reference of a file, unless the policy leaves the artifact alone."""
    here = policy.at(file.path)
    some = [
        item
        for item in file.reading.items
        if isinstance(item, Reference)
        and is_pinned(item)
        and here.required(item.artifact.kind, item.artifact.name, bool(item.command)) != "any"
    ]
    if not some:
        return
    fixing = Fixing(tree, policy, Cooldowns(tree, 0, None))
    said = {one.reference.site: one.reference.version for one in claims(file, fixing, anyway=True)}
    for reference, question in zip(some, _questions(some, file, tree), strict=True):
        yield Pinned(reference, question, file.document, file.format, said.get(reference.site, "") if reference.site else "")


def _questions(references: list[Reference], file: Read, tree: Tree) -> list[Question]:
    """What is asked about each, with what the repository's own files say about where to ask."""
    by_kind: dict[str, list[int]] = {}
    for number, reference in enumerate(references):
        by_kind.setdefault(reference.artifact.kind, []).append(number)
    found: dict[int, Question] = {}
    for kind, numbers in by_kind.items():
        made = _of_kind(kind, [references[number] for number in numbers], file, tree)
        found.update(zip(numbers, made, strict=True))
    return [_at_source(_readable(found[number]), reference) for number, reference in enumerate(references)]


def _of_kind(kind: str, references: list[Reference], file: Read, tree: Tree) -> list[Question]:
    """The questions about references of one kind: as a fix asks them, in formats in which it writes them."""
    name, document = file.format.name, file.document
    read = name in _TOLD.get(kind, (name,)) and not (name == "yarn_lock" and "__metadata:" in document.text)
    if read:
        return questions(references, document, tree)
    return by_settings(references, document, tree) if kind == "npm" else [Question.about(one) for one in references]


def _readable(question: Question) -> Question:
    """The question, unless what it is about can be read only by whoever fills in a variable."""
    if question.kind == "image" and ("$" in question.name or "{{" in question.name):
        return question._replace(problem="its name holds a variable, so nobody but the build can say what it is")
    return question


def _at_source(question: Question, reference: Reference) -> Question:
    """The question with the index that a lock names for the package."""
    source = reference.artifact.source
    if question.kind == "pypi" and not question.directions and source.startswith(("https://", "http://")):
        return question._replace(directions=Indexes(source, ()))
    return question
