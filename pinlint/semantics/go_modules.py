"""go.mod and go.sum as Go reads them: what is required and replaced, and which modules there is a sum for.

Must not know how firm a version is. Source: the Go modules reference; cmd/go, modload and modfetch.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from pinlint.ecosystems.go.names import is_local, sum_verdict
from pinlint.model import Span
from pinlint.syntax.go_mod import Line, Word, lines
from pinlint.text import Unread
from pinlint.tree import Tree, join

__all__ = ["Module", "Replaced", "Sum", "has_conflict", "read_module", "summed", "sums", "workspace_of"]

_conflict = re.compile(r"(?m)^(?:<{7}|={7}|>{7})(?: |\r?$)").search


class Replaced(NamedTuple):
    """A module that another takes the place of: `version` is that of the old one, None for any; `by` a path of a module or of a
    directory, `at` its version, None for a directory."""

    path: str
    version: str
    by: Word
    at: Word | None

    @property
    def is_local(self) -> bool:
        """Whether a directory takes its place."""
        return self.at is None or is_local(self.by.text)


class Module(NamedTuple):
    """What go.mod or go.work says. `used` are the directories of a workspace."""

    required: list[tuple[Word, Word, bool]]  # path, version, whether only others need it
    replaced: list[Replaced]
    toolchain: Word | None
    used: list[str]
    odd: Line | None  # the first line that nobody understands
    by_module: dict[tuple[str, str], Replaced]  # replacements by path and version, "" for any

    def replacement(self, path: str, version: str) -> Replaced | None:
        """What takes the place of a module at a version; what is said of this very version counts first."""
        return self.by_module.get((path, version)) or self.by_module.get((path, ""))


def read_module(text: str) -> Module:
    """What a text says; lines of other verbs are passed over."""
    required, replaced, used = [], [], []
    toolchain = odd = None
    for line in lines(text):
        words = line.words
        if line.verb == "require" and len(words) == 2:
            required.append((words[0], words[1], re.match(r"//\s*indirect(?:;|\s*$)", line.comment) is not None))
        elif line.verb == "replace" and (made := _replaced(words)):
            replaced.append(made)
        elif line.verb == "toolchain" and len(words) == 1:
            toolchain = words[0]
        elif line.verb == "use" and len(words) == 1:
            used.append(words[0].text)
        elif line.verb in ("require", "replace") or not line.verb.isalpha():
            odd = odd or line
    return Module(required, replaced, toolchain, used, odd, {(one.path, one.version): one for one in replaced})


def _replaced(words: tuple[Word, ...]) -> Replaced | None:
    arrow = next((number for number, word in enumerate(words) if word.text == "=>"), 0)
    if arrow not in (1, 2) or len(words) - arrow not in (2, 3):
        return None
    old = words[1].text if arrow == 2 else ""
    return Replaced(words[0].text, old, words[arrow + 1], words[arrow + 2] if len(words) - arrow == 3 else None)


class Sum(NamedTuple):
    """A line of go.sum: the module, its version, whether only its go.mod is meant, the sum, the place of path and version."""

    path: str
    version: str
    only_mod: bool
    text: str
    span: Span


def sums(text: str) -> Iterator[Sum | Span]:
    """Every line; the place of one with more or fewer than three words, where Go stops reading."""
    at = 0
    for line in text.split("\n"):
        words = line.split()
        if len(words) == 3:
            start = at + line.index(words[0])
            version = words[1].removesuffix("/go.mod")
            end = line.index(words[1], start - at + len(words[0])) + len(words[1])
            yield Sum(words[0], version, version != words[1], words[2], Span(start, at + end))
        elif words:
            yield Span(at, at + len(line.rstrip("\r")))
            return
        at += len(line) + 1


def summed(tree: Tree, path: str) -> frozenset[tuple[str, str, bool]] | None:
    """(module, version, whether only its go.mod) of each line of the go.sum at a path that Go can check by; None without one."""
    return tree.memo("go.sum", path, lambda: _summed(tree, path)) if tree.exists(path) else None


def _summed(tree: Tree, path: str) -> frozenset[tuple[str, str, bool]]:
    try:
        text = tree.read(path).text
    except Unread:
        return frozenset()
    return frozenset(
        (one.path, one.version, one.only_mod) for one in sums(text) if isinstance(one, Sum) and sum_verdict(one.text)[0] == "digest"
    )


def has_conflict(text: str) -> Span | None:
    """Where a merge conflict begins."""
    found = _conflict(text)
    return Span(*found.span()) if found else None


def workspace_of(tree: Tree, path: str) -> str:
    """The go.work at or above the go.mod at a path that uses its directory; "" if none does."""
    folder = path.rpartition("/")[0]
    around = folder
    while True:
        work = f"{around}/go.work".lstrip("/")
        if tree.exists(work):
            return work if folder in tree.memo("go.work", work, lambda found=work: _used(tree, found)) else ""  # type: ignore[misc]
        if not around:
            return ""
        around = around.rpartition("/")[0]


def _used(tree: Tree, work: str) -> frozenset[str]:
    try:
        return frozenset(join(work, one) for one in read_module(tree.read(work).text).used)
    except Unread:
        return frozenset()
