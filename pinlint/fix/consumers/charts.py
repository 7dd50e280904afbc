"""A chart's `values.schema.json`: Helm refuses values that it does not allow.

Only what constrains a text is looked at (`pattern`, `enum`, `const`, `maxLength`), and of patterns only those that cost little.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pinlint.fix.consumers.site import UNSAFE, Objection, Site
from pinlint.semantics.chart_templates import chart_of
from pinlint.text import Unread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.tree import Tree

__all__ = ["overridden", "schema"]

_DEPTH, _STEPS = 40, 2000
_DIGEST = f"sha256:{'0123456789abcdef' * 4}"
#: What makes a pattern dear: a repeated group that repeats inside, or that looks back.
_DEAR = re.compile(r"\([^()]*[*+}][^()]*\)[*+{]|\)\)[*+{]|\\[1-9]|\(\?")
_REPEATS = 4


def overridden(site: Site) -> Objection:
    """A chart's own digest goes before its tag, whoever sets that."""
    return Objection(
        f"a digest in the chart's own values goes before the tag: `--set {'.'.join((*site.keys[:-1], 'tag'))}=…` and the next "
        "release would run the old image",
        UNSAFE,
    )


def schema(site: Site) -> Objection | None:
    """An objection where the schema of the chart does not allow the value with a digest."""
    if "alues" not in site.path.rpartition("/")[2]:
        return None
    chart = chart_of(site.path, site.tree)
    path = f"{chart.folder}values.schema.json" if chart is not None else ""
    if not path or not site.tree.exists(path):
        return None
    root = site.tree.memo("values schema", path, lambda: _read(path, site.tree))
    value = _written(site)
    for one in _at(root, site.keys):
        if why := _refusal(one, value):
            return Objection(f"{path} does not allow {'.'.join(site.keys)} to hold a digest ({why})")
    return None


def _read(path: str, tree: Tree) -> Any:
    try:
        return json.loads(tree.bytes(path))
    except (Unread, ValueError, RecursionError):
        return {}


def _written(site: Site) -> str:
    """The value as it would be, as far as a schema can tell."""
    reference = site.reference
    if reference.notation in ("image-digest-key", "own-digest-key"):
        return _DIGEST.removeprefix("sha256:") if site.keys[-1:] and site.keys[-1].lower().startswith("sha") else _DIGEST
    written = site.document.text[site.span.start : site.span.end].strip("\"'").partition("@")[0]
    return f"{written}@{_DIGEST}"


def _at(root: Any, keys: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Every schema that has a say about the value at `keys`."""
    waiting: list[tuple[Any, int, int]] = [(root, 0, 0)]
    for _ in range(_STEPS):
        if not waiting:
            return
        node, at, depth = waiting.pop()
        if not isinstance(node, dict) or depth > _DEPTH:
            continue
        if (named := node.get("$ref")) and isinstance(named, str):
            waiting.append((_pointed(root, named), at, depth + 1))
        for word in ("allOf", "anyOf", "oneOf"):
            some = node.get(word)
            waiting += [(one, at, depth + 1) for one in some] if isinstance(some, list) else []
        waiting += [(node.get(word), at, depth + 1) for word in ("then", "else")]
        if at == len(keys):
            yield node
            continue
        named = node.get("properties")
        below = named.get(keys[at]) if isinstance(named, dict) else None
        waiting += [(below if below is not None else node.get("additionalProperties"), at + 1, depth + 1)]
        items = node.get("items")
        waiting += [(items, at, depth + 1)] if isinstance(items, dict) else []


def _pointed(root: Any, named: str) -> Any:
    """What a pointer within the document leads to; nothing is fetched."""
    if not named.startswith("#/"):
        return None
    for part in named[2:].split("/")[:_DEPTH]:
        root = root.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(root, dict) else None
    return root


def _refusal(node: dict[str, Any], value: str) -> str:
    """Why a schema does not allow the value; "" = it does."""
    if "enum" in node or "const" in node:
        return "a fixed list of values"
    longest = node.get("maxLength")
    if isinstance(longest, int) and longest < len(value):
        return f"maxLength {longest}"
    pattern = node.get("pattern")
    if not isinstance(pattern, str):
        return ""
    cheap = len(pattern) <= 300 and not _DEAR.search(pattern) and len(re.findall(r"[*+]|\{\d*,", pattern)) <= _REPEATS
    try:
        allowed = cheap and re.search(pattern, value) is not None
    except (re.error, RecursionError, OverflowError):
        allowed = False
    return "" if allowed else f"pattern {pattern[:60]}"
