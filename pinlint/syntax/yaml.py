"""YAML as a located tree: every node (see nodes) knows where in the text it is written.

Reads with PyYAML's event parser and builds the nodes itself (see composing), so nesting costs no stack, an alias is the same node
again (nothing is expanded), keys need not be hashable and duplicate keys survive. Knows YAML; must not know what any key means.

    for root in documents(text):
        for service in select(root, "services", "*"):
            image = service.get("image")
"""

from __future__ import annotations

import gc
import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from pinlint.syntax.nodes import DEPTH_LIMIT, Node, select, walk
from pinlint.syntax.templates import HOLE, LANGUAGES, MARK, masked, reaching
from pinlint.text import Unparsable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Span
    from pinlint.text import Document

__all__ = [
    "DEPTH_LIMIT", "HOLE", "Node", "Unparsable", "comments", "documents", "literal", "read", "select", "statements", "template",
    "walk",
]  # fmt: skip

#: Documents of a file that cannot be read as a whole which are read one by one. Each takes a tenth of a millisecond to refuse.
_MOST_PIECES = 10_000

_DOCUMENT = r"(?m)^---(?=\s|$)"  # compiled where it is used, as what stands below
_NEXT_DOCUMENT = r"\n---(?=\s|\Z)"  # with the line end before it: `^` is tried at every character of megabytes
_SCHEMA = r"(?m)^kind: *[\"']?CustomResourceDefinition[\"']?[ \t]*\r?$"
#: How such a document may begin, so that nothing before these lines makes them a part of another value, and what else may stand at
#: the start of its lines, so that no other key comes after them.
_SCHEMA_START = (
    r"(?:---[^\n\"'|>]*\n|[ \t]*(?:#[^\n]*)?\r?\n|\{\{[^\n{}\"`]*\}\}[ \t]*\r?\n)*+"
    r"(?:apiVersion: *[\"']?apiextensions\.k8s\.io/\w+[\"']?[ \t]*\r?\n|kind: *[\"']?CustomResourceDefinition[\"']?[ \t]*\r?\n){2}"
)
_NO_SCHEMA = r"\n(?=[^\s#])(?!(?:metadata|spec|status):|\{\{|\.\.\.\s)"


def documents(text: str) -> list[Node]:
    """The root of every document in `text`; an empty file has none, an empty document is an empty scalar.

    Bytes that are no UTF-8 (lone surrogates) are read as U+FFFD. Raises Unparsable.
    """
    from pinlint.syntax.composing import compose  # PyYAML takes 13 ms to load, and not every file is parsed in the end

    # Hundreds of thousands of small objects and no garbage: the collector would only walk them again and again.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return compose(_readable(text))
    finally:
        if collecting:
            gc.enable()


def _readable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return re.sub("[\ud800-\udfff]", "\ufffd", text)
    return text


def read(document: Document) -> list[Node]:
    """The root of every document of a file that may be a template; several readers of one file share the tree.

    The actions of a template are cut out, character for character, before the rest is parsed: those that stand on lines of their
    own leave blanks, so that both branches of a condition are read; others leave HOLEs in the value that they are a part of (see
    `literal`). Every node's text therefore still stands in `document.text` at its place. Raises Unparsable.
    """
    if document.parsed is None:
        try:
            document.parsed = _read(document.text)
        except Unparsable as error:
            document.parsed = error
    if isinstance(document.parsed, Unparsable):
        raise document.parsed
    roots: list[Node] = document.parsed
    return roots


def _read(text: str) -> list[Node]:
    text = _without_schemas(text)
    without = _without_actions(text)
    try:
        return documents(without)
    except Unparsable as error:
        if without != text and not error.template and (found := _shaping(text)):
            language = LANGUAGES[found[0]]
            problem = Unparsable(f"it is {language}, no YAML yet", error.offset, language)
            problem.parsed, problem.unread, problem.open = error.parsed, error.unread, error.open
            error = problem
        if error.parsed is not None and (ends := [one.start() for one in re.finditer(_DOCUMENT, without) if one.start()]):
            _piecewise(error, without, [0, *ends, len(without)])
        raise error from None


