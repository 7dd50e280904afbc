"""What a packed chart asks for: the images in its values and templates and in those of the charts in it, each with the condition
under which its templates write it.

Nothing is rendered and nobody's values are known here: what is said holds for all who use the chart.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from pinlint import budget
from pinlint.ecosystems.helm import names
from pinlint.engine import spans, stream
from pinlint.formats import BY_CONTENT, kinds
from pinlint.model import Artifact, Reference, Span
from pinlint.semantics.chart_conditions import Condition, Path, all_of, any_of, moved, none_of, paths_of
from pinlint.semantics.chart_data import UNTOLD, at, laid_over, plain
from pinlint.semantics.chart_dependencies import Entry, is_replaced, read_list
from pinlint.semantics.chart_fields import fields, root_of
from pinlint.semantics.chart_guards import Guards
from pinlint.semantics.chart_templates import Chart
from pinlint.semantics.chart_values import images
from pinlint.syntax.go_text import go_text
from pinlint.syntax.yaml import Node, Unparsable, documents
from pinlint.text import Document, Unread
from pinlint.tree import Tree
from pinlint.verify.chart_places import Place, Places
from pinlint.verify.chart_slots import Slot, blurred, entries_of, filled, judged, keys_of

__all__ = ["Asked", "Chart", "Found", "asked"]

#: Charts in a chart, images of one, and characters of the templates of one.
_CHARTS, _IMAGES, _TEMPLATES = 200, 500, 4 << 20
#: An image that a template puts together.
_MADE = re.compile(r"^[ \t-]*image:[ \t]*[\"']?\{\{", re.MULTILINE)
_SETTLED = ("digest", "local", "unknown")
_TEST = '"helm.sh/hook": test'


class Asked(NamedTuple):
    """An image that a chart asks for: the charts that lead there, the file and line, how it is asked for by default, when. `slot`
    is where users may say something else, None for what a template itself says. `prefix` is where the values of its chart lie,
    `view` the chart that is taken by itself, without what those around it say for it; () where they are heard."""

    chain: tuple[str, ...]
    path: str
    line: int
    reference: Reference
    condition: Condition
    slot: Slot | None
    prefix: Path = ()
    view: Path = ()


class Found(NamedTuple):
    """What a chart and those in it ask for; what could not be looked at; what the values that conditions ask about are by default,
    in each view, those of what holds others as whether it holds any. `charts` says of each chart inside whether it is another one
    in a view of its own, which null for its values makes of it; None where Helm refuses null."""

    asked: list[Asked]
    unread: list[str]
    defaults: dict[tuple[Path, Path], object]
    charts: dict[Path, bool | None]


class _Part(NamedTuple):
    """A chart in the archive: its folder, where its values lie in those of the outermost, the charts that lead to it, when it is
    enabled, its own values."""

    folder: str
    prefix: Path
    chain: tuple[str, ...]
    enabled: Condition
    document: Document | None
    root: Node | None
    own: object
    made: Chart
    guards: Guards


def asked(tree: Tree, deep: int) -> Found:
    """What the chart asks for, with charts inside one another as deep as that. Raises Unread for what is no chart."""
    if not tree.exists("Chart.yaml"):
        raise Unread("it holds no Chart.yaml")
    size = sum(len(tree.bytes(path)) for path in tree.listed() if path.endswith((".yaml", ".yml", ".tpl")))
    budget.begin(4 * size)
    try:
        return _Reading(tree, deep).found()
    except (Unparsable, RecursionError) as error:
        raise Unread(f"it cannot be read: {error}") from None
    finally:
        budget.end()


class _Reading:
    def __init__(self, tree: Tree, deep: int) -> None:
        self._tree, self._deep = tree, deep
        self._parts: list[_Part] = []
        self._unread: list[str] = []
        self._guards: dict[str, Guards] = {}
        self._below: dict[str, list[str]] = {}
        self._alone: dict[Path, object] = {}
        self._charts: dict[Path, bool | None] = {}
        for path in tree.named("Chart.yaml"):
            above, inside, name = path.removesuffix("/Chart.yaml").rpartition("charts/")
            if inside and "/" not in name and (not above or above.endswith("/")):
                self._below.setdefault(above, []).append(f"{above}charts/{name}/")

    def found(self) -> Found:
        values = self._read("", (), (), True)
        views = {(): values, **dict(self._views(values))}
        some = [one for view, given in views.items() for one in self._asks(view, given)]
        paths = {path for one in some for path in paths_of(one.condition)}
        defaults = {
            (view, path): _default(given, path) for view, given in views.items() for path in paths if path[: len(view)] == view
        }
        return Found(some, list(dict.fromkeys(self._unread)), defaults, self._charts)

    def _views(self, values: object) -> Iterator[tuple[Path, object]]:
        """(a chart in this one, the values without what is said for it from outside) where these are others."""
        for prefix, alone in self._alone.items():
            if self._charts[prefix] is None or at(values, prefix)[1] == alone:
                continue
            self._charts[prefix] = True
            for key in reversed(prefix):
                alone = {key: alone}
            yield prefix, laid_over(alone, {"global": _globals(values)})

    def _asks(self, view: Path, values: object) -> list[Asked]:
        """What is asked for by a chart and those in it, with these values."""
        parts = [one for one in self._parts if one.prefix[: len(view)] == view]
        wanted: dict[tuple[Path, str], Asked] = {}
        for part in sorted(parts, key=lambda one: -len(one.prefix)):  # whoever is asked has the first word
            for one in islice(self._of_values(part, values), _IMAGES):
                if one.slot:
                    wanted.setdefault((one.slot.path, one.slot.key), one)
        told = {part.folder for part in parts if part.root is not None and self._names_images(part)}
        some = [*wanted.values(), *(one for part in parts for one in self._of_templates(part, part.folder in told))]
        if len(some) > _IMAGES:
            self._unread.append(f"{some[0].chain[0]}: it asks for more than {_IMAGES} images")
        return [one._replace(view=view) for one in sorted(some[:_IMAGES], key=lambda one: (len(one.chain), one.path, one.line))]

    def _read(self, folder: str, prefix: Path, chain: tuple[str, ...], enabled: Condition) -> object:
        """Notes a chart and those in it; their values, as they are by default."""
        top = self._manifest(folder)
        if len(self._parts) >= _CHARTS:
            raise Unread(f"more than {_CHARTS} charts are in it")
        chain = (*chain, " ".join(filter(None, (go_text(top[key]) for key in ("name", "version") if key in top))) or folder)
        document, root = self._values(folder)
        own = plain(root) if root is not None else {}
        made = Chart(folder, self._tree)
        self._parts.append(_Part(folder, prefix, chain, enabled, document, root, own, made, self._guarded(folder)))
        values: object = own if isinstance(own, dict) else {}
        for key, inner, when in self._dependencies(folder, top, prefix, chain):
            if len(chain) >= self._deep + 1:
                self._unread.append(f"{' → '.join(chain)}: the charts in it lie deeper than --deep={self._deep}")
                break
            given = self._read(inner, (*prefix, key), chain, all_of([enabled, when]))
            self._alone[(*prefix, key)] = given
            self._charts[(*prefix, key)] = False if isinstance(own, dict) and key in own else None
            under = {key: given, "global": given.get("global", {})} if isinstance(given, dict) else {key: given}
            said = {name: one for name, one in values.items() if name != key or one is not None} if isinstance(values, dict) else {}
            values = laid_over(said, under)
        return values

    def _manifest(self, folder: str) -> dict[str, Node]:
        root = root_of(self._tree.read(f"{folder}Chart.yaml"))
        return fields(root) if root is not None else {}

    def _values(self, folder: str) -> tuple[Document | None, Node | None]:
        if not self._tree.exists(f"{folder}values.yaml"):
            return None, None
        document = self._tree.read(f"{folder}values.yaml")
        roots = documents(document.text)
        return document, roots[0] if roots and roots[0].kind == "mapping" else None

    def _dependencies(
        self, folder: str, top: dict[str, Node], prefix: Path, chain: tuple[str, ...]
    ) -> Iterator[tuple[str, str, Condition]]:
        """(the key of its values, the folder, when it is enabled) of every chart that one depends on."""
        document = self._tree.read(f"{folder}Chart.yaml")
        if is_replaced(self._tree, f"{folder}Chart.yaml"):
            document = self._tree.read(f"{folder}requirements.yaml")
            root = root_of(document)
            top = fields(root) if root is not None else {}
        listed = top.get("dependencies")
        entries = read_list(listed, document.text) if listed is not None and listed.kind == "sequence" else []
        inside = {place: self._manifest(place) for place in sorted(self._below.get(folder, ()))}
        taken = set()
        for entry in entries:
            place = next((place for place, told in inside.items() if _is(entry, told)), "")
            if not place:
                self._unread.append(f"{' → '.join(chain)}: {entry.name} is not in the archive, so Helm refuses it")
                continue
            taken.add(place)
            alias = entry.at.get("alias")
            yield (alias.value if alias is not None and alias.value else entry.name), place, _enabled(entry, prefix)
        for place, told in inside.items():
            if place not in taken and "name" in told:
                yield told["name"].value, place, True

    def _guarded(self, folder: str) -> Guards:
        if folder not in self._guards:
            own = list(_templates(folder, self._tree, rendered=True))
            for place in self._below.get(folder, ()):
                kind = self._manifest(place).get("type")
                if kind is not None and kind.value == "library":
                    own += self._library(place)
            self._guards[folder] = Guards(own)
        return self._guards[folder]

    def _library(self, folder: str) -> list[tuple[str, str, bool]]:
        found = list(_templates(folder, self._tree, rendered=False))
        for place in self._below.get(folder, ()):
            found += self._library(place)
        return found

    def _of_values(self, part: _Part, values: object) -> Iterator[Asked]:
        """The images in the values of one chart, as they are once those around it had their say."""
        if part.root is None or part.document is None:
            return
        places = Places(part.root)
        if places.more:
            self._unread.append(f"{' → '.join(part.chain)}: its values say the same in more places than are looked at")
        for reference in images(part.root, part.document, part.made):
            if reference.verdict == "local" or not isinstance(reference.span, Span):
                continue  # one at a digest is told of, too: whoever gives it another tag has it no longer
            some = places.at(reference.span.start)
            for place in some:
                yield from self._of_place(part, values, reference, place, shared=len(some) > 1)

    def _of_place(self, part: _Part, values: object, reference: Reference, place: Place, *, shared: bool) -> Iterator[Asked]:
        """The image that is asked for in one of the places where what is written once counts."""
        path, key, mapping = place
        assert part.document is not None
        assert isinstance(reference.span, Span)
        owner, local = self._owner((*part.prefix, *path))
        entries = entries_of(plain(mapping), key)
        slot = Slot((*part.prefix, *path), key, entries, *filled(reference, entries))
        now = entries_of(at(values, slot.path)[1], key)
        condition = self._written(owner, local, slot)
        line, where = part.document.position(reference.span.start)[0], f"{part.folder}values.yaml"
        changed = now != entries and owner is part and bool(part.prefix)
        if changed:
            slot = slot._replace(entries=now)
        made = [one for one in judged(slot, {}, _globals(values)) if one.verdict != "local"] if changed or shared else []
        if changed and (not made or any(value is None and entries.get(key) is not None for key, value in now.items())):
            reference = blurred(reference, now)  # which of the two null leaves depends on the version of Helm
        elif changed or shared:
            if not made:
                return
            reference = min(made, key=lambda one: one.verdict == "digest")
        if changed:
            where, line = self._said(slot, where, line)
        yield Asked(owner.chain, where, line, reference, condition, slot, owner.prefix)

    def _names_images(self, part: _Part) -> bool:
        """Whether any image was recognised in the values of a chart."""
        return part.root is not None and part.document is not None and any(images(part.root, part.document, part.made))

    def _said(self, slot: Slot, where: str, line: int) -> tuple[str, int]:
        """(the file, the line) of the outermost values that say something at a place."""
        for part in sorted(self._parts, key=lambda one: len(one.prefix)):
            if part.root is None or part.document is None or slot.path[: len(part.prefix)] != part.prefix:
                continue
            local = slot.path[len(part.prefix) :]
            found, mapping = at(part.own, local)
            if found and keys_of(entries_of(mapping, slot.key)):
                node = part.root
                for key in local:
                    inner = node.get(key)
                    if inner is None:
                        break
                    node = inner
                return f"{part.folder}values.yaml", part.document.position(node.start)[0]
        return where, line

    def _owner(self, path: Path) -> tuple[_Part, Path]:
        """(the chart whose templates write a value, where the value lies in its own)."""
        fitting = [part for part in self._parts if path[: len(part.prefix)] == part.prefix]
        owner = max(fitting, key=lambda one: len(one.prefix))
        return owner, path[len(owner.prefix) :]

    def _written(self, owner: _Part, local: Path, slot: Slot) -> Condition:
        block = slot.key in slot.entries and len(slot.entries) > 1
        parts = [(*local, key) for key in slot.entries]
        path = local if block else (*local, slot.key)
        return all_of([owner.enabled, moved(owner.guards.written(path, parts), lambda one: _moved(one, owner.prefix))])

    def _of_templates(self, part: _Part, told: bool) -> Iterator[Asked]:
        """The images that the templates of one chart name themselves, and those that nobody can tell: where none of its values was
        `told` to be an image, and its templates write some of them all the same."""
        for path, text, rendered in _templates(part.folder, self._tree, rendered=True):
            if not rendered or "image" not in text:
                continue
            found = list(_named_in(path, self._tree))
            if not told and (made := _MADE.search(text)):
                unread = Artifact("image", f"the images in {path}")
                found.append((made.start(), Reference(unread, "", (), "unknown", Span(0, 0), "chart image")))
            for start, one in found:
                condition = moved(part.guards.at(path, start), lambda value: _moved(value, part.prefix))
                line, condition = text.count("\n", 0, start) + 1, all_of([part.enabled, condition])
                yield Asked(part.chain, path, line, one, condition, None, part.prefix)


def _named_in(path: str, tree: Tree) -> Iterator[tuple[int, Reference]]:
    """(where it stands, the image) of every image that a template names itself."""
    try:
        document = tree.read(path)
        for format_ in kinds(BY_CONTENT, document.text.encode("utf-8", "surrogateescape")):
            read = [one for one in stream(document, format_, tree) if isinstance(one, Reference)]
            some = [one for one in read if one.artifact.kind == "image" and one.verdict not in _SETTLED]
            placed = spans(document, format_, [one.span for one in some])
            yield from ((placed[one.span].start, one) for one in some)
            document.parsed = None
    except (Unread, Unparsable):
        return  # it is written as no YAML at all: nothing that a reader of text could tell


def _moved(path: Path, prefix: Path) -> Path:
    """Where a value of a chart lies in those of the outermost."""
    return path if path[:1] == ("global",) or not prefix else (*prefix, *path)


def _is(entry: Entry, told: dict[str, Node]) -> bool:
    """Whether a chart in the archive is the one that is asked for."""
    if "name" not in told or told["name"].value != entry.name:
        return False
    version = go_text(told["version"]) if "version" in told else ""
    return not entry.version or not version or names.allows(entry.version, version) or names.constraint(entry.version) is None


def _enabled(entry: Entry, prefix: Path) -> Condition:
    """When a dependency is taken: the first of its conditions that anybody answers decides, else its tags."""
    tags = [node.value for node in entry.at["tags"].elements] if "tags" in entry.at else []
    allowed: list[Condition] = [["value", ("tags", tag)] for tag in tags]
    denied: list[Condition] = [["eq", ("tags", tag), "false"] for tag in tags]
    found = any_of([*allowed, none_of(any_of(denied))])
    condition = entry.at.get("condition")
    written = [one.strip() for one in condition.value.split(",") if one.strip()] if condition is not None else []
    for one in reversed(written):
        path = (*prefix, *one.split("."))
        yes: Condition = ["eq", path, "true"]
        no: Condition = ["eq", path, "false"]
        found = any_of([yes, all_of([none_of(no), none_of(yes), found])])
    return found


def _templates(folder: str, tree: Tree, *, rendered: bool) -> Iterator[tuple[str, str, bool]]:
    """(path, text, whether it is rendered into what is installed) of the templates of a chart."""
    size, listed = 0, tree.memo("paths in order", "", lambda: sorted(tree.listed()))
    start = f"{folder}templates/"
    for path in islice(listed, bisect_left(listed, start), None):
        if not path.startswith(start):
            return
        try:
            text = tree.bytes(path).decode("utf-8", "replace")
        except Unread:
            continue
        size += len(text)
        if size > _TEMPLATES:
            return
        name = path.rpartition("/")[2]
        helper = name.startswith("_") or name == "NOTES.txt" or "/tests/" in path or _TEST in text or "helm.sh/hook: test" in text
        yield path, text, rendered and not helper


def _globals(values: object) -> dict[str, object]:
    found, given = at(values, ("global",))
    return given if found and isinstance(given, dict) else {}


def _default(values: object, path: Path) -> object:
    """What stands at a path by default; of what holds others whether it holds any."""
    _, found = at(values, path)
    if found is UNTOLD:
        return "untold"
    return bool(found) if isinstance(found, dict | list) else found
