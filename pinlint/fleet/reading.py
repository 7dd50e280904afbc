"""One repository, read at one commit: rows of what it asks for and of what is wrong with that, or why it could not be read.

Works anywhere, in a process of this machine or on another one. Nothing that a repository holds ends the run. Must not know where
rows are kept.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

from pinlint import __version__, errors
from pinlint.commands.inventory import row
from pinlint.committed import whole
from pinlint.config import compared
from pinlint.engine import Reading as Read
from pinlint.engine import check, spans
from pinlint.errors import PinlintError
from pinlint.fleet.parquet import packed
from pinlint.fleet.places import LocalTree, Unchanged, fetched, opened, policy_of
from pinlint.fleet.records import Failure, Reading, Result, Task
from pinlint.fleet.tables import TABLES, cleaned
from pinlint.git import Refused
from pinlint.http import Failed
from pinlint.model import Reference
from pinlint.rulebook import page
from pinlint.schedule import checked
from pinlint.text import Unread
from pinlint.walk import walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinlint.config import Policy
    from pinlint.engine import Checked
    from pinlint.fleet.places import Place
    from pinlint.formats import Format
    from pinlint.text import Document

__all__ = ["Overdue", "reader"]

#: Rows that are kept as they are before they are packed: a repository may ask for a million things.
_STRETCH = 10_000


class Overdue(BaseException):
    """A repository took longer than it may. Nothing on the way takes it for a mistake in a file."""


def reader(how: Reading) -> Callable[[Task], Result]:
    """What reads one repository after the other."""
    import gc

    gc.freeze()  # what is there before the first is not of this process, if it was forked: libraries would look for their threads
    gc.enable()  # which the command line switched off, and a process reads thousands
    return partial(_read, how)


def _read(how: Reading, task: Task) -> Result:
    """What came of a repository; nothing is raised."""
    one = _Repository(how, task)
    try:
        if how.version != __version__:
            raise PinlintError(f"the worker has pinlint {__version__}, and {how.version} asks", "install the same on both")
        one.read()
    except Unchanged:
        return Result(task.repository, {}, same=True)
    except Failed as error:
        one.failed("fetch" if one.stage == "commit" else one.stage, str(error))
    except Overdue:
        one.failed("time", f"it took longer than {how.limit:g} seconds, so nothing of it is in the tables; --timeout gives it more")
    except PinlintError as error:
        one.failed(one.stage, f"{error}" + (f"; {error.hint}" if error.hint else ""))
    except (Unread, Refused, OSError) as error:
        one.failed(one.stage, str(error))
    except MemoryError:
        one.failed("read", "it takes more memory than there is")
    except Exception as error:  # noqa: BLE001 - one repository must not end the run over thousands
        one.failed("read", f"pinlint failed on it: {errors.failure(error)}; tell those who gave you pinlint, with this line")
    return one.result()


class _Repository:
    """One repository while it is read."""

    def __init__(self, how: Reading, task: Task) -> None:
        self._how, self._task = how, task
        self._until = time.monotonic() + how.limit
        self._rows: dict[str, list[dict[str, Any]]] = {table: [] for table in TABLES}
        self._packed: dict[str, list[bytes]] = {}
        self._failures: list[Failure] = []
        self._where = {"repository": task.repository, "commit": ""}
        self._counts: Counter[str] = Counter()
        self.stage = "commit"

    def failed(self, stage: str, reason: str) -> None:
        """Says that something could not be had; what was read so far does not count where it was not all."""
        self._failures.append(Failure(self._task.repository, self._where["commit"], stage, cleaned(reason)))
        if stage not in ("configuration", "files"):
            self._rows = {table: [] for table in TABLES}
            self._packed = {}

    def result(self) -> Result:
        """What came of it."""
        for table in self._rows:
            self._pack(table)
        return Result(self._task.repository, self._packed, tuple(self._failures))

    def read(self) -> None:
        """Puts everything that the commit holds into rows. Raises what `_read` turns into failures."""
        with opened(self._task) as (tree, names, commit):
            self._where["commit"] = tree.commit.id if isinstance(tree, LocalTree) else tree.commit
            policy = self._policy(tree)
            self.stage = "read"
            found, _ = whole(tree, policy.exclude)
            tree.settings = policy.looks()
            fetched(tree, [path for path, _ in found.files])
            for one in walk(tree, found.files, partial(self._made, tree, policy)):
                self._counts["files"] += not one.absent and not (one.made and one.made.skipped)
                if one.made is None:
                    self._found(checked(one, policy, ""), policy)
            lost = {path for some in tree.lost.values() for path in some}
            if lost:
                why = max(tree.lost, key=lambda one: len(tree.lost[one]))
                self.failed("files", f"{len(lost):,} of {len(found.files):,} files could not be had, {min(lost)} first: {why}")
            own = policy.source.removeprefix(os.path.join(tree.root, "")) if policy is not self._how.policy else ""
            self._add("repositories", {
                "revision": self._task.revision or "HEAD", "named": names, "committed": _committed(commit), "configuration": own,
                "unread": len(lost), "key": self._how.key, "files": 0, "references": 0, "findings": 0, **self._counts,
            })  # fmt: skip

    def _policy(self, tree: Place) -> Policy:
        """The policy of the commit; where that is no policy, the one for those that have none, and it is said."""
        try:
            return policy_of(tree, self._how)
        except PinlintError as error:
            reason = str(error).removeprefix(os.path.join(tree.root, ""))
            self.failed("configuration", f"{reason}; it is judged as if it had none" + (f" ({error.hint})" if error.hint else ""))
            return self._how.policy

    def _made(self, tree: Place, policy: Policy, document: Document, format_: Format) -> tuple[Checked, list[str]]:
        """A file checked, its rows kept."""
        if time.monotonic() > self._until:
            raise Overdue
        reading = Read()
        judged, others = check(document, format_, tree, policy, "", reading)
        if not judged.skipped:
            references = [item for item in reading.items if isinstance(item, Reference)]
            located = spans(document, format_, (one.span for one in references))
            for one in references:
                self._reference(row(one, document.path, document.seen(*located[one.span])))
            self._found(judged, policy)
        return judged, others

    def _reference(self, made: dict[str, Any]) -> None:
        made["subject"] = compared(f"{made['kind']}:{made['name']}").partition(":")[2]
        self._counts["references"] += 1
        self._add("references", made)

    def _found(self, judged: Checked, policy: Policy) -> None:
        at = policy.at(judged.path)
        for one in judged.diagnostics:
            self._counts["findings"] += not one.suppressed
            made = {
                name: getattr(one, name) for name in ("path", "line", "column", "end_line", "end_column", "kind", "name", "version")
            }
            made |= {name: getattr(one, name) for name in ("rule", "role", "message", "fixable", "suppressed")}
            severity = at.severity_of(one.rule) or one.severity or page(one.rule).severity
            self._add("findings", {**made, "pin": one.verdict, "severity": severity})

    def _add(self, table: str, made: dict[str, Any]) -> None:
        rows = self._rows[table]
        rows.append({**made, **self._where})
        if len(rows) >= _STRETCH:
            self._pack(table)

    def _pack(self, table: str) -> None:
        if rows := self._rows[table]:
            self._packed.setdefault(table, []).append(packed(table, rows))
            self._rows[table] = []


def _committed(commit: bytes) -> int | None:
    """When a commit was made, in seconds since 1970; None where it does not say."""
    head = commit.partition(b"\n\n")[0]
    said = next((line.split() for line in head.split(b"\n") if line.startswith(b"committer ")), [])
    return int(said[-2]) if len(said) > 2 and said[-2].isdigit() and len(said[-2]) < 12 else None
