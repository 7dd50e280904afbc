"""Which process checks which file: this one, unless there is enough work for more.

Only flat tuples cross the border between processes. Must not know what a check does.
"""

import os
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pinlint.config import Policy
from pinlint.discover import Found, seen
from pinlint.engine import Checked, check
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
    if workers < 2:
        checked = run(job, new_tree(job.root, job.overlay, job.policy.settings))
    else:
        import multiprocessing  # 15 ms that most runs do not need

        shares = list(_shares(job.files, workers * 4))
        with multiprocessing.Pool(workers, _begin, (job._replace(files=[]),)) as pool:
            checked = [one for share in pool.imap_unordered(_work, shares) for one in share]
    unique: dict[str, Checked] = {}
    for one in checked:  # two processes may have read a file, one for its content and one as what another file calls it
        other = unique.get(one.path)
        if other is None or (len(one.verdicts), len(one.diagnostics)) > (len(other.verdicts), len(other.diagnostics)):
            unique[one.path] = one
    return [unique[path] for path in sorted(unique)]


#: In a worker process: the job that it works on, and the tree that keeps what all its shares read.
_begun: list[tuple[Job, Tree]] = []


def _begin(job: Job) -> None:
    _begun[:] = [(job, new_tree(job.root, job.overlay, job.policy.settings))]


def _work(share: list[tuple[str, str]]) -> list[Checked]:
    job, tree = _begun[0]
    return run(job._replace(files=share), tree)


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
        one = check(path, format_, tree, job.policy, job.wanted)
        if one is None:
            continue
        results[path] = one
        for other in one.included:
            if done.get(other, BY_CONTENT.name) == BY_CONTENT.name:
                done[other] = format_.name
                pending.append((other, format_))
    return list(results.values())


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
            size += os.stat(os.path.join(job.root, path)).st_size * every
        except OSError:
            continue
    return max(by_files, size // _BYTES_PER_WORKER)


def _shares(files: list[tuple[str, str]], count: int) -> Iterator[list[tuple[str, str]]]:
    """Neighbours stay together, as they read the same parents."""
    size = -(-len(files) // count)
    for start in range(0, len(files), size):
        yield files[start : start + size]
