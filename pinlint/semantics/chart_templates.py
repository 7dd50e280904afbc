"""The chart around a file of values: its appVersion, and what its templates do with a tag.

Reads Chart.yaml and looks at the text of templates; never renders one. Knows charts; must not know what an image is.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from pinlint.semantics.chart_fields import fields, root_of
from pinlint.syntax.go_text import go_text
from pinlint.syntax.yaml import Unparsable
from pinlint.text import Unread
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinlint.tree import Tree

__all__ = ["Chart", "chart_of"]

_ACTION = re.compile(r"\{\{-?(?P<inside>(?:[^{}\"`]++|\"(?:[^\"\\\n]++|\\.)*+\"|`[^`]*+`|\{(?!\{)|\}(?!\}))*+)\}\}")
_VALUE = re.compile(r"\.Values\.([A-Za-z_][\w.-]*)")
_ALL_VALUES = re.compile(r"\.Values(?![\w.])")
#: `$v := .Values.image`, and `index .Values "image" "tag"`, which say the same as `.Values.image.tag`.
_ALIAS = re.compile(r"\s*\$(\w+)\s*:?=\s*\$?(\.Values(?:\.[\w.-]+)?)\s*-?\Z")
_NAMED = re.compile(r"\$(\w+)(?=\.)")
_INDEX = re.compile(r"\(?\s*\b(?:index|get)\s+\$?\.Values((?:\.[\w-]+)*)((?:\s+\"[\w-]+\")+)\s*\)?")
#: What is piped through changes no text with an @ in it.
_KEPT = r"[\s)]*(?:\|[\s(]*(?:default|quote|squote|toString|trim|required)\b[^|]*)*\s*-?\Z"
#: `{{ .Values.image.repository }}:{{ .Values.image.tag }}`.
_JOINED = re.compile(rf"[\s(]*(?:tpl\s+)?\$?\.Values\.[\w.-]+(?:\s+[$.])?{_KEPT}")
_PRINTED = re.compile(
    r"printf\s+\"(?P<form>(?:%[sv]/)?%[sv]):%[sv]\"\s(?P<before>[^|]*?)\(?\$?\.Values\.[\w.-]+"
    r"(?:\s*\|\s*default\s+\$?\.Chart\.AppVersion)?[\s)]*(?:\|\s*quote\s*)?\Z"
)
#: What stands before the colon of a tag, back to where the image begins; `image.repository` for an action that writes that value.
_BEFORE = re.compile(r"(?:\{\{[^{}\n]{0,300}\}\}|[^\s\"'{}`])*:\Z")
_ALGORITHM = re.compile(r"@sha256:(?:\{\{|%s)")
_DEFAULT = re.compile(r"\.Chart\.AppVersion|\bdefault\s*\(\s*include\b")
#: What is put around the appVersion: `printf "v%s" .Chart.AppVersion`.
_FORMATTED = re.compile(r"printf\s+\"([^\"%\n]*%[sv][^\"%\n]*)\"\s+\$?\.Chart\.AppVersion")
#: Whether something is there at all; to compare a tag is another thing.
_CONDITION = re.compile(r"\s*(?:else\s+)?if(?>[\s()]+|and\b|or\b|not\b|empty\b|\$?\.Values\.[\w.-]+)+-?\Z")
_EACH = re.compile(r"\s*(?:range|with|(?:else\s+)?with|\$\w+\s*(?:,\s*\$\w+\s*)?:?=)\b|\s*\$")
_YAML = re.compile(r"\s*(?:tpl\s*\(\s*)?toYaml\s+\$?\.Values\.[\w.-]+")
_KEY = re.compile(r"(?:\$\w*|(?<![\w\"$)]))\.([A-Za-z_][\w-]*)(?![\w.-])")
#: A named template, and whether it is given everything.
_LOOKED_UP = re.compile(rf"\s*(?:\$\w+)?\.[\w-]+{_KEPT}")
_INCLUDED = re.compile(r"[it](?:(?<=\bi)nclude|(?<=\bt)emplate)\s+(?P<name>\"[^\"\n]{1,200}\"|[($`])(?P<given>[^|}\n]{0,300})")
_CONTEXT = re.compile(r"(?<![\w.$\")])[$.](?![\w.])")
_DEFINED = re.compile(r"\{\{-?\s*define\s+\"([^\"\n]{1,200})\"")
_COMMENT = re.compile(r"\s*/\*")
_LARGEST = 4 * 1024 * 1024  # characters of templates; a chart has some hundred thousand at most
_LONGEST = 1000  # characters of an action that is looked at closely
_LEVELS = 3  # how far above its values a chart may begin: ci/, tests/values/


class Chart:
    """A chart of this repository. `folder` ends with a slash, but for the root's "". `app_version` is "" where it has none;
    `dependencies` are the names under which its values are those of other charts, `beside` the places of those that lie in the
    repository; `library` is whether it holds nothing but named templates.
    """

    def __init__(self, folder: str, tree: Tree) -> None:
        self.folder, self.tree = folder, tree
        self.app_version = ""
        self.dependencies: frozenset[str] = frozenset()
        self.library = False
        self.beside: list[str] = []
        try:
            root = root_of(tree.read(f"{folder}Chart.yaml"))
        except Unparsable as error:
            root = error.parsed[0] if error.parsed else None
        except Unread:
            root = None
        if root is not None:
            top = fields(root)
            version, listed = top.get("appversion"), top.get("dependencies")
            self.app_version = (go_text(version) or "") if version is not None else ""
            named = [entry.get(key) for entry in (listed.elements if listed is not None else []) for key in ("name", "alias")]
            self.dependencies = frozenset(node.value for node in named if node is not None)
            kind = top.get("type")
            self.library = kind is not None and kind.value == "library"
            places = [entry.get("repository") for entry in (listed.elements if listed is not None else [])]
            self.beside = [node.value[7:] for node in places if node is not None and node.value.startswith("file://")]

    def uses(self) -> dict[str, list[str]]:
        """What the templates do with each value, by its path ("image.tag").

        "join …" where it follows a colon behind the values or texts that are named, "plain" where it is all that is written, "if"
        where it is asked about, "app …" where the chart's appVersion stands in for it (in that form: "v%s"), "yaml" where it is
        written as a whole, "each" where what is below it is taken one by one, "other". A key that is looked up in something else is
        there with a "." before it; "@" where a template writes `@sha256:` itself, "%" are all forms of the appVersion, "" is what
        takes all values, "?" what only templates do that are not at hand.
        """
        return self.tree.memo("chart values", self.folder, self._uses)

    def _uses(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        size, included, defined = 0, set[str](), set[str]()
        for path in self._templates():
            try:
                text = self.tree.bytes(path).decode("utf-8", "replace")
            except Unread:
                continue
            size += len(text)
            if size > _LARGEST:
                found.setdefault("?", ["too large"])
                break
            if _ALGORITHM.search(text):
                found.setdefault("@", ["sha256"])
            included.update(one["name"] for one in _INCLUDED.finditer(text) if _CONTEXT.search(one["given"]))
            defined.update(f'"{name}"' for name in _DEFINED.findall(text))
            for value, use in _all_uses(text):
                found.setdefault(value, []).extend(use)
        if left := included - defined:
            found.setdefault("?", sorted(left))
        return found

    def _templates(self) -> list[str]:
        """The chart's own templates, and those of the library charts in it or beside it, whose named templates see its values."""
        by_chart = self.tree.memo("chart templates", "", lambda: _by_chart(self.tree.listed()))
        folders = [folder for folder in by_chart if folder.startswith(f"{self.folder}charts/")]
        folders += [join(f"{self.folder}Chart.yaml", folder) + "/" for folder in self.beside]
        libraries = [folder for folder in folders if folder != self.folder and _is_library(folder, self.tree)]
        return [path for folder in (self.folder, *sorted(libraries)) for path in by_chart.get(folder, ())]

    def joins(self, path: Sequence[str], before: str = "") -> bool:
        """Whether every template that takes the value at `path` puts it behind a colon, and none does anything else with it; behind
        `before` and the colon, where that is told."""
        uses = self.uses()
        told = [use for use in uses.get(".".join(path), []) if use != "if" and not use.startswith("app")]
        passed_on = any(use != "if" for end in range(len(path)) for use in uses.get(".".join(path[:end]), []))
        joined = bool(told) and all(use.startswith("join ") and (not before or use == f"join {before}") for use in told)
        return joined and not passed_on and "?" not in uses

    def writes(self, path: Sequence[str]) -> str:
        """Why the text at `path` may be more or less than what a template makes of it; "" where every one writes it as it is."""
        uses = self.uses()
        told = list(uses.get(".".join(path), []))
        wholes = {".".join(path[:end]): uses.get(".".join(path[:end]), []) for end in range(len(path))}
        above = {use for whole in wholes.values() for use in whole if use != "if"}
        if "each" in above:
            told += uses.get(f".{path[-1]}", [])
        if any(use not in ("if", "plain", "yaml", "each") for use in told):
            return "a template of the chart takes it apart or puts something before it"
        if given := [whole for whole, use in wholes.items() if "other" in use]:
            return f"a template of the chart takes {given[-1] or 'all values'} as a whole, and may put something before it"
        return "" if "plain" in told or above else "no template of the chart is at hand that writes it" if "?" in uses else ""

    def takes_digest(self, path: Sequence[str]) -> bool:
        """Whether the value at `path` is a digest as pinlint writes one: with its algorithm under `digest`, and without under
        `sha`, before which templates then write it. Charts do either under either key.
        """
        bare = path[-1].lower().startswith("sha")
        return ("@" in self.uses()) is bare and not (bare and path[0] in self.dependencies)

    def fills(self, path: Sequence[str], usual: bool) -> str:
        """What the chart makes of its appVersion in the place of an empty value at `path`, "" where it does not or cannot be told.

        It does where the templates say so, or where it is `usual` and they do not name the value, so that the library does it that
        they pass everything to.
        """
        uses = self.uses()
        told = uses.get(".".join(path), [])
        forms = {use[4:] for use in told if use.startswith("app")}
        if not self.app_version or path[0] in self.dependencies or not (forms or (usual and not told)):
            return ""
        anywhere = set(uses.get("%", ["%s"]))
        if forms != {"%s"} and "" in (forms or {""}):  # a named template says it
            forms = anywhere
        return forms.pop().replace("%v", "%s").replace("%s", self.app_version) if len(forms) == 1 else ""


