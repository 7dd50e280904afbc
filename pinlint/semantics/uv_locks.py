"""uv's locks: their packages, and whether a lock and a pyproject.toml still say the same.

Source: uv, crates/uv-resolver/src/lock/mod.rs: what a source is called, which must have a hash (`requires_hash`), what `uv lock
--check` compares (`Lock::satisfies`). Markers are left out, because uv rewrites them.
"""

import re
from collections.abc import Iterator
from typing import Any

from pinlint.budget import spend
from pinlint.ecosystems.pypi import names
from pinlint.ecosystems.pypi.versions import canonical, same
from pinlint.model import KeyPath
from pinlint.semantics.python_locks import Locked, table, tables, texts

__all__ = ["compared", "disagreements", "disagreements_of_script", "entries", "is_member", "is_readable", "refusal"]

_Table = dict[str, Any]
#: What of a requirement is compared: group or extra ("" for what is always installed), name, extras, range.
_Asked = tuple[str, str, frozenset[str], frozenset[tuple[str, str]]]
_SOURCES = ("registry", "git", "url", "path", "directory", "editable", "virtual")
_HERE = ("editable", "virtual", "directory")
_LOCAL = {
    "path": "an archive that lies in this repository or on this machine",
    "directory": "a directory of this repository or machine",
    "editable": "a project of this repository or machine",
    "virtual": "the project itself, which is not installed",
}
_AT_LEAST = re.compile(r"\s*>=\s*([0-9.]+)\s*")
_EXTRA = re.compile(r"\bextra == '([^']*)'")


def refusal(lock: _Table) -> str:
    """Why this is no lock that uv and pinlint both understand, "" where it is one."""
    if lock.get("version") == 1:
        return ""
    found = f"version {str(lock['version'])[:20]}" if "version" in lock else "no version"
    return f"it has {found}, and pinlint reads version 1"


def is_readable(package: _Table) -> bool:
    """Whether uv would read an entry of `[[package]]`."""
    source = table(package.get("source"))
    known = [key for key in _SOURCES if isinstance(source.get(key), str)]
    return isinstance(package.get("name"), str) and len(known) == 1 and isinstance(package.get("version", ""), str)


def entries(lock: _Table) -> list[Locked]:
    """The packages of a lock that can be read."""
    return [_locked(number, one) for number, one in tables(lock.get("package")) if is_readable(one)]


def _locked(number: int, package: _Table) -> Locked:
    source = package["source"]
    kind = next(key for key in _SOURCES if isinstance(source.get(key), str))
    where: str = source[kind]
    entry = Locked(KeyPath(("package", number, "name"), "value"), package["name"], package.get("version", ""))
    if kind in _LOCAL:
        return entry._replace(local=_LOCAL[kind])
    if kind == "git":
        address, _, commit = where.partition("#")
        return entry._replace(repository=address.partition("?")[0], commit=commit)
    files = [table(package.get("sdist"))] if "sdist" in package else []
    files += [one for _, one in tables(package.get("wheels"))]
    if kind == "registry" and "://" not in where:
        return entry._replace(local="its index is a directory of this machine")
    hashes = tuple(str(one.get("hash") or "") for one in files)
    if kind == "url":
        return entry._replace(url=where, hashes=hashes)
    return entry._replace(source=where, hashes=hashes, why="" if files else "it has no file that could be installed")


def compared(lock: _Table) -> _Table:
    """What of a lock is compared with manifests: how old its layout is, what it says of itself, and its projects by their folder
    ("" for that of the lock)."""
    projects: dict[str, _Table] = {}
    for _, package in tables(lock.get("package")):
        source = table(package.get("source"))
        for kind in _HERE:
            if isinstance(where := source.get(kind), str):
                projects.setdefault("" if where == "." else where.removeprefix("./").rstrip("/"), package)
    manifest = table(lock.get("manifest"))
    return {
        "revision": lock.get("revision"),
        "manifest": manifest,
        "projects": projects,
        "members": set(texts(manifest.get("members"))),
        "python": lock.get("requires-python"),
        "constrained": True,
    }


