"""The one way over the files of a tree: from names to documents, each once, whoever asks and whatever for.

Knows which files there are and in which order they are taken; must not know what is made of them, nor where a tree has them from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from pinlint import errors
from pinlint.formats import BY_CONTENT, SHOWN, Format, kinds
from pinlint.text import Document, Unread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pinlint.tree import Tree

    #: Makes something of a document, read as a format; and tells which files it includes, which are gone over, too.
    Make = Callable[[Document, Format], tuple["T", Sequence[str]]]

__all__ = ["Visited", "walk"]

T = TypeVar("T")


class Visited(Generic[T]):
    """One file and what was `made` of it: nothing where it could not be read, `unread` then says why, and nothing where pinlint
    itself failed, which `failed` then names. `absent` is whether what was not read is no file, or gone, so that nothing could tell
    its kind."""

    __slots__ = ("absent", "failed", "format", "made", "path", "unread")

    def __init__(
        self, path: str, format_: Format, made: T | None = None, *, unread: str = "", absent: bool = False, failed: str = ""
    ) -> None:
        self.path, self.format, self.made = path, format_, made
        self.unread, self.absent, self.failed = unread, absent, failed


def walk(
    tree: Tree, files: Sequence[tuple[str, Format]], make: Make[T], left: Callable[[int], object] | None = None
) -> Iterator[Visited[T]]:
    """Every file that is of a kind, and every one that it includes, once and as soon as something was made of it.

    What another file takes a file for counts for more than its content: files of the formats that include others come first, each
    with what it includes, all others after them. Otherwise the order is that of `files`. `left` hears how many are left.
    """
    taken = {path: format_.name for path, format_ in files}
    pending = sorted(files, key=lambda file: not file[1].includes)
    pending.reverse()
    while pending:
        if left is not None:
            left(len(pending))
        path, format_ = pending.pop()
        if format_.name != taken[path]:
            continue
        visited, others = _visited(path, format_, tree, make)
        if visited is not None:
            yield visited
        for other in others:
            if taken.get(other, BY_CONTENT.name) == BY_CONTENT.name:
                taken[other] = format_.name
                pending.append((other, format_))


def _visited(path: str, format_: Format, tree: Tree, make: Make[T]) -> tuple[Visited[T] | None, Sequence[str]]:
    """(what became of a file, what it includes); nothing of one that is of no kind."""
    try:
        try:
            document = _document(path, format_, tree)
        except Unread as error:
            absent = format_ in SHOWN and not tree.exists(path)
            return Visited(path, format_, unread=str(error), absent=absent), ()
        if document is None:
            return None, ()
        made, others = make(document, format_)
    except Exception as error:  # noqa: BLE001 - whatever one file does, the others are gone over
        return Visited(path, format_, failed=errors.failure(error)), ()
    return Visited(path, format_, made), others


def _document(path: str, format_: Format, tree: Tree) -> Document | None:
    """The document at `path`, None where it is of no kind. Raises Unread."""
    known = tree.known(path, format_.decoding)
    data = known.data if known is not None else tree.bytes(path)
    if not kinds(format_, data):
        return None
    return known if known is not None else Document(path, data, format_.decoding)
