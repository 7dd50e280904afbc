"""The poms of a repository: read once a run, found by path or by coordinates, with what they say about properties and management.

Knows where things stand in a pom; must not know how poms combine (see `effective`) nor how firm a version is.
"""

import re
from functools import cached_property, partial
from typing import NamedTuple

from pinlint.syntax.xml import Element, XmlError, parse
from pinlint.text import Document, Unread
from pinlint.tree import Tree, join

__all__ = ["Config", "Coordinates", "Entry", "Pom", "Section", "absent_module", "config", "load", "modules", "read"]

_ARGUMENT = re.compile(r"(?P<flag>-D|--define|-P|--activate-profiles)[=\s]?\s*(?P<value>(?:\"[^\"\n]*\"|[^\s\"])+)")


_PARTS = ("groupId", "artifactId", "version", "type", "classifier", "scope")


class Coordinates(NamedTuple):
    """Which artifact, as written."""

    group: str
    artifact: str
    version: str

    def __str__(self) -> str:
        """As Maven prints it."""
        return ":".join(part for part in self if part)


class Entry(NamedTuple):
    """A dependency, plugin or extension, as written. `version` is "" when absent; `place` is its version, else its artifact's
    name. `inherited` is whether it counts for the modules below the pom."""

    group: str
    artifact: str
    version: str
    variant: str
    scope: str
    place: Element
    inherited: bool = True

    @property
    def key(self) -> str:
        """What management goes by: group, artifact, type and classifier."""
        return f"{self.group}:{self.artifact}{self.variant}"

    @property
    def imports(self) -> bool:
        """Whether it imports a BOM (meaningful in dependencyManagement)."""
        return self.scope == "import" and self.variant.startswith(":pom")


class Section:
    """What the project itself, or one of its profiles, says: the parts of a pom that both may have."""

    def __init__(self, element: Element) -> None:
        self.element = element
        self.name = element.read("id") if element.name == "profile" else ""
        self._entries: dict[str, list[Entry]] = {}
        self._named: dict[str, dict[str, list[tuple[int, Entry]]]] = {}
        self.properties = {one.name: one.text for one in element.find("properties") for one in one.children}

    def entries(self, what: str) -> list[Entry]:
        """The entries of a place of a pom, such as "build/plugins/plugin", in order."""
        if what not in self._entries:
            make = plugin_entry if "plugin" in what else dependency_entry
            self._entries[what] = [make(element) for element in self.element.find(*what.split("/"))]
        return self._entries[what]

    def named(self, what: str, name: str) -> list[tuple[int, Entry]]:
        """The entries of a place with that key, numbered in order; those whose key holds a property go by their artifact's name,
        or by "" if that holds it.

        Those without a version count in dependencyManagement alone, and where they keep a plugin from being inherited.
        """
        known = self._named.get(what)
        if known is None:
            known = self._named[what] = {}
            for numbered in enumerate(self.entries(what)):
                entry = numbered[1]
                if entry.version or not entry.inherited or what.startswith("dependencyManagement"):
                    by = entry.key if "${" not in entry.key else "" if "${" in entry.artifact else entry.artifact
                    known.setdefault(by, []).append(numbered)
        return known.get(name, [])


def dependency_entry(element: Element) -> Entry:
    """A `<dependency>`, an annotation processor's `<path>`, or anything else that is named in full."""
    parts = {child.name: child for child in reversed(element.children)}
    texts = {name: parts[name].text for name in _PARTS if name in parts}
    variant = f":{texts.get('type') or 'jar'}" + (f":{texts['classifier']}" if texts.get("classifier") else "")
    version = texts.get("version", "")
    place = parts["version"] if version else parts.get("artifactId") or element
    return Entry(texts.get("groupId", ""), texts.get("artifactId", ""), version, variant, texts.get("scope", ""), place)


def plugin_entry(element: Element) -> Entry:
    """A `<plugin>`: its group may be left out. Maven hands down a version that is not inherited if there are executions."""
    entry = dependency_entry(element)
    inherited = element.read("inherited") != "false" or any(element.find("executions", "execution"))
    return entry._replace(group=entry.group or "org.apache.maven.plugins", variant="", inherited=inherited)


