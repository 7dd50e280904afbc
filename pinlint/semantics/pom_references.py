"""From what a pom asks for to a reference: the version that Maven would use, how firm it is, and why.

Knows modules of the repository, management and Maven's own defaults; must not know where in a pom a thing may stand.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from pinlint.ecosystems.maven.names import verdict
from pinlint.model import STRENGTH, Artifact, Reference, Span
from pinlint.semantics.effective_poms import Managed, Model, Text, Unmanaged, model, module
from pinlint.semantics.gradle_snapshots import maker
from pinlint.semantics.pom_parents import filled
from pinlint.semantics.poms import Coordinates, Entry, Pom, absent_module, modules
from pinlint.tree import Tree

__all__ = ["Asked", "judge", "judge_parent", "judge_plugin"]

_ALWAYS = ("clean", "site", "install", "deploy")
_COMPILED = ("resources", "compiler", "surefire")
#: Packaging → plugins that Maven binds to its life cycle and whose version it then chooses. Source: Maven's default-bindings.xml
_BOUND = {
    "pom": (*_COMPILED, "jar", "war", "ear", "ejb", "rar", "plugin"),  # a parent: its modules have other packagings
    "bom": (),
    "jar": (*_COMPILED, "jar"),
    "maven-plugin": (*_COMPILED, "jar", "plugin"),
    "war": (*_COMPILED, "war"),
    "ejb": (*_COMPILED, "ejb"),
    "rar": (*_COMPILED, "rar"),
    "ear": ("resources", "ear"),
}
#: Plugins that the super POM of Maven 3 manages.
_SUPER = ("antrun", "assembly", "dependency", "release")


class Asked(NamedTuple):
    """An entry, in which role, and whether dependencyManagement may say its version."""

    entry: Entry
    role: str
    managed: bool = False


def judge(own: Model, asked: Asked) -> Iterator[Reference]:
    """The reference for a dependency, BOM, extension or annotation processor; none for what asks for nothing."""
    entry = asked.entry
    if entry.scope == "system":
        yield _reference(own, asked, entry.version, "local", "scope system: a file of this machine, nothing is fetched")
    elif entry.version:
        yield _written(own, asked)
    elif asked.role == "managed dependency":
        return  # it manages a scope or exclusions, and asks for nothing
    elif not asked.managed:
        yield _reference(own, asked, "", "unknown", "no version, and nothing can manage it here: Maven refuses to build it")
    else:
        answer = own.managed_dependency(own.key(entry))
        if isinstance(answer, Managed):
            yield _managed(own, asked, answer)
        else:
            yield _reference(own, asked, "", *_nowhere(own, asked, answer))


def judge_plugin(own: Model, asked: Asked) -> Iterator[Reference]:
    """The reference for a plugin; none for a managed plugin without version, which asks for nothing yet."""
    entry = asked.entry
    if entry.version:
        yield _written(own, asked)
    elif asked.role != "managed plugin":
        answer = own.managed_plugin(own.key(entry))
        if isinstance(answer, Managed):
            yield _managed(own, asked, answer)
        else:
            why = _unmanaged(answer)
            yield _reference(own, asked, "", *(("unknown", why) if why else _default(own, asked)))


def _nowhere(own: Model, asked: Asked, answer: Unmanaged) -> tuple[str, str]:
    """(verdict, why) of a dependency whose version the repository does not say."""
    if why := _unmanaged(answer):
        return "unknown", why
    name = f"{own.expand(asked.entry.group).value}:{own.expand(asked.entry.artifact).value}"
    if built := modules(own.tree).get(name):
        return "local", f"it is {built[0].path} of this repository, whose version Maven 4 takes"
    return "unknown", "no version, and nothing in this repository that manages it"


def _unmanaged(answer: Unmanaged) -> str:
    if answer.outside:
        return f"it is managed by {_listed(answer.outside)}, outside this repository"
    return f"only {answer.profile} says which" if answer.profile else ""


def _listed(names: tuple[str, ...]) -> str:
    names = tuple(dict.fromkeys(names))
    return " or ".join(names if len(names) < 4 else (*names[:3], f"{len(names) - 3} more"))


def _default(own: Model, asked: Asked) -> tuple[str, str]:
    """(verdict, why) of a plugin whose version nobody says."""
    group, artifact, packaging = asked.entry.group, asked.entry.artifact, own.pom.packaging
    if group == "org.apache.maven.plugins" and asked.role == "build plugin":
        short = artifact.removeprefix("maven-").removesuffix("-plugin")
        if packaging not in _BOUND:
            return "unknown", f"no version: the extension that brings the packaging {packaging} may choose it"
        if short in (*_ALWAYS, *_BOUND[packaging]):
            return "unknown", f"no version: Maven itself chooses it, by the life cycle of the packaging {packaging}"
        if short in _SUPER:
            return "unknown", "no version: Maven 3 itself chooses it in its super POM"
    return "floating", "no version here or in any pluginManagement: Maven takes the newest release on the day of the build"


def judge_parent(own: Model, found: Pom | None) -> Reference:
    """The reference for the parent of a pom; `found` is its pom if the repository holds it."""
    element = own.pom.root.child("parent")
    parent = own.pom.parent or Coordinates("", "", "")
    place = (element and (element.child("version") or element.child("artifactId") or element)) or own.pom.root
    named = filled(parent, found) if found else parent
    artifact = Artifact("maven", f"{named.group}:{named.artifact}")
    if found:
        return Reference(artifact, parent.version, (), "local", place.span, "parent", f"it is {found.path} of this repository")
    level, why = verdict(parent.version)
    if "${" in parent.version:
        level, why = "unknown", f"{parent.version} cannot be known before the parent is read, which is not in this repository"
    elif not parent.version:
        level, why = "unknown", "no version, and its relativePath leads to no such pom of this repository"
    return Reference(artifact, parent.version, (), level, place.span, "parent", why, "", place.span, "xml-text")


def _written(own: Model, asked: Asked) -> Reference:
    version, level, why = _level(own, asked.entry, asked.entry.version, own.expand(asked.entry.version))
    made = _reference(own, asked, version, level, why)
    if "${" not in asked.entry.version:
        return made._replace(site=made.span, notation="xml-text")
    place = _property(own, asked.entry.version, version) if level in ("floating", "range") else None
    return made._replace(site=place, notation="xml-text") if place else made


def _property(own: Model, written: str, version: str) -> Span | None:
    """Where the version of a property stands that this entry alone goes by: set once, in this pom, used once in all poms."""
    name = written[2:-1]
    if written != f"${{{name}}}" or "${" in name:
        return None
    found = [element for element in own.pom.root.walk() if element.name == name]
    settings = [element for part in own.pom.root.find("properties") for element in part.children]
    if len(found) != 1 or found[0] not in settings or found[0].text != version:
        return None
    paths = {pom.path for some in modules(own.tree).values() for pom in some}
    uses = own.tree.memo("uses of properties", "", lambda: sum((_uses(path, own.tree) for path in paths), Counter[bytes]()))
    more = 0 if own.pom.path in paths else _uses(own.pom.path, own.tree)[name.encode()]
    return found[0].span if uses[name.encode()] + more == 1 else None


def _uses(path: str, tree: Tree) -> Counter[bytes]:
    """How often a pom uses each property."""
    return Counter(re.findall(rb"\$\{([^${}]*)\}", tree.bytes(path)))


def _managed(own: Model, asked: Asked, answer: Managed) -> Reference:
    """Whoever is managed in this very file is reported where the version stands, so that one place makes one finding."""
    if not answer.entry.version:
        return _reference(own, asked, "", "unknown", f"it is managed in {answer.pom.path}, but without a version")
    version, level, why = _level(own, asked.entry, answer.entry.version, answer.version)
    where = f"managed in {answer.pom.path}"
    if answer.outside:
        where += f", unless {_listed(answer.outside)} says otherwise, outside this repository"
    made = _reference(own, asked, version, level, f"{why}, {where}" if why else where)
    if answer.pom.path == own.pom.path:
        made = made._replace(span=answer.entry.place.span)
    return made._replace(settled_by=f"{answer.pom.path}: {version}")


def _level(own: Model, entry: Entry, written: str, version: Text) -> tuple[str, str, str]:
    """(version, verdict, why) of a version as written and with the properties replaced of the pom that writes it."""
    wanted = Coordinates(own.expand(entry.group).value, own.expand(entry.artifact).value, version.value)
    snapshot = version.value.endswith("SNAPSHOT")
    likely = ("${" in written or entry.imports) and _akin(wanted.group, own.coordinates.group)
    if (snapshot or likely) and (found := module(own.tree, wanted)):
        return version.value, "local", f"it is {found.path} of this repository"
    if version.problem and (built := modules(own.tree).get(f"{wanted.group}:{wanted.artifact}")):
        return version.value, "local", f"it is {built[0].path} of this repository, and {version.problem}"
    if version.problem:
        return _alternatives(own, written) or (version.value, "unknown", version.problem)
    level, why = verdict(version.value)
    if snapshot and level == "floating":
        if absent := absent_module(own.tree, own.pom):
            return version.value, "unknown", f"the module {absent}, which is not in this repository, may build it"
        if made := maker(own.tree, own.pom.path, f"{wanted.group}:{wanted.artifact}", version.value):
            return version.value, "local", f"{made} makes it here"
        why = _deployed(own, wanted) or why
    return version.value, level, why


def _akin(group: str, other: str) -> bool:
    """Whether two groups begin alike. To ask which modules the repository has means to read every pom of it; for a fixed version of
    somebody else's group the answer would change no finding."""
    return group.split(".")[:2] == other.split(".")[:2]


