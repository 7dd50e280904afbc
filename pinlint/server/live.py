"""The files of one root while an editor is at work in them: what was read and concluded is kept until something that it came from
changes, and whoever looked at that is told.

Knows which lookups a conclusion was drawn from; must not know what anybody concludes.
"""

from __future__ import annotations

import builtins
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from pinlint.text import Document
from pinlint.tree import Tree

__all__ = ["LiveTree", "Look"]

T = TypeVar("T")

#: One look at the files: ("file", path) at a content or whether it is there, ("named", name) at who is called so, ("all",) at
#: whatever there is, ("memo", what, path) at what was concluded of others.
Look = tuple[str, ...]

_ALL: Look = ("all",)


class LiveTree(Tree):
    """A tree whose overlay changes. It notes what is looked at: for whoever concludes something, and for what it remembers."""

    def __init__(self, root: str, listing: Callable[[], Iterable[str]]) -> None:
        super().__init__(root, listing)
        self._looks: set[Look] = set()
        self._of_memo: dict[tuple[str, str], set[Look]] = {}
        self._stamps: dict[str, object] = {}

    @contextmanager
    def noting(self) -> Iterator[set[Look]]:
        """The looks of what is done inside, and of nobody around it."""
        around, self._looks = self._looks, set()
        try:
            yield self._looks
        finally:
            self._looks = around

    def read(self, path: str, decoding: str = "utf-8") -> Document:
        self._look(path)
        return super().read(path, decoding)

    def known(self, path: str, decoding: str = "utf-8") -> Document | None:
        self._look(path)
        return super().known(path, decoding)

    def bytes(self, path: str) -> builtins.bytes:
        self._look(path)
        return super().bytes(path)

    def exists(self, path: str) -> bool:
        self._look(path)
        return super().exists(path)

    def listed(self) -> list[str]:
        self._looks.add(_ALL)
        if self._listed is None:
            super().listed().extend(self._overlay.keys() - set(super().listed()))  # a text that was never saved
        return super().listed()

    def named(self, name: str) -> list[str]:
        with self.noting():
            found = super().named(name)
        self._looks.add(("named", name))
        return found

    def memo(self, what: str, path: str, make: Callable[[], T]) -> T:
        key = (what, path)
        self._looks.add(("memo", *key))
        if key in self._of_memo:
            return super().memo(what, path, make)
        with self.noting() as looks:
            try:
                return super().memo(what, path, make)
            finally:
                if key in self._memo:
                    self._of_memo[key] = looks

    def _look(self, path: str) -> None:
        self._looks.add(("file", path))
        if path not in self._stamps:
            self._stamps[path] = self._stamp(path)

    def _stamp(self, path: str) -> object:
        """What tells whether a file is still the one that was looked at; None where there is none."""
        try:
            status = os.stat(os.path.join(self.root, path))
        except (OSError, ValueError):
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino

    def put(self, path: str, content: builtins.bytes | None) -> set[Look]:
        """The looks that are out of date now that a text takes the place of a file, or (None) the file its own again."""
        if self._overlay.get(path) == content:
            return set()
        with self.noting():
            there = self.exists(path)
        if content is None:
            del self._overlay[path]
        else:
            self._overlay[path] = content
        self._stamps.pop(path, None)
        return self.forget([path], came_or_went=there != (content is not None or self.is_stored(path)))

    def stale(self) -> list[str]:
        """The paths that were looked at and are other files now, or none, or some."""
        return [path for path, stamp in list(self._stamps.items()) if self._stamp(path) != stamp]

    def forget(self, paths: Collection[str], *, came_or_went: bool) -> set[Look]:
        """Everything that was kept of these files, and of what came of them; the looks that are out of date by that. `came_or_went`
        is whether there may be other files than before."""
        self._looks = set()
        old: set[Look] = {("file", path) for path in paths}
        if came_or_went:
            old |= {_ALL, *(("named", path.rpartition("/")[2]) for path in paths)}
            self._listed = self._by_name = None
            self._folders.clear()
            self._close()
        for key in [key for key in self._documents if ("file", key[0]) in old]:
            del self._documents[key]
        for path in paths:
            self._there.pop(path, None)
            self._stamps.pop(path, None)
        while found := {("memo", *key) for key, looks in self._of_memo.items() if not looks.isdisjoint(old)} - old:
            old |= found
        for look in old:
            if look[0] == "memo":
                self._of_memo.pop((look[1], look[2]), None)
                self._memo.pop((look[1], look[2]), None)
        return old

    def reset(self) -> None:
        """Nothing is remembered any more, but for the texts."""
        self._memo.clear()
        self._of_memo.clear()
        self._documents.clear()

    def _close(self) -> None:
        """Directories that were kept open may be others now."""
        while self._open:
            with suppress(KeyError, OSError):
                os.close(self._open.popitem()[1])