def chart_of(path: str, tree: Tree) -> Chart | None:
    """The chart that the values at `path` are for: the one beside them, or the nearest above."""
    above = "./"
    for _ in range(_LEVELS):
        manifest = join(path, f"{above}Chart.yaml")
        if manifest.startswith("../"):
            return None
        if tree.exists(manifest):
            return _chart(manifest.removesuffix("Chart.yaml"), tree)
        above += "../"
    return None


def _chart(folder: str, tree: Tree) -> Chart:
    return tree.memo("chart", folder, lambda: Chart(folder, tree))


def _is_library(folder: str, tree: Tree) -> bool:
    return tree.exists(f"{folder}Chart.yaml") and _chart(folder, tree).library


def _all_uses(text: str) -> Iterator[tuple[str, list[str]]]:
    """(path of a value, what is done with it) for every action of a template."""
    aliases: dict[str, str] = {}
    for action in _ACTION.finditer(text):
        inside = action["inside"]
        if "." not in inside or _COMMENT.match(inside):  # most only end what another began
            continue
        inside = _plain(inside, aliases)
        alias, values, others = _looked_at(inside) if len(inside) <= _LONGEST else _looked_at.__wrapped__(inside)
        if alias:
            aliases[alias[0]] = alias[1]
            continue
        if ".Chart.AppVersion" in inside:
            yield "%", [_form(inside)]
        use = _use(text, action.start(), action.end(), inside, aliases) if values else []
        for value in values:
            yield value, use
        if _ALL_VALUES.search(inside):
            yield "", ["other"]
        for key in others:
            yield f".{key}", ["plain" if _LOOKED_UP.fullmatch(inside) and _alone(text, *action.span()) else "other"]


