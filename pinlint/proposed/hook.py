"""The entry of pre-commit's configuration, in the style of those that stand there.

Knows block lists of YAML; must not know what else is proposed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.proposed import Proposal
from pinlint.syntax.yaml import documents
from pinlint.text import Document, Unparsable, Unread

if TYPE_CHECKING:
    from pinlint.proposed.source import Source
    from pinlint.syntax.nodes import Node
    from pinlint.tree import Tree

__all__ = ["hook", "with_entry"]

_FILES = (".pre-commit-config.yaml", ".pre-commit-config.yml")


def hook(tree: Tree, source: Source) -> Proposal | None:
    """The entry, where the repository uses pre-commit and has none of pinlint; in words where the file is not of the usual form."""
    path = next((name for name in _FILES if tree.exists(name)), "")
    if not path:
        return None
    try:
        document = tree.read(path)
    except Unread:
        return None
    if re.search(r"\bid: *['\"]?pinlint\b", document.text):
        return None
    lines = [f"repo: {source.address}", f"rev: {source.commit}", "hooks:", "  - id: pinlint"]
    if _level(document.text):
        lines[-1] = "- id: pinlint"
    new = with_entry(document, "repos", lines)
    if new is None:
        return Proposal("", None, b"", f"add to {path}: repo {source.address}, rev {source.commit}, hook id pinlint")
    return Proposal(path, document.data, new, "changed files are looked at before each commit, offline")


def _level(text: str) -> bool:
    """Whether the dashes of hooks stand below the key itself."""
    found = re.findall(r"(?m)^( *)hooks:[ \t]*\r?\n( *)- ", text)
    return bool(found) and found[-1][0] == found[-1][1]


def with_entry(document: Document, key: str, lines: list[str]) -> bytes | None:
    """The file with one more mapping at the end of the list that `key` holds; None where that is no block list of mappings, or
    anything else would be read of it."""
    text = document.text
    before = _read(text)
    list_ = before.get(key) if before is not None else None
    if before is None or list_ is None or list_.kind != "sequence" or list_.style == "[" or not list_.raw_elements:
        return None
    last = list_.raw_elements[-1]
    begin = text.rfind("\n", 0, last.start) + 1
    dash = re.match(r"([ ]*)(-[ ]+)", text[begin:])
    if dash is None or begin + dash.end() != last.start:
        return None
    end = _end(text, begin, len(dash[1]))
    newline = "\r\n" if "\r\n" in text else "\n"
    apart = newline if re.search(r"\n[ \t]*\r?\n\Z", text[:begin]) else ""
    inner = " " * len(dash[0])
    entry = newline.join([dash[0] + lines[0], *(inner + line for line in lines[1:])]) + newline
    made = text[:end] + ("" if text[:end].endswith("\n") else newline) + apart + entry + text[end:]
    return document.encode(made) if _one_more(before, _read(made), key) else None


def _end(text: str, begin: int, indent: int) -> int:
    """Where what belongs to a list's last element ends, without the blank lines and comments behind it."""
    end, at = begin, begin
    for number, line in enumerate(text[begin:].splitlines(keepends=True)):
        blank = not line.strip() or line.lstrip().startswith("#")
        if number and not blank and len(line) - len(line.lstrip(" ")) <= indent:
            break
        at += len(line)
        if not blank:
            end = at
    return end


def _read(text: str) -> Node | None:
    try:
        roots = documents(text)
    except Unparsable:
        return None
    return roots[0] if len(roots) == 1 and roots[0].kind == "mapping" else None


def _one_more(before: Node, after: Node | None, key: str) -> bool:
    """Whether nothing else is read than before but for one more element."""
    if after is None:
        return False
    old, new = ({name.value: value for name, value in node.raw_pairs} for node in (before, after))
    same = {name: _value(old[name]) for name in old if name != key} == {name: _value(new[name]) for name in new if name != key}
    elements = [_value(one) for one in new[key].raw_elements] if key in new else []
    return same and elements[:-1] == [_value(one) for one in old[key].raw_elements]


def _value(node: Node) -> object:
    """What a node means, in plain tuples, so that it can be compared."""
    if node.kind == "mapping":
        return tuple((key.value, _value(value)) for key, value in node.raw_pairs)
    if node.kind == "sequence":
        return tuple(map(_value, node.raw_elements))
    return node.value
