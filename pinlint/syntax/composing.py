"""From the events of PyYAML's parser (libyaml's where it is present) to nodes.

Loaded when a text is parsed, for PyYAML takes longer to load than most files to parse. The stack of open collections is a list, so
nesting costs no recursion; an alias is the same node again. Must not know what any key means.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice
from typing import Any

import yaml
from yaml.events import AliasEvent, DocumentStartEvent, MappingStartEvent, ScalarEvent, SequenceStartEvent

from pinlint.syntax.nodes import DEPTH_LIMIT, Mapping, Node, Sequence
from pinlint.syntax.templates import LANGUAGES, shaping
from pinlint.text import Unparsable

__all__ = ["attempted", "compose"]

#: Entries that all `<<` of a file may stand for together. What merges cost is bounded by it, whatever they are nested into.
_MERGE_LIMIT = 5_000_000

#: Values of a file (and ends of collections), and characters that make one more: each takes a fifth of a kilobyte of memory and may
#: be written in two characters. What people and programs write has ten or more.
_VALUES, _CHARACTERS_PER_VALUE = 1_000_000, 8

TOO_DEEP = f"it is nested more than {DEPTH_LIMIT} levels deep"

# CSafeLoader is the C parser and more; nothing but the parser's events is asked of either.
_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# These are compiled where they are used: few files hold any of it.
_PROPERTIES = r"(?:[&!][^\s,\[\]{}]*(?:\s+(?:#[^\n]*\n\s*)*|$))+"  # the anchor and the tag before a value
_UNPRINTABLE = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
_CONFLICT = r"(?m)^(?:<{7}|>{7})(?= |$)"


def compose(text: str) -> list[Node]:
    """The root of every document of a text without lone surrogates. Raises Unparsable, with what was read before the error."""
    roots: list[Node] = []
    around: list[_Open] = []
    try:
        _build(_PARSER(text), text, roots, around)
    except yaml.YAMLError as error:
        problem = _explained(error, text, roots, around)
    except Unparsable as error:
        problem = error
    else:
        return roots
    # Without the frames of the parser, which holds kilobytes: a file may hold ten thousands of documents that cannot be read, and
    # the collector, which alone would find them, may be off.
    problem.__traceback__ = problem.__context__ = None
    try:
        raise problem
    finally:
        del problem


def _explained(error: yaml.YAMLError, text: str, roots: list[Node], around: list[_Open]) -> Unparsable:
    problem = _unparsable(error, text)
    if str(problem) != TOO_DEEP:
        mark = getattr(error, "problem_mark", None)
        begun = [node for node, _, _ in around[1:] if node.kind == "mapping"]
        problem.parsed, end = _closed(text, roots, around, mark.index if mark is not None else 0)
        problem.unread = [(end, len(text))]
        problem.open = [(key.start, value.end) for node in begun for key, value in node.raw_pairs if value.kind == "scalar"]
    return problem


def attempted(text: str) -> list[Node] | None:
    """The roots as `compose` gives them, None where the text is no YAML: why that is so takes longer to say than to see."""
    roots: list[Node] = []
    try:
        _build(_PARSER(text), text, roots, [])
    except (yaml.YAMLError, Unparsable):
        return None
    return roots


#: An open collection, its anchor, what was read in it so far, keys and values in turn.
_Open = tuple[Mapping | Sequence, str | None, list[Node]]


def _build(parser: Any, text: str, roots: list[Node], around: list[_Open]) -> None:
    """One pass over the events; this loop takes most of the time of a run over YAML, so it calls little. What is open stands in
    `around`."""
    inside = roots  # what was read so far in the collection around the current place
    anchors: dict[str, Node] = {}
    merges = _Merges() if "<<" in text else None
    most = _VALUES + len(text) // _CHARACTERS_PER_VALUE
    event: Any = None
    for event in islice(iter(parser.get_event, None), most):
        kind = event.__class__
        if kind is ScalarEvent:
            start, end, anchor, tag = event.start_mark.index, event.end_mark.index, event.anchor, event.tag
            if (anchor or tag) and (properties := re.compile(_PROPERTIES).match(text, start, end)):
                start = properties.end()
            scalar = Node(start, end, event.value, event.style or "", tag or "")
            if anchor:
                anchors[anchor] = scalar
            inside.append(scalar)
        elif kind in _COLLECTIONS:
            if len(around) == DEPTH_LIMIT:
                raise Unparsable(TOO_DEEP, event.start_mark.index)
            inside = []
            around.append((_COLLECTIONS[kind](event), event.anchor, inside))
        elif kind is AliasEvent:
            if event.anchor not in anchors:
                raise Unparsable(f"the alias *{event.anchor} stands for nothing, or for itself", event.start_mark.index)
            inside.append(anchors[event.anchor])
        elif around:
            node, anchor, _ = around.pop()
            beside = around[-1][2] if around else roots
            _fill(node, inside, event.end_mark.index)
            if merges and node.raw_pairs:
                merges.weigh(node)
            if anchor:  # only now: an alias inside its own anchor would make the tree endless
                anchors[anchor] = node
            beside.append(node)
            inside = beside
        elif kind is DocumentStartEvent:
            anchors.clear()
    if parser.check_event():
        raise Unparsable(f"it holds more than {most:,} values, too many for its size; split it", event.start_mark.index)


def _closed(text: str, roots: list[Node], around: list[_Open], error: int) -> tuple[list[Node], int]:
    """The roots with what was open at the error closed, and where they end. A value that ends in the line of the error is no value:
    it would have gone on."""
    inside = around[-1][2] if around else roots
    line = max(text.rfind("\n", 0, error), text.rfind("\r", 0, error))
    while inside and line < inside[-1].end:
        inside.pop()
    end = inside[-1].end if inside else around[-1][0].start if around else 0
    while around:
        node, _, inside = around.pop()
        if node.kind == "mapping" and len(inside) % 2:
            inside.pop()
        _fill(node, inside, end)
        (around[-1][2] if around else roots).append(node)
    return roots, end


def _mapping(event: Any) -> Mapping:
    return Mapping(event.start_mark.index, event.end_mark.index, "{" if event.flow_style else "", event.tag or "")


def _sequence(event: Any) -> Sequence:
    return Sequence(event.start_mark.index, event.end_mark.index, "[" if event.flow_style else "", event.tag or "")


_COLLECTIONS: dict[Any, Callable[[Any], Mapping | Sequence]] = {MappingStartEvent: _mapping, SequenceStartEvent: _sequence}


def _fill(node: Mapping | Sequence, inside: list[Node], end: int) -> None:
    """Gives a collection what was read in it. A block ends where its last node does, not where the parser noticed it (after blank
    lines and comments); an alias there says nothing."""
    if isinstance(node, Mapping):
        entries = iter(inside)
        node.raw_pairs = list(zip(entries, entries, strict=True))
        last = inside[-2:]
    else:
        node.raw_elements = inside
        last = inside[-1:]
    if node.style:
        node.end = end
        return
    for one in last:
        if one.start >= node.start and one.end > node.end:
            node.end = one.end


class _Merges:
    """How many entries the merges (`<<`) of a file stand for."""

    def __init__(self) -> None:
        self.of: dict[int, int] = {}  # by mapping
        self.total = 0

    def weigh(self, mapping: Node) -> None:
        """Counts those of a mapping. Raises Unparsable where they are too many."""
        for key, value in mapping.raw_pairs:
            if key.value == "<<":
                sources = [value] if value.kind == "mapping" else value.raw_elements
                weight = sum(1 + len(source.raw_pairs) + self.of.get(id(source), 0) for source in sources)
                self.of[id(mapping)] = self.of.get(id(mapping), 0) + weight
                self.total += weight
                if self.total > _MERGE_LIMIT:
                    raise Unparsable(f"its merges (<<) stand for more than {_MERGE_LIMIT:,} entries", key.start)


def _unparsable(error: yaml.YAMLError, text: str) -> Unparsable:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
    offset = min(mark.index, len(text)) if mark is not None else 0
    if "nesting" in reason:  # parsers have a limit of their own, which is theirs to move and to word
        return Unparsable(TOO_DEEP, offset)
    if mark is None and (found := re.search(_UNPRINTABLE, text)):
        return Unparsable(f"it holds the control character U+{ord(found[0]):04X}, which YAML forbids", found.start())
    if found := re.search(_CONFLICT, text):
        return Unparsable("it holds the markers of a merge conflict: resolve it", found.start())
    if found := shaping(text):
        return Unparsable(f"it is {LANGUAGES[found[0]]}, no YAML yet", found.start(), LANGUAGES[found[0]])
    if re.match(r"([@%])\w{1,80}\1", text[offset : offset + 90]):  # no plain value begins so; sed and its like look for it
        return Unparsable("it is a template (@…@), no YAML yet", offset, "a template (@…@)")
    return Unparsable(f"it is no YAML: {reason}", offset)