@lru_cache(maxsize=1 << 12)  # the charts of a repository say the same again and again
def _looked_at(inside: str) -> tuple[tuple[str, str] | None, list[str], list[str]]:
    """(the alias and the value that an action gives it; the values in any other action; the keys looked up in something else)."""
    if alias := _ALIAS.match(inside):
        return (alias[1], alias[2]), [], []
    values = _VALUE.findall(inside)
    return None, values, _KEY.findall(_VALUE.sub("", inside) if values else inside)


def _plain(inside: str, aliases: dict[str, str]) -> str:
    """An action in which values are named in one way: `.Values.a.b`."""
    if '"' in inside and ".Values" in inside and ("index" in inside or "get" in inside):
        inside = _INDEX.sub(lambda found: f" .Values{found[1]}." + ".".join(re.findall(r"\"([\w-]+)\"", found[2])), inside)
    if aliases and "$" in inside:
        inside = _NAMED.sub(lambda found: aliases.get(found[1], found[0]), inside)
    return inside


def _form(inside: str) -> str:
    formatted = _FORMATTED.search(inside)
    return formatted[1].replace("%v", "%s") if formatted else "%s"


def _use(text: str, start: int, end: int, inside: str, aliases: dict[str, str]) -> list[str]:
    """What the action at `start` does with a value in it."""
    if len(inside) > _LONGEST:
        return ["other", *_app(inside)]
    joined, printed, use = _use_alone(inside)
    if joined and text.endswith("}}:", max(0, start - 3), start):
        return [f"join {_before(text, start, aliases)}", *_app(inside)]
    if joined and not printed and _alone(text, start, end):
        return ["plain", *_app(inside)]
    return use


