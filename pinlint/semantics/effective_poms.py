"""How the poms of a repository combine: inheritance, profiles, properties, management and imported BOMs, without a network.

Knows what Maven 3 would compute as far as the repository says; what it does not say is named, never guessed. Must not
know how firm a version is.
"""

import re
from functools import cached_property
from operator import itemgetter
from typing import NamedTuple

from pinlint.budget import spend
from pinlint.semantics.pom_parents import filled, lineage
from pinlint.semantics.poms import Config, Coordinates, Entry, Pom, Section, config, modules
from pinlint.tree import Tree

__all__ = ["DEPENDENCIES", "Managed", "Model", "Text", "Unmanaged", "model", "module"]

#: Characters of an expanded text, and properties within properties: more is no version, but an attack.
LENGTH_LIMIT, DEPTH_LIMIT = 2000, 40
_STEPS = 10  # of an account, for looking at a section

DEPENDENCIES = "dependencyManagement/dependencies/dependency"
PLUGINS = ("build/plugins/plugin", "build/pluginManagement/plugins/plugin")

_PROPERTY = re.compile(r"\$\{([^{}]*)\}")
_FILTER = re.compile(r"@[\w.-]+@")
#: How the properties begin that Maven itself or Java sets.
_SYSTEM = ("env.", "java.", "os.", "user.", "file.", "line.", "path.", "settings.", "maven.home", "maven.build.", "maven.repo.")
_OWN = {"version": 2, "groupId": 0, "artifactId": 1}


class Text(NamedTuple):
    """A text with its properties replaced; `problem` says which could not be, and why ("" if all were)."""

    value: str
    problem: str


class Managed(NamedTuple):
    """Where the version of something that is written without one is decided: `entry` of `pom`. `outside` names who is not in
    the repository and could overrule it.
    """

    version: Text
    entry: Entry
    pom: Pom
    outside: tuple[str, ...] = ()


class Unmanaged(NamedTuple):
    """The repository does not say the version. `outside` names who may, `profile` the profile that would."""

    outside: tuple[str, ...] = ()
    profile: str = ""


def model(tree: Tree, pom: Pom, profile: str = "") -> "Model":
    """The effective model of `pom`, computed once a run; with `profile` as if that profile were switched on."""
    return tree.memo("maven model " + profile, pom.path, lambda: Model(tree, pom, profile))


