"""Trees that are no work tree: every file is an entry of a list that somebody else made, with a link leading to other entries only.

Knows links and hostile names; must not know where entries and their contents come from.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, NamedTuple

from pinlint.text import Unread
from pinlint.tree import OUTSIDE, Tree, join

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["LINK", "Entry", "EntryTree", "is_inside"]

LINK, _FOLLOWED = "120000", 40


class Entry(NamedTuple):
    """A file or link of a tree: its mode as git writes it, the name of its content."""

    mode: str
    id: str


def is_inside(path: str) -> bool:
    """Whether a path of a tree is one that git would check out: a hostile tree may hold others."""
    return {"", ".", "..", ".git"}.isdisjoint(path.lower().split("/"))


class EntryTree(Tree, ABC):
    """Files by the entries of a tree, whose source says which there are (`made`) and what each holds (`content`). Links are
    followed within the tree; what is a submodule is not there."""

    def __init__(
        self, root: str, overlay: dict[str, bytes] | None = None, settings: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        super().__init__(root, self._paths, overlay, settings)
        self._entries: dict[str, Entry] | None = None

    @abstractmethod
    def made(self) -> dict[str, Entry]:
        """Every file and link by its path. Raises Unread where nobody can say them."""

    @abstractmethod
    def content(self, entry: Entry) -> bytes:
        """What an entry holds. Raises Unread."""

    def fetch(self, paths: Iterable[str]) -> None:
        """Hears of files that are going to be read; whoever has them far away brings them together."""

    @property
    def entries(self) -> dict[str, Entry]:
        """Every file and link by its path. Raises Unread where nobody can say them."""
        if self._entries is None:
            self._entries = self.made()
        return self._entries

    def _paths(self) -> list[str]:
        return list(self.entries)

    def stored(self, path: str) -> bytes:
        """The content of a file, also of one that a link leads to. Raises Unread."""
        return self.content(self._followed(path))

    def is_stored(self, path: str) -> bool:
        """Whether there is such a file, or a link that leads to one."""
        try:
            self._followed(path)
        except Unread:
            return False
        return True

    def is_link(self, path: str) -> bool:
        """Whether a path is a link itself."""
        entry = self.entries.get(path)
        return entry is not None and entry.mode == LINK

    def target(self, path: str) -> str:
        """The path of the file that is meant: `path`, or where links lead from it. Raises Unread where that is none."""
        for _ in range(_FOLLOWED):
            link = self._link(path)
            if link is None:
                return path
            leads = join(link, os.fsdecode(self.content(self.entries[link])) + path[len(link) :])
            if leads.startswith(("/", "..")):
                raise Unread(OUTSIDE)
            path = leads
        raise Unread("links lead from it to one another, and to no file")

    def _link(self, path: str) -> str | None:
        """The first part of a path that is a link, if one is."""
        at = path.find("/")
        while at >= 0:
            if self.is_link(path[:at]):
                return path[:at]
            at = path.find("/", at + 1)
        return path if self.is_link(path) else None

    def _followed(self, path: str) -> Entry:
        entry = self.entries.get(path)
        if entry is None or entry.mode == LINK:
            entry = self.entries.get(self.target(path))
        if entry is None:
            raise Unread("it does not exist there")
        return entry
