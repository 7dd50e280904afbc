"""HCL as far as configuration files of builds need it: every value with the names that lead to it and the place where it stands.

Knows comments, strings with `${…}`, heredocs, blocks with labels, attributes, objects and lists; computes no expression. There is a
well-kept HCL reader in Python, but it gives no columns. Must not know what any name means. Source: HCL native syntax specification.

    target "app" { contexts = { base = "docker-image://alpine" } }   →   (("target", "app", "contexts", "base"), "docker-image://alpine")
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pinlint.budget import Exceeded
from pinlint.model import Span
from pinlint.syntax.nodes import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document

__all__ = ["TOKEN", "Value", "comments", "heredoc", "quoted", "read", "statements", "values"]

#: A piece of a text: blanks and comments, the start of a long comment, of a string or of a heredoc, a name, a number, a sign.
TOKEN = re.compile(
    r"""(?P<space>[ \t\r\f\v]+|\#[^\n]*|//[^\n]*)
    |(?P<comment>/\*)
    |(?P<line>\n)
    |<<(?P<indented>-?)(?P<mark>\w+)[ \t]*\r?\n
    |(?P<quote>")
    |(?P<number>\d+(?:\.\d+)?(?![\w.]))
    |(?P<name>[^\W\d][\w-]*(?:\.[^\W\d][\w-]*)*)
    |(?P<other>.)""",
    re.VERBOSE,
)
_STRING = re.compile(r'(?:[^"\\$\n]|\\.|\$(?!\{)|\$\$\{)*')
_DEPTH_LIMIT = 100
_LONGEST = 50_000  # parts of an expression
_OPERATOR = Node(0, 0, "", "op")  # one for all: a hostile file has millions


class Value(NamedTuple):
    """A string (quotes apart), a heredoc (style "|") or a bare name (style "name") of an expression; `path` are the labels of the
    blocks around it and the attributes that lead to it. `whole` is False where it is only a part of an expression, or holds `${…}`
    or an escape; `alone` is False only where it is a part of an expression. A number has the style "number"."""

    path: tuple[str, ...]
    node: Node
    whole: bool
    alone: bool = False


def values(text: str) -> Iterator[Value]:
    """Every value in the order of the text. Text that is no HCL yields what can be told. Raises Exceeded
    where an expression is longer than anybody writes one."""
    return _Reader(text).values()


def read(document: Document) -> Iterator[Value]:
    """Every value of a file that is written in HCL, or in JSON as its name then says: what stands in lists there stands under the
    names of the list. Raises Unparsable for what is no JSON."""
    return _in_json(document) if document.path.endswith(".json") else values(document.text)


def _in_json(document: Document) -> Iterator[Value]:
    from pinlint.syntax import jsonc  # hardly any file

    waiting: list[tuple[tuple[str, ...], Node]] = [((), jsonc.read(document))]
    while waiting:
        path, node = waiting.pop()
        if node.kind == "scalar":
            plain = "${" not in node.value and "%{" not in node.value
            yield Value(path, node, plain, True)
        elif len(path) < _DEPTH_LIMIT:
            waiting += [((*path, name.value), below) for name, below in reversed(list(node.items())) if name.value != "//"]
            waiting += [(path, below) for below in reversed(node.elements)]


def comments(document: Document) -> list[Span]:
    """Every comment."""
    return _read(document).comments


def statements(document: Document) -> Iterator[tuple[int, Span]]:
    """Every block, object and list with the values directly in it, and every heredoc."""
    from pinlint.syntax.margins import bracketed

    reader = _read(document)
    yield from bracketed(document.text, [*reader.comments, *reader.texts])
    yield from ((text.start, text) for text in reader.texts)


def _read(document: Document) -> _Reader:
    """The reader of a text, at its end."""
    reader = _Reader(document.text)
    for _ in reader.values():
        pass
    return reader


class _Reader:
    """Walks the tokens with the names around the current place: one entry an open bracket, with how many names it brought."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.path: list[str] = []
        self.open: list[int] = []
        self.line: list[Node] = []  # strings and names of the current line that may yet be labels or a key
        self.assigned = False
        self.calls = 0  # parentheses that are open
        self.comments: list[Span] = []
        self.texts: list[Span] = []  # strings and heredocs

    def values(self) -> Iterator[Value]:
        at = 0
        while match := TOKEN.match(self.text, at):
            at = match.end()
            if space := match["space"]:
                if space[0] in "#/":
                    self.comments.append(Span(match.start(), at))
                continue
            if match["comment"]:
                end = self.text.find("*/", at)
                at = end + 2 if end >= 0 else len(self.text)
                self.comments.append(Span(match.start(), at))
            elif match["quote"]:
                node, plain = quoted(self.text, match.start())
                at = node.end
                self.texts.append(node.span)
                self.line.append(node) if plain else self.line.append(Node(node.start, node.end, node.value, "$"))
            elif match["name"]:
                self.line.append(Node(match.start(), match.end(), match["name"], "name"))
            elif match["number"]:
                self.line.append(Node(match.start(), match.end(), match["number"], "number"))
            elif match["mark"]:
                node, at = heredoc(self.text, match)
                self.texts.append(Span(node.start, at))
                self.line.append(node)
            else:
                yield from self.sign(match["other"] or "\n")
        self.calls = 0
        yield from self.flush()

    def sign(self, sign: str) -> Iterator[Value]:
        if sign in "=:" and not self.assigned and len(self.line) == 1:
            self.path.append(self.line.pop().value)
            self.assigned = True
        elif sign in "{[" and not self.calls and len(self.open) < _DEPTH_LIMIT:
            header = sign == "{" and not self.assigned and all(node.style in ("name", '"') for node in self.line)
            labels = [node.value for node in self.line] if header else []
            if not header:
                yield from self.said(whole=False)
            self.line.clear()
            self.path += labels
            self.open.append(len(labels) + self.assigned)
            self.assigned = False
        elif sign in "}]" and not self.calls:
            yield from self.flush()
            if self.open and (count := self.open.pop()):
                del self.path[-count:]
        elif sign in ",\n" and not self.calls:
            yield from self.flush()
        else:
            self.calls = max(0, self.calls + {"(": 1, ")": -1}.get(sign, 0))
            self.line.append(_OPERATOR)
            if len(self.line) > _LONGEST:
                raise Exceeded(f"an expression has more than {_LONGEST:,} parts, so it is not judged to its end; split it", 0)

    def flush(self) -> Iterator[Value]:
        """The values of an expression that ends here."""
        yield from self.said(whole=len(self.line) == 1)
        self.line.clear()
        if self.assigned:
            self.path.pop()
            self.assigned = False

    def said(self, *, whole: bool) -> Iterator[Value]:
        """The values of the expression so far."""
        for node in self.line:
            if node.style != "op":
                plain = node if node.style != "$" else Node(node.start, node.end, node.value, '"')
                yield Value(tuple(self.path), plain, whole and node.style != "$", whole)


def quoted(text: str, start: int) -> tuple[Node, bool]:
    """The string at `start`, and whether it says all of itself; `${…}` may hold strings of its own."""
    at, plain = start + 1, True
    while True:
        part = _STRING.match(text, at)
        assert part is not None
        at = part.end()
        plain = plain and "\\" not in part[0] and "$${" not in part[0]
        if not text.startswith("${", at):
            break
        plain, at = False, _behind(text, at + 2)
    value, plain = text[start + 1 : at], plain and text.startswith('"', at)
    return Node(start, min(at + 1, len(text)), value, '"'), plain


def _behind(text: str, at: int) -> int:
    """Where the interpolation ends that begins before `at`."""
    depth = 1
    for match in re.compile(r'[{}\n]|"(?:[^"\\\n]|\\.)*+"?').finditer(text, at):
        if match[0] == "\n":
            return match.start()
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth == 0:
            return match.end()
    return len(text)


def heredoc(text: str, match: re.Match[str]) -> tuple[Node, int]:
    """The heredoc that a match of TOKEN begins, and where what comes behind it begins."""
    end = re.compile(rf"^[ \t]*{match['mark']}[ \t]*\r?$", re.MULTILINE).search(text, match.end())
    stop = end.start() if end else len(text)
    lines = text[match.end() : stop].split("\n")
    margin = min((len(line) - len(line.lstrip(" \t")) for line in lines if line.strip()), default=0) if match["indented"] else 0
    body = "\n".join(line[margin:] for line in lines)
    return Node(match.start(), stop, body, "|"), end.end() if end else stop