def is_member(lock: _Table, folder: str) -> bool:
    """Whether a lock is that of a workspace to which the project in a folder belongs."""
    return table(lock["projects"].get(folder)).get("name") in lock["members"]


def disagreements(lock: _Table, manifest: _Table, folder: str) -> list[str]:
    """What a lock and the manifest in a folder below it say differently, in words that can follow the name of the lock; nothing
    where it cannot be told."""
    package = table(lock["projects"].get(folder))
    project, uv = table(manifest.get("project")), table(table(manifest.get("tool")).get("uv"))
    found = list(_said(lock, package, project))
    sourced = {names.normalise(name) for name in table(uv.get("sources"))}
    metadata = package.get("metadata")
    if isinstance(metadata, dict) and lock.get("revision") != 4:  # which has none
        own = names.normalise(str(project.get("name", "")))
        if not {"dependencies", "optional-dependencies"} & set(texts(project.get("dynamic"))):
            asked = list(_asked_of_project(project))
            recursive = any(one[1] == own for one in asked)
            found += _compared(asked, list(_locked_as(metadata.get("requires-dist"))), sourced, own, flat=recursive)
            found += _extras(metadata, project)
        locked = [
            (names.normalise(group), *one[1:])
            for group, some in table(metadata.get("requires-dev")).items()
            for one in _locked_as(some)
        ]
        found += _compared(list(_asked_of_groups(manifest, uv)), locked, sourced, own, flat=False)
    if not folder and lock["constrained"]:
        found += _constrained(table(lock.get("manifest")), uv, sourced)
    return found


def disagreements_of_script(lock: _Table, script: _Table) -> list[str]:
    """The same of the lock of a script and what its block asks for."""
    uv = table(table(script.get("tool")).get("uv"))
    sourced = {names.normalise(name) for name in table(uv.get("sources"))}
    asked = [("", *one) for text in texts(script.get("dependencies")) if (one := _read(text))]
    locked = list(_locked_as(table(lock.get("manifest")).get("requirements")))
    found = list(_said(lock, {"name": ""}, {"requires-python": script.get("requires-python")}))
    found += _compared(asked, locked, sourced, "", flat=True)
    return found + list(_constrained(table(lock.get("manifest")), uv, sourced) if lock["constrained"] else ())


def _said(lock: _Table, package: _Table, project: _Table) -> Iterator[str]:
    """Another version of the project, or of Python where no member of a workspace has a say and uv did not rewrite it."""
    version, python = project.get("version"), project.get("requires-python")
    if isinstance(version, str) and isinstance(package.get("version"), str) and not same(version, package["version"]):
        yield f"says version {package['version'][:40]} of {names.normalise(str(project.get('name')))[:60]}"
    read = [_AT_LEAST.fullmatch(text) for text in (python, lock["python"]) if isinstance(text, str)]
    if package and not lock["members"] and len(read) == 2 and read[0] and read[1] and not same(read[0][1], read[1][1]):
        yield f"is for Python {lock['python'][:40]}"


def _extras(metadata: _Table, project: _Table) -> Iterator[str]:
    """Extras that only one side knows; older locks do not list them."""
    if "provides-extras" in metadata:
        there = {names.normalise(extra) for extra in texts(metadata["provides-extras"])}
        here = {names.normalise(extra) for extra in table(project.get("optional-dependencies"))}
        yield from (f"lacks the extra {extra[:60]}" for extra in sorted(here - there))
        yield from (f"still has the extra {extra[:60]}" for extra in sorted(there - here))


def _constrained(manifest: _Table, uv: _Table, sourced: set[str]) -> Iterator[str]:
    for key, of_uv in (("constraints", "constraint-dependencies"), ("overrides", "override-dependencies")):
        asked = [("", *one) for text in texts(uv.get(of_uv)) if (one := _read(text))]
        yield from _compared(asked, list(_locked_as(manifest.get(key))), sourced, "", flat=True)


