"""XML as a tree whose elements know where their text stands.

Knows well-formedness, entities, comments and CDATA; must not know what any element means. Nothing is ever fetched: external
subsets are taken as empty, and a document that declares entities is refused before one is expanded.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from contextlib import suppress
from typing import TYPE_CHECKING
from xml.parsers import expat

from pinlint.model import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinlint.text import Document

__all__ = ["Element", "XmlError", "comments", "parse", "statements"]

#: Deeper nesting is refused: no consumer of these files writes it, and whoever walks the tree may recurse.
DEPTH_LIMIT = 200

_BLANK = " \t\r\n"
_START_TAG = re.compile(rb"""<[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*>""")
_ATTRIBUTE = (  # compiled where it is used: many formats have no need of them
    r"""(?s)(?<=\s)([^\s=<>"'/]++)\s*+=\s*+("[^"]*+"|'[^']*+')"""
)
_PIECE = re.compile(r"<!\[CDATA\[(?P<cdata>.*?)\]\]>|<!--.*?-->|<\?.*?\?>|(?P<plain>[^<]+)", re.DOTALL)
_WIDE = re.compile(r"[^\x00-\x7f]+")


class XmlError(Exception):
    """Text that is no acceptable XML; str() says why, `offset` where (in characters)."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


class _Source:
    """The parsed bytes (UTF-8) and the way from their offsets to offsets in characters."""

    __slots__ = ("_ends", "_extra", "data", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        # A lone surrogate stands for a byte that is no UTF-8. Java's readers put a replacement there, and so does this.
        self.data = text.encode("utf-8", "replace")
        self._ends: list[int] = []
        self._extra: list[int] = [0]
        if len(self.data) != len(text):
            for wide in _WIDE.finditer(text):
                extra = self._extra[-1] + len(wide[0].encode("utf-8", "replace")) - len(wide[0])
                self._ends.append(wide.end() + extra)
                self._extra.append(extra)

    def offset(self, byte: int) -> int:
        """The character that starts at `byte`, which must lie on a boundary between markup and text."""
        return byte - self._extra[bisect_right(self._ends, byte)]


class Element:
    """An element: its name without prefix, its children in order, and where it stands."""

    __slots__ = ("_closes", "_opens", "_source", "children", "name")

    def __init__(self, name: str, opens: int, source: _Source) -> None:
        self.name = name
        self.children: Sequence[Element] = ()
        self._opens = self._closes = opens
        self._source = source

    def child(self, name: str) -> Element | None:
        """The first child of that name."""
        for element in self.children:
            if element.name == name:
                return element
        return None

    def find(self, *names: str) -> Iterator[Element]:
        """Every element that the path of child names leads to, in document order."""
        first, rest = names[0], names[1:]
        for element in self.children:
            if element.name == first:
                if rest:
                    yield from element.find(*rest)
                else:
                    yield element

    def walk(self) -> Iterator[Element]:
        """Every element below this one, in document order."""
        pending = [*reversed(self.children)]
        while pending:
            element = pending.pop()
            yield element
            pending += reversed(element.children)

    def _region(self) -> tuple[int, str]:
        """(offset, raw text) between the tags; empty for `<a/>`."""
        start = self._source.offset(self._opens + self._tag_length())
        end = self._source.offset(self._closes)
        return start, self._source.text[start:end]

    def _tag_length(self) -> int:
        tag = _START_TAG.match(self._source.data, self._opens)
        return tag.end() - self._opens if tag else 0

    @property
    def text(self) -> str:
        """The character data without blanks at its ends: entities resolved, comments left out. "" when there are children."""
        if self.children or self._closes == self._opens:
            return ""
        raw = self._region()[1]
        if "<" not in raw and "&" not in raw:
            return raw.strip(_BLANK)
        return "".join(piece["cdata"] if piece.lastgroup == "cdata" else _resolved(piece[0]) for piece in _texts(raw)).strip(_BLANK)

    def read(self, name: str) -> str:
        """The text of the first child of that name, "" without one."""
        element = self.child(name)
        return element.text if element else ""

    @property
    def span(self) -> Span:
        """Where the text stands, blanks, comments and CDATA marks at its ends left out; the start tag when there is no text."""
        if not self.children and self._closes != self._opens:
            start, raw = self._region()
            ends = [(piece.start(piece.lastgroup or 0), piece[piece.lastgroup or 0]) for piece in _texts(raw)]
            ends = [(at, inner) for at, inner in ends if inner.strip(_BLANK)]
            if ends:
                (first, head), (last, tail) = ends[0], ends[-1]
                lead = len(head) - len(head.lstrip(_BLANK))
                return Span(start + first + lead, start + last + len(tail.rstrip(_BLANK)))
        return self.tag

    @property
    def tag(self) -> Span:
        """Where the start tag stands."""
        return Span(self._source.offset(self._opens), self._source.offset(self._opens + self._tag_length()))

    def attribute(self, name: str) -> tuple[str, Span] | None:
        """(value, where it stands between its quotes) of an attribute, whatever the case of its name; None without one."""
        tag = self.tag
        for found in re.finditer(_ATTRIBUTE, self._source.text[tag.start : tag.end]):
            if found[1].lower() == name.lower():
                quoted = found.start(2) + 1
                return _resolved(found[2][1:-1]), Span(tag.start + quoted, tag.start + found.end(2) - 1)
        return None

    @property
    def whole(self) -> Span:
        """Where the element stands, from its start tag to the beginning of its end tag."""
        return Span(self.tag.start, self._source.offset(self._closes)) if self._closes != self._opens else self.tag


def _texts(raw: str) -> Iterator[re.Match[str]]:
    return (piece for piece in _PIECE.finditer(raw) if piece.lastgroup)


def _resolved(text: str) -> str:
    if "&" not in text:
        return text
    from html import unescape

    return unescape(text)


def comments(document: Document) -> list[Span]:
    """Every comment, up to where the document stops being XML."""
    found: list[Span] = []
    with suppress(XmlError):
        parse(document.text, found)
    return found


def statements(document: Document) -> Iterator[tuple[int, Span]]:
    """Every element below the root: its tag, its text, and the children that hold nothing but text."""
    try:
        root = parse(document.text)
    except XmlError:
        return
    for element in root.walk():
        begin = element.tag.start
        yield begin, element.tag if element.children else element.whole
        yield from ((begin, child.whole) for child in element.children if not child.children)


def parse(text: str, comments: list[Span] | None = None) -> Element:
    """The root element of an XML document without byte order mark, in time linear in its length.

    The encoding that the XML declaration names is ignored: the text has been decoded. References to undeclared entities are
    kept as they are, as Maven does for the Latin entities of HTML. Raises XmlError for what is not well-formed, nested
    deeper than DEPTH_LIMIT, or declares entities of its own. `comments` gets the place of each comment on the way.
    """
    source = _Source(text)
    parser = expat.ParserCreate("utf-8")
    outside = Element("", 0, source)
    open_elements = [outside]

    def start(name: str, _: dict[str, str]) -> None:
        element = Element(name.rpartition(":")[2] if ":" in name else name, parser.CurrentByteIndex, source)
        above = open_elements[-1]
        if isinstance(above.children, list):
            above.children.append(element)
        else:
            above.children = [element]  # most elements have none, and need no list
        open_elements.append(element)
        if len(open_elements) > DEPTH_LIMIT:
            raise XmlError(f"it is nested deeper than {DEPTH_LIMIT} elements", source.offset(parser.CurrentByteIndex))

    def end(_: str) -> None:
        open_elements.pop()._closes = parser.CurrentByteIndex  # noqa: SLF001 - set once, here

    def entity(*_: object) -> None:
        why = "it declares entities of its own, which pinlint does not expand; write what they stand for"
        raise XmlError(why, source.offset(parser.CurrentByteIndex))

    def comment(_: str) -> None:
        begin = source.offset(parser.CurrentByteIndex)
        comments.append(Span(begin, text.find("-->", begin) + 3))  # type: ignore[union-attr]

    def subset(context: str | None, *_: object) -> int:
        parser.ExternalEntityParserCreate(context, "utf-8").Parse(b"", True)
        return 1

    if comments is not None:
        parser.CommentHandler = comment
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.EntityDeclHandler = entity
    parser.ExternalEntityRefHandler = subset
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_UNLESS_STANDALONE)
    parser.UseForeignDTD(True)
    try:
        parser.Parse(source.data, True)
    except expat.ExpatError as error:
        at = min(max(parser.ErrorByteIndex, 0), len(source.data))
        place = len(source.data[:at].decode("utf-8", "ignore"))  # unlike markup, an error may lie between two wide characters
        raise XmlError(f"it is no well-formed XML ({expat.ErrorString(error.code)}); mend it", place) from None
    finally:
        # The handlers and the parser hold one another; without this every document waits for the garbage collector.
        parser.StartElementHandler = parser.EndElementHandler = parser.EntityDeclHandler = None
        parser.ExternalEntityRefHandler = parser.CommentHandler = None
    return outside.children[0]