def _deployed(own: Model, wanted: Coordinates) -> str:
    """Why a SNAPSHOT floats although it looks as if it were the repository's own; "" if it does not look so."""
    if others := modules(own.tree).get(f"{wanted.group}:{wanted.artifact}"):
        built = model(own.tree, others[0]).coordinates.version or "another version"
        return f"{others[0].path} builds it as {built}, so this SNAPSHOT is whatever was deployed last"
    if wanted.group == own.coordinates.group:
        return "no pom of this repository builds it, so this SNAPSHOT is whatever was deployed last"
    return ""


def _alternatives(own: Model, written: str) -> tuple[str, str, str] | None:
    """(version, verdict, why) of the weakest version that a profile can put in place; None if no profile can."""
    found = [(*verdict(text.value), profile, text.value) for profile, text in own.alternatives(written)]
    if not found:
        return None
    level, why, profile, value = min(found, key=lambda one: STRENGTH.get(one[0], -1))
    return value, level, f"{written} is {value} in the profile {profile}" + (f": {why}" if why else "")


def _reference(own: Model, asked: Asked, version: str, level: str, why: str) -> Reference:
    entry = asked.entry
    group, artifact = own.expand(entry.group), own.expand(entry.artifact)
    if not (entry.group and entry.artifact):
        level, why = "unknown", "its groupId or artifactId is missing"
    elif (group.problem or artifact.problem) and level != "local":
        level, why = "unknown", group.problem or artifact.problem
    return Reference(Artifact("maven", f"{group.value}:{artifact.value}"), version, (), level, entry.place.span, asked.role, why)