class Model:
    """A pom with everything that it inherits within the repository."""

    def __init__(self, tree: Tree, pom: Pom, profile: str = "") -> None:
        self.tree = tree
        self.pom = pom
        self.profile = profile
        self.config = config(tree, pom.path)
        self.chain = list(lineage(tree, pom))
        #: The parent that is not in the repository, None if there is none.
        self.outside = self.chain[-1].parent
        #: What counts of each pom, the strongest first.
        self.sections = [(one, _sections(tree, one, self.config, profile)) for one in self.chain]
        self._expanded: dict[str, Text] = {}
        self._by_property: dict[tuple[Section, str, str], dict[str, list[tuple[int, Entry]]]] = {}

    @property
    def weight(self) -> int:
        """The steps that putting it together takes."""
        return sum(1 + len(section.properties) for _, sections in self.sections for section in sections)

    def expand(self, text: str) -> Text:
        """`text` with its properties replaced as Maven would."""
        return self._replace(text, ())

    def _replace(self, text: str, within: tuple[str, ...]) -> Text:
        if "${" not in text:
            found = _FILTER.search(text) if "@" in text else None
            return Text(text, f"{found[0]} is filled in when the build copies this file" if found else "")
        if len(text) > LENGTH_LIMIT:
            return Text(text, f"it is longer than {LENGTH_LIMIT} characters")
        problem = ""

        def replacement(found: re.Match[str]) -> str:
            nonlocal problem
            result = self._property(found[1], within)
            problem = problem or result.problem
            return found[0] if result.problem else result.value

        value = _PROPERTY.sub(replacement, text)
        if len(value) > LENGTH_LIMIT:
            return Text(text, f"its properties make it longer than {LENGTH_LIMIT} characters")
        if not problem and "${" in value:
            problem = "it holds a ${ that is not closed"
        return Text(value, problem)

    def _property(self, name: str, within: tuple[str, ...]) -> Text:
        if name in within:
            return Text("", f"its properties refer to each other: {' → '.join((*within[within.index(name) :], name))}")
        if len(within) > DEPTH_LIMIT:
            return Text("", f"its properties are nested deeper than {DEPTH_LIMIT}")
        known = self._expanded.get(name)
        if known is None:
            raw = self._raw(name)
            known = Text("", self._unset(name)) if raw is None else self._replace(raw, (*within, name))
            self._expanded[name] = known
        return known

    def _raw(self, name: str) -> str | None:
        bare = name.removeprefix("project.").removeprefix("pom.")
        own = self._own(bare)
        if own is not None and bare != name:
            return own
        if name in self.config.properties:
            return self.config.properties[name]
        return self._properties.get(name, own)

    @cached_property
    def _properties(self) -> dict[str, str]:
        """Every property that is set, the strongest."""
        every = [section.properties for _, sections in self.sections for section in sections]
        return every[0] if len(every) == 1 else {name: value for some in reversed(every) for name, value in some.items()}

    def _own(self, name: str) -> str | None:
        """What `${project.NAME}` stands for; None for what is no coordinate."""
        if name in _OWN:
            return self._written[_OWN[name]] or None
        if self.pom.parent and name.startswith("parent.") and name[7:] in _OWN:
            parent = filled(self.pom.parent, self.chain[1]) if len(self.chain) > 1 else self.pom.parent
            return parent[_OWN[name[7:]]] or None
        return None

    @cached_property
    def _written(self) -> Coordinates:
        """The project's own coordinates as written, by a parent if not by itself."""
        group, artifact, version = self.pom.coordinates
        for pom in self.chain:
            group, version = group or pom.coordinates.group, version or pom.coordinates.version
        return Coordinates(group, artifact, version)

    def _unset(self, name: str) -> str:
        if self.outside:
            return f"${{{name}}} is not set in this repository; its parent {self.outside}, which is elsewhere, may set it"
        if name.startswith(_SYSTEM):
            return f"${{{name}}} depends on the machine that Maven runs on"
        return f"${{{name}}} is not set in this repository"

    def alternatives(self, text: str) -> list[tuple[str, Text]]:
        """(profile, text) for each profile that can replace what is not set without one."""
        names = {name for name in _PROPERTY.findall(text) if self._property(name, ()).problem}
        profiles = dict.fromkeys(profile for name in names for profile in self._set_by.get(name, ()))
        found = [(name, model(self.tree, self.pom, name).expand(text)) for name in list(profiles)[:20]] if names else []
        return [(name, result) for name, result in found if not result.problem]

    @cached_property
    def _set_by(self) -> dict[str, list[str]]:
        """Property → the profiles that set it."""
        found: dict[str, list[str]] = {}
        for pom in self.chain:
            for section in pom.profiles:
                for name in section.properties if section.name not in ("", self.profile) else ():
                    found.setdefault(name, []).append(section.name)
        return found

    @cached_property
    def coordinates(self) -> Coordinates:
        """The project's own coordinates, properties replaced where they can be."""
        return Coordinates(*(self.expand(part).value for part in self._written))

    def key(self, entry: Entry) -> str:
        """What management goes by, properties replaced."""
        return self.expand(entry.key).value if "${" in entry.key else entry.key

    def _find(self, what: str, key: str) -> Managed | None:
        """The entry of that key in `what` of the project, its active profiles and its parents.

        Entries replace one another by their keys as written. Where properties make keys equal afterwards, the first counts,
        but the last once BOMs are imported (DefaultDependencyManagementImporter).
        """
        found: dict[str, tuple[Entry, Pom]] = {}
        for pom, sections in self.sections:
            spend(len(sections) * _STEPS)
            every = [entry for section in reversed(sections) for _, entry in self._entries(section, what, key)]
            same = [entry for entry in every if self.key(entry) == key]
            if pom is not self.pom and not all(entry.inherited for entry in same):
                break  # what that pom inherits itself ends there too
            own = {entry.key: (entry, pom) for entry in same if entry.version or what == DEPENDENCIES}
            for written, one in own.items():
                found.setdefault(written, one)
        if not found:
            return None
        entry, pom = list(found.values())[-1 if what == DEPENDENCIES and self._imports else 0]
        return None if entry.imports else Managed(self.expand(entry.version), entry, pom)

    def _entries(self, section: Section, what: str, key: str) -> list[tuple[int, Entry]]:
        """The entries of a section that have that key, numbered in order."""
        found = section.named(what, key)
        for name in {key.split(":", 2)[1], ""}:
            if (odd := section.named(what, name)) and (resolved := self._resolved(section, what, name, odd).get(key)):
                found = sorted(found + resolved, key=itemgetter(0))
        return found

    def _resolved(self, section: Section, what: str, name: str, odd: list[tuple[int, Entry]]) -> dict[str, list[tuple[int, Entry]]]:
        """The entries whose keys hold properties, by their keys with the properties replaced."""
        known = self._by_property.get((section, what, name))
        if known is None:
            known = self._by_property[section, what, name] = {}
            for number, entry in odd:
                known.setdefault(self.key(entry), []).append((number, entry))
        return known

    def managed_dependency(self, key: str) -> Managed | Unmanaged:
        """Who decides the version of the dependency with that key."""
        outside: tuple[str, ...] = ()
        for asked in self._managers:
            if isinstance(asked, Model):
                if found := asked._find(DEPENDENCIES, key):  # noqa: SLF001 - of the same class
                    return found._replace(outside=outside)
                outside += asked._parent_outside  # noqa: SLF001
            else:
                outside += (f"the BOM {asked}",)
        return Unmanaged(outside, self._profile_for((DEPENDENCIES,), key))

    @cached_property
    def _managers(self) -> "list[Model | Coordinates]":
        """Whose dependencyManagement counts, in this order: its own, then each BOM and what it imports; a BOM that is not in
        the repository by its coordinates.
        """
        found: list[Model | Coordinates] = []
        pending: list[tuple[Coordinates, Pom | None]] = [(self.pom.coordinates, self.pom)]
        visited: set[str] = set()
        while pending:
            wanted, bom = pending.pop()
            if bom is None:
                found.append(wanted)
            elif bom.path not in visited:
                visited.add(bom.path)
                one = self if bom is self.pom else model(self.tree, bom)
                found.append(one)
                pending += reversed(one._imports)  # noqa: SLF001
        return found

    @property
    def _parent_outside(self) -> tuple[str, ...]:
        return (f"its parent {self.outside}",) if self.outside else ()

    @cached_property
    def _imports(self) -> list[tuple[Coordinates, Pom | None]]:
        found: dict[str, Entry] = {}
        for _, sections in self.sections:
            every = (entry for section in reversed(sections) for entry in section.entries(DEPENDENCIES) if entry.imports)
            found = found | {key: entry for key, entry in {one.key: one for one in every}.items() if key not in found}
        texts = [(one.group, one.artifact, one.version) for one in found.values()]
        named = [Coordinates(*(self.expand(part).value for part in parts)) for parts in texts]
        return [(wanted, module(self.tree, wanted)) for wanted in named]

    def managed_plugin(self, key: str) -> Managed | Unmanaged:
        """Who decides the version of the plugin with that key: a version in a build, the parents' too, beats management."""
        if found := self._find(PLUGINS[0], key):
            return found
        if found := self._find(PLUGINS[1], key):
            return found._replace(outside=self._parent_outside)
        return Unmanaged(self._parent_outside, self._profile_for(PLUGINS, key))

    def _profile_for(self, places: tuple[str, ...], key: str) -> str:
        """A profile that is not active and would say the version."""
        return next((self._in_profiles[what, key] for what in places if (what, key) in self._in_profiles), "")

    @cached_property
    def _in_profiles(self) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = {}
        for pom in self.chain:
            for section in pom.profiles:
                for what in (DEPENDENCIES, *PLUGINS):
                    for entry in section.entries(what):
                        if entry.version:
                            found.setdefault((what, self.key(entry)), f"the profile {section.name} of {pom.path}")
        return found


