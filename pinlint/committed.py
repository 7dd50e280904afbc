"""Which files of a commit are judged, and as what: what `discover` says of a work tree, said of a commit.

Knows names and ignore rules; reads no file but links.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pinlint.commit import CommitTree, commit
from pinlint.discover import CONFIGURATIONS, Found, Skipped, candidates, excluder, format_of, says
from pinlint.errors import PinlintError
from pinlint.git import bare
from pinlint.roots import root_of
from pinlint.text import Unread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pinlint.entries import EntryTree
    from pinlint.formats import Format

__all__ = ["files", "place", "whole"]


def place(path: str) -> tuple[str, str]:
    """(root, path below it) of something in a repository; it need not be in the work tree. Raises PinlintError where there is no
    repository: neither above it, nor a bare one at it."""
    full = os.path.realpath(path)
    if not os.path.lexists(os.path.join(full, ".git")) and bare(full):
        return full, ""
    root = root_of(full)
    if root is None:
        raise PinlintError(f"{path} lies in no git repository, so it has no commits", "name a repository, or a bare one itself")
    root = os.path.realpath(root)
    return root, os.path.relpath(full, root).replace(os.sep, "/") if full != root else ""


def files(paths: Iterable[str], revision: str, excluded: Callable[[CommitTree], tuple[str, ...]]) -> tuple[list[Found], Skipped]:
    """The files of a commit to judge, grouped by root, and what was left out. `excluded(tree)` are the patterns that the
    configuration of the commit excludes. Raises PinlintError for a path that the commit does not have."""
    below: dict[str, list[tuple[str, str]]] = {}
    for path in paths:
        root, name = place(path)
        below.setdefault(root, []).append((name, path))
    trees = {root: CommitTree(commit(root, revision)) for root in below}
    search = _Search(revision)
    found = [search.root(trees[root], asked, excluder(excluded(trees[root]))) for root, asked in below.items()]
    return found, search.skipped()


def whole(tree: EntryTree, excluded: tuple[str, ...]) -> tuple[Found, Skipped]:
    """Every file of a commit to judge, but for those that the patterns exclude, and what was left out. Raises PinlintError where
    the commit is not there whole."""
    search = _Search("")
    return search.root(tree, [("", tree.root)], excluder(excluded)), search.skipped()


class _Search:
    """What is found in commits, and what is left out."""

    def __init__(self, revision: str) -> None:
        self._revision = revision
        self._hidden = self._links = 0
        self._unrecognised: list[str] = []
        self._nested: list[str] = []

    def skipped(self) -> Skipped:
        """What was left out."""
        return Skipped(self._hidden, self._links, tuple(self._unrecognised), tuple(self._nested))

    def root(self, tree: EntryTree, asked: list[tuple[str, str]], excludes: Callable[[str], bool]) -> Found:
        """The files of one root below what was asked for."""
        try:
            listed = tree.listed()
        except Unread as error:
            raise PinlintError(f"{tree.root}: {error}", "name a commit that is there whole") from None
        chosen: dict[str, Format] = {}
        named: set[str] = set()
        for name, path in asked:
            if name in tree.entries:
                self._named(name, path, chosen, named)
            else:
                self._below(name, path, listed, tree, excludes, chosen)
        for name, format_ in list(chosen.items()):
            for partner in format_.partner:
                beside = f"{name.rpartition('/')[0]}/{partner}".lstrip("/")
                if beside not in chosen and tree.exists(beside) and (other := format_of(beside)):
                    chosen[beside] = other
        at = tree.commit if isinstance(tree, CommitTree) else None
        return Found(tree.root, sorted(chosen.items()), frozenset(named), at)

    def _named(self, name: str, path: str, chosen: dict[str, Format], named: set[str]) -> None:
        if format_ := format_of(name):
            chosen[name] = format_
            named.add(name)
        else:
            self._unrecognised.append(path)

    def _below(
        self, folder: str, path: str, listed: list[str], tree: EntryTree, excludes: Callable[[str], bool],
        chosen: dict[str, Format],
    ) -> None:  # fmt: skip
        start = f"{folder}/" if folder else ""
        within = [name for name in listed if name.startswith(start)]
        if not within and folder:
            raise PinlintError(f"{path} does not exist at {self._revision}", "name a file or a directory that the commit has")
        for name in candidates("\0".join(within)):
            format_ = format_of(name)
            if format_ is None:
                if "/" in name and name[name.rfind("/") + 1 :] in CONFIGURATIONS:
                    self._nested.append(os.path.join(tree.root, name))
            elif excludes(name):
                self._hidden += 1
            elif tree.is_link(name) and not _tells(name, format_, tree, excludes):
                self._links += 1
            else:
                chosen[name] = format_


def _tells(link: str, format_: Format, tree: EntryTree, excludes: Callable[[str], bool]) -> bool:
    """Whether a link alone tells what the file is that it leads to: one of the commit under a name of no kind."""
    try:
        target = tree.target(link)
    except Unread:
        return False
    return says(format_) and target in tree.entries and format_of(target) is None and not excludes(target)
