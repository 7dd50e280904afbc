"""package.json: what a JavaScript project asks for, and which package manager it is to be installed with.

What its ranges come to, the lock of its tool says, beside it or above; what that lock disagrees about is told where it is read. A
library's ranges are right: the lock of whoever installs it decides. Must not know what stands in a lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinlint.ecosystems.npm.names import git_verdict, is_exact, parted, specifier
from pinlint.ecosystems.tool.names import manager
from pinlint.ecosystems.url.names import origin
from pinlint.model import Artifact, Fact, KeyPath, Reference, Script, Span
from pinlint.programs import fetches
from pinlint.semantics.js_manifests import is_application, is_shown, is_template, lock_to_write, overrides, settling
from pinlint.semantics.npm_locked import transport
from pinlint.syntax.json import Unparsable, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_ROLES = {"dependencies": "dependency", "devDependencies": "development dependency", "optionalDependencies": "optional dependency"}
_PLACES = ("workspace:", "link:", "portal:", "file:", "exec:")


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact | Script]:
    """Everything that is installed for the project, its package manager, and its scripts; a fact where an application has no
    lock."""
    value = load(document.text)
    if isinstance(value, Unparsable):
        yield _unreadable(document, value)
        return
    if not isinstance(value, dict):
        yield Fact("foreign", Span(0, 0), "no manifest of npm: it holds no object")
        return
    shown = is_shown(document.path)
    found = settling(tree, document.path)
    asked = list(_asked(value))
    left = [one for one in asked if isinstance(one, Reference) and one.verdict not in ("local", "digest", "unknown")]
    if left and not found.lock and not found.above and not shown and is_application(value):
        name, command = lock_to_write(value)
        why = f"no lock says which version of {left[0].artifact.name} is meant: run `{command}` and commit {name}"
        yield Fact("missing-lock", left[0].span, why)
    whose = "example's" if shown else "" if is_application(value) and not found.above else "library's"
    for one in (*asked, *_manager(value)):
        floats = isinstance(one, Reference) and one.verdict == "floating" and "/" not in one.version  # that may be filled in
        copied = floats and is_template(document.path)
        yield one if copied or isinstance(one, Fact) else _settled(one, found.lock.rpartition("/")[2], whose)
    if isinstance(value.get("scripts"), dict) and fetches(document.data):
        yield from _scripts(value["scripts"], document)


def _scripts(scripts: dict[str, Any], document: Document) -> Iterator[Script]:
    """What npm gives a shell, by name."""
    from pinlint.semantics.scripts import placed
    from pinlint.syntax import scalars
    from pinlint.syntax.json import locate

    fetching = {name: text for name, text in scripts.items() if isinstance(text, str) and fetches(text.encode("utf-8", "replace"))}
    found = locate(document.text, [KeyPath(("scripts", name), "value") for name in fetching]) if fetching else {}
    for place, span in sorted(found.items(), key=lambda one: one[1]):
        written = scalars.json(document.text, span.start + 1, span.end - 1)
        name = str(place.keys[-1])
        yield placed(written, Script("", [], "sh", "script", f"script {name}", name))


def _unreadable(document: Document, error: Unparsable) -> Fact:
    span = Span(error.offset, min(error.offset + 1, len(document.text)))
    if any(mark in document.text for mark in ("{{", "<%", "{%")):
        return Fact("template", span, "a template ({{ … }})")
    if is_shown(document.path):
        return Fact("foreign", span, f"{error.reason}, so npm installs nothing for it")
    return Fact("unreadable-file", span, f"{error.reason}; npm reads nothing but JSON")


def _settled(one: Reference, lock: str, whose: str) -> Reference:
    """A reference as what decides about it leaves it: a lock, or whoever installs the library. Of what lies there to be copied or
    tried nothing is installed; only addresses are what they are wherever they stand, and what a template lets float
    floats in all that is made of it."""
    package = one.artifact.kind == "npm"
    if one.verdict in ("local", "digest", "unknown"):
        return one
    if lock and package:
        return one._replace(settled_by=lock)
    if whose == "example's":
        is_open = "://" not in one.version and not one.digests
    else:
        is_open = bool(whose) and package and one.verdict in ("range", "version") and "semver:" not in one.version
    return one._replace(role=f"{whose} {one.role}") if is_open else one


def _asked(value: dict[str, Any]) -> Iterator[Reference | Fact]:
    for group, role in _ROLES.items():
        table = value.get(group)
        for name, spec in table.items() if isinstance(table, dict) else ():
            if name and isinstance(spec, str):
                yield from _dependency(name, spec, KeyPath((group, name), "value"), role)
    for keys, name, spec in overrides(value):
        for one in _dependency(name, spec, KeyPath(keys, "value"), "override"):
            if isinstance(one, Fact) or one.verdict in ("floating", "digest"):
                yield one


def _dependency(name: str, spec: str, place: KeyPath, role: str) -> Iterator[Reference | Fact]:
    """What one line asks for."""
    text = spec.strip()
    if text.startswith("patch:"):
        from urllib.parse import unquote

        text = unquote(parted(text[6:].partition("#")[0])[1]) or text
    if text.startswith(_PLACES):
        yield Reference(Artifact("npm", name), spec, (), "local", place, role, "it lies in this repository")
        return
    if text.startswith(("catalog:", "jsr:", "npm:")):
        protocol, _, text = text.partition(":")
        if protocol == "catalog":
            yield Reference(
                Artifact("npm", name), spec, (), "range", place, role, "a catalog of the workspace says which versions fit"
            )
            return
        alias, asked = parted(text)
        if alias and (asked or alias.startswith("@")):
            name, text = alias, asked
        elif not text[:1].isdigit() and text[:1] not in "^~<>=*vx" and protocol == "npm" and alias and not asked:
            name, text = alias, ""
    kind, ref = specifier(text)
    source = origin(text.removeprefix("git+"))
    yield from transport(name, text, place)
    if kind in ("directory", "file"):
        yield Reference(Artifact("npm", name), spec, (), "local", place, role, f"{ref or text} lies in this repository")
    elif kind == "git":
        verdict, commit, why = git_verdict(ref)
        yield Reference(Artifact("npm", name, source), spec, (commit,) if commit else (), verdict, place, role, why)
    elif kind == "remote":
        why = "nothing says which bytes the address has to lead to"
        yield Reference(Artifact("npm", name, source), spec, (), "floating", place, role, why)
    elif kind != "registry":
        yield Reference(
            Artifact("npm", name), spec, (), "unknown", place, role, "npm takes it for something that pinlint does not know"
        )
    else:
        verdict, why = _version(text)
        yield Reference(Artifact("npm", name), spec, (), verdict, place, role, why)


def _version(text: str) -> tuple[str, str]:
    """(verdict, why) of what is asked of a registry."""
    if is_exact(text):
        return "version", ""
    if text in ("", "*", "x", "X", "latest"):
        return "floating", "every version will do, so every install takes the newest one"
    if text[0].isalpha() and text[0] not in "vxX" and " " not in text:
        return "floating", f"{text} is a tag of the registry, which can be moved to any version"
    return "range", ""


def _manager(value: dict[str, Any]) -> Iterator[Reference]:
    said = value.get("packageManager")
    if isinstance(said, str) and said:
        name, version, digests, verdict, why = manager(said)
        place = KeyPath(("packageManager",), "value")
        yield Reference(Artifact("tool", name), version, digests, verdict, place, "package manager", why)
