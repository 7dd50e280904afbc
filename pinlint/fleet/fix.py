"""One look-up for a thousand fixes: every repository says what it wants to know, each question is asked once, and of the answers a
patch a repository is written. Nothing is pushed, and no repository is changed.

Knows the order of things and the folder of patches; must not know how a pin is found or written.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from pinlint.errors import PinlintError
from pinlint.fix.answers import resolved
from pinlint.fleet.engines import Given
from pinlint.fleet.fixing import Answered, Asked, Patched, asker, mender
from pinlint.fleet.records import Failure

if TYPE_CHECKING:
    from pinlint.fleet.engines import Engine
    from pinlint.fleet.fixing import Fixing
    from pinlint.fleet.records import Task
    from pinlint.question import Question, Resolve

__all__ = ["Fixed", "fix"]

#: What was written and for whom, a line a repository.
_INDEX, _OURS = "patches.jsonl", (".patch", ".message", ".new")
#: Characters of a file's name that are made of a repository's.
_LONGEST = 120

#: Hears what is done, and how far it is.
Heard = Callable[[str, int, int, str], None]


class Fixed(NamedTuple):
    """What came of it: repositories, patches that were written, places that were and were not fixed, questions that were asked."""

    repositories: int
    patches: int
    fixed: int
    unfixed: int
    asked: int
    failures: Sequence[Failure]
    seconds: float


def fix(
    folder: str, tasks: Sequence[Task], failures: Sequence[Failure], fixing: Fixing, engine: Engine, resolve: Resolve, heard: Heard
) -> Fixed:
    """What was written into a folder of patches. Raises PinlintError where it holds other things, or cannot be written."""
    began, patches = time.monotonic(), _Folder(folder)
    known, asked = _asked(tasks, fixing, engine, heard)
    failed = [*failures, *(one.failure for one in asked if one.failure)]
    wanting = [one for one in asked if not one.failure]
    answers = resolved(known, resolve, partial(heard, "asking registries"))
    given = [Answered(one.task, one.commit, {question: answers[question] for question in one.questions}) for one in wanting]
    rows: list[dict[str, Any]] = []
    patches.cleared([one.task.repository for one in given])
    for one in engine.run(mender, fixing, given, lambda: heard("writing patches", len(rows), len(given), "")):
        made = one if isinstance(one, Patched) else _lost(one)
        failed += [made.failure] if made.failure else []
        rows.append({
            "repository": made.repository, "commit": made.commit, "fixed": made.fixed, "unfixed": made.unfixed,
            "patch": patches.kept(made) if made.patch else "",
        })  # fmt: skip
    patches.listed(rows, failed)
    return Fixed(
        len(tasks), sum(bool(row["patch"]) for row in rows), sum(row["fixed"] for row in rows), sum(row["unfixed"] for row in rows),
        len(answers), failed, time.monotonic() - began,
    )  # fmt: skip


def _asked(tasks: Sequence[Task], fixing: Fixing, engine: Engine, heard: Heard) -> tuple[dict[Question, Question], list[Asked]]:
    """(every question, by itself; what each repository asks, in these very objects: thousands ask the same)."""
    known: dict[Question, Question] = {}
    asked: list[Asked] = []
    for one in engine.run(asker, fixing, tasks, lambda: heard("reading repositories", len(asked), len(tasks), "")):
        if isinstance(one, Given):
            asked.append(Asked(one.share, "", (), Failure(one.share.repository, "", "worker", one.why)))
        else:
            asked.append(one._replace(questions=tuple(known.setdefault(question, question) for question in one.questions)))
        heard("reading repositories", len(asked), len(tasks), "")
    return known, sorted(asked, key=lambda one: one.task.repository)


def _lost(one: Given[Answered]) -> Patched:
    name = one.share.task.repository
    return Patched(name, one.share.commit, b"", "", failure=Failure(name, one.share.commit, "worker", one.why))


class _Folder:
    """The folder of patches; each is there whole or not at all. Those of an earlier run are gone when this one begins to write."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._taken: set[str] = set()
        self._names: dict[str, str] = {}
        try:
            os.makedirs(folder, exist_ok=True)
            names = os.listdir(folder)
        except OSError as error:
            raise _unwritable(folder, error) from None
        if not all(name == _INDEX or name.endswith(_OURS) for name in names):
            raise PinlintError(f"{folder} holds other things than patches", "name a folder that is empty or not there")

    def cleared(self, repositories: Sequence[str]) -> None:
        """Takes away what an earlier run wrote. These are the repositories that may have a patch now: their names do not depend on
        who is done first."""
        self._names = {one: self._name(one) for one in sorted(repositories)}
        try:
            for name in os.listdir(self._folder):
                os.unlink(os.path.join(self._folder, name))
        except OSError as error:
            raise _unwritable(self._folder, error) from None

    def kept(self, made: Patched) -> str:
        """The name of the file that holds a patch; its message goes before it, and into a file of its own for `git commit -F`."""
        name = self._names[made.repository]
        head = "".join(f"{line}\n" for line in _quoted(made.message))
        about = f"Repository: {made.repository}\nCommit: {made.commit}\n\n"
        self._write(f"{name}.message", made.message.encode("utf-8", "backslashreplace"))
        self._write(f"{name}.patch", (about + head + "\n").encode("utf-8", "backslashreplace") + made.patch)
        return f"{name}.patch"

    def listed(self, rows: list[dict[str, Any]], failures: Sequence[Failure]) -> None:
        """Writes which patch is for whom, and who has none and why."""
        from pinlint.report.escapes import in_json

        said = [
            *sorted(rows, key=lambda row: str(row["repository"])),
            *({"repository": one.repository, "commit": one.commit, "failure": one.reason} for one in sorted(failures)),
        ]
        self._write(_INDEX, "".join(f"{in_json(json.dumps(row))}\n" for row in said).encode("ascii"))

    def _name(self, repository: str) -> str:
        """A name of a file for a repository, the same in every run over the same ones."""
        plain = re.sub(r"[^A-Za-z0-9._+@-]+", "-", repository.rpartition("://")[2]).strip("-.") or "repository"
        tail = sha256(repository.encode("utf-8", "surrogateescape")).hexdigest()[:8]
        name = plain if len(plain) <= _LONGEST else f"{plain[-_LONGEST:].lstrip('-.')}-{tail}"
        name = name if name.lower() not in self._taken else f"{name}-{tail}"
        self._taken.add(name.lower())
        return name

    def _write(self, name: str, data: bytes) -> None:
        path = os.path.join(self._folder, name)
        try:
            with open(f"{path}.new", "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(f"{path}.new", path)
        except OSError as error:
            raise _unwritable(self._folder, error) from None


def _quoted(message: str) -> list[str]:
    """The lines of a message, none of which `git apply` could take for the beginning of a patch."""
    return [re.sub(r"^(?=diff |--- |\+\+\+ |@@ |Index: )", " ", line) for line in message.splitlines()]


def _unwritable(folder: str, error: OSError) -> PinlintError:
    return PinlintError(f"{folder} cannot be written: {error.strerror or error}", "make room, and run it again")
