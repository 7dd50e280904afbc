"""Which registries a lock and the settings beside it name, for each entry of the lock.

Source: pnpm docs (`registries` of pnpm-workspace.yaml), bun docs (`install.registry` and `install.scopes` of bunfig.toml); either
goes before .npmrc.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress

from pinlint.ecosystems.npm.configuration import Locked, scope, settings
from pinlint.model import KeyPath, Reference
from pinlint.question import Question
from pinlint.syntax import json, jsonc, plain_yaml, syml, toml_values
from pinlint.text import Document, Unparsable, Unread
from pinlint.tree import Tree, join

__all__ = ["by_settings", "questions"]

_TOOLS = {"yarn.lock": "yarn", "bun.lock": "bun"}
_LOAD = {"npm": json.load, "yarn": syml.load, "bun": jsonc.load, "pnpm": plain_yaml.load}


def questions(references: Sequence[Reference], document: Document, tree: Tree) -> list[Question]:
    """For each of a lock's references with what the lock and the settings of the project say."""
    name = document.path.rpartition("/")[2]
    tool = _TOOLS.get(name, "pnpm" if name.startswith("pnpm-lock.") else "npm")
    lock, own = _LOAD[tool](document.text), _settings(document, tree, tool)
    found = []
    for reference in references:
        entry: object = lock
        for key in reference.span.keys if isinstance(reference.span, KeyPath) else ():
            entry = entry.get(key) if isinstance(entry, dict) else _element(entry, key)
        resolved = _resolved(entry, reference)
        scoped = own.get(f"{scope(reference.artifact.name)}:registry", "")
        question = Question.about(reference)._replace(directions=Locked(resolved, scoped, own.get("registry", "")))
        found.append(_of_yarn(question, resolved) if tool == "yarn" else question)
    return found


def by_settings(references: Sequence[Reference], document: Document, tree: Tree) -> list[Question]:
    """For each of the references of any file with what the settings of its project say alone, those of newer Yarns among them."""
    own, found = _settings(document, tree, "berry"), []
    for reference in references:
        scoped = own.get(f"{scope(reference.artifact.name)}:registry", "")
        found.append(Question.about(reference)._replace(directions=Locked("", scoped, own.get("registry", ""))))
    return found


def _settings(document: Document, tree: Tree, tool: str) -> dict[str, str]:
    """The registries of the project, by their keys in an .npmrc; one that a variable names stays one that nobody can ask."""
    own: dict[str, str] = {}
    with suppress(Unread):
        own = settings(tree.read(join(document.path, ".npmrc")).text)
    if (beside := _BESIDE.get(tool)) is not None:
        with suppress(Unread, Unparsable):
            own.update((key, text) for key, value in beside(document, tree) if (text := _address(value)))
    return own


def _of_bun(document: Document, tree: Tree) -> Iterator[tuple[str, object]]:
    found = toml_values.load(tree.read(join(document.path, "bunfig.toml")).text)
    install = found.get("install") if isinstance(found, dict) else None
    if isinstance(install, dict):
        yield "registry", install.get("registry")
        scopes = install.get("scopes")
        for name, value in scopes.items() if isinstance(scopes, dict) else ():
            yield f"@{name.removeprefix('@')}:registry", value


def _of_pnpm(document: Document, tree: Tree) -> Iterator[tuple[str, object]]:
    roots = plain_yaml.load(tree.read(join(document.path, "pnpm-workspace.yaml")).text)
    found = roots[0].get("registries") if roots and isinstance(roots[0], dict) else None
    for name, value in found.items() if isinstance(found, dict) else ():
        yield "registry" if name == "default" else f"{name}:registry", value


def _of_berry(document: Document, tree: Tree) -> Iterator[tuple[str, object]]:
    roots = plain_yaml.load(tree.read(join(document.path, ".yarnrc.yml")).text)
    found = roots[0] if roots and isinstance(roots[0], dict) else {}
    yield "registry", found.get("npmRegistryServer")
    scopes = found.get("npmScopes")
    for name, value in scopes.items() if isinstance(scopes, dict) else ():
        yield f"@{name}:registry", value.get("npmRegistryServer") if isinstance(value, dict) else None


def _address(value: object) -> str:
    """The address of a registry, which may stand in a table with its login; a variable in it in the form that .npmrc has."""
    text = value.get("url") if isinstance(value, dict) else value
    return re.sub(r"\$(?!\{)", "${", text) if isinstance(text, str) else ""


_BESIDE = {"berry": _of_berry, "bun": _of_bun, "pnpm": _of_pnpm}


def _element(value: object, key: str | int) -> object:
    return value[key] if isinstance(value, list) and isinstance(key, int) and key < len(value) else None


def _resolved(entry: object, reference: Reference) -> str:
    """The address that an entry says it comes from, as npm and yarn, pnpm, or bun write it."""
    if isinstance(entry, list):
        found = entry[1] if len(entry) > 1 else ""
    else:
        fields = entry if isinstance(entry, dict) else {}
        within = fields.get("resolution")
        found = within.get("tarball") if isinstance(within, dict) else fields.get("resolved")
        found = found or (fields.get("version") if not reference.version else "")
    return found if isinstance(found, str) else ""


def _of_yarn(question: Question, resolved: str) -> Question:
    """The question with all that the lock of yarn 1 holds of the bytes: the integrity, and the sha1 behind the address as one.

    yarn checks both, so a registry has to agree with both.
    """
    written = tuple(one for one in question.digests if "-" in one)
    fragment = resolved.partition("#")[2]
    if not re.fullmatch("[0-9a-f]{40}", fragment):
        return question._replace(digests=written)
    behind = f"sha1-{base64.b64encode(bytes.fromhex(fragment)).decode('ascii')}"
    known = [one.partition("?")[0] for text in written for one in text.split() if one.startswith("sha1-")]
    problem = "its integrity and the sha1 behind its address are not of the same bytes; find out which is right"
    return question._replace(digests=(*written, behind), problem=problem if known and known != [behind] else "")