def _asked_of_project(project: _Table) -> Iterator[_Asked]:
    yield from (("", *one) for text in texts(project.get("dependencies")) if (one := _read(text)))
    for extra, some in table(project.get("optional-dependencies")).items():
        yield from ((names.normalise(extra), *one) for text in texts(some) if (one := _read(text)))


def _asked_of_groups(manifest: _Table, uv: _Table) -> Iterator[_Asked]:
    groups = {names.normalise(name): some for name, some in table(manifest.get("dependency-groups")).items()}
    for name in groups:
        for text in _expanded(name, groups):
            if one := _read(text):
                yield (name, *one)
    yield from (("dev", *one) for text in texts(uv.get("dev-dependencies")) if (one := _read(text)))


def _expanded(name: str, groups: _Table) -> Iterator[str]:
    """The requirements of a group and of those that it includes, each group once."""
    seen, waiting = {name}, [name]
    while waiting:
        some = groups.get(waiting.pop())
        spend(len(some) + 1 if isinstance(some, list) else 1)
        for one in some if isinstance(some, list) else ():
            if isinstance(one, str):
                yield one
            elif isinstance(one, dict) and isinstance(one.get("include-group"), str):
                other = names.normalise(one["include-group"])
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)


def _read(text: str) -> tuple[str, frozenset[str], frozenset[tuple[str, str]]] | None:
    try:
        asked = names.parse(text)
    except names.InvalidRequirement:
        return None
    extras = frozenset(names.normalise(one) for one in asked.extras)
    ranges = frozenset((one.operator, one.version) for one in asked.specifiers)
    return names.normalise(asked.name), extras, frozenset((("@", ""),)) if asked.url else ranges


def _locked_as(value: object) -> Iterator[_Asked]:
    """The requirements that a lock remembers."""
    for _, one in tables(value):
        if isinstance(one.get("name"), str):
            read = _read(f"x{one.get('specifier') or ''}") if isinstance(one.get("specifier", ""), str) else None
            found = _EXTRA.search(str(one.get("marker") or ""))
            direct = not one.get("specifier") and any(key in one for key in _SOURCES if key != "registry")
            ranges = frozenset((("@", ""),)) if direct else read[2] if read else frozenset()
            extras = frozenset(names.normalise(extra) for extra in texts(one.get("extras")))
            yield names.normalise(found[1] if found else ""), names.normalise(one["name"]), extras, ranges


def _compared(asked: list[_Asked], locked: list[_Asked], sourced: set[str], own: str, *, flat: bool) -> Iterator[str]:
    """What only one side has. A requirement that a source of uv's own answers (maybe one of the workspace) is compared by its name,
    the project's own not at all; `flat` leaves out for which extra."""
    sourced = sourced | {name for some in (asked, locked) for _, name, _, ranges in some if ("@", "") in ranges}

    def keys(some: list[_Asked]) -> dict[tuple[str, str, frozenset[str], frozenset[tuple[str, object]]], _Asked]:
        made = {}
        for group, name, extras, ranges in some:
            bare = name in sourced
            if name != own:
                key = frozenset() if bare else frozenset(canonical(*one) for one in ranges)
                made["" if flat else group, name, frozenset() if bare else extras, key] = (group, name, extras, ranges)
        return made

    here, there = keys(asked), keys(locked)
    yield from (f"lacks {_shown(here[key])}" for key in here if key not in there)
    yield from (f"still has {_shown(there[key])}" for key in there if key not in here)


def _shown(asked: _Asked) -> str:
    group, name, extras, ranges = asked
    extra = f"[{','.join(sorted(extras))}]" if extras else ""
    limits = ",".join(sorted(f"{operator}{version}" for operator, version in ranges if operator != "@"))
    return f"{name}{extra}{limits}"[:100] + (f" for {group[:40]}" if group else "")
