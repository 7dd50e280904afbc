"""The chart around a file of values: its appVersion, and what its templates do with a tag.

Reads Chart.yaml and looks at the text of templates; never renders one. Knows charts; must not know what an image is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.helm.reading import fields, go_text
from pinlint.syntax.yaml import Unparsable, read
from pinlint.text import Unread
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinlint.tree import Tree

__all__ = ["Chart", "chart_of"]

_ACTION = re.compile(r"\{\{-?(?P<inside>(?:[^{}\"]|\"(?:[^\"\\\n]|\\.)*\"|\{(?!\{)|\}(?!\}))*)\}\}")
_VALUE = re.compile(r"\.Values\.([A-Za-z_][\w.-]*)")
#: `{{ .Values.image.repository }}:{{ .Values.image.tag }}`, piped through nothing that changes a text with an @ in it.
_JOINED = re.compile(r"[\s(]*\$?\.Values\.[\w.-]+[\s)]*(?:\|[\s(]*(?:default|quote|toString|trim|required)\b[^|]*)*\Z")
_PRINTED = re.compile(
    r"printf\s+\"(?:%[sv]/)?%[sv]:%[sv]\"\s[^|]*?\(?\$?\.Values\.[\w.-]+(?:\s*\|\s*default\s+\$?\.Chart\.AppVersion)?[\s)]*"
    r"(?:\|\s*quote\s*)?\Z"
)
_ALGORITHM = re.compile(r"@sha256:(?:\{\{|%s)")
_DEFAULT = re.compile(r"\.Chart\.AppVersion|\bdefault\s*\(\s*include\b")
#: Whether something is there at all; to compare a tag is another thing.
_CONDITION = re.compile(r"\s*(?:else\s+)?if(?>[\s()]+|and\b|or\b|not\b|empty\b|\$?\.Values\.[\w.-]+)+\Z")
_LARGEST = 4 * 1024 * 1024  # characters of templates; a chart has some hundred thousand at most
_LONGEST = 1000  # characters of an action that is looked at closely
_LEVELS = 3  # how far above its values a chart may begin: ci/, tests/values/


class Chart:
    """A chart of this repository. `folder` ends with a slash, but for the root's "". `app_version` is "" where it has none;
    `dependencies` are the names under which its values are those of other charts.
    """

    def __init__(self, folder: str, tree: Tree) -> None:
        self.folder, self.tree = folder, tree
        self.app_version = ""
        self.dependencies: frozenset[str] = frozenset()
        try:
            roots = read(tree.read(f"{folder}Chart.yaml"))
        except (Unread, Unparsable):
            roots = []
        if roots:
            top = fields(roots[0])
            version, listed = top.get("appversion"), top.get("dependencies")
            self.app_version = (go_text(version) or "") if version is not None else ""
            named = [entry.get(key) for entry in (listed.elements if listed is not None else []) for key in ("name", "alias")]
            self.dependencies = frozenset(node.value for node in named if node is not None)

    def uses(self) -> dict[str, list[str]]:
        """What the templates do with each value, by its path ("image.tag"): "join" where it follows a colon behind another value,
        "if" where it is asked about, "app" where the chart's appVersion stands in for it, "other". "@" is there where a template
        writes `@sha256:` itself.
        """
        return self.tree.memo("chart values", self.folder, self._uses)

    def _uses(self) -> dict[str, list[str]]:
        paths = self.tree.memo("chart templates", "", lambda: _by_chart(self.tree.listed())).get(self.folder, [])
        found: dict[str, list[str]] = {}
        size = 0
        for path in paths:
            try:
                text = self.tree.bytes(path).decode("utf-8", "replace")
            except Unread:
                continue
            size += len(text)
            if size > _LARGEST:
                break
            if _ALGORITHM.search(text):
                found.setdefault("@", ["sha256"])
            for action in _ACTION.finditer(text):
                use = _use(text, action.start(), action["inside"])
                for value in _VALUE.finditer(action["inside"]):
                    found.setdefault(value[1], []).extend(use)
        return found

    def joins(self, path: Sequence[str]) -> bool:
        """Whether every template that takes the value at `path` puts it behind a colon, and none does anything else with it."""
        uses = self.uses()
        told = uses.get(".".join(path), [])
        passed_on = any(use != "if" for end in range(1, len(path)) for use in uses.get(".".join(path[:end]), []))
        return "join" in told and "other" not in told and not passed_on

    def takes_digest(self, path: Sequence[str]) -> bool:
        """Whether the value at `path` is a digest as pinlint writes one: with its algorithm under `digest`, and without under
        `sha`, before which templates then write it. Charts do either under either key.
        """
        bare = path[-1].lower().startswith("sha")
        return ("@" in self.uses()) is bare and not (bare and path[0] in self.dependencies)

    def fills(self, path: Sequence[str], usual: bool) -> bool:
        """Whether the chart's appVersion stands in for an empty value at `path`: the templates say so, or it is `usual` and they do
        not name the value, so that the library does it that they pass everything to.
        """
        uses = self.uses()
        told = uses.get(".".join(path), [])
        return bool(self.app_version) and path[0] not in self.dependencies and ("app" in told or (usual and not told))


def chart_of(path: str, tree: Tree) -> Chart | None:
    """The chart that the values at `path` are for: the one beside them, or the nearest above."""
    above = "./"
    for _ in range(_LEVELS):
        manifest = join(path, f"{above}Chart.yaml")
        if manifest.startswith("../"):
            return None
        if tree.exists(manifest):
            folder = manifest.removesuffix("Chart.yaml")
            return tree.memo("chart", folder, lambda at=folder: Chart(at, tree))  # type: ignore[misc]
        above += "../"
    return None


def _use(text: str, start: int, inside: str) -> list[str]:
    """What the action at `start` does with a value in it."""
    app = ["app"] if _DEFAULT.search(inside) else []
    if len(inside) > _LONGEST:
        return ["other", *app]
    if _CONDITION.match(inside):
        return ["if"]
    if (text.endswith("}}:", max(0, start - 3), start) and _JOINED.fullmatch(inside)) or _PRINTED.search(inside):
        return ["join", *app]
    return ["other", *app]


def _by_chart(paths: list[str]) -> dict[str, list[str]]:
    """The templates of every chart, by the folder of the chart."""
    found: dict[str, list[str]] = {}
    for path in paths:
        above, middle, name = path.partition("templates/") if path.startswith("templates/") else path.partition("/templates/")
        if middle and name.endswith((".yaml", ".yml", ".tpl", ".txt")):
            found.setdefault(f"{above}/" if above else "", []).append(path)
    return found
