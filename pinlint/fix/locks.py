"""Helm's locks: a missing one, one out of step, one whose digest alone is stale.

Such a finding is about a manifest, and what is to be written is another file, which may not even exist. There is no reference with
a place for a pin, hence no edit; so this stands beside the edits of `pinlint.fix` and shares everything else with them: the same
pool asks about each dependency, the new text is read again before it counts, and files are written in one place.

Knows how answers become a lock; must not know how a repository is asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from pinlint.config import Policy
from pinlint.ecosystems.helm import names
from pinlint.engine import open_findings
from pinlint.fix import Attempt, Fix, Patch
from pinlint.fix.chart_lock_text import generated, lock_text
from pinlint.formats import Format
from pinlint.model import Span
from pinlint.pins import Edit, NoPin, Pin, apply
from pinlint.question import Question
from pinlint.semantics.chart_dependencies import Entry, difference, read_list, read_lock, reference, root_of
from pinlint.semantics.chart_fields import fields
from pinlint.semantics.chart_lock import Dependency, digest, is_alias
from pinlint.syntax.go_text import go_text
from pinlint.syntax.yaml import Unparsable
from pinlint.text import Document, Unread
from pinlint.tree import Tree, join

__all__ = ["Relock", "relock", "relocks"]

_FORMATS = ("chart", "helm2_requirements")
_MENDED = ("LCK101", "LCK102")
_LOCKS = ("Chart.lock", "requirements.lock")


class Relock(NamedTuple):
    """A lock to be written for the finding of `attempt` at a manifest. `old` is the lock that is there; `digest_only` says that its
    versions stand. `questions` has an attempt for each dependency whose version a repository must say, by its number."""

    attempt: Attempt
    document: Document
    format: Format
    entries: list[Entry]
    path: str
    old: Document | None
    digest_only: bool
    questions: dict[int, Attempt]


def relocks(document: Document, format_: Format, tree: Tree, policy: Policy, codes: Sequence[str], *, unsafe: bool) -> list[Relock]:
    """The lock that a chart lacks; none for every other file."""
    if format_.name not in _FORMATS:
        return []
    for finding, place in open_findings(document, format_, tree, policy):
        if finding.rule in _MENDED and finding.reference is None and (not codes or finding.rule.startswith(tuple(codes))):
            found = _relock(Attempt(finding, place, "", unsafe=unsafe), document, format_, tree)
            if not found.digest_only and not unsafe and not found.attempt.refused:
                why = "the newest charts of today would be locked; --unsafe-fixes allows it"
                found = found._replace(attempt=found.attempt._replace(refused=why))
            return [found._replace(questions={}) if found.attempt.refused else found]
    return []


def _relock(attempt: Attempt, document: Document, format_: Format, tree: Tree) -> Relock:
    root = root_of(document)
    listed = fields(root).get("dependencies") if root is not None else None
    entries = read_list(listed, document.text) if listed is not None else []
    path = join(document.path, _LOCKS[_is_legacy(document, format_, tree)])
    made = Relock(attempt, document, format_, entries, path, None, False, {})
    other = next((join(document.path, name) for name in _LOCKS if join(document.path, name) != path), "")
    if tree.exists(other):
        why = f"{other.rpartition('/')[2]} is there, and Helm would write {path.rpartition('/')[2]} beside it; remove one"
        return made._replace(attempt=attempt._replace(refused=why))
    if any(entry.data is None for entry in entries):
        return made._replace(attempt=attempt._replace(refused="what Helm would make of one of the dependencies cannot be told"))
    if tree.exists(path):
        try:
            old = tree.read(path)
            locked = read_lock(old).entries
        except (Unread, Unparsable) as error:
            return made._replace(attempt=attempt._replace(refused=f"{path}: {error}"))
        agree = difference(entries, locked, path, False) is None and all(entry.data is not None for entry in locked)
        return made._replace(old=old, digest_only=agree, questions={} if agree else _questions(attempt, entries))
    return made._replace(questions=_questions(attempt, entries))


def _is_legacy(document: Document, format_: Format, tree: Tree) -> bool:
    """Whether the chart is of Helm 2's time (apiVersion v1), whose lock has another name."""
    try:
        chart = document if format_.name == "chart" else tree.read(join(document.path, "Chart.yaml"))
        root = root_of(chart)
    except (Unread, Unparsable):
        return True
    version = fields(root).get("apiversion") if root is not None else None
    return version is None or version.value in ("", "v1")


def _questions(attempt: Attempt, entries: list[Entry]) -> dict[int, Attempt]:
    found = {}
    for number, entry in enumerate(entries):
        if not names.local_reason(entry.name, entry.repository):
            asked = reference(entry, "chart dependency")._replace(version=entry.version)
            finding = attempt.finding._replace(reference=asked)
            found[number] = attempt._replace(finding=finding, question=Question.about(asked))
    return found


