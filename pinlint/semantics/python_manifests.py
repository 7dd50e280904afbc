"""What a Python manifest asks for, entry by entry: texts as PEP 508 has them, and Poetry's tables and ranges.

Knows how firmly an entry asks and where in its text that stands; must not know in which file, nor whether a lock settles it.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from pinlint.ecosystems.git.names import ref_verdict, repository_name
from pinlint.ecosystems.pypi import names
from pinlint.ecosystems.pypi.revisions import repository, revision_verdict
from pinlint.ecosystems.url.names import is_insecure
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.python_locks import table, tables
from pinlint.syntax.toml_values import Found, Unparsable, places

__all__ = ["Place", "Places", "asked_in", "asked_of_uv", "insecure", "mendable", "of_poetry", "of_text", "quoted", "unparsable"]

_Keys = tuple[str | int, ...]
_EXACT = re.compile(r"(?:===?)?\s*v?[0-9]+(?:\.[0-9]+)*(?:[-_.]?(?:a|b|c|rc|alpha|beta|pre|post|dev)[-_.]?[0-9]*)*(?:\+[\w.]+)?\Z")
_PATH = "it is a path of this repository or machine"


class Place(NamedTuple):
    """Where a value stands, the text that it is written as without its quotes ("" where that is not what it means), and where that
    begins."""

    span: Span
    written: str = ""
    begin: int = 0

    def part(self, start: int, end: int) -> Span:
        """The place of a part of the value; all of it where it is written otherwise."""
        return Span(self.begin + start, self.begin + end) if self.written[start:end] else self.span


def quoted(text: str, span: Span, meant: object) -> Place:
    """The place of a value between quotes."""
    written = text[span.start + 1 : span.end - 1]
    return Place(span, written if written == meant else "", span.start + 1)


class Places:
    """Where the values of a text stand."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: dict[_Keys, Found] = {one.keys: one for one in places(text)}

    def __call__(self, keys: _Keys, meant: object) -> Place:
        """The place of a value; what is written there only if that is exactly what it means."""
        found = self.found.get(keys)
        if found is None:
            return Place(Span(0, 0))
        return quoted(self.text, found.value, meant) if isinstance(meant, str) else Place(found.key)

    def below(self, keys: _Keys, value: object) -> dict[str, Place]:
        """The places of the texts of a table."""
        pairs = value.items() if isinstance(value, dict) else ()
        return {key: self((*keys, key), one) for key, one in pairs if isinstance(one, str)}


def of_text(text: str, place: Place, role: str, *, argument: bool = False) -> Reference:
    """The reference of a requirement as PEP 508 has it, or of an `argument` of pip, which may be a mere address."""
    if text.startswith("-e ") and "://" in text and not text[3:].lstrip().lower().startswith("file:"):
        asked_at = len(text) - len(text[3:].lstrip())
        place = Place(place.span, place.written[asked_at:], place.begin + asked_at)
        return of_text(text[asked_at:], place, role, argument=True)
    if text.startswith("-e ") or "{root:" in text:
        return Reference(Artifact("pypi", text[:60]), "", (), "local", place.span, role, _PATH)
    try:
        asked = names.parse_line(text) if argument else names.parse(text)
    except names.InvalidRequirement as error:
        return Reference(Artifact("pypi", text[:60]), "", (), "unknown", place.span, role, f"it is no requirement: {error}")
    name = names.normalise(asked.name)
    if asked.path or asked.url[:5].lower() == "file:":
        return Reference(Artifact("pypi", name), "", (), "local", place.span, role, _PATH)
    if "+" in asked.url.partition(":")[0]:
        found = repository(asked.url)
        verdict, digests, why = revision_verdict(found.revision)
        at = asked.url_start + found.start
        span = place.part(at, at + len(found.raw)) if found.raw else place.part(asked.url_start, asked.url_start + len(asked.url))
        address = names.without_secrets(asked.url).removesuffix(f"@{found.raw}")
        return Reference(Artifact("git", found.repository, address), found.revision, digests, verdict, span, f"git {role}", why)
    if asked.url:
        return _archive(asked.url, "", place.part(asked.url_start, asked.url_start + len(asked.url)), role)
    verdict, why = names.specifier_verdict(asked.specifiers)
    if not asked.specifiers:
        return Reference(Artifact("pypi", name), "", (), verdict, place.part(asked.start, asked.end), role, why)
    start, end = asked.specifiers[0].start, asked.specifiers[-1].end
    version = asked.specifiers[0].version if verdict == "version" else text[start:end]
    return Reference(Artifact("pypi", name), version, (), verdict, place.part(end - len(version), end), role, why)


def _archive(url: str, hashed: str, span: Span, role: str) -> Reference:
    found, verdict, why = names.url_hash(f"{url}#{hashed}" if hashed else url)
    digests = (found,) if found else ()
    if url[:5].lower() == "file:":
        verdict, digests, why = "local", (), _PATH
    return Reference(Artifact("url", names.without_secrets(url)), "", digests, verdict, span, f"archive {role}", why)


def _repository(url: str, ref: str, span: Span, role: str) -> Reference:
    if "://" in url and not ref and (found := repository(url)).revision:  # Poetry takes one behind the address, too
        url, ref = url[: found.start - 1], found.revision
    artifact = Artifact("git", repository_name(url), names.without_secrets(url))
    verdict, digests, why = ref_verdict(ref, artifact.name)
    return Reference(artifact, ref, digests, verdict, span, role, why)


