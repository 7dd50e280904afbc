"""YAML as a located tree: every node knows where in the text it is written.

Reads with PyYAML's event parser and builds the nodes itself (see composing), so nesting costs no stack, an alias is the same node
again (nothing is expanded), keys need not be hashable and duplicate keys survive. Knows YAML; must not know what any key means.

    for root in documents(text):
        for service in select(root, "services", "*"):
            image = service.get("image")

Every method may be called on every node: a scalar has no keys and no elements, `None` stands for what is missing.
"""

from __future__ import annotations

import gc
import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from pinlint.budget import spend
from pinlint.model import Span
from pinlint.syntax.templates import HOLE, LANGUAGES, MARK, masked, reaching
from pinlint.text import Unparsable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document

__all__ = [
    "DEPTH_LIMIT", "HOLE", "Node", "Unparsable", "comments", "documents", "literal", "read", "select", "statements", "template",
    "walk",
]  # fmt: skip

#: Levels of nesting. Deeper files are refused: no tool's configuration comes near it, and hostile ones stop here.
DEPTH_LIMIT = 500

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

_NULL = ("", "~", "null", "Null", "NULL")
_BOOL = {form: word in ("y", "yes", "on", "true") for word in ("y", "yes", "on", "true", "n", "no", "off", "false")
         for form in (word, word.capitalize(), word.upper())}  # fmt: skip
_INT = r"(?P<sign>[-+]?)(?:0x(?P<x>[0-9a-fA-F]+)|0b(?P<b>[01]+)|0o?(?P<o>[0-7]+)|(?P<d>0|[1-9][0-9]*))\Z"
_NO_NUMBER = {f"{sign}.{word}": float(f"{sign}inf") for sign in ("", "+", "-") for word in ("inf", "Inf", "INF")} | {
    f".{word}": float("nan") for word in ("nan", "NaN", "NAN")
}
_FLOAT = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z"


class Node:
    """A place in a YAML document. `kind` is "mapping", "sequence" or "scalar".

    `start` and `end` are offsets in characters, quotes included, a scalar's anchor and tag not. `value` is the text of a scalar
    after unescaping, never converted (`1.10` stays "1.10"); "" for the other kinds. `style` is "" for a plain scalar, else its
    first character (' " | >), and "{" or "[" for flow collections. `tag` is the explicit tag, "" mostly.

    Whoever looks at what a node holds pays for it (see budget): many aliases may lead to one place. `raw_pairs` and `raw_elements`
    are the same for nothing, for those who see each node once.
    """

    __slots__ = ("_index", "end", "kind", "raw_elements", "raw_pairs", "start", "style", "tag", "value")

    raw_pairs: list[tuple[Node, Node]]
    raw_elements: list[Node]

    def __init__(self, kind: str, start: int, end: int, value: str = "", style: str = "", tag: str = "") -> None:
        self.kind = kind
        self.start = start
        self.end = end
        self.value = value
        self.style = style
        self.tag = tag
        self._index: dict[str, Node] | None = None
        if kind == "scalar":
            self.raw_pairs = _NO_PAIRS
            self.raw_elements = _NO_ELEMENTS
        else:
            self.raw_pairs = [] if kind == "mapping" else _NO_PAIRS
            self.raw_elements = [] if kind == "sequence" else _NO_ELEMENTS

    def __repr__(self) -> str:
        return f"<{self.kind} {self.start}:{self.end} {self.value!r}>"

    @property
    def pairs(self) -> list[tuple[Node, Node]]:
        """The entries of a mapping as written, duplicates and merge keys included."""
        if self.raw_pairs:
            spend(len(self.raw_pairs))
        return self.raw_pairs

    @property
    def elements(self) -> list[Node]:
        """The elements of a sequence."""
        if self.raw_elements:
            spend(len(self.raw_elements))
        return self.raw_elements

    @property
    def span(self) -> Span:
        """Where the node is written, quotes included."""
        return Span(self.start, self.end)

    @property
    def inner(self) -> Span:
        """Where the text of a quoted scalar is written, without its quotes; the span of anything else, and of what has no place."""
        quoted = self.kind == "scalar" and self.style in ("'", '"') and self.end - self.start > 1
        return Span(self.start + 1, self.end - 1) if quoted else Span(self.start, self.end)

    @property
    def is_null(self) -> bool:
        """Whether the node stands for no value: nothing, `~` or `null`."""
        return self.kind == "scalar" and not self.style and not self.tag and self.value in _NULL

    @property
    def resolved(self) -> str | int | float | bool | None:
        """The value of a scalar by YAML 1.1's rules as the Go tools apply them (`yes` is true, `010` is 8); text for collections
        too ("").
        """
        if self.kind != "scalar" or self.style or self.tag in ("tag:yaml.org,2002:str", "!"):
            return self.value
        return _resolve(self.value)

    def get(self, key: str) -> Node | None:
        """What the last entry named `key` holds; else what a merged mapping (`<<`) holds under it, the first one that has it."""
        if self.kind != "mapping":
            return None
        found = self._own().get(key)
        if found is not None or "<<" not in self._own():
            return found
        return self._inherited().get(key)

    def every(self, key: str) -> list[Node]:
        """What all entries named `key` hold, as the branches of a template may write several; else what is merged in."""
        own = self._own() if self.kind == "mapping" else {}
        if key in own and len(own) < len(self.raw_pairs):
            return [value for name, value in self.pairs if name.value == key and name.kind == "scalar"]
        found = self.get(key)
        return [found] if found is not None else []

    def items(self) -> Iterator[tuple[Node, Node]]:
        """(key, value) of a mapping, own entries first, then those merged in that it does not have itself; the first wins."""
        if self.kind != "mapping":
            return
        yield from (pair for pair in self.pairs if not _is_merge(pair[0]))
        if "<<" in self._own():
            seen = set(self._own())
            for mapping in self._merged():
                for key, value in mapping.pairs:
                    if not _is_merge(key) and (key.kind != "scalar" or key.value not in seen):
                        yield key, value
                seen.update(mapping._own())  # noqa: SLF001

    def _own(self) -> dict[str, Node]:
        if self._index is None:
            self._index = {key.value: value for key, value in self.raw_pairs if key.kind == "scalar"}
        return self._index

    def _inherited(self) -> dict[str, Node]:
        """What `<<` merges in, put together when it is first asked for: a mapping is asked for many keys that it lacks."""
        own = self._own()
        if not isinstance(own, _Merging):
            self._index = own = _Merging(own)
            for mapping in self._merged():
                for key, value in mapping._own().items():  # noqa: SLF001
                    own.inherited.setdefault(key, value)
        return own.inherited

    def _merged(self) -> Iterator[Node]:
        """The mappings that `<<` names, nearest first, each once."""
        waiting, seen = [self], {id(self)}
        while waiting:
            mapping = waiting.pop()
            if mapping is not self:
                yield mapping
            sources: list[Node] = []
            for key, value in mapping.pairs:
                if _is_merge(key):
                    sources += [value] if value.kind == "mapping" else value.elements
            for source in reversed(sources):
                if source.kind == "mapping" and id(source) not in seen:
                    seen.add(id(source))
                    waiting.append(source)


