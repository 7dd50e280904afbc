"""What files of values say beside a value that a command sets: the repository that goes with a tag, the digest that overrules it.

Knows where the values of a chart lie, and how images are written in them; must not know any command. A path that could mean several
files means none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.budget import spend
from pinlint.syntax.yaml import Unparsable, documents
from pinlint.text import Unread

if TYPE_CHECKING:
    from pinlint.syntax.yaml import Node
    from pinlint.tree import Tree

__all__ = ["beside", "file_at", "values_of"]

_STEP = re.compile(r"\[(\d{1,4})\]|((?:[^.\[\\]|\\.)+)")
_PARTS = ("registry", "repository", "repo", "name", "image", "newname", "digest", "sha", "sha256")


def values_of(chart: str, tree: Tree) -> str:
    """The file with the values of a chart that a command names by its folder; "" where there is none, or it cannot be told."""
    if "$" in chart or "://" in chart or chart.endswith(".tgz"):
        return ""
    folder = re.sub(r"^(?:\./)+|/+$", "", chart)
    return file_at("values.yaml" if folder in ("", ".") else f"{folder}/values.yaml", tree)


def file_at(path: str, tree: Tree) -> str:
    """The one file of the repository that a path can mean, whatever the folder it starts in; "" for none."""
    path = re.sub(r"^(?:\.{0,2}/)+", "", path)
    return tree.memo("file that a command means", path, lambda: _file_at(path, tree)) if path and "$" not in path else ""


def _file_at(path: str, tree: Tree) -> str:
    alike = tree.named(path.rpartition("/")[2])
    spend(len(alike) // 4)
    if path in alike:
        return path
    found = [one for one in alike if one.endswith(f"/{path}")]
    return found[0] if len(found) == 1 else ""


def beside(path: str, keys: str, tree: Tree) -> dict[str, str]:
    """What a file says at the place that `web.image` names, by keys in small letters: of an image's parts those that are texts. A
    text in that place is `image`; what stands beside it (`imageRepository`) counts as its part."""
    texts: dict[str, str] = tree.memo(f"values at {keys}", path, lambda: _beside(path, keys, tree))
    return texts


def _beside(path: str, keys: str, tree: Tree) -> dict[str, str]:
    roots = tree.memo("values of a file", path, lambda: _roots(path, tree))
    steps = [(int(found[1]) if found[1] else found[2].replace("\\", "")) for found in _STEP.finditer(keys)]
    found: dict[str, str] = {}
    for root in roots:
        holder = _at(root, steps[:-1])
        if holder is None or not steps:
            continue
        last = str(steps[-1])
        found |= {key.value[len(last) :].lower(): value.value for key, value in _texts(holder) if key.value.startswith(last)}
        inner = _at(holder, steps[-1:])
        if inner is not None and inner.kind == "scalar":
            found["image"] = inner.value
        found |= {key.value.lower(): value.value for key, value in (_texts(inner) if inner is not None else [])}
    return {key: text for key, text in found.items() if key in _PARTS and text}


def _roots(path: str, tree: Tree) -> list[Node]:
    try:
        return documents(tree.read(path).text)
    except (Unread, Unparsable):
        return []


def _texts(node: Node) -> list[tuple[Node, Node]]:
    pairs = node.items() if node.kind == "mapping" else ()
    spend(1 + len(node.raw_pairs) // 4 if node.kind == "mapping" else 1)
    return [(key, value) for key, value in pairs if key.kind == value.kind == "scalar" and not value.is_null]


def _at(node: Node | None, steps: list[int | str]) -> Node | None:
    for step in steps:
        if node is None:
            return None
        if isinstance(step, int):
            node = node.elements[step] if node.kind == "sequence" and step < len(node.elements) else None
        else:
            node = node.get(step) if node.kind == "mapping" else None
    return node
