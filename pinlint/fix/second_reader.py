"""Second readers look at an edited file: dockerfile-parse at a Dockerfile, PyYAML's own composer at YAML, tomlkit at TOML, libcst
at Python, the standard library at JSON and XML. Each must see the same structure before and after, but for what was meant to
change. A format names its own in its line of `FORMATS`; of properties, requirements, HCL and Groovy there is none to be had.

They are no readers for linting (dockerfile-parse takes heredoc bodies for instructions, the others do not say where all stands),
but their mistakes are the same on both sides of an edit, so any other difference is ours. Where one of them cannot read what was
there before (JSON with comments, a template), it has no say.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

__all__ = ["Change", "difference"]

#: A digest, or what stands in its place.
_DIGEST = re.compile(r"(?::latest)?(?:@[^\s\"',]+|:sha(?:256|384|512):[0-9a-fA-F]+)")
#: A tag that stands behind its digest, and moves before it.
_TAG_BEHIND = re.compile(r"@(sha\d+:[0-9a-f]+):([\w.-]+)", re.ASCII)
#: What may surround a value in the text of a file and is no part of it.
_AROUND = " \t\"'"
#: What stands in the place of bytes that are no UTF-8.
_SURROGATE = re.compile("[\ud800-\udfff]")

#: Where a document of YAML begins: nothing in one, no scalar either, may begin a line so.
_DOCUMENT = re.compile(r"^(?=---(?:\s|$))", re.MULTILINE)

#: (text that stood there, text that was written).
Change = tuple[str, str]
#: The type of what stood under another key.
_RENAMED = "renamed"
#: What a value is: its type, and its text or what it consists of with the names of that.
_Opened = tuple[str, str | list[tuple[str, Any]]]


def difference(reader: str, path: str, before: str, after: str, changes: Iterable[Change], refs: Iterable[Change] = ()) -> str:
    """What a second reader sees changed in the text of a file besides what was meant to ("" = nothing, or it has no say). `changes`
    are what was written in place of what; `refs` are git refs with the commits that took their place."""
    if reader == "dockerfile":
        return _in_dockerfile(before, after, refs)
    known = {"json": _json, "python": _python, "toml": _toml, "xml": _xml, "yaml": _yaml}
    # Of formats with more than one syntax the ending says which.
    made = known["toml" if path.endswith(".toml") else reader]()
    found = (_compared(one, other, made, changes) for one, other in _parts(before, after, made) if one != other)
    return next(filter(None, found), "")


def _parts(before: str, after: str, reader: _Reader) -> list[tuple[str, str]]:
    """What of a text stands for what of another, as far as parts can be read each for itself: most of a file is as it was."""
    if reader.apart is not None and re.search("^%", before, re.MULTILINE) is None:  # directives are about what follows
        parts, others = reader.apart.split(before), reader.apart.split(after)
        if len(parts) == len(others):
            return list(zip(parts, others, strict=True))
    return [(before, after)]


def _in_dockerfile(before: str, after: str, refs: Iterable[Change]) -> str:
    texts = sorted({re.escape(text) for pair in refs for text in pair if text})
    ref = re.compile(rf"(?<=[#=])(?:{'|'.join(texts)})(?=[:&\s\"',\]]|$)" if texts else r"(?!)")
    old, new = _structure(before), _structure(after)
    if len(old) != len(new):
        return f"a second reader sees {len(new)} instructions instead of {len(old)}"
    for (keyword, value), (new_keyword, new_value) in zip(old, new, strict=True):
        if keyword != new_keyword or _bare(ref.sub("", value)) != _bare(ref.sub("", new_value)):
            return f"a second reader sees {new_keyword} changed in more than its image"
    return ""


def _structure(text: str) -> list[tuple[str, str]]:
    from dockerfile_parse import DockerfileParser

    parser = DockerfileParser(fileobj=io.BytesIO(text.encode("utf-8", "replace")))
    return [(one["instruction"], one["value"]) for one in parser.structure]


def _bare(value: str) -> str:
    return _DIGEST.sub("", _TAG_BEHIND.sub(r":\2@\1", value)).replace(":latest", "")


class _Reader(NamedTuple):
    """How a text is read, what is raised for what cannot be, how a value is opened, which type a text has, and where the parts of
    it begin that can be read each for itself."""

    read: Callable[[str], Any]
    errors: tuple[type[Exception], ...]
    opened: Callable[[Any], _Opened]
    text_type: str = "str"
    apart: re.Pattern[str] | None = None


def _yaml() -> _Reader:
    import yaml

    def composed(text: str) -> list[yaml.Node]:
        return list(yaml.compose_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))

    def opened(node: Any) -> _Opened:
        if isinstance(node, list):
            return "documents", [("", one) for one in node]
        if isinstance(node, yaml.MappingNode):
            plain = [(key.value if isinstance(key, yaml.ScalarNode) else "?", key, value) for key, value in node.value]
            keys = [("?", key) for name, key, _ in plain if name == "?"]
            return node.tag, [*keys, *((name, value) for name, _, value in plain)]
        if isinstance(node, yaml.SequenceNode):
            return node.tag, [("", one) for one in node.value]
        return (node.tag, node.value) if node is not None else ("", "")

    return _Reader(composed, (yaml.YAMLError, RecursionError), opened, "tag:yaml.org,2002:str", _DOCUMENT)


def _toml() -> _Reader:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    def opened(value: Any) -> _Opened:
        if isinstance(value, dict):
            return "table", list(value.items())
        if isinstance(value, list):
            return "array", [("", one) for one in value]
        return type(value).__name__, str(value)

    def parsed(text: str) -> Any:
        return tomlkit.parse(text).unwrap()

    return _Reader(parsed, (TOMLKitError, ValueError, RecursionError), opened)


def _json() -> _Reader:
    import json

    def opened(value: Any) -> _Opened:
        if isinstance(value, tuple):
            return "object", list(value)
        if isinstance(value, list):
            return "array", [("", one) for one in value]
        return type(value).__name__, str(value)

    def parsed(text: str) -> Any:  # in order, with what is there twice; no number is like another that is written otherwise
        number = str.encode
        return json.loads(text, object_pairs_hook=tuple, parse_int=number, parse_float=number, parse_constant=number)

    return _Reader(parsed, (ValueError, RecursionError), opened)


def _python() -> _Reader:
    import libcst

    def opened(node: Any) -> _Opened:
        """Blanks are nothing, and a comment is a text."""
        if isinstance(node, list | tuple):
            return "list", [("", one) for one in node]
        if isinstance(node, libcst.Comment | str | None):
            return "str", node.value if isinstance(node, libcst.Comment) else node or ""
        if not isinstance(node, libcst.CSTNode) or isinstance(node, libcst.BaseParenthesizableWhitespace):
            return type(node).__name__, ""
        return type(node).__name__, [(name, getattr(node, name)) for name in node.__dataclass_fields__]

    return _Reader(libcst.parse_module, (libcst.ParserSyntaxError, libcst.CSTValidationError, RecursionError), opened)


def _xml() -> _Reader:
    from xml.etree import ElementTree as ET  # what it would expand, the first reader has refused

    def opened(value: Any) -> _Opened:
        if isinstance(value, str):
            return "str", value
        below = [(name, one) for child in value for name, one in ((child.tag, child), ("", child.tail or ""))]
        return value.tag, [("", value.text or ""), *value.attrib.items(), *below]

    return _Reader(ET.fromstring, (ET.ParseError, ValueError, RecursionError), opened)


def _compared(before: str, after: str, reader: _Reader, changes: Iterable[Change]) -> str:
    try:
        old = reader.read(_SURROGATE.sub("\ufffd", before))
    except reader.errors:
        return ""
    try:
        new = reader.read(_SURROGATE.sub("\ufffd", after))
    except reader.errors:
        return "a second reader can no longer read the file"
    known = {(one.strip(_AROUND), other.strip(_AROUND)) for one, other in changes} | set(changes)
    for name, was, now in _differences(old, new, reader.opened):
        if was is not None and was[0] == _RENAMED:
            meant = isinstance(now[1], str) and _takes_the_place(was[1], (name, now), known, reader.text_type)
        elif was is None:
            meant = any(name and name in text and now[1] and now[1] in text for _, text in known if isinstance(now[1], str))
        else:
            texts = isinstance(was[1], str) and isinstance(now[1], str) and now[0] == reader.text_type
            meant = texts and _meant(str(was[1]), str(now[1]), known)
        if not meant:
            return f"a second reader sees {name or 'something'} changed in more than its pin"
    return ""


def _takes_the_place(old: Any, new: tuple[str, _Opened], changes: Iterable[Change], text_type: str) -> bool:
    """Whether a text under another key is what was written in place of that key and its text: one change holds all four."""
    (name, (old_type, was)), (renamed, (new_type, now)) = old[0], new
    if not old_type == new_type == text_type or not isinstance(was, str) or not isinstance(now, str):
        return False
    return any(name in one and was in one and renamed in other and now in other for one, other in changes)


def _differences(before: Any, after: Any, opened: Callable[[Any], _Opened]) -> Iterator[tuple[str, _Opened | None, _Opened]]:
    """(name, what it was: None = it is new, what it is) of every value that differs; a list that became shorter has no name. Of a
    key in whose place stands another one, what it was is that key with its value. What anchors share is looked at once."""
    pending, seen = [("", before, after)], set()
    while pending:
        name, old, new = pending.pop()
        if (id(old), id(new)) in seen or _same(old, new):
            continue
        seen.add((id(old), id(new)))
        was, now = opened(old), opened(new)
        if isinstance(was[1], str) or isinstance(now[1], str) or was[0] != now[0]:
            if was != now:
                yield name, was, now
            continue
        at, keys = 0, ({key for key, _ in was[1]}, {key for key, _ in now[1]})
        for key, value in now[1]:
            if at < len(was[1]) and was[1][at][0] == key:
                pending.append((key, was[1][at][1], value))
                at += 1
            elif at < len(was[1]) and key not in keys[0] and was[1][at][0] not in keys[1]:
                yield key, (_RENAMED, [(was[1][at][0], opened(was[1][at][1]))]), opened(value)
                at += 1
            else:
                yield key, None, opened(value)
        if at < len(was[1]):
            yield "", was, now


def _same(old: Any, new: Any) -> bool:
    """Whether two objects are seen to be the same without a look at each part: of a large lock most is as it was."""
    try:
        return isinstance(old, tuple) and bool(old == new)
    except RecursionError:  # to compare goes deeper than to read
        return False


def _meant(old: str, new: str, changes: Iterable[Change]) -> bool:
    """Whether `new` is `old` with some of the changes made."""
    known: dict[str, set[str]] = {}
    for was, text in changes:
        if text and text in new:
            known.setdefault(text, set()).add(was)
    if not known:
        return False

    def before(piece: str) -> str:
        """A pattern for what stood where `piece` stands: it may have been written there whole, in part, or not at all."""
        partly = {piece.replace(text, was) for text, some in known.items() if text in piece for was in some}
        return f"(?:{'|'.join(map(re.escape, sorted({piece, *known[piece], *partly})))})"

    pieces = re.split(f"({'|'.join(map(re.escape, sorted(known, key=len, reverse=True)))})", new)
    pattern = "".join(before(piece) if number % 2 else re.escape(piece) for number, piece in enumerate(pieces))
    return re.fullmatch(pattern, old) is not None
