"""Helm's locks: a missing one, one out of step, one whose digest alone is stale.

Such a finding is about a manifest, and what is to be written is another file, which may not even exist. There is no reference with
a place for a pin, hence no edit.

Knows how answers become a lock; must not know how a repository is asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

from pinlint.ecosystems.helm import names
from pinlint.fix.helm_lock_text import generated, lock_text
from pinlint.fix.plans import LEAVE, Answers, Asking, Attempt, Fix, Patch, Read, Run, Taken
from pinlint.fix.proof import LOCK, read, unproved
from pinlint.formats import Format, named
from pinlint.model import Span
from pinlint.pins import Edit, NoPin, Pin, apply
from pinlint.question import Question
from pinlint.semantics.chart_dependencies import Entry, difference, read_list, read_lock, reference
from pinlint.semantics.chart_fields import fields, root_of
from pinlint.semantics.chart_lock import Dependency, digest, is_alias
from pinlint.syntax.go_text import go_text
from pinlint.syntax.yaml import Unparsable
from pinlint.text import Document, Unread
from pinlint.tree import Tree, join

__all__ = ["Relock", "plans"]

_MENDED = ("LCK101", "LCK102")
_LOCKS = ("Chart.lock", "requirements.lock")


class Relock(NamedTuple):
    """A lock to be written for the finding of `attempt` at a manifest. `old` is the lock that is there; `digest_only` says that its
    versions stand. `asked` has an attempt for each dependency whose version a repository must say, by its number."""

    run: Run
    attempt: Attempt
    file: Read
    entries: list[Entry]
    path: str
    old: Document | None = None
    digest_only: bool = False
    asked: dict[int, Attempt] = {}  # noqa: RUF012 - never changed
    now: Callable[[], int] = time.time_ns

    @property
    def paths(self) -> tuple[str, ...]:
        """The manifest."""
        return (self.file.path,)

    @property
    def taken(self) -> list[Taken]:
        """What is said of the lock."""
        return [(self.file.path, self.attempt.finding)]

    def questions(self) -> Sequence[Asking]:
        """Which versions there are."""
        return [*self.asked.values()]

    def patches(self, answers: Answers) -> list[Patch]:
        """The lock as `helm dependency update` would write it, if manifest and lock then agree; else why not."""
        format_ = _format(self.path)
        old = self.old or Document(self.path, b"")
        made = _text(self, answers)
        if isinstance(made, str):
            new = old.encode(made) if self.digest_only else made.encode()
            made = NoPin(why) if (why := _unproved(self, new)) else made
        if isinstance(made, NoPin):
            return [Patch(old, format_, old.data, [Fix(self.attempt, made)])]
        document = Document(self.path, new)
        written = read_lock(document).digest
        what = "digest" if self.digest_only else f"{len(self.entries)} chart{'s' if len(self.entries) > 1 else ''} locked"
        pin = Pin(f"{self.path.rpartition('/')[2]}: {what}", (written,), "")
        fixes = [Fix(self.attempt, pin, (_edit(old.text, document.text),))]
        return [Patch(old, format_, new, fixes, created=self.old is None)]


def plans(files: Sequence[Read], run: Run, _: Collection[Taken]) -> Iterator[Relock]:
    """The locks that charts lack."""
    for file in files:
        for finding, place in file.reading.open:
            if finding.rule in _MENDED and finding.reference is None and run.mends(finding.rule):
                found = _relock(Attempt(finding, place, "", unsafe=run.unsafe), file, run)
                if not found.digest_only and not run.unsafe and not found.attempt.refused:
                    found = _refused(found, f"the newest charts of today would be locked; {LEAVE}")
                yield found._replace(asked={}) if found.attempt.refused else found
                break


def _refused(lock: Relock, why: str) -> Relock:
    return lock._replace(attempt=lock.attempt._replace(refused=why))


def _format(path: str) -> Format:
    return named("chart_lock" if path.endswith(_LOCKS[0]) else "helm2_lock")


def _relock(attempt: Attempt, file: Read, run: Run) -> Relock:
    document, tree = file.document, run.tree
    root = root_of(document)
    listed = fields(root).get("dependencies") if root is not None else None
    entries = read_list(listed, document.text) if listed is not None else []
    path = join(document.path, _LOCKS[_is_legacy(document, file.format, tree)])
    made = Relock(run, attempt, file, entries, path)
    other = next((join(document.path, name) for name in _LOCKS if join(document.path, name) != path), "")
    if tree.exists(other):
        return _refused(
            made, f"{other.rpartition('/')[2]} is there, and Helm would write {path.rpartition('/')[2]} beside it; remove one"
        )
    if any(entry.data is None for entry in entries):
        return _refused(made, "what Helm would make of one of the dependencies cannot be told")
    if tree.exists(path):
        try:
            old = tree.read(path)
            locked = read_lock(old).entries
        except (Unread, Unparsable) as error:
            return _refused(made, f"{path}: {error}")
        agree = difference(entries, locked, path, False) is None and all(entry.data is not None for entry in locked)
        return made._replace(old=old, digest_only=agree, asked={} if agree else _asked(attempt, entries, document.path, run))
    return made._replace(asked=_asked(attempt, entries, document.path, run))


def _is_legacy(document: Document, format_: Format, tree: Tree) -> bool:
    """Whether the chart is of Helm 2's time (apiVersion v1), whose lock has another name."""
    try:
        chart = document if format_.name == "chart" else tree.read(join(document.path, "Chart.yaml"))
        root = root_of(chart)
    except (Unread, Unparsable):
        return True
    version = fields(root).get("apiversion") if root is not None else None
    return version is None or version.value in ("", "v1")


