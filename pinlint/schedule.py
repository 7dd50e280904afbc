"""Which process checks which file: this one, unless there is enough work for more.

Only flat records cross the border between processes. Must not know what a check does.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pinlint.discover import Found
from pinlint.engine import Checked, broken, check, unread
from pinlint.formats import BY_CONTENT, SHOWN, Format, named
from pinlint.roots import seen
from pinlint.tree import Tree
from pinlint.walk import Visited, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pinlint.commit import Commit
    from pinlint.config import Policy
    from pinlint.entries import EntryTree
    from pinlint.text import Document

__all__ = ["Job", "check_all", "checked", "judged", "new_tree"]

#: Starting a worker costs about as much as checking these: so many files, or so many bytes.
_FILES_PER_WORKER = 400
#: How much of a file one is that only its content could make one of ours: most hold nothing, and are read and forgotten.
_SHOWN_BY_CONTENT = 0.1
#: Files that are asked for their size; of more, every second, third … one speaks for its neighbours.
_LOOKED_AT = 500
_BYTES_PER_WORKER = 3_000_000


class Job:
    """Files of one root to check under one policy: (path, name of its format). `overlay` holds contents given by hand. With a
    `commit` its files are meant."""

    def __init__(
        self, root: str, files: list[tuple[str, str]], policy: Policy, wanted: str, overlay: dict[str, bytes],
        commit: Commit | EntryTree | None = None,
    ) -> None:  # fmt: skip
        self.root, self.files, self.policy, self.wanted, self.overlay, self.commit = root, files, policy, wanted, overlay, commit


def new_tree(
    root: str, overlay: dict[str, bytes] | None = None, settings: Mapping[str, tuple[str, ...]] | None = None,
    commit: Commit | EntryTree | None = None,
) -> Tree:  # fmt: skip
    """The tree of a root, which lists the repository's files when a format first asks for them; or that of a commit, which may be
    at hand."""
    if commit is not None and not isinstance(commit, tuple):
        commit.settings = settings or {}
        return commit
    if commit is not None:
        from pinlint.commit import CommitTree  # most runs look at the work tree

        return CommitTree(commit, overlay, settings)
    known = seen(root)
    return Tree(root, lambda: known().split("\0"), overlay, settings)


def check_all(
    found: Found,
    policy: Policy,
    wanted: str,
    jobs: int,
    overlay: dict[str, bytes] | None = None,
    heard: Callable[[int, int], object] | None = None,
) -> list[Checked]:
    """Every file of a root checked, in order of its path; included files that no name would have found come along.

    `jobs` is the largest number of processes, 0 for one a core. More than one is used only when there is enough work.
    `heard(done, total)` hears how far it is.
    """
    job = Job(found.root, [(path, format_.name) for path, format_ in found.files], policy, wanted, overlay or {}, found.commit)
    workers = _worth(job) if found.commit is None or isinstance(found.commit, tuple) else 1  # one process has it at hand
    if workers > 1:
        workers = min(jobs or _cores(), workers)
    checked = _by_workers(job, workers, heard) if workers > 1 else _work(job, heard)(job.files)
    unique: dict[str, Checked] = {}
    for one in checked:  # two processes may have read a file, one for its content and one as what another file calls it
        other = unique.get(one.path)
        if other is None or _counts(one) > _counts(other):
            unique[one.path] = one
    return [unique[path] for path in sorted(unique)]


def _counts(one: Checked) -> tuple[bool, int, int]:
    """How much a judgement counts beside another one of the same file."""
    return one.format != BY_CONTENT.name, len(one.verdicts), len(one.diagnostics)


def _by_workers(job: Job, count: int, heard: Callable[[int, int], object] | None = None) -> list[Checked]:
    """As `judged`, by so many processes. The files of a process that is lost are checked one by one, so that a finding can say
    which of them it could not stand."""
    from pinlint.workers import Lost, done  # 15 ms that most runs do not need

    checked: list[Checked] = []
    once_more: list[list[tuple[str, str]]] = []
    common = Job(job.root, [], job.policy, job.wanted, job.overlay, job.commit)
    shares = list(_shares(job.files, count * (16 if heard else 4)))
    waits = (lambda: heard(len(checked), len(job.files))) if heard else None
    for some in done(_work, common, shares, count, waits):
        if isinstance(some, Lost):
            once_more += [[file] for file in some.share]
        else:
            checked += some
    for some in done(_work, common, once_more, 1):
        if isinstance(some, Lost):
            path, format_ = some.share[0]
            why = f"the process that read it was ended by signal {-some.code}" if some.code < 0 else "its process ended"
            said = broken(path, job.policy, f"{why}, as happens when memory runs out")
            checked.append(Checked(path, format_, {}, said))
        else:
            checked += some
    return checked


def _work(job: Job, heard: Callable[[int, int], object] | None = None) -> Callable[[list[tuple[str, str]]], list[Checked]]:
    """What checks shares of a job's files, with one tree that keeps what all of them read."""
    tree = new_tree(job.root, job.overlay, job.policy.looks(), job.commit)
    return lambda share: judged(tree, [(path, named(name)) for path, name in share], job.policy, job.wanted, heard)


def judged(
    tree: Tree,
    files: Sequence[tuple[str, Format]],
    policy: Policy,
    wanted: str = "",
    heard: Callable[[int, int], object] | None = None,
) -> list[Checked]:
    """Files checked, and what they include, each once, in this process; `heard(done, total)` hears how far it is."""

    def make(document: Document, format_: Format) -> tuple[Checked, list[str]]:
        return check(document, format_, tree, policy, wanted)

    left = (lambda count: heard(max(0, len(files) - count), len(files))) if heard else None
    return [checked(one, policy, wanted) for one in walk(tree, files, make, left)]


def checked(one: Visited[Checked], policy: Policy, wanted: str) -> Checked:
    """What became of a file, read or not: that pinlint itself failed on it is a finding, too."""
    if one.made is not None:
        return one.made
    if one.absent:
        return Checked(one.path, one.format.name, {}, [], absent=one.unread)
    said = broken(one.path, policy, one.failed) if one.failed else unread(one.path, policy, one.unread, wanted)
    return Checked(one.path, one.format.name, {}, said)


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _worth(job: Job) -> int:
    """How many workers the job is worth: a file or a byte more than a worker's start costs asks for the next one."""
    shown = [one.name for one in SHOWN]
    by_files = int(sum(1 if name not in shown else _SHOWN_BY_CONTENT for _, name in job.files) / _FILES_PER_WORKER)
    if by_files >= 8 or len(job.files) < 2:
        return by_files
    size, every = 0, len(job.files) // _LOOKED_AT + 1
    for path, _ in job.files[::every]:
        try:
            size += os.lstat(os.path.join(job.root, path)).st_size * every
        except OSError:
            continue
    return max(by_files, size // _BYTES_PER_WORKER)


def _shares(files: list[tuple[str, str]], count: int) -> Iterator[list[tuple[str, str]]]:
    """Neighbours stay together, as they read the same parents."""
    size = -(-len(files) // count)
    for start in range(0, len(files), size):
        yield files[start : start + size]
