"""The files of a commit of a repository that lies elsewhere: read as git's objects, without a clone, a checkout or a git program.

One question brings the folders of the commit, one each the contents that are wanted together. Every object is known by the name
that follows from its bytes, so what a host sends is what was pinned, or nothing. Nothing of it is written anywhere.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.git.packs import Broken, Object, peeled, root_of, tree
from pinlint.ecosystems.git.protocol import BLOBS, Missing
from pinlint.entries import Entry, EntryTree, is_inside
from pinlint.http import Failed
from pinlint.pins import NoPin
from pinlint.question import Question
from pinlint.text import SIZE_LIMIT, Unread

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pinlint.ecosystems.git.protocol import Host
    from pinlint.ecosystems.git.registry import Registry

__all__ = ["RemoteTree", "commit_of", "opened"]

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
#: Files that a commit may have, folders one inside the other, and characters that all paths may take: folders can hold one another
#: a million times in a kilobyte.
_FILES, _DEEPEST, _CHARACTERS = 400_000, 100, 48 << 20
#: Contents that one question asks for, and questions that one tree may cost: a hostile tree makes a reader ask file by file.
_TOGETHER, _QUESTIONS = 2_000, 60
_FOLDER, _SUBMODULE = "040000", "160000"


class RemoteTree(EntryTree):
    """The files of a commit, which are fetched when they are first read, `fetch` those that are going to be wanted in one go."""

    def __init__(
        self, host: Host, url: str, commit: str, overlay: dict[str, bytes] | None = None,
        settings: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(f"{url}@{commit}", overlay, settings)
        self.url, self.commit = url, commit
        self._host = host
        self.written = b""  # the commit itself, as git writes it, once its files are known
        self._objects: dict[str, Object] = {}
        self._left = _QUESTIONS

    def made(self) -> dict[str, Entry]:
        """Every file and link of the commit by its path. Raises Unread where the host does not send them."""
        try:
            filters = [BLOBS] if self._host.offers_filter(self.url) else []
            found = self._host.fetch(self.url, [self.commit], "deepen 1", *filters)
            self.commit = peeled(self.commit, found)
            self.written = found[self.commit].content
            entries = dict(_files(root_of(found[self.commit].content), found, len(self.commit) // 2))
        except (Failed, Broken) as error:
            raise Unread(f"its commit cannot be read: {error}") from None
        self._objects = {name: one for name, one in found.items() if one.kind == "blob"}
        return entries

    def stored(self, path: str) -> bytes:
        """The content of a file. Raises Unread. What git knows of where it came from is its address."""
        if path == ".git/config":
            return f'[remote "origin"]\n\turl = {self.url}\n'.encode()
        return super().stored(path)

    def content(self, entry: Entry) -> bytes:
        """What an entry holds. Raises Unread where it cannot be had."""
        if entry.id not in self._objects:
            self._bring([entry.id])
        content = self._objects[entry.id].content
        if len(content) > SIZE_LIMIT:
            raise Unread(f"it is larger than {SIZE_LIMIT // 2**20} MiB; exclude it or split it")
        return content

    def fetch(self, paths: Iterable[str]) -> None:
        """Brings the contents of files that are going to be read. What cannot be brought is said by who reads it."""
        wanted = {self.entries[path].id for path in paths if path in self.entries}
        names = sorted(wanted - self._objects.keys())
        for start in range(0, len(names), _TOGETHER):
            try:
                self._bring(names[start : start + _TOGETHER])
            except Unread:
                return

    def _bring(self, names: list[str]) -> None:
        self._left -= 1
        if self._left < 0:
            raise Unread("reading it would take too many questions")
        try:
            try:
                found = self._host.fetch(self.url, names)
            except Missing:  # of a host that sends no object by its name alone, everything
                found = self._host.fetch(self.url, [self.commit], "deepen 1")
        except Failed as error:
            raise Unread(f"its content cannot be read: {error}") from None
        self._objects.update((name, one) for name, one in found.items() if one.kind == "blob")
        if not all(name in self._objects for name in names):
            raise Unread("the host does not send its content")


def _files(root: str, found: dict[str, Object], name_size: int) -> Iterable[tuple[str, Entry]]:
    """Every file and link below a folder. Raises Broken where there are too many."""
    waiting, files, characters = [("", root, 0)], 0, 0
    while waiting:
        folder, name, depth = waiting.pop()
        if name not in found or found[name].kind != "tree" or depth > _DEEPEST:
            raise Broken("its folders are not all there" if depth <= _DEEPEST else f"its folders lie more than {_DEEPEST} deep")
        for mode, part, id_ in tree(found[name].content, name_size):
            path = folder + os.fsdecode(part)
            files, characters = files + 1, characters + len(path)
            if files > _FILES or characters > _CHARACTERS:
                raise Broken(f"it has more than {_FILES:,} files, or very long names")
            if mode == _FOLDER:
                waiting.append((f"{path}/", id_, depth + 1))
            elif mode != _SUBMODULE and is_inside(path):
                yield path, Entry(mode, id_)


def commit_of(url: str, revision: str, registry: Registry) -> str:
    """The commit that a branch, a tag, nothing (the default branch) or its own name says. Raises Failed."""
    if _COMMIT.fullmatch(revision.lower()):
        return revision.lower()
    answer = registry.resolve(Question("git", url.partition("://")[2], source=url, version=revision))
    if isinstance(answer, NoPin):
        raise Failed(answer.why, retry=answer.retry, silent=answer.silent)
    return answer.digests[0]


def opened(url: str, revision: str, registry: Registry) -> RemoteTree:
    """The tree of a revision ("" = the default branch) of the repository at an address. Raises Failed where it cannot be had."""
    url = url.rstrip("/")
    made = RemoteTree(registry.host, url, commit_of(url, revision, registry))
    try:
        made.entries  # noqa: B018 - asks for it
    except Unread as error:
        raise Failed(str(error)) from None
    return made