def of_table(name: str, asked: dict[str, Any], places: dict[str, Place], place: Place, role: str, kind: str) -> Reference | None:
    """The reference of a table that says where a project comes from; None where it says only from which index."""

    def at(key: str) -> Span:
        found = places.get(key)
        return found.part(0, len(found.written)) if found else place.span

    said = {key: value for key, value in asked.items() if isinstance(value, str)}
    if "git" in said:
        key = next((one for one in ("rev", "tag", "branch", "ref") if said.get(one)), "git")
        ref = said[key] if key != "git" else ""
        made = _repository(said["git"], ref, at(key), f"git {kind}")
        if key == "branch" and made.verdict != "floating":  # whatever it is called, that is what it is
            made = made._replace(verdict="floating", digests=(), why=f"{ref} is a branch, which moves with every push")
        elif key == "tag" and made.verdict != "tag":
            made = made._replace(verdict="tag", digests=(), why="")
        return made
    if "url" in said:
        return _archive(said["url"], "", at("url"), kind)
    if said.get("file", "").startswith(("https://", "http://")):
        return _archive(said["file"], "", at("file"), kind)
    if any(key in asked for key in ("path", "workspace", "file", "develop")):
        return Reference(Artifact("pypi", names.normalise(name)), "", (), "local", place.span, role, _PATH)
    return None


def _of_uv(name: str, asked: dict[str, Any], places: dict[str, Place], place: Place) -> Reference | None:
    """The reference of an entry of `tool.uv.sources`."""
    return of_table(name, asked, places, place, "project source", "source")


def of_poetry(name: str, asked: Any, places: dict[str, Place], place: Place, role: str) -> Reference:
    """The reference of an entry of Poetry's or pipenv's tables: a range, or a table."""
    normal = names.normalise(name)
    if isinstance(asked, dict):
        if made := of_table(name, asked, places, place, role, "dependency"):
            return made
        place = places.get("version", place)
        asked = asked.get("version", "*")
    if not isinstance(asked, str):
        return Reference(Artifact("pypi", normal), "", (), "unknown", place.span, role, "it is neither a range nor a table")
    text = asked.strip()
    span = place.part(0, len(place.written)) if place.written else place.span
    if text in ("", "*"):
        why = "no version is asked for, so every install takes the newest one"
        return Reference(Artifact("pypi", normal), text, (), "floating", span, role, why)
    if _EXACT.match(text.lower()):
        return Reference(Artifact("pypi", normal), text.lstrip("= "), (), "version", span, role)
    why = "several versions satisfy it, so installs may differ"
    return Reference(Artifact("pypi", normal), text, (), "range", span, role, why)


def asked_in(keys: _Keys, manifest: dict[str, Any], where: Places, role: str) -> Iterator[Reference]:
    """The requirements of an array; what else stands there (an included group) asks for nothing by itself."""
    value: Any = manifest
    for key in keys:
        value = table(value).get(str(key))
    for number, text in enumerate(value if isinstance(value, list) else ()):
        if isinstance(text, str):
            yield of_text(text, where((*keys, number), text), role)


def asked_of_uv(manifest: dict[str, Any], where: Places) -> Iterator[Reference]:
    """What the table `tool.uv` asks for."""
    uv = table(table(manifest.get("tool")).get("uv"))
    yield from asked_in(("tool", "uv", "dev-dependencies"), manifest, where, "group dependency")
    for key in ("constraint-dependencies", "override-dependencies", "build-constraint-dependencies"):
        yield from asked_in(("tool", "uv", key), manifest, where, "constraint")
    for name, source in table(uv.get("sources")).items():
        keys: _Keys = ("tool", "uv", "sources", name)
        several = [((*keys, number), one) for number, one in tables(source)] if isinstance(source, list) else [(keys, source)]
        for at, one in several:
            if isinstance(one, dict) and (made := _of_uv(name, one, where.below(at, one), where(at, one))):
                yield made


def unparsable(text: str, error: Unparsable) -> Unparsable:
    """Why a manifest cannot be read: it may be a template."""
    template = next((mark for mark in ("{%", "{{") if mark in text), "")
    said = "a Jinja template or one of its kind" if template else ""
    return Unparsable(f"it is no TOML: {error}", text.find(template) if template else 0, said)


def mendable(reference: Reference, text: str, *, locked: bool) -> Reference:
    """The reference with the notation of a commit, where its ref stands in `text` as what it means: behind the address of a
    requirement, or alone between quotes; with its place, too, unless a lock was made for that ref, which its tool would refuse."""
    place, ref = reference.span, reference.version
    if reference.artifact.kind != "git" or reference.verdict not in ("floating", "tag") or not isinstance(place, Span) or not ref:
        return reference
    if text[place.start : place.end] != ref:
        return reference
    before, behind = text[place.start - 1 : place.start], text[place.end : place.end + 1]
    notation = "toml-ref" if before in ("'", '"') and behind == before else "toml-requirement" if before == "@" else ""
    return reference._replace(site=None if locked or not notation else place, notation=notation)


def insecure(reference: Reference) -> Fact | None:
    """The fact that what a reference names is fetched without TLS."""
    address = reference.artifact.source if reference.artifact.kind == "git" else reference.artifact.name
    kind = reference.artifact.kind
    if kind in ("git", "url") and reference.verdict != "local" and is_insecure(address.removeprefix("git+")):
        return Fact("insecure-transport", reference.span, f"{names.without_secrets(address)[:200]} is asked without TLS")
    return None
