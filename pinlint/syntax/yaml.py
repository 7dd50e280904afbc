"""YAML as a located tree: every node knows where in the text it is written.

Reads with PyYAML's event parser (libyaml where it is present) and builds the nodes itself, so nesting costs no stack, an alias
is the same node again (nothing is expanded), keys need not be hashable and duplicate keys survive. Knows YAML; must not know
what any key means.

    for root in documents(text):
        for service in select(root, "services", "*"):
            image = service.get("image")

Every method may be called on every node: a scalar has no keys and no elements, `None` stands for what is missing.
"""

from __future__ import annotations

import gc
import re
from typing import TYPE_CHECKING, Any

import yaml
from yaml.events import AliasEvent, DocumentStartEvent, MappingStartEvent, ScalarEvent, SequenceStartEvent

from pinlint.model import Fact, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document

__all__ = [
    "DEPTH_LIMIT", "HOLE", "Node", "Unparsable", "documents", "fact", "literal", "read", "select", "template", "walk",
]  # fmt: skip

#: Levels of nesting. Deeper files are refused: no tool's configuration comes near it, and hostile ones stop here.
DEPTH_LIMIT = 500

#: Entries that all `<<` of a file may stand for together. What merges cost is bounded by it, whatever they are nested into.
_MERGE_LIMIT = 5_000_000