class Pom:
    """One pom as written."""

    def __init__(self, path: str, root: Element) -> None:
        self.path = path
        self.root = root
        self.main = Section(root)
        self.profiles = [Section(element) for element in root.find("profiles", "profile")]
        self.profile_numbers: dict[str, list[int]] = {}
        for number, profile in enumerate(self.profiles):
            self.profile_numbers.setdefault(profile.name, []).append(number)
        parent = root.child("parent")
        self.parent = Coordinates(parent.read("groupId"), parent.read("artifactId"), parent.read("version")) if parent else None
        self.relative = "../pom.xml"
        if parent and (relative := parent.child("relativePath")):
            self.relative = relative.text
        self.packaging = root.read("packaging") or "jar"
        inherited = self.parent or Coordinates("", "", "")
        self.coordinates = Coordinates(
            root.read("groupId") or inherited.group, root.read("artifactId"), root.read("version") or inherited.version
        )

    @cached_property
    def modules(self) -> dict[str, tuple[str, str]]:
        """The modules that it lists, in its profiles too → where their poms may be. Those that a property names are left out."""
        sections = [section.element for section in (self.main, *self.profiles)]
        places = (("modules", "module"), ("subprojects", "subproject"))  # the second are Maven 4's
        listed = [one for section in sections for place in places for one in section.find(*place)]
        names = [name for one in listed if (name := one.text) and "${" not in name]
        return {name: (join(self.path, name), join(self.path, f"{name}/pom.xml")) for name in names}


def read(document: Document) -> Pom:
    """The pom in `document`. Raises XmlError, also when the root element is something else."""
    root = parse(document.text)
    if root.name != "project":
        raise XmlError(f"its root element is <{root.name}>, not <project>", root.tag.start)
    return Pom(document.path, root)


def load(tree: Tree, path: str) -> Pom | None:
    """The pom at `path`, read once a run; None if there is none that can be read."""

    def make() -> Pom | None:
        try:
            return read(tree.read(path, "xml"))
        except (Unread, XmlError):
            return None

    return tree.memo("maven pom", path, make)


def modules(tree: Tree) -> dict[str, list[Pom]]:
    """The poms of the repository by `group:artifact`, read once a run. Coordinates that hold properties are found as written."""

    def make() -> dict[str, list[Pom]]:
        found: dict[str, list[Pom]] = {}
        for path in tree.named("pom.xml"):
            if pom := load(tree, path):
                found.setdefault(f"{pom.coordinates.group}:{pom.coordinates.artifact}", []).append(pom)
        return found

    return tree.memo("maven modules", "", make)


def absent_module(tree: Tree, pom: Pom) -> str:
    """A module that is built side by side with `pom` and whose pom is not in the repository, such as a git submodule or what
    a build clones, as "NAME of PATH"; "" if there is none.
    """
    return tree.memo("maven absent modules", "", lambda: _absent_modules(tree)).get(pom.path, "")


def _absent_modules(tree: Tree) -> dict[str, str]:
    """Path of a pom → the module that is missing from its own list, or from that of a pom that lists it.

    No further: one stale line in the pom of a large repository must not put all of it in doubt.
    """
    known = set(tree.named("pom.xml"))
    found: dict[str, str] = {}
    for pom in (pom for same in modules(tree).values() for pom in same):
        for name, (file, below) in pom.modules.items():
            if below not in known and not tree.exists(file):
                beside = (place for places in pom.modules.values() for place in places)
                found.update(dict.fromkeys((*beside, pom.path), f"{name} of {pom.path}"))
                break
    return found


class Config(NamedTuple):
    """What `.mvn/maven.config` adds to every call of Maven."""

    properties: dict[str, str]
    profiles: frozenset[str]
    path: str = ""


def config(tree: Tree, path: str) -> Config:
    """The configuration that holds for the file at `path`: that of the nearest directory above with a `.mvn/maven.config`."""
    directory = path
    while directory:
        directory = directory.rpartition("/")[0]
        place = f"{directory}/.mvn/maven.config" if directory else ".mvn/maven.config"
        if tree.memo("maven config exists", place, partial(tree.exists, place)):
            return _read_config(tree, place)
    return Config({}, frozenset())


def _read_config(tree: Tree, path: str) -> Config:
    return tree.memo("maven config", path, lambda: _parse_config(tree, path))


def _parse_config(tree: Tree, path: str) -> Config:
    try:
        text = tree.read(path).text
    except Unread:
        return Config({}, frozenset())
    properties: dict[str, str] = {}
    profiles: set[str] = set()
    for found in _ARGUMENT.finditer(" ".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))):
        value = found["value"].replace('"', "")
        if found["flag"] in ("-D", "--define"):
            name, _, setting = value.partition("=")
            properties[name] = setting
        else:
            profiles.update(one.lstrip("+?") for one in value.split(",") if one and one[0] not in "!-")
    return Config(properties, frozenset(profiles), path)
