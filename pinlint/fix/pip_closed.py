"""Whether requirements files that get hashes are closed: with hashes pip installs nothing that they do not name.

Knows how files of a set and what registries say of their versions come together, and the compilers that would complete it; must not
know how dependencies are followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple

from pinlint.ecosystems.pypi import closure, names
from pinlint.ecosystems.pypi.uv import Indexes
from pinlint.fix.plans import Answers, Asking, Attempt
from pinlint.formats.requirements.sets import FileSet, Item, Member
from pinlint.model import Artifact, Reference, Span
from pinlint.pins import NoPin, Pin
from pinlint.question import REQUIRES, Question
from pinlint.text import Unread
from pinlint.tree import Tree

__all__ = ["Need", "compiler", "needs", "open_end"]


class Need(NamedTuple):
    """A version of which it has to be known what it asks for, although nothing is written for it."""

    reference: Reference
    question: Question
    refused: str = ""


def needs(sets: Sequence[FileSet], directions: Indexes, problem: str) -> list[Need]:
    """What has a hash already, in files or in constraints that serve them, each once; see `questions.pypi` for where to ask."""
    found: dict[tuple[str, str, tuple[str, ...]], Need] = {}
    for whole in sets:
        for member in whole.members:
            for item in member.items:
                name, version = _key(item, whole)
                if not version or not (item.hashed or name in whole.constraint_hashes):
                    continue
                artifact = Artifact("pypi", name, whole.index)
                reference = Reference(artifact, version, item.hashes, "digest", Span(0, 0), "requirement")
                asked = Question.about(reference, REQUIRES)._replace(directions=directions, problem=problem)
                found[name, version, item.hashes] = Need(reference, asked)
    return list(found.values())


def _key(item: Item, whole: FileSet) -> tuple[str, str]:
    """(project, version as a reference has it) that an item asks an index for; ("", "") for what it does not."""
    asked = item.requirement
    if asked is None or asked.url or asked.path or not asked.name or item.refusal:
        return "", ""
    name = names.normalise(asked.name)
    if names.specifier_verdict(asked.specifiers)[0] == "version":
        return name, asked.specifiers[0].version
    if name in whole.constraint_hashes and name in whole.pins:
        return name, whole.pins[name][1]
    return name, item.line.text[asked.specifiers[0].start : asked.specifiers[-1].end] if asked.specifiers else ""


def open_end(
    starts: Iterable[FileSet],
    attempts: Iterable[Attempt],
    asked: Iterable[Need],
    answers: Answers,
    without_dependencies: frozenset[str],
    tree: Tree,
) -> str:
    """Why pip would refuse one of the starting files with hashes ("" = none): what is missing, who asks for it, and what command
    would complete it. Files in `without_dependencies` are installed without what their versions ask for."""
    known: dict[tuple[str, str], Pin] = {}
    every: list[Asking] = [*attempts, *asked]
    for one in every:
        answer = answers[one.question]
        if isinstance(answer, NoPin):
            return answer.why
        known[one.reference.artifact.name, one.reference.version] = answer
    for whole in starts:
        if whole.own.path in without_dependencies:
            continue
        if _builds(whole):
            return "they make pip build from sources (--no-binary), and what those ask for then cannot be told"
        rows = [row for member in whole.members for item in member.items for row in _rows(item, member, whole, known)]
        found = closure.gap(rows)
        if found.why:
            files = "" if len(whole.members) == 1 else " and what it includes"
            advice = f"; {compiler(whole.own.path, tree)}" if found.missing and found.missing != ("?",) else ""
            return f"pip would refuse {whole.own.path}{files} with hashes: {found.why}{advice}"
    return ""


def _builds(whole: FileSet) -> bool:
    """Whether a line of the set tells pip to take sources although there are wheels."""
    lines = (item.line for member in whole.members for item in member.items if not item.requirement)
    return any(option.name == "no-binary" and option.value != ":none:" for line in lines for option in line.options)


def _rows(item: Item, member: Member, whole: FileSet, known: dict[tuple[str, str], Pin]) -> list[closure.Pinned]:
    """What an item of a set gives: nothing, or one version."""
    asked = item.requirement
    if asked is None or (member.constraint and not item.hashed):
        return []
    if asked.url:
        name = names.normalise(asked.name) or names.without_secrets(asked.url)
        return [closure.Pinned(name, "", unclear=f"what {name} asks for cannot be told: no index knows it")]
    name, version = _key(item, whole)
    pin = known.get((name, version))
    if pin is None:
        return [closure.Pinned(name, version, unclear=f"what {name} {version} asks for is not known")]
    extras = tuple(names.normalise(extra) for extra in asked.extras)
    return [closure.Pinned(name, pin.version, extras, asked.marker, member.constraint, pin.requires, pin.python, pin.unclear)]


def compiler(path: str, tree: Tree) -> str:
    """What completes the file at `path`, by the tool that the repository uses."""
    stem, source = path.rpartition(".")[0] or path, path.rpartition("/")[2]
    source = f"{source.rpartition('.')[0] or source}.in"
    output = path.rpartition("/")[2]
    tool, end = ("uv pip compile", f" -o {output}") if _has_uv(tree) else ("pip-compile", "")
    command = f"{tool} --generate-hashes {source}{end}"
    first = "" if tree.exists(f"{stem}.in") else f"rename it to {source}, then "
    return f"{first}`{command}` writes all that is needed"


def _has_uv(tree: Tree) -> bool:
    """Whether the repository uses uv rather than pip-tools."""

    def make() -> bool:
        if tree.exists("uv.lock") or tree.exists("uv.toml"):
            return True
        for path in sorted(tree.listed()):
            if re.search(r"(?:\A|/)(?:pyproject\.toml|[^/]*require[^/]*\.(?:txt|in))\Z|(?:\A|/)requirements/[^/]*\.txt\Z", path):
                with suppress(Unread):
                    if re.search(rb"^\[tool\.uv|\buv pip compile\b", tree.bytes(path)[:4000], re.MULTILINE):
                        return True
        return False

    return tree.memo("uses uv", "", make)
