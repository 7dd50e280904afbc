"""MSBuild projects as far as NuGet reads them: packages with their versions, and properties that are set literally.

No MSBuild is run: what a condition decides, or a property that is set twice, is not known. Source: the documentation of NuGet
(PackageReference, central package management) and of MSBuild (properties, Directory.Build.props).
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pinlint.budget import spend
from pinlint.model import Span
from pinlint.syntax.xml import Element, XmlError, parse
from pinlint.text import Unread
from pinlint.tree import Tree, join

__all__ = ["Central", "Package", "Settings", "central_at", "filled", "lock_of", "packages", "settings_of"]

#: MSBuild compares the types of items and the names of what they hold without regard to case.
_ITEMS = {
    name.lower(): name
    for name in ("PackageReference", "PackageVersion", "GlobalPackageReference", "PackageDownload", "DotNetCliToolReference")
}
_property = re.compile(r"\$\(([A-Za-z_][\w.-]*)\)")
#: Files that MSBuild reads with every project below them, and where many repositories keep versions.
_SHARED = ("Directory.Build.props", "Directory.Packages.props", "Directory.Build.targets", "eng/Versions.props")
_DEEPEST = 20
_LONGEST = 200  # characters of a property that stands for a version


class Package(NamedTuple):
    """An item that names a package: its kind, the name, the version as written ("" for none), where both stand, and whether a
    condition decides about it."""

    item: str
    name: str
    version: str
    place: Span
    version_place: Span
    maybe: bool


class Central(NamedTuple):
    """A Directory.Packages.props: where it lies, and the versions by lower-case name, "" where several are given."""

    path: str
    versions: Mapping[str, str]


def packages(root: Element) -> Iterator[Package]:
    """Every package that a project, or what it shares with others, names literally."""
    for group in root.children:
        items = [group]
        if group.name == "ItemGroup":
            items = list(group.children)
        elif group.name in ("Choose", "Target"):
            items = [element for element in group.walk() if element.name.lower() in _ITEMS]
        unsure = group.attribute("Condition") is not None or group.name in ("Choose", "Target")
        for element in items:
            if element.name.lower() in _ITEMS:
                yield from _package(element, unsure or element.attribute("Condition") is not None)


def _package(element: Element, maybe: bool) -> Iterator[Package]:
    named = element.attribute("Include") or element.attribute("Update")
    if named is None:
        return
    keys = ("VersionOverride", "Version", "versionoverride", "version")
    written = next((found for key in keys if (found := element.attribute(key) or _child(element, key))), None)
    for name in named[0].split(";"):
        if name.strip():
            version, place = written or ("", named[1])
            yield Package(_ITEMS[element.name.lower()], name.strip(), version.strip(), named[1], place, maybe)


def _child(element: Element, name: str) -> tuple[str, Span] | None:
    found = element.child(name)
    return (found.text, found.span) if found is not None and found.text else None


def properties_of(root: Element) -> dict[str, str]:
    """The properties that are set, by lower-case name; "" for one that has several values or a condition."""
    found: dict[str, str] = {}
    for group in root.find("PropertyGroup"):
        unsure = group.attribute("Condition") is not None
        for element in group.children:
            key, text = element.name.lower(), element.text
            sure = not unsure and element.attribute("Condition") is None and found.get(key, text) == text
            found[key] = text if sure and len(text) <= _LONGEST else ""
    return found


class Settings(NamedTuple):
    """Properties of a file and of those that MSBuild reads with it; the nearest one decides."""

    layers: tuple[Mapping[str, str], ...]

    def value(self, name: str) -> str:
        """The value of a property, "" where it is not known."""
        key = name.lower()
        return next((layer[key] for layer in self.layers if key in layer), "")


def settings_of(tree: Tree, path: str, root: Element) -> Settings:
    """The properties that count in a file."""
    shared = [one for name in _SHARED for one in above(tree, path, name)]
    return Settings((properties_of(root), *(_shared(tree, one) for one in shared)))


def above(tree: Tree, path: str, name: str) -> list[str]:
    """Every file of that name beside a file or in a folder above, the nearest first."""
    found = []
    folder = path
    while folder:
        folder = folder.rpartition("/")[0]
        one = f"{folder}/{name}".lstrip("/")
        if one != path and tree.exists(one):
            found.append(one)
    return found[:_DEEPEST]


def _shared(tree: Tree, path: str) -> dict[str, str]:
    return tree.memo("msbuild properties", path, lambda: properties_of(root) if (root := _root(tree, path)) is not None else {})


def _root(tree: Tree, path: str) -> Element | None:
    try:
        return parse(tree.read(path, "xml").text)
    except (Unread, XmlError):
        return None


def central_at(tree: Tree, path: str) -> Central | None:
    """The versions that the nearest Directory.Packages.props gives; None without one."""
    found = above(tree, path, "Directory.Packages.props")
    return tree.memo("central packages", found[0], lambda: _central(tree, found[0])) if found else None


def _central(tree: Tree, path: str) -> Central:
    root = _root(tree, path)
    versions: dict[str, str] = {}
    if root is None:
        return Central(path, versions)
    settings = settings_of(tree, path, root)
    for one in packages(root):
        if one.item == "PackageVersion":
            key, text = one.name.lower(), filled(one.version, settings)
            versions[key] = text if not one.maybe and versions.get(key, text) == text else ""
    return Central(path, versions)


def filled(text: str, settings: Settings) -> str:
    """A text with the values of its properties; what is not known stays as it is."""
    for _ in range(5):
        if "$(" not in text or len(text) > _LONGEST:
            break
        spend(1)
        text = _property.sub(lambda found: settings.value(found[1]) or found[0], text)
    return text


def lock_of(path: str) -> str:
    """Where the lock of a project lies."""
    return join(path, "packages.lock.json")
