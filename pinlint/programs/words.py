"""What a grammar of commands is given: the words of one call of a program, and what stands around it.

Knows no shell and no program. MCP servers hand over such words without any shell; of a script they are read by `reading`.
"""

from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

from pinlint.model import Script, Span
from pinlint.text import Document
from pinlint.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinlint.syntax.shell import Command
else:
    Command = object  # where no shell is read, none is loaded

_Known = TypeVar("_Known")

__all__ = ["Context", "Invocation", "Redirected", "Word", "behind"]


class Word(NamedTuple):
    """A word of a command and where it stands. `text` has every value that is known filled in; `exact` is whether it stands in the
    document as it is, so that a pin can be written there, `clear` whether nothing unknown is left in it."""

    text: str
    span: Span
    exact: bool = True
    clear: bool = True


class Redirected(NamedTuple):
    """A redirection of a call: its operator, the descriptor that is written before it ("" = none), and the file."""

    operator: str
    descriptor: str
    target: Word


class Invocation(NamedTuple):
    """A call of a program: its name without folder and ending ("" where that is not known), and the words behind it.

    `span` is all of it, `environment` what is assigned before it or known to its script. `script` and `command` are None where no
    script holds the call; `number` is the place of `command` among those of its script. Where one command starts another (`sudo`,
    `xargs`, `sh -c`), the call is the inner one. `written` is the program's word as it stands, also where a value decides it.
    """

    program: str
    words: list[Word]
    span: Span
    environment: "Mapping[str, str]" = {}  # noqa: RUF012 - never changed in place
    redirections: tuple[Redirected, ...] = ()
    script: Script | None = None
    command: Command | None = None
    number: int = 0
    written: str = ""


class Context(NamedTuple):
    """What a call stands among: the document, the tree of its files, and all calls of the scripts that run one after another over
    the same files, in order, whatever their program. `role` is for messages where the place says what asks ("MCP server"), else
    "". What is looked up once among all calls is `known`."""

    document: Document
    tree: Tree
    calls: list[Invocation] = []  # noqa: RUF012 - never changed in place
    role: str = ""
    known: dict[str, object] | None = None

    def once(self, key: str, made: "Callable[[], _Known]") -> _Known:
        """What `made` finds among the calls, which is looked up for the first of them: they may be very many."""
        if self.known is None:
            return made()
        if key not in self.known:
            self.known[key] = made()
        return cast("_Known", self.known[key])


def behind(word: Word, at: int) -> Word:
    """The rest of a word from its character `at` on."""
    span = Span(word.span.start + at, word.span.end) if word.exact else word.span
    return word._replace(text=word.text[at:], span=span)
