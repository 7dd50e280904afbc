"""Fixes of one repository as a patch: what has to be asked for them, and, once that is answered, the bytes that `pinlint --fix`
would write there.

Works anywhere, as `reading` does; asks no registry and writes nothing.
"""

from __future__ import annotations

import io
import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from pinlint import __version__, errors
from pinlint.committed import whole
from pinlint.errors import PinlintError
from pinlint.fix.account import Account
from pinlint.fix.mend import Mended, mend
from pinlint.fleet.places import LocalTree, fetched, opened, policy_of
from pinlint.fleet.reading import Overdue
from pinlint.fleet.records import Failure, Reading, Task
from pinlint.fleet.tables import cleaned
from pinlint.git import Refused
from pinlint.http import Failed
from pinlint.pins import NoPin, Pin
from pinlint.question import Question
from pinlint.report import account, fixes
from pinlint.report.escapes import clipped, visible
from pinlint.text import Unread

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinlint.fix.plans import Patch
    from pinlint.fleet.places import Place
    from pinlint.question import Resolve

__all__ = ["Answered", "Asked", "Fixing", "Patched", "asker", "mender"]


class Fixing(NamedTuple):
    """How repositories are fixed: read as scans read them, `codes` limit the rules, `unsafe` allows what may change what runs,
    `cooldown` is how many seconds a release has to be out (None = as the project says)."""

    how: Reading
    codes: tuple[str, ...]
    unsafe: bool
    cooldown: int | None


class Asked(NamedTuple):
    """What a repository at a commit wants to know."""

    task: Task
    commit: str
    questions: tuple[Question, ...]
    failure: Failure | None = None


class Answered(NamedTuple):
    """A repository, the commit that was read, and the answers to what it asked."""

    task: Task
    commit: str
    answers: dict[Question, Pin | NoPin]


class Patched(NamedTuple):
    """What is to be applied to a repository at a commit (b"" = nothing), the message for the commit that does, and how many places
    were and were not fixed."""

    repository: str
    commit: str
    patch: bytes
    message: str
    fixed: int = 0
    unfixed: int = 0
    failure: Failure | None = None


def asker(fixing: Fixing) -> Callable[[Task], Asked]:
    """What says of one repository after the other what it wants to know."""
    return partial(_asked, fixing)


def mender(fixing: Fixing) -> Callable[[Answered], Patched]:
    """What makes patches of answers, one repository after the other."""
    return partial(_patched, fixing)


def _asked(fixing: Fixing, task: Task) -> Asked:
    questions: dict[Question, None] = {}

    def heard(question: Question) -> NoPin:
        questions[question] = None
        return NoPin("it is not asked yet")

    work = _Work(fixing, task)
    if work.mended(heard) is None:
        return Asked(task, work.commit, (), work.failure)
    return Asked(task, work.commit, tuple(questions))


def _patched(fixing: Fixing, given: Answered) -> Patched:
    task = given.task
    work = _Work(fixing, task)
    made = work.mended(lambda question: given.answers.get(question, NoPin("it changed while it was fixed; run it again")))
    if made is None:
        return Patched(task.repository, work.commit, b"", "", failure=work.failure)
    if work.commit != given.commit:
        failure = Failure(task.repository, work.commit, "commit", "another commit came while it was fixed; run it again")
        return Patched(task.repository, work.commit, b"", "", failure=failure)
    mended, patch = made
    if not patch:
        return Patched(task.repository, work.commit, b"", "", 0, len(mended.unfixed))
    return Patched(task.repository, work.commit, patch, _message(mended), len(mended.fixed), len(mended.unfixed))


class _Work:
    """One repository while it is fixed; `failure` says why it could not be."""

    def __init__(self, fixing: Fixing, task: Task) -> None:
        self._fixing, self._task = fixing, task
        self._until = time.monotonic() + fixing.how.limit
        self.commit = ""
        self.failure: Failure | None = None

    def mended(self, resolve: Resolve) -> tuple[Mended, bytes] | None:
        """(what came of it, the patch); None where it could not be read."""
        try:
            if self._fixing.how.version != __version__:
                raise PinlintError(f"the worker has pinlint {__version__}, and {self._fixing.how.version} asks")
            with opened(self._task._replace(known="")) as (tree, _, _):
                self.commit = tree.commit.id if isinstance(tree, LocalTree) else tree.commit
                return self._of(tree, resolve)
        except Overdue:
            self._failed("time", f"it took longer than {self._fixing.how.limit:g} seconds; --timeout gives it more")
        except Failed as error:
            self._failed("fetch", str(error))
        except PinlintError as error:
            self._failed("commit", f"{error}" + (f"; {error.hint}" if error.hint else ""))
        except (Unread, Refused, OSError) as error:
            self._failed("read", str(error))
        except Exception as error:  # noqa: BLE001 - one repository must not end the run over thousands
            self._failed("read", f"pinlint failed on it: {errors.failure(error)}; tell those who gave you pinlint, with this line")
        return None

    def _failed(self, stage: str, reason: str) -> None:
        self.failure = Failure(self._task.repository, self.commit, stage, cleaned(reason))

    def _of(self, tree: Place, resolve: Resolve) -> tuple[Mended, bytes]:
        policy = policy_of(tree, self._fixing.how)
        found, _ = whole(tree, policy.exclude)
        tree.settings = policy.looks()
        fetched(tree, [path for path, _ in found.files])
        [made] = mend(
            [found], lambda _: policy, resolve, self._fixing.codes, unsafe=self._fixing.unsafe, write=False,
            cooldown=self._fixing.cooldown, step=self._stepped, tree=tree,
        )  # fmt: skip
        return made, _diff(tree, made.patches)

    def _stepped(self, *_: object) -> None:
        if time.monotonic() > self._until:
            raise Overdue


def _diff(tree: Place, patches: list[Patch]) -> bytes:
    """What `git apply` takes; of a link the file is changed that it leads to, as `--fix` does."""
    lines: list[bytes] = []
    done: set[str] = set()
    for one in patches:
        path = one.path if one.created else tree.target(one.path)
        if one.new != one.old and path not in done:
            done.add(path)
            lines += fixes.diff(path, one.old, one.new, created=one.created)
    return b"".join(lines)


def _message(mended: Mended) -> str:
    """The message for a commit: what was pinned, and what was not and why."""
    told = Account([mended], written=True).told
    files = len({path for path, _ in mended.fixed})
    subject = f"pin {len(mended.fixed):,} reference{'s' * (len(mended.fixed) != 1)} in {files:,} file{'s' * (files != 1)}"
    text = io.StringIO()
    account.write(told, lambda _, path: path, text, written=True)
    body = "\n".join(clipped(visible(line), 500).rstrip() for line in text.getvalue().splitlines())
    about = f"Written by pinlint {__version__}. What was asked for is what got pinned; nothing is newer than before."
    return f"{subject}\n\n{about}\n\n{body}\n"
