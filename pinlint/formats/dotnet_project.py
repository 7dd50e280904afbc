"""Projects of .NET and what they share: packages with their versions, whether a lock settles what floats, and what it was made for.

`1.2.3` means that version or a later one, of which NuGet takes the lowest: as firm as it gets. Only a star follows new releases.
Source: the NuGet documentation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.nuget.names import LOWEST, requested, version_verdict
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.dotnet_projects import central_at, filled, lock_of, packages, settings_of
from pinlint.semantics.nuget_locks import lock_at
from pinlint.semantics.shown import is_shown
from pinlint.syntax.xml import XmlError, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.semantics.dotnet_projects import Central, Package, Settings
    from pinlint.semantics.nuget_locks import Lock
    from pinlint.syntax.xml import Element
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_ROLES = {"PackageVersion": "central package", "GlobalPackageReference": "central package", "DotNetCliToolReference": "tool"}
_RESTORE = "run `dotnet restore --force-evaluate` and commit the lock"


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Every package; a fact first where the lock of a project is missing or out of step."""
    try:
        root = parse(document.text)
    except XmlError as error:
        end = min(error.offset + 1, len(document.text))
        yield Fact("unreadable-file", Span(error.offset, end), str(error))
        return
    if root.name == "packages":
        for element in root.find("package"):
            yield from _exact(element)
        return
    if root.name != "Project":
        yield Fact("foreign", root.tag, f"its root element is <{root.name}>, not <Project>")
        return
    settings, central = settings_of(tree, document.path, root), central_at(tree, document.path)
    listed, is_project = list(packages(root)), document.path.endswith("proj")
    path = lock_of(document.path)
    moves = any("*" in one.version for one in listed)  # else nobody needs to know which locks there are
    locked = tree.exists(path) if is_project else moves and bool(tree.named("packages.lock.json"))
    if is_project and locked and (lock := lock_at(tree, path)):
        yield from _out_of_step(listed, settings, central, lock)
    elif is_project and not locked and listed and settings.value("RestorePackagesWithLockFile").lower() == "true":
        yield from _without_lock(document, listed, settings)
    for one in listed:
        yield _reference(one, settings, central, ("packages.lock.json" if locked else ""))


def _exact(element: Element) -> Iterator[Reference]:
    """A package of packages.config, which names one version of each."""
    name, version = element.attribute("id"), element.attribute("version")
    if name:
        verdict, why = version_verdict(version[0]) if version else ("unknown", "it has no version")
        place = version[1] if version else name[1]
        settled = LOWEST if verdict == "range" and not why else ""
        yield Reference(Artifact("nuget", name[0]), version[0] if version else "", (), verdict, place, "package", why, settled)


def _without_lock(document: Document, listed: list[Package], settings: Settings) -> Iterator[Fact]:
    if not is_shown(document.path) and not settings.value("NuGetLockFilePath"):
        why = f"RestorePackagesWithLockFile is true, and no packages.lock.json says which bytes {listed[0].name[:100]} is: "
        yield Fact("missing-lock", listed[0].place, f"{why}run `dotnet restore` and commit the lock")


def _out_of_step(listed: list[Package], settings: Settings, central: Central | None, lock: Lock) -> Iterator[Fact]:
    """The first package that the lock was not made for. Told of those alone that are always asked for, at a known version."""
    times: dict[str, int] = {}
    for one in listed:
        times[one.name.lower()] = times.get(one.name.lower(), 0) + 1
    for one in listed:
        key = one.name.lower()
        version = filled(one.version or (central.versions.get(key, "") if central else ""), settings)
        wanted = requested(version)
        if one.item != "PackageReference" or one.maybe or times[key] > 1 or not wanted or "$(" in one.name:
            continue
        held = lock.requested.get(key)
        if held is None:
            yield Fact(
                "stale-lock", one.version_place, f"packages.lock.json was made without {one.name[:100]}, {_REFUSED}; {_RESTORE}"
            )
            return
        if wanted not in held:
            told = f"packages.lock.json was made for {one.name[:100]} {min(held)[:60]}, not {version[:60]}"
            yield Fact("stale-lock", one.version_place, f"{told}, {_REFUSED}; {_RESTORE}")
            return


_REFUSED = "so `dotnet restore --locked-mode` refuses"


def _reference(one: Package, settings: Settings, central: Central | None, lock: str) -> Reference:
    role = _ROLES.get(one.item, "package")
    artifact = Artifact("nuget", one.name)
    place, settled = one.version_place, lock
    version = filled(one.version, settings)
    if "$(" in one.name or "@(" in one.name:
        return Reference(artifact, version, (), "unknown", one.place, role, "MSBuild says what it is called", lock)
    if not one.version:
        known = filled(central.versions.get(one.name.lower(), ""), settings) if central else ""
        if not known or "$(" in known or not central:
            why = "its version stands elsewhere: in another file of MSBuild, or in the SDK"
            return Reference(artifact, "", (), "unknown", place, role, why, lock)
        version, settled = known, lock or central.path
    if "$(" in version:
        return Reference(artifact, one.version, (), "unknown", place, role, "a property of MSBuild says which version", lock)
    verdict, why = version_verdict(version)
    if verdict == "range" and not why:
        settled = settled or LOWEST
    return Reference(artifact, version, (), verdict, place, role, why, settled if verdict != "unknown" else "")