def _asked(attempt: Attempt, entries: list[Entry], path: str, run: Run) -> dict[int, Attempt]:
    found = {}
    for number, entry in enumerate(entries):
        if not names.local_reason(entry.name, entry.repository):
            asked = reference(entry, "chart dependency")._replace(version=entry.version)
            question = run.cooldowns.applied(Question.about(asked), path)
            found[number] = attempt._replace(finding=attempt.finding._replace(reference=asked), question=question)
    return found


def _edit(old: str, new: str) -> Edit:
    """The one edit that makes `new` of `old`, without what both begin and end with."""
    start = _alike(old, new)
    end = _alike(old[start:][::-1], new[start:][::-1])
    return Edit(Span(start, len(old) - end), new[start : len(new) - end])


def _alike(one: str, other: str) -> int:
    """How many characters both begin with."""
    return next((number for number, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _text(wanted: Relock, answers: Answers) -> str | NoPin:
    if wanted.attempt.refused:
        return NoPin(wanted.attempt.refused)
    asked = [dict(entry.data or {}) for entry in wanted.entries]
    if wanted.digest_only and wanted.old:
        return _redigested(asked, wanted.old)
    locked: list[Dependency] = []
    for number, entry in enumerate(wanted.entries):
        if number not in wanted.asked:
            found = _local(entry, wanted.file.path, wanted.run.tree)
        else:
            found = answers[wanted.asked[number].question]
        if isinstance(found, NoPin):
            return found
        if is_alias(asked[number]):
            asked[number]["repository"] = found.proof
        locked.append({"name": entry.name, "version": found.version, "repository": asked[number].get("repository", "")})
    sources = {(one["name"], one["repository"]) for one in locked}
    if len({name for name, _ in sources}) < len(sources):
        return NoPin("it asks for charts of one name from two repositories, and Helm looks up both in the first")
    try:
        return lock_text(asked, locked, generated(wanted.now()))
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


def _unproved(wanted: Relock, new: bytes) -> str:
    """Why the lock must not be written ("" = it may): with it the finding has to be gone, and nothing new may be there."""
    tree = wanted.run.tree.overlaid({wanted.path: new})
    after = read(wanted.file.document, wanted.file, tree, wanted.run.policy)
    return unproved(wanted.file, after, {}, lambda place: place.rule in _MENDED and not place.kind, LOCK)