@lru_cache(maxsize=1 << 12)
def _use_alone(inside: str) -> tuple[bool, bool, list[str]]:
    """(whether an action writes a value, which depends on where it stands; whether it prints one behind a colon; what it does
    anywhere)."""
    if _CONDITION.match(inside):
        return False, False, ["if"]
    joined, printed = _JOINED.fullmatch(inside) is not None, _PRINTED.search(inside)
    if printed:
        kind = f"join {'/'.join(_VALUE.findall(printed['before'])) if _told(printed) else '?'}"
    else:
        kind = "yaml" if _YAML.match(inside) else "each" if _EACH.match(inside) else "other"
    return joined, printed is not None, [kind, *_app(inside)]


def _app(inside: str) -> list[str]:
    """What an action makes of the appVersion, if anything."""
    return [f"app {_form(inside) if '.Chart.AppVersion' in inside else ''}"] if _DEFAULT.search(inside) else []


def _told(printed: re.Match[str]) -> bool:
    """Whether as many values stand before the tag as its text has places for, and nothing else."""
    return len(_VALUE.findall(printed["before"])) == printed["form"].count("%") and not re.search(
        r"[\"(]|\b(?:default|include|or)\b", printed["before"]
    )


def _before(text: str, start: int, aliases: dict[str, str]) -> str:
    """What stands before the colon at the end of `text[:start]`: values by their paths, "?" for whatever cannot be told."""
    found = _BEFORE.search(text[max(text.rfind("\n", 0, start) + 1, start - _LONGEST) : start])
    if found is None:
        return "?"

    def named(action: re.Match[str]) -> str:
        inside = _plain(action["inside"], aliases)
        return _VALUE.findall(inside)[0] if _JOINED.fullmatch(inside) else "?"

    return _ACTION.sub(named, found[0][:-1])


def _alone(text: str, start: int, end: int) -> bool:
    """Whether an action is all of a value: nothing but quotes and white space stands around it."""
    before = text[max(0, text.rfind("\n", 0, start) + 1, start - 200) : start]
    behind = text[end : end + 80].partition("\n")[0]
    return re.search(r"(?:^|[:\-=]\s*[\"']?|\s[\"']?|\}\}\s*)\Z", before) is not None and re.match(
        r"[\"']?\s*(?:#.*|\{\{-?\s*(?:end|else)\b.*)?\Z", behind
    ) is not None  # fmt: skip


def _by_chart(paths: list[str]) -> dict[str, list[str]]:
    """The templates of every chart, by the folder of the chart."""
    found: dict[str, list[str]] = {}
    for path in paths:
        above, middle, name = path.partition("templates/") if path.startswith("templates/") else path.partition("/templates/")
        if middle and name.endswith((".yaml", ".yml", ".tpl", ".txt")):
            found.setdefault(f"{above}/" if above else "", []).append(path)
    return found
