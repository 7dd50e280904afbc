"""The commit of a repository, wherever it lies: its files, what its revision names, when it was made.

Local ones are read by git as a stranger's, remote ones by the project's own client. Must not know what is made of the files.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pinlint.commit import CommitTree, commit
from pinlint.committed import place
from pinlint.config import load
from pinlint.discover import CONFIGURATIONS
from pinlint.errors import PinlintError
from pinlint.git import Refused, answer
from pinlint.refs import resolved
from pinlint.remote import RemoteTree, commit_of
from pinlint.text import Unread
from pinlint.tree import OUTSIDE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinlint.config import Policy
    from pinlint.fleet.records import Reading, Task

__all__ = ["LocalTree", "Place", "Unchanged", "opened", "policy_of"]

#: What is said of a file that is as it should be, and of what is none: nobody lacks it.
_OF_FILES = ("it is larger than", "links lead from it", "it does not exist", OUTSIDE)


class Unchanged(Exception):
    """The revision names what it named when it was last read."""


class LocalTree(CommitTree):
    """The files of a commit of this machine; `lost` are those that git did not give, by the reason."""

    lost: dict[str, set[str]]

    def stored(self, path: str) -> bytes:
        """The content of a file. Raises Unread."""
        try:
            return super().stored(path)
        except Unread as error:
            _lost(self, path, str(error))
            raise

    def written(self) -> bytes:
        """The commit itself, as git writes it; nothing where git does not say."""
        try:
            out, _ = answer(
                self.commit.directory, ["cat-file", "commit", self.commit.id], lambda: None, root=self.commit.root, objects=True
            )
        except Refused:
            return b""
        return out


class FarTree(RemoteTree):
    """The files of a commit that lies elsewhere; `lost` are those that the host did not give, by the reason."""

    lost: dict[str, set[str]]

    def stored(self, path: str) -> bytes:
        """The content of a file. Raises Unread."""
        try:
            return super().stored(path)
        except Unread as error:
            _lost(self, path, str(error))
            raise


Place = LocalTree | FarTree


def _lost(tree: Place, path: str, why: str) -> None:
    if path in tree.entries and not why.startswith(_OF_FILES):
        tree.__dict__.setdefault("lost", {}).setdefault(why, set()).add(path)


@contextmanager
def opened(task: Task) -> Iterator[tuple[Place, str, bytes]]:
    """(the files of the commit, what the revision names, the commit as git writes it). Raises Unchanged where that is `known`,
    PinlintError where there is no such commit, pinlint.http.Failed where nobody gives it."""
    if "://" in task.place:
        with _far(task) as found:
            yield found
        return
    root, below = place(task.place)
    if below:
        raise PinlintError(f"{task.place} lies within the repository {root}", "name the repository itself")
    at = commit(root, task.revision or "HEAD")
    tree = LocalTree(at)
    tree.lost = {}
    yield tree, resolved(at.directory, task.revision or "HEAD"), tree.written()


@contextmanager
def _far(task: Task) -> Iterator[tuple[Place, str, bytes]]:
    from pinlint.ecosystems.git.registry import Registry
    from pinlint.registries import Registries

    if not task.place.startswith(("https:", "http:")):
        raise PinlintError(
            "repositories that only ssh leads to are not fetched", "name its https address, or clone it and name the clone"
        )
    client = (
        Registries().client
    )  # one for each: what all of them send together has no limit, and nothing of one is kept for the next
    try:
        with client.question():
            registry = Registry(client)
            found = commit_of(task.place, task.revision, registry)
            if found == task.known:
                raise Unchanged
            tree = FarTree(registry.host, task.place, found)
            tree.lost = {}
            tree.fetch([name for name in (*CONFIGURATIONS, "pyproject.toml") if name in tree.entries])
            yield tree, found, tree.written
    finally:
        client.close()


def policy_of(tree: Place, how: Reading) -> Policy:
    """The policy that holds for a commit: its own, unless one is for all. Raises PinlintError for a configuration that is none."""
    if how.one:
        return how.policy
    own = load(tree.root, "", tree)
    if not own.source.startswith(os.path.join(tree.root, "")):  # it has none, and this is the one of whoever runs the worker
        return how.policy
    return own._replace(ignore=(*own.ignore, "PIN006"))


def fetched(tree: Place, paths: Iterable[str]) -> None:
    """Brings files that are going to be read in one go, where that saves questions."""
    if isinstance(tree, FarTree):
        tree.fetch(paths)