def module(tree: Tree, wanted: Coordinates) -> Pom | None:
    """The pom of the repository with these coordinates."""
    name = f"{wanted.group}:{wanted.artifact}"

    def make() -> dict[str, Pom]:
        found: dict[str, Pom] = {}
        for pom in modules(tree).get(name, ()):
            for version in (pom.coordinates.version, model(tree, pom).coordinates.version):
                found.setdefault(version, pom)
        return found

    return tree.memo("maven expanded versions", name, make).get(wanted.version)


def _sections(tree: Tree, pom: Pom, settings: Config, profile: str) -> list[Section]:
    """What counts of a pom, the strongest first: its active profiles from the last to the first, then the project itself."""

    def make() -> tuple[list[int], list[int]]:
        wanted = [number for name in settings.profiles for number in pom.profile_numbers.get(name, ())]
        switched = [number for number, one in enumerate(pom.profiles) if _switched_on(one, settings)]
        return wanted + switched, [number for number, one in enumerate(pom.profiles) if _by_default(one)]

    active, otherwise = tree.memo(f"maven active {settings.path}", pom.path, make)
    numbers = sorted({*active, *(pom.profile_numbers.get(profile, ()) if profile else ())}) or otherwise
    return [*(pom.profiles[number] for number in reversed(numbers)), pom.main]


def _by_default(profile: Section) -> bool:
    return any(one.text == "true" for one in profile.element.find("activation", "activeByDefault"))


def _switched_on(profile: Section, settings: Config) -> bool:
    """Whether the profile is active wherever Maven runs without further arguments. What the machine decides counts as no."""
    activation = profile.element.child("activation")
    conditions = [one for one in activation.children if one.name != "activeByDefault"] if activation else []
    if [one.name for one in conditions] != ["property"]:
        return False
    name, value = conditions[0].read("name"), conditions[0].read("value")
    negated = name.startswith("!")
    name = name.lstrip("!")
    if not name or name.startswith(_SYSTEM):
        return False
    setting = settings.properties.get(name)
    if not value:
        return (setting is None) == negated
    if value.startswith("!"):
        return setting != value[1:]
    return setting == value
