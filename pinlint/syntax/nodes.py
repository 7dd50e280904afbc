"""What a located tree is made of: nodes that know where in the text they are written.

YAML, TOML and HCL are read into them (see yaml). Knows how YAML resolves scalars and merges mappings; must not know how a text
becomes a tree, nor what any key means.

Every method may be called on every node: a scalar has no keys and no elements, `None` stands for what is missing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.budget import spend
from pinlint.model import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DEPTH_LIMIT", "Mapping", "Node", "Sequence", "select", "walk"]

#: Levels of nesting. Deeper files are refused: no tool's configuration comes near it, and hostile ones stop here.
DEPTH_LIMIT = 500

_NULL = ("", "~", "null", "Null", "NULL")
_BOOL = {form: word in ("y", "yes", "on", "true") for word in ("y", "yes", "on", "true", "n", "no", "off", "false")
         for form in (word, word.capitalize(), word.upper())}  # fmt: skip
_INT = r"(?P<sign>[-+]?)(?:0x(?P<x>[0-9a-fA-F]+)|0b(?P<b>[01]+)|0o?(?P<o>[0-7]+)|(?P<d>0|[1-9][0-9]*))\Z"
_NO_NUMBER = {f"{sign}.{word}": float(f"{sign}inf") for sign in ("", "+", "-") for word in ("inf", "Inf", "INF")} | {
    f".{word}": float("nan") for word in ("nan", "NaN", "NAN")
}
_FLOAT = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z"

_NO_PAIRS: list[tuple[Node, Node]] = []
_NO_ELEMENTS: list[Node] = []


class Node:
    """A place in a document, and itself a scalar; what holds others is a Mapping or a Sequence. `kind` is "mapping", "sequence" or
    "scalar".

    `start` and `end` are offsets in characters, quotes included, a scalar's anchor and tag not. `value` is the text of a scalar
    after unescaping, never converted (`1.10` stays "1.10"); "" for the other kinds. `style` is "" for a plain scalar, else its
    first character (' " | >), and "{" or "[" for flow collections. `tag` is the explicit tag, "" mostly.

    Whoever looks at what a node holds pays for it (see budget): many aliases may lead to one place. `raw_pairs` and `raw_elements`
    are the same for nothing, for those who see each node once. A file has hundreds of thousands: what a kind of node lacks
    stands with its class.
    """

    __slots__ = ("end", "start", "style", "tag", "value")

    kind = "scalar"
    raw_pairs = _NO_PAIRS
    raw_elements = _NO_ELEMENTS

    def __init__(self, start: int, end: int, value: str = "", style: str = "", tag: str = "") -> None:
        self.start = start
        self.end = end
        self.value = value
        self.style = style
        self.tag = tag

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

    def get(self, key: str) -> Node | None:  # noqa: ARG002 - see Mapping
        """What the last entry named `key` holds; else what a merged mapping (`<<`) holds under it, the first one that has it."""
        return None

    def every(self, key: str) -> list[Node]:  # noqa: ARG002 - see Mapping
        """What all entries named `key` hold, as the branches of a template may write several; else what is merged in."""
        return []

    def items(self) -> Iterator[tuple[Node, Node]]:
        """(key, value) of a mapping, own entries first, then those merged in that it does not have itself; the first wins."""
        return iter(())


class Sequence(Node):
    """A node that holds elements."""

    __slots__ = ("raw_elements",)

    kind = "sequence"

    def __init__(self, start: int, end: int, style: str = "", tag: str = "") -> None:
        self.start, self.end, self.value, self.style, self.tag = start, end, "", style, tag
        self.raw_elements: list[Node] = []


class Mapping(Node):
    """A node that holds pairs."""

    __slots__ = ("_index", "raw_pairs")

    kind = "mapping"

    def __init__(self, start: int, end: int, style: str = "", tag: str = "") -> None:
        self.start, self.end, self.value, self.style, self.tag = start, end, "", style, tag
        self.raw_pairs: list[tuple[Node, Node]] = []
        self._index: dict[str, Node] | None = None

    def get(self, key: str) -> Node | None:
        """See Node."""
        own = self._index or self._own()
        found = own.get(key)
        if found is not None or "<<" not in own:
            return found
        return self._inherited().get(key)

    def every(self, key: str) -> list[Node]:
        """See Node."""
        own = self._own()
        if key in own and len(own) < len(self.raw_pairs):
            return [value for name, value in self.pairs if name.value == key and name.kind == "scalar"]
        found = self.get(key)
        return [found] if found is not None else []

    def items(self) -> Iterator[tuple[Node, Node]]:
        """See Node."""
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

    def _merged(self) -> Iterator[Mapping]:
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
                if isinstance(source, Mapping) and id(source) not in seen:
                    seen.add(id(source))
                    waiting.append(source)


class _Merging(dict[str, Node]):
    """The entries of a mapping that has a `<<`, by name, and what that merges in."""

    __slots__ = ("inherited",)

    def __init__(self, own: dict[str, Node]) -> None:
        super().__init__(own)
        self.inherited: dict[str, Node] = {}


def _is_merge(key: Node) -> bool:
    return key.value == "<<" and not key.style


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