# CSafeLoader is the C parser and more; nothing but the parser's events is asked of either.
_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONFLICT = re.compile(r"^(?:<{7}|>{7})(?= |$)", re.MULTILINE)
_TEMPLATE = re.compile(r"\{\{|\{%|<%|^%%", re.MULTILINE)
_OPENING = re.compile(r"(?<!\$)\{[{%#]")  # `${#list[@]}` is a shell's
_CLOSINGS = {"{{": "}}", "{%": "%}", "{#": "#}"}
#: Stands where a template's action was cut out of the text that is parsed: a character that no file holds.
HOLE = "\ue000"
_DOCUMENT = re.compile(r"^---(?=\s|$)", re.MULTILINE)
_SCHEMA = re.compile(r"^kind: *[\"']?CustomResourceDefinition[\"']?[ \t]*\r?$", re.MULTILINE)
_VISIBLE = re.compile(r"[^\r\n]")
_ALONE = re.compile(f"^[ \t]*{HOLE}[ \t{HOLE}]*$", re.MULTILINE)
#: An action that is all of a key's value, while the next line, indented deeper, says that the value is a block: `labels: {{ … }}`.
_BEFORE_BLOCK = re.compile(rf"^( *)[\w.\"'/-]{{1,200}}:[ \t]+{HOLE}+[ \t]*$(?=(?:\r?\n[ \t]*)*\r?\n\1 +[^\s#])", re.MULTILINE)
_TEMPLATES = {
    "{{": "a template ({{ … }})",
    "{%": "a Jinja template ({% … %})",
    "<%": "an ERB or EJS template (<% … %>)",
    "%%": "a template (%%…%%)",
}
_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*(?:\s+(?:#[^\n]*\n\s*)*|$))+")  # the anchor and the tag before a value
_NULL = re.compile(r"(?:~|null|Null|NULL|)\Z")
_BOOL = {form: word in ("y", "yes", "on", "true") for word in ("y", "yes", "on", "true", "n", "no", "off", "false")
         for form in (word, word.capitalize(), word.upper())}  # fmt: skip
_INT = re.compile(r"(?P<sign>[-+]?)(?:0x(?P<x>[0-9a-fA-F]+)|0b(?P<b>[01]+)|0o?(?P<o>[0-7]+)|(?P<d>0|[1-9][0-9]*))\Z")
_NO_NUMBER = {f"{sign}.{word}": float(f"{sign}inf") for sign in ("", "+", "-") for word in ("inf", "Inf", "INF")} | {
    f".{word}": float("nan") for word in ("nan", "NaN", "NAN")
}
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")


class Unparsable(Exception):
    """Text that is no YAML. str() is the reason, in words a person can act on; `offset` is the place in the text where reading
    stopped; `template` names the template language that the text is written in ("a Jinja template …"), "" if it is none.
    """

    def __init__(self, reason: str, offset: int, template: str = "") -> None:
        super().__init__(reason)
        self.offset = offset
        self.template = template


class Node:
    """A place in a YAML document. `kind` is "mapping", "sequence" or "scalar".

    `start` and `end` are offsets in characters, quotes included, a scalar's anchor and tag not. `value` is the text of a scalar
    after unescaping, never converted (`1.10` stays "1.10"); "" for the other kinds. `style` is "" for a plain scalar, else its
    first character (' " | >), and "{" or "[" for flow collections. `tag` is the explicit tag, "" mostly. `pairs` are the entries
    of a mapping as written, duplicates and merge keys included; `elements` those of a sequence.
    """

    __slots__ = ("_index", "elements", "end", "kind", "pairs", "start", "style", "tag", "value")

    pairs: list[tuple[Node, Node]]
    elements: list[Node]

    def __init__(self, kind: str, start: int, end: int, value: str = "", style: str = "", tag: str = "") -> None:
        self.kind = kind
        self.start = start
        self.end = end
        self.value = value
        self.style = style
        self.tag = tag
        self._index: dict[str, Node] | None = None
        if kind == "scalar":
            self.pairs = _NO_PAIRS
            self.elements = _NO_ELEMENTS
        else:
            self.pairs = [] if kind == "mapping" else _NO_PAIRS
            self.elements = [] if kind == "sequence" else _NO_ELEMENTS

    def __repr__(self) -> str:
        return f"<{self.kind} {self.start}:{self.end} {self.value!r}>"

    @property
    def span(self) -> Span:
        """Where the node is written, quotes included."""
        return Span(self.start, self.end)

    @property
    def inner(self) -> Span:
        """Where the text of a quoted scalar is written, without its quotes; the span of anything else."""
        quoted = self.kind == "scalar" and self.style in ("'", '"')
        return Span(self.start + 1, self.end - 1) if quoted else Span(self.start, self.end)

    @property
    def is_null(self) -> bool:
        """Whether the node stands for no value: nothing, `~` or `null`."""
        return self.kind == "scalar" and not self.style and not self.tag and _NULL.match(self.value) is not None

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
        return next((node for mapping in self._merged() if (node := mapping._own().get(key)) is not None), None)  # noqa: SLF001

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
            self._index = {key.value: value for key, value in self.pairs if key.kind == "scalar"}
        return self._index

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
                    sources += _sources(value)
            for source in reversed(sources):
                if source.kind == "mapping" and id(source) not in seen:
                    seen.add(id(source))
                    waiting.append(source)


_NO_PAIRS: list[tuple[Node, Node]] = []
_NO_ELEMENTS: list[Node] = []


def _is_merge(key: Node) -> bool:
    return key.value == "<<" and not key.style


def _sources(value: Node) -> list[Node]:
    """The mappings that the value of a `<<` names."""
    return [value] if value.kind == "mapping" else value.elements


def documents(text: str) -> list[Node]:
    """The root of every document in `text`; an empty file has none, an empty document is an empty scalar.

    Bytes that are no UTF-8 (lone surrogates) are read as U+FFFD. Raises Unparsable.
    """
    readable = _SURROGATE.sub("\ufffd", text) if not text.isascii() else text
    # Hundreds of thousands of small objects and no garbage: the collector would only walk them again and again.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _build(_PARSER(readable), readable)
    except yaml.YAMLError as error:
        raise _unparsable(error, readable) from None
    finally:
        if collecting:
            gc.enable()


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
    if not _TEMPLATE.search(text):
        return documents(text)
    masked = _masked(text)
    if masked == text:
        return documents(text)
    try:
        return documents(masked)
    except Unparsable as error:
        if error.template or not (language := _TEMPLATE.search(text)):
            raise
        raise Unparsable(f"it is {_TEMPLATES[language[0]]}, no YAML yet", error.offset, _TEMPLATES[language[0]]) from None


def _without_schemas(text: str) -> str:
    """The text with blanks in the place of every document that is a Kubernetes schema: megabytes that name nothing from outside.

    `---` at the start of a line ends a document whatever stands before it, and no key of an inner mapping stands there. The marker
    stays, so that the blanks belong to nothing that stands before them.
    """
    if "CustomResourceDefinition" not in text:
        return text
    pieces, at = [], 0
    for end in (*(match.start() for match in _DOCUMENT.finditer(text)), len(text)):
        part = text[at:end]
        if _SCHEMA.search(part):
            part = f"{part[:3] if at else '   '}{' ' * (len(part) - 4)}\n"
        pieces.append(part)
        at = end
    return "".join(pieces)


def _masked(text: str) -> str:
    """The text with every action of a template cut out, as long as before and with the same line ends."""
    pieces, at = [], 0
    for start, end in _actions(text):
        pieces += [text[at:start], _VISIBLE.sub(HOLE, text[start:end])]
        at = end
    masked = _ALONE.sub(lambda line: line[0].replace(HOLE, " "), "".join([*pieces, text[at:]]))
    return _BEFORE_BLOCK.sub(lambda line: line[0].replace(HOLE, " "), masked)


def _actions(text: str) -> Iterator[tuple[int, int]]:
    """Where the actions of a template stand. `${{ … }}` is none: a workflow's expression is a value like any other. Nor is the lone
    `{{` of a script: what would reach to the end of an expression, or over the start of an action on a later line."""
    at = 0
    ahead: dict[str, int] = {}  # where each mark comes next: every stretch of the text is searched once

    def following(mark: str, start: int) -> int:
        if ahead.get(mark, -1) < start:
            found = text.find(mark, start)
            ahead[mark] = found if found >= 0 else len(text)
        return ahead[mark]

    while opened := _OPENING.search(text, at):
        closing = _CLOSINGS[opened[0]]
        end = following(closing, opened.end())
        inner = following("{{", opened.end())
        if end == len(text) or following("${{", opened.end()) < end or following("\n", opened.end()) < inner < end:
            at = opened.end()
        else:
            at = end + len(closing)
            yield opened.start(), at


def literal(node: Node) -> bool:
    """Whether the file itself says all of a scalar: no action of a template stands in it."""
    return HOLE not in node.value


def fact(error: Unparsable, text: str) -> Fact:
    """The fact about a file that is no YAML."""
    span = Span(error.offset, min(len(text), error.offset + 1))
    if error.template:
        return Fact("template", span, error.template)
    return Fact("unreadable-file", span, f"{error}")


class _Builder:
    """Puts nodes together as the events come; the stack of open collections is its own, so depth costs no recursion."""

    def __init__(self) -> None:
        self.roots: list[Node] = []
        self.anchors: dict[str, Node] = {}
        self.open: list[tuple[Node, str | None]] = []  # the collections around the current place, with their anchors
        self.keys: list[Node | None] = []  # for each: the key that waits for its value
        self.merged: dict[int, int] = {}  # for each mapping with `<<`: how many entries that stands for
        self.total = 0

    def begin(self, node: Node, anchor: str | None) -> None:
        if len(self.open) == DEPTH_LIMIT:
            raise Unparsable(f"it is nested more than {DEPTH_LIMIT} levels deep", node.start)
        self.open.append((node, anchor))
        self.keys.append(None)

    def finish(self, end: int) -> None:
        node, anchor = self.open.pop()
        self.keys.pop()
        node.end = end if node.style else _last(node)
        if anchor:  # only now: an alias inside its own anchor would make the tree endless
            self.anchors[anchor] = node
        self.place(node)

    def alias(self, anchor: str, start: int) -> None:
        if anchor not in self.anchors:
            raise Unparsable(f"the alias *{anchor} stands for nothing, or for itself", start)
        self.place(self.anchors[anchor])

    def place(self, node: Node) -> None:
        if not self.open:
            self.roots.append(node)
        elif (outer := self.open[-1][0]).kind == "sequence":
            outer.elements.append(node)
        elif (key := self.keys[-1]) is None:
            self.keys[-1] = node
        else:
            outer.pairs.append((key, node))
            self.keys[-1] = None
            if key.value == "<<":
                self.merge(outer, key, node)

    def merge(self, outer: Node, key: Node, value: Node) -> None:
        weight = sum(1 + len(source.pairs) + self.merged.get(id(source), 0) for source in _sources(value))
        self.merged[id(outer)] = self.merged.get(id(outer), 0) + weight
        self.total += weight
        if self.total > _MERGE_LIMIT:
            raise Unparsable(f"its merges (<<) stand for more than {_MERGE_LIMIT:,} entries", key.start)


def _build(parser: Any, text: str) -> list[Node]:
    builder = _Builder()
    place, anchors, next_event = builder.place, builder.anchors, parser.get_event
    while (event := next_event()) is not None:
        kind = event.__class__
        if kind is ScalarEvent:
            start = event.start_mark.index
            if (event.anchor or event.tag) and (properties := _PROPERTIES.match(text, start, event.end_mark.index)):
                start = properties.end()
            node = Node("scalar", start, event.end_mark.index, event.value, event.style or "", event.tag or "")
            if event.anchor:
                anchors[event.anchor] = node
            place(node)
        elif kind is MappingStartEvent:
            style, start, end = "{" if event.flow_style else "", event.start_mark.index, event.end_mark.index
            builder.begin(Node("mapping", start, end, "", style, event.tag or ""), event.anchor)
        elif kind is SequenceStartEvent:
            style, start, end = "[" if event.flow_style else "", event.start_mark.index, event.end_mark.index
            builder.begin(Node("sequence", start, end, "", style, event.tag or ""), event.anchor)
        elif kind is AliasEvent:
            builder.alias(event.anchor, event.start_mark.index)
        elif builder.open:
            builder.finish(event.end_mark.index)
        elif kind is DocumentStartEvent:
            anchors.clear()
    return builder.roots


def _last(node: Node) -> int:
    """Where a block collection ends: where its last node does, not where the parser noticed it (after blank lines and comments)."""
    last = node.elements[-1] if node.elements else node.pairs[-1][1] if node.pairs else node
    key_end = node.pairs[-1][0].end if node.pairs else 0
    return max(last.end, key_end, node.end) if last.start >= node.start else max(key_end, node.end)


def _unparsable(error: yaml.YAMLError, text: str) -> Unparsable:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
    offset = min(mark.index, len(text)) if mark is not None else 0
    if mark is None and (found := _UNPRINTABLE.search(text)):
        return Unparsable(f"it holds the control character U+{ord(found[0]):04X}, which YAML forbids", found.start())
    if found := _CONFLICT.search(text):
        return Unparsable("it holds the markers of a merge conflict: resolve it", found.start())
    if found := _TEMPLATE.search(text):
        return Unparsable(f"it is {_TEMPLATES[found[0]]}, no YAML yet", found.start(), _TEMPLATES[found[0]])
    return Unparsable(f"it is no YAML: {reason}", offset)


def template(node: Node, text: str) -> str:
    """Which template language the value of `node` is written in ("a template ({{ … }})"), "" if it is literal.

    An unquoted `{{ x }}` parses as a mapping whose key is a mapping: `text` tells.
    """
    if node.kind == "scalar":
        found = _TEMPLATE.search(node.value)
    else:
        found = _TEMPLATE.match(text, node.start) if node.style == "{" else None
    return _TEMPLATES[found[0]] if found else ""


def walk(node: Node) -> Iterator[Node]:
    """Every node below and including `node` in the order of the text, each once however many aliases lead to it."""
    waiting, seen = [node], {id(node)}
    while waiting:
        node = waiting.pop()
        yield node
        below = [part for pair in node.pairs for part in pair] if node.pairs else node.elements
        for part in reversed(below):
            if id(part) not in seen:
                seen.add(id(part))
                waiting.append(part)


def select(node: Node, *path: str) -> Iterator[Node]:
    """The nodes that `path` leads to; "*" stands for every element of a sequence and every value of a mapping.

    Each node comes once, however many aliases and merges lead to it, so the cost is that of the file and not of its expansion.
    """
    level = [node]
    for step in path:
        found: dict[int, Node] = {}
        for outer in level:
            if step != "*":
                inner = outer.get(step)
                below = [inner] if inner is not None else []
            else:
                below = outer.elements or [value for _, value in outer.items()]
            for part in below:
                found[id(part)] = part
        level = list(found.values())
    yield from level


def _resolve(value: str) -> str | int | float | bool | None:
    if value in _BOOL:
        return _BOOL[value]
    if _NULL.match(value):
        return None
    if value in _NO_NUMBER:
        return _NO_NUMBER[value]
    digits = value.replace("_", "")
    if len(digits) < 400 and digits[:1] in "+-.0123456789":
        if whole := _INT.match(digits):
            base, figures = next((base, whole[name]) for name, base in (("x", 16), ("b", 2), ("o", 8), ("d", 10)) if whole[name])
            return -int(figures, base) if whole["sign"] == "-" else int(figures, base)
        if _FLOAT.match(digits) and abs(number := float(digits)) < float("inf"):
            return number
    return value
