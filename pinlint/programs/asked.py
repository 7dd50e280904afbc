"""A word of a command as the reference to what it names.

Knows how the arguments of one ecosystem's programs are written; must not know which program has them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.model import Artifact, Reference, Span
from pinlint.programs.words import Word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinlint.programs.options import Given

    Named = Callable[[Word, str], Reference]

__all__ = ["INSTALLED", "RUN", "each", "go", "image", "npm", "nuget", "one", "package", "pypi", "requirement"]

#: Roles, for messages.
INSTALLED, RUN = "installed package", "tool that is run"
_FRESH = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)(?P<extras>\[[\w\s,.-]*\])?@(?P<version>[^/@\s]+)")
_NEVER_REPLACED = "npm, whose registry never replaces a version"
_CHECKED = "Go's checksum database, which every download is compared with"
_VARIABLE = "a variable says what is fetched"
#: Marks of languages that are filled in before any shell reads the text.
_TEMPLATE = re.compile(r"<%|\{\{|\{%|@@|<[A-Za-z][\w -]*>")


def each(given: Given, kind: str, role: str, named: Named) -> Iterator[Reference]:
    """The references of all operands."""
    for number, word in enumerate(given.operands):
        yield one(word, kind, role, named, given.doubted.get(number, ""))


def one(word: Word, kind: str, role: str, named: Named, doubted: str = "") -> Reference:
    """The reference of a word that `named` reads, unknown where a variable is left in it or an option may have taken it."""
    if not word.clear or doubted or _TEMPLATE.search(word.text):
        why = f"it may belong to {doubted[:40]}, an option that pinlint does not know" if doubted else _VARIABLE
        return Reference(Artifact(kind, word.text[:200]), "", (), "unknown", word.span, role, why)
    made = named(word, role)
    return made if word.exact else made._replace(span=word.span).unpinnable()


def image(word: Word, role: str) -> Reference:
    """An image; its digest is written behind the tag."""
    from pinlint.ecosystems.oci.names import image_at

    found = image_at(word.text, word.span, role)
    return found._replace(notation="command-image") if found.notation else found


def npm(word: Word, role: str) -> Reference:
    """`name@version`, a git repository, an address or a folder."""
    from pinlint.ecosystems.npm.names import argument_verdict, parted, specifier

    name, version, verdict, why = argument_verdict(word.text)
    if verdict != "local" and (found := _repository(word, parted(word.text)[1] or word.text, role)):
        return found
    spec = parted(word.text)[1] or word.text
    if specifier(spec).kind == "alias":  # `name@npm:other@1.2.3`
        _, version, verdict, why = argument_verdict(specifier(spec).ref)
    settled = _NEVER_REPLACED if verdict == "version" else ""
    digests = (version,) if verdict == "digest" else ()
    return Reference(Artifact("npm", name), version, digests, verdict, word.span, role, why, settled)


def _repository(word: Word, text: str, role: str) -> Reference | None:
    """The git repository that npm would clone, with the place of its ref; None for what is none."""
    from pinlint.ecosystems.git.names import ref_verdict, repository_name
    from pinlint.ecosystems.npm.names import specifier

    asked = specifier(text)
    if asked.kind != "git" or asked.ref.startswith("semver:"):
        return None
    address, _, ref = text.partition("#")
    shortcut, colon, path = address.partition(":")
    host = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org", "gist": "gist.github.com"}.get(
        shortcut, ""
    )
    if host and colon:
        name = f"{host}/{path.removesuffix('.git')}"
    else:
        name = repository_name(address) if "://" in address or "@" in address else f"github.com/{address.removesuffix('.git')}"
    verdict, digests, why = ref_verdict(ref or asked.ref, name)
    found = Reference(Artifact("git", name), ref or asked.ref, digests, verdict, word.span, role, why)
    return _at_ref(found, word, len(word.text) - len(ref)) if ref else found


def requirement(word: Word, role: str) -> Reference:
    """A requirement as pip takes it."""
    from pinlint.ecosystems.pypi import names
    from pinlint.semantics.pip_arguments import requirement as read

    found = read(word.text, word.span, role)
    if found.artifact.kind == "git" and found.version and word.exact:
        from pinlint.ecosystems.pypi.revisions import repository

        asked = names.parse_line(word.text)
        return _at_ref(found, word, asked.url_start + repository(asked.url).start)
    return found


def _at_ref(found: Reference, word: Word, at: int) -> Reference:
    """A reference to a repository with the place of its ref, if that stands at `at` as it is."""
    if not word.exact or not word.text.startswith(found.version, at):
        return found
    place = Span(word.span.start + at, word.span.start + at + len(found.version))
    asked = "" if re.search(r"ssh:|[\w.-]+@[\w.-]+:", word.text) else f"https://{found.artifact.name}"
    return found._replace(artifact=found.artifact._replace(source=asked), span=place, site=place, notation="command-ref")


def pypi(word: Word, role: str) -> Reference:
    """A requirement, or a name with a version as uv and pipx alone write it: `ruff@0.6.0`, `ruff@latest`."""
    short = _FRESH.fullmatch(word.text)
    if not short:
        return requirement(word, role)
    if short["version"] == "latest":
        return requirement(word._replace(text=short["name"]), role)._replace(version="latest", why="")
    joint = "" if short["version"][0] in "<>=!~" else "=="
    return requirement(word._replace(text=f"{short['name']}{short['extras'] or ''}{joint}{short['version']}"), role)


def go(word: Word, role: str) -> Reference:
    """`path@version`; without a version go.mod decides."""
    from pinlint.ecosystems.go.names import version_verdict

    name, at, version = word.text.partition("@")
    if not at:
        return Reference(Artifact("go", name[:200]), "", (), "local", word.span, role, "this module, or what its go.mod says")
    if re.fullmatch(r"[0-9a-f]{40}", version):
        return Reference(Artifact("go", name), version, (version,), "digest", word.span, role)
    verdict = version_verdict(version)[0]
    if re.fullmatch(r"\d+(?:\.\d+)+", version):
        return Reference(Artifact("go", name), version, (), "tag", word.span, role)
    if re.fullmatch(r"v\d+(?:\.\d+)?|[<>]=?.*", version):
        why = "the newest version that begins so is taken" if version[0] == "v" else "it is a range"
        return Reference(Artifact("go", name), version, (), "range", word.span, role, why)
    settled = _CHECKED if verdict == "version" else ""
    return Reference(Artifact("go", name), version, (), verdict, word.span, role, "", settled)


def nuget(word: Word, role: str) -> Reference:
    """`name@version`."""
    from pinlint.ecosystems.nuget.names import version_verdict

    name, _, version = word.text.partition("@")
    if not version:
        why = "no version is asked for, so every run takes the newest one"
        return Reference(Artifact("nuget", name), "", (), "floating", word.span, role, why)
    verdict, why = version_verdict(version)
    return Reference(Artifact("nuget", name), version, (), verdict, word.span, role, why)


def package(kind: str, name: str, version: str, span: Span, role: str) -> Reference:
    """A package of npm or PyPI that a file names beside the version that it wants, "" for none."""
    joint = "@" if kind == "npm" else "" if version[:1] in tuple("<>=!~") else "=="
    word = Word(f"{name}{joint}{version}" if version else name, span, exact=False)
    return {"npm": npm, "pypi": pypi}[kind](word, role)._replace(span=span)
