"""What is open while the script of a POSIX shell is read: commands, and the lists and words that hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.syntax.shell import Command

if TYPE_CHECKING:
    from pinlint.syntax.shell import Part, Redirection, Word

__all__ = ["Draft", "Frame"]


class Draft:
    """A command that is being read."""

    __slots__ = (
        "after", "assignments", "before", "depth", "end", "how", "index", "inside", "piped", "redirections", "start", "test",
        "words",
    )  # fmt: skip

    def __init__(self, frame: Frame, start: int, index: int) -> None:
        self.index = index
        self.assignments: list[Word] = []
        self.words: list[Word] = []
        self.redirections: list[Redirection] = []
        self.before, self.after = frame.before, ""
        self.inside, self.how, self.depth, self.piped = frame.inside, frame.how, frame.depth, frame.piped
        self.start = self.end = start
        self.test = False

    def command(self) -> Command:
        return Command(
            tuple(self.assignments), tuple(self.words), tuple(self.redirections), self.before, self.after,
            self.inside, self.how, self.depth, self.piped, self.start, self.end,
        )  # fmt: skip


class Frame:
    """Something that is open. `kind` is "list" or what a word holds; `sink` takes the parts of the word that it belongs to.

    Of a list, `block` says what opened it, `parts` are those of the word that is being read, `element` is where the running element
    of a pipeline began, `outer` what is piped into the whole list.
    """

    __slots__ = (
        "before", "block", "depth", "draft", "element", "how", "inside", "kind", "limit", "nested", "outer", "parts", "pattern",
        "piped", "quoted", "redirect", "sink", "start", "word_start",
    )  # fmt: skip

    def __init__(self, kind: str, start: int, sink: list[Part] | None = None, *, quoted: bool = False) -> None:
        self.kind, self.start, self.sink, self.quoted = kind, start, sink, quoted
        self.nested = 0
        self.limit = 0
        self.block = self.before = self.how = ""
        self.inside = -1
        self.depth = self.element = self.word_start = 0
        self.piped = self.outer = (0, 0)
        self.draft: Draft | None = None
        self.parts: list[Part] | None = None
        self.redirect: tuple[str, str, int] | None = None
        self.pattern = False