def _without_actions(text: str) -> str:
    """The text as its template's actions leave it. Where it is YAML as it stands, perhaps nobody fills it in: then what looks like
    an action and reaches from one value into another is none, or it would hide what stands between."""
    if "{" not in text or ("{{" not in text and "{%" not in text):
        return text
    if not reaching(text):
        return masked(text)
    from pinlint.syntax.composing import attempted

    roots = attempted(_readable(text))
    if roots is None:
        return masked(text)
    scalars = sorted((node.start, node.end) for root in roots for node in walk(root) if node.kind == "scalar")
    breaks = [found.start() for found in re.finditer(r"[\r\n]", text)]

    def is_action(start: int, end: int) -> bool:
        number = bisect_right(scalars, (start, len(text) + 1)) - 1
        if number >= 0 and start < scalars[number][1]:
            return end <= scalars[number][1]
        return bisect_right(breaks, start) == bisect_right(breaks, end)  # in a comment, or the unquoted `{{ … }}` of a template

    return masked(text, is_action)


def _shaping(text: str) -> re.Match[str] | None:
    from pinlint.syntax.templates import shaping

    return shaping(text)


def _piecewise(problem: Unparsable, text: str, ends: list[int]) -> None:
    """Reads the documents of a text one by one: what can be read of them, and what not, becomes that of the problem."""
    roots: list[Node] = []
    unread: list[tuple[int, int]] = []
    begun: list[tuple[int, int]] = []
    if len(ends) > _MOST_PIECES:
        unread.append((ends[_MOST_PIECES], len(text)))
        del ends[_MOST_PIECES + 1 :]
    for start, end in zip(ends[:-1], ends[1:], strict=True):  # noqa: RUF007 - itertools.pairwise takes an import
        try:
            found = documents(text[start:end])
        except Unparsable as error:
            found = error.parsed or []
            unread += [(start + begin, min(end, start + stop)) for begin, stop in error.unread]
            begun += [(start + begin, start + stop) for begin, stop in error.open]
        for node in {id(node): node for root in found for node in walk(root)}.values():
            node.start += start
            node.end += start
        roots += found
    problem.parsed, problem.unread, problem.open = roots, unread, begun


def comments(document: Document) -> Iterator[Span]:
    """Every comment of a file that may be a template; none in what cannot be read."""
    from pinlint.syntax import margins

    return margins.comments(_without_actions(document.text), *_readable_part(document))


def statements(document: Document) -> Iterator[tuple[int, Span]]:
    """Every entry and element, over the values that stand directly in it."""
    from pinlint.syntax import margins

    return margins.statements(document.text, _readable_part(document)[0])


def _readable_part(document: Document) -> tuple[list[Node], list[tuple[int, int]]]:
    """(the roots of a file, schemas included, in which comments may stand; the stretches that nobody can read)."""
    try:
        if "CustomResourceDefinition" in document.text:
            return documents(_without_actions(document.text)), []
        return read(document), []
    except Unparsable as error:
        return error.parsed or [], error.unread


def _without_schemas(text: str) -> str:
    """The text with blanks in the place of every document that is a Kubernetes schema: megabytes that name nothing from outside.

    `---` at the start of a line ends a document whatever stands before it, and no key of an inner mapping stands there. The marker
    stays, so that the blanks belong to nothing that stands before them.
    """
    if "CustomResourceDefinition" not in text:
        return text
    pieces, at = [], 0
    for end in (*(match.start() + 1 for match in re.finditer(_NEXT_DOCUMENT, text)), len(text)):
        part = text[at:end]
        if _is_schema(part):
            if len(part) == len(text):
                return ""  # there is nothing else, and to read megabytes of blanks takes a while
            part = f"{part[:3] if at else '   '}{' ' * (len(part) - 4)}\n"
        pieces.append(part)
        at = end
    return "".join(pieces)


def _is_schema(part: str) -> bool:
    """Whether a document says that it is one, and nothing else: what is quoted may say anything."""
    begun = re.match(_SCHEMA_START, part)
    if begun is None or re.search(_SCHEMA, part) is None:
        return False
    if part.count("\r") != part.count("\r\n") or "\x85" in part or "\u2028" in part or "\u2029" in part:  # ends of lines, too
        return False
    return re.compile(_NO_SCHEMA).search(part, begun.end() - 1) is None


def literal(node: Node) -> bool:
    """Whether the file itself says all of a scalar: no action of a template stands in it."""
    return HOLE not in node.value


def template(node: Node, text: str) -> str:
    """Which template language the value of `node` is written in ("a template ({{ … }})"), "" if it is literal.

    An unquoted `{{ x }}` parses as a mapping whose key is a mapping: `text` tells.
    """
    opens = MARK.match(text, node.start) if node.style == "{" else None
    found = MARK.search(node.value) if node.kind == "scalar" else opens
    return LANGUAGES[found[0]] if found else ""