def relock(
    wanted: Relock, tree: Tree, policy: Policy, answers: Mapping[Question, Pin | NoPin], now: Callable[[], int] = time.time_ns
) -> Patch:
    """The lock as `helm dependency update` would write it, if manifest and lock then agree; else why not."""
    old = wanted.old or Document(wanted.path, b"")
    made = _text(wanted, tree, answers, now)
    if isinstance(made, str):
        new = old.encode(made) if wanted.digest_only else made.encode()
        if why := _difference(wanted, new, tree, policy):
            made = NoPin(why)
    if isinstance(made, NoPin):
        return Patch(old, old.data, [Fix(wanted.attempt, made)])
    document = Document(wanted.path, new)
    written = read_lock(document).digest
    what = "digest" if wanted.digest_only else f"{len(wanted.entries)} chart{'s' if len(wanted.entries) > 1 else ''} locked"
    pin = Pin(f"{wanted.path.rpartition('/')[2]}: {what}", (written,), "")
    return Patch(old, new, [Fix(wanted.attempt, pin, (_edit(old.text, document.text),))], created=wanted.old is None)


def _edit(old: str, new: str) -> Edit:
    """The one edit that makes `new` of `old`, without what both begin and end with."""
    start = _alike(old, new)
    end = _alike(old[start:][::-1], new[start:][::-1])
    return Edit(Span(start, len(old) - end), new[start : len(new) - end])


def _alike(one: str, other: str) -> int:
    """How many characters both begin with."""
    return next((number for number, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _text(wanted: Relock, tree: Tree, answers: Mapping[Question, Pin | NoPin], now: Callable[[], int]) -> str | NoPin:
    if wanted.attempt.refused:
        return NoPin(wanted.attempt.refused)
    asked = [dict(entry.data or {}) for entry in wanted.entries]
    if wanted.digest_only and wanted.old:
        return _redigested(asked, wanted.old)
    locked: list[Dependency] = []
    for number, entry in enumerate(wanted.entries):
        if number not in wanted.questions:
            found = _local(entry, wanted.document.path, tree)
        else:
            found = answers[wanted.questions[number].question]
        if isinstance(found, NoPin):
            return found
        if is_alias(asked[number]):
            asked[number]["repository"] = found.proof
        locked.append({"name": entry.name, "version": found.version, "repository": asked[number].get("repository", "")})
    sources = {(one["name"], one["repository"]) for one in locked}
    if len({name for name, _ in sources}) < len(sources):
        return NoPin("it asks for charts of one name from two repositories, and Helm looks up both in the first")
    try:
        return lock_text(asked, locked, generated(now()))
    except ValueError as error:
        return NoPin(str(error))


def _redigested(asked: list[Dependency], old: Document) -> str | NoPin:
    """The lock with the digest that belongs to what it locks and to what is asked for."""
    lock = read_lock(old)
    locked = [entry.data or {} for entry in lock.entries]
    there = [
        {**one, "repository": other.get("repository", "")} if is_alias(one) else one
        for one, other in zip(asked, locked, strict=True)
    ]
    root = root_of(old)
    node = fields(root).get("digest") if root is not None else None
    if node is None or not old.editable:
        return NoPin("the lock holds bytes that cannot be written back as they are")
    return apply(old.text, [Edit(node.inner, digest(there, locked))])


def _local(entry: Entry, manifest: str, tree: Tree) -> Pin | NoPin:
    """The version of a chart of this repository: its own where a path names it, what is asked for where it lies in charts/."""
    folder = entry.repository.removeprefix("file://") if entry.repository else f"charts/{entry.name}"
    path = join(manifest, f"{folder}/Chart.yaml")
    try:
        root = root_of(tree.read(path))
    except (Unread, Unparsable) as error:
        return NoPin(f"{entry.name}: {path}: {error}")
    node = fields(root).get("version") if root is not None else None
    version = (go_text(node) if node is not None else "") or ""
    if not names.allows(entry.version, version):
        return NoPin(
            f"{entry.name}: {path} is version {version or '(none)'}, which {entry.version or 'an empty version'} does not allow"
        )
    return Pin(version if entry.repository else entry.version, (), path)


def _difference(wanted: Relock, new: bytes, tree: Tree, policy: Policy) -> str:
    """Why the lock must not be written ("" = it may): with it the finding has to be gone, and nothing new may be there."""
    overlaid = tree.overlaid({wanted.path: new})
    before = sorted(_keys(wanted, tree, policy))
    after = sorted(_keys(wanted, overlaid, policy))
    mended = (wanted.attempt.place.rule, wanted.attempt.place.message)
    if mended in after:
        return "the new lock would not mend it"
    fresh = [rule for rule, message in after if (rule, message) not in before]
    return f"with the new lock it would break {fresh[0]}" if fresh else ""


def _keys(wanted: Relock, tree: Tree, policy: Policy) -> list[tuple[str, str]]:
    return [(one.rule, one.message) for _, one in open_findings(wanted.document, wanted.format, tree, policy)]
