"""Second readers look at an edited file: dockerfile-parse at a Dockerfile, PyYAML's own composer at YAML, tomlkit at TOML. Each
must see the same structure before and after, but for what was meant to change.

They are no readers for linting (dockerfile-parse takes heredoc bodies for instructions, the others do not say where all stands),
but their mistakes are the same on both sides of an edit, so any other difference is ours. Where one of them cannot read what was
there before, it has no say.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

__all__ = ["dockerfile_difference", "toml_difference", "yaml_difference"]

#: A digest, or what stands in its place.
_DIGEST = re.compile(r"(?::latest)?(?:@[^\s\"',]+|:sha(?:256|384|512):[0-9a-fA-F]+)")
#: A tag that stands behind its digest, and moves before it.
_TAG_BEHIND = re.compile(r"@(sha\d+:[0-9a-f]+):([\w.-]+)", re.ASCII)
#: What may surround a value in the text of a file and is no part of it.
_AROUND = " \t\"'"
#: What stands in the place of bytes that are no UTF-8.
_SURROGATE = re.compile("[\ud800-\udfff]")

#: (text that stood there, text that was written).
Change = tuple[str, str]
#: What a value is: its type, and its text or what it consists of with the names of that.
_Opened = tuple[str, str | list[tuple[str, Any]]]


def dockerfile_difference(before: str, after: str, replaced: Iterable[tuple[str, str]] = ()) -> str:
    """What dockerfile-parse sees changed besides digests that were written ("" = nothing). `replaced` are git refs and the commits
    that took their place."""
    texts = sorted({re.escape(text) for pair in replaced for text in pair if text})
    refs = re.compile(rf"(?<=[#=])(?:{'|'.join(texts)})(?=[:&\s\"',\]]|$)" if texts else r"(?!)")
    old, new = _structure(before), _structure(after)
    if len(old) != len(new):
        return f"a second reader sees {len(new)} instructions instead of {len(old)}"
    for (keyword, value), (new_keyword, new_value) in zip(old, new, strict=True):
        if keyword != new_keyword or _bare(refs.sub("", value)) != _bare(refs.sub("", new_value)):
            return f"a second reader sees {new_keyword} changed in more than its image"
    return ""


def _structure(text: str) -> list[tuple[str, str]]:
    from dockerfile_parse import DockerfileParser

    parser = DockerfileParser(fileobj=io.BytesIO(text.encode("utf-8", "replace")))
    return [(one["instruction"], one["value"]) for one in parser.structure]


def _bare(value: str) -> str:
    return _DIGEST.sub("", _TAG_BEHIND.sub(r":\2@\1", value)).replace(":latest", "")


def yaml_difference(before: str, after: str, changes: Iterable[Change]) -> str:
    """What PyYAML sees changed besides the scalars and keys that were written ("" = nothing)."""
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

    return _compared(before, after, composed, (yaml.YAMLError, RecursionError), opened, changes, "tag:yaml.org,2002:str")


def toml_difference(before: str, after: str, changes: Iterable[Change]) -> str:
    """What tomlkit sees changed besides the strings that were written ("" = nothing)."""
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

    return _compared(before, after, parsed, (TOMLKitError, ValueError, RecursionError), opened, changes, "str")


def _compared(
    before: str,
    after: str,
    read: Callable[[str], Any],
    errors: tuple[type[Exception], ...],
    opened: Callable[[Any], _Opened],
    changes: Iterable[Change],
    text_type: str,
) -> str:
    try:
        old = read(_SURROGATE.sub("\ufffd", before))
    except errors:
        return ""
    try:
        new = read(_SURROGATE.sub("\ufffd", after))
    except errors:
        return "a second reader can no longer read the file"
    known = {(one.strip(_AROUND), other.strip(_AROUND)) for one, other in changes} | set(changes)
    for name, was, now in _differences(old, new, opened):
        if was is None:
            meant = any(name and name in text and now[1] and now[1] in text for _, text in known if isinstance(now[1], str))
        else:
            meant = now[0] == text_type and isinstance(was[1], str) and isinstance(now[1], str) and _meant(was[1], now[1], known)
        if not meant:
            return f"a second reader sees {name or 'something'} changed in more than its pin"
    return ""


def _differences(before: Any, after: Any, opened: Callable[[Any], _Opened]) -> Iterator[tuple[str, _Opened | None, _Opened]]:
    """(name, what it was: None = it is new, what it is) of every value that differs; a list that became shorter has no name. What
    anchors share is looked at once."""
    pending, seen = [("", before, after)], set()
    while pending:
        name, old, new = pending.pop()
        if (id(old), id(new)) in seen:
            continue
        seen.add((id(old), id(new)))
        was, now = opened(old), opened(new)
        if isinstance(was[1], str) or isinstance(now[1], str) or was[0] != now[0]:
            if was != now:
                yield name, was, now
            continue
        at = 0
        for key, value in now[1]:
            if at < len(was[1]) and was[1][at][0] == key:
                pending.append((key, was[1][at][1], value))
                at += 1
            else:
                yield key, None, opened(value)
        if at < len(was[1]):
            yield "", was, now


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