class _Merging(dict[str, Node]):
    """The entries of a mapping that has a `<<`, by name, and what that merges in."""

    __slots__ = ("inherited",)

    def __init__(self, own: dict[str, Node]) -> None:
        super().__init__(own)
        self.inherited: dict[str, Node] = {}


_NO_PAIRS: list[tuple[Node, Node]] = []
_NO_ELEMENTS: list[Node] = []


def _is_merge(key: Node) -> bool:
    return key.value == "<<" and not key.style


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


def walk(node: Node) -> Iterator[Node]:
    """Every node below and including `node` in the order of the text, each once however many aliases lead to it."""
    waiting, seen = [node], {id(node)}
    while waiting:
        node = waiting.pop()
        yield node
        below = [part for pair in node.raw_pairs for part in pair] if node.raw_pairs else node.raw_elements
        if below:
            spend(len(below))
        for part in reversed(below):
            if id(part) not in seen:
                seen.add(id(part))
                waiting.append(part)


def select(node: Node, *path: str) -> Iterator[Node]:
    """The nodes that `path` leads to, also where a key comes twice; "*" stands for every element of a sequence and every value of a
    mapping.

    Each node comes once, however many aliases and merges lead to it, so the cost is that of the file and not of its expansion.
    """
    level = [node]
    for step in path:
        found: dict[int, Node] = {}
        for outer in level:
            below = outer.every(step) if step != "*" else outer.elements or [value for _, value in outer.items()]
            for part in below:
                found[id(part)] = part
        level = list(found.values())
    yield from level


def _resolve(value: str) -> str | int | float | bool | None:
    if value in _BOOL:
        return _BOOL[value]
    if value in _NULL:
        return None
    if value in _NO_NUMBER:
        return _NO_NUMBER[value]
    digits = value.replace("_", "")
    if len(digits) < 400 and digits[:1] in "+-.0123456789":
        if whole := re.match(_INT, digits):
            base, figures = next((base, whole[name]) for name, base in (("x", 16), ("b", 2), ("o", 8), ("d", 10)) if whole[name])
            return -int(figures, base) if whole["sign"] == "-" else int(figures, base)
        if re.match(_FLOAT, digits) and abs(number := float(digits)) < float("inf"):
            return number
    return value
