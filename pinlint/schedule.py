"""Which process checks which file: this one, unless there is enough work for more.

Only flat tuples cross the border between processes. Must not know what a check does.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from pinlint import errors
from pinlint.config import Policy
from pinlint.discover import Found, seen
from pinlint.engine import Checked, broken, check
from pinlint.formats import BY_CONTENT, Format, named
from pinlint.tree import Tree

__all__ = ["Job", "check_all", "new_tree"]

#: Starting a worker costs about as much as checking these: so many files, or so many bytes.
_FILES_PER_WORKER = 400
#: How much of a file one is that only its content could make one of ours: most hold nothing, and are read and forgotten.
_SHOWN_BY_CONTENT = 0.1
#: Files that are asked for their size; of more, every second, third … one speaks for its neighbours.
_LOOKED_AT = 500
_BYTES_PER_WORKER = 3_000_000


class Job(NamedTuple):
    """Files of one root to check under one policy: (path, name of its format). `overlay` holds contents given by hand."""

    root: str
    files: list[tuple[str, str]]
    policy: Policy
    wanted: str
    overlay: dict[str, bytes]


def new_tree(root: str, overlay: dict[str, bytes] | None = None, settings: Mapping[str, tuple[str, ...]] | None = None) -> Tree:
    """The tree of a root, which lists the repository's files when a format first asks for them."""
    known = seen(root)
    return Tree(root, lambda: known().split("\0"), overlay, settings)


def check_all(found: Found, policy: Policy, wanted: str, jobs: int, overlay: dict[str, bytes] | None = None) -> list[Checked]:
    """Every file of a root checked, in order of its path; included files that no name would have found come along.

    `jobs` is the largest number of processes, 0 for one a core. More than one is used only when there is enough work.
    """
    job = Job(found.root, [(path, format_.name) for path, format_ in found.files], policy, wanted, overlay or {})
    workers = _worth(job)
    if workers > 1:
        workers = min(jobs or _cores(), workers)
    checked = _by_workers(job, workers) if workers > 1 else run(job, new_tree(job.root, job.overlay, job.policy.settings))
    unique: dict[str, Checked] = {}
    for one in checked:  # two processes may have read a file, one for its content and one as what another file calls it
        other = unique.get(one.path)
        if other is None or (len(one.verdicts), len(one.diagnostics)) > (len(other.verdicts), len(other.diagnostics)):
            unique[one.path] = one
    return [unique[path] for path in sorted(unique)]


def _by_workers(job: Job, count: int) -> list[Checked]:
    """As `run`, by so many processes. The files of a process that is lost are checked one by one, so that a finding can say which
    of them it could not stand."""
    from pinlint.workers import Lost, done  # 15 ms that most runs do not need

    checked: list[Checked] = []
    once_more: list[list[tuple[str, str]]] = []
    common = job._replace(files=[])
    for some in done(_work, common, list(_shares(job.files, count * 4)), count):
        if isinstance(some, Lost):
            once_more += [[file] for file in some.share]
        else:
            checked += some
    for some in done(_work, common, once_more, 1):
        if isinstance(some, Lost):
            why = f"the process that read it was ended by signal {-some.code}" if some.code < 0 else "its process ended"
            checked.append(broken(some.share[0][0], job.policy, f"{why}, as happens when memory runs out"))
        else:
            checked += some
    return checked


def _work(job: Job) -> Callable[[list[tuple[str, str]]], list[Checked]]:
    """What checks shares of a job's files, with one tree that keeps what all of them read."""
    tree = new_tree(job.root, job.overlay, job.policy.settings)
    return lambda share: run(job._replace(files=share), tree)


def run(job: Job, tree: Tree) -> list[Checked]:
    """The files of a job checked, and what they include, each once.

    Where a name says nothing, what another file takes it for counts for more than its content.
    """
    results: dict[str, Checked] = {}
    done = dict(job.files)
    pending: list[tuple[str, Format]] = [(path, named(name)) for path, name in reversed(job.files)]
    while pending:
        path, format_ = pending.pop()
        if format_.name != done[path]:
            continue
        one = _checked(path, format_, tree, job)
        if one is None:
            continue
        results[path] = one
        for other in one.included:
            if done.get(other, BY_CONTENT.name) == BY_CONTENT.name:
                done[other] = format_.name
                pending.append((other, format_))
    return list(results.values())


def _checked(path: str, format_: Format, tree: Tree, job: Job) -> Checked | None:
    """As `check`; a mistake of pinlint's own is a finding, too, and the run goes on."""
    try:
        return check(path, format_, tree, job.policy, job.wanted)
    except Exception as error:  # noqa: BLE001 - whatever one file does, the others are judged
        return broken(path, job.policy, errors.failure(error))


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _worth(job: Job) -> int:
    """How many workers the job is worth: a file or a byte more than a worker's start costs asks for the next one."""
    by_files = int(sum(1 if name != BY_CONTENT.name else _SHOWN_BY_CONTENT for _, name in job.files) / _FILES_PER_WORKER)
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
