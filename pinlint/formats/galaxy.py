"""Ansible Galaxy's requirements: collections and roles, by name, from repositories, or as archives.

Source: Ansible's Galaxy user guide (requirements.yml, the old list of roles too); ansible, playbook/role/requirement.py.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.galaxy.names import is_name, verdict
from pinlint.ecosystems.git.names import ref_verdict, repository_name
from pinlint.ecosystems.url.names import is_insecure, origin, url_verdict, without_credentials
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.git_refs import at_ref
from pinlint.syntax import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_ARCHIVE = re.compile(r"\.(?:tar\.gz|tgz|zip)\Z")
_HERE = "it lies in this repository or on this machine"
_LOCAL = ("file", "dir", "subdirs")


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every collection and role, in order."""
    roots = yaml.read(document)
    items = [(kind, one) for root in roots for kind, one in _items(root)]
    if not items and not any(root.get("collections") or root.get("roles") for root in roots if root.kind == "mapping"):
        yield Fact("foreign", Span(0, 0), "no requirements of Ansible Galaxy: neither collections nor roles")
        return
    seen: set[yaml.Node] = set()
    for kind, one in items:
        if one not in seen:  # an alias leads to the same place
            seen.add(one)
            yield from _item(kind, one, document)


def _items(root: yaml.Node) -> Iterator[tuple[str, yaml.Node]]:
    if root.kind == "sequence":
        if all(one.kind == "mapping" and (one.get("src") or one.get("name") or one.get("include")) for one in root.elements):
            yield from (("role", one) for one in root.elements)
        return
    for kind, key in (("collection", "collections"), ("role", "roles")):
        yield from ((kind, one) for one in yaml.select(root, key, "*"))


def _item(kind: str, one: yaml.Node, document: Document) -> Iterator[Reference | Fact]:
    if one.kind == "scalar":
        yield from _short(kind, one)
        return
    if one.get("include") is not None:
        return
    source = one.get("src") or one.get("name") if kind == "role" else one.get("name")
    typed, scm, version = one.get("type"), one.get("scm"), one.get("version")
    if kind == "collection" and (typed is not None and typed.value == "git") and one.get("source") is not None:
        source = one.get("source")
    if source is None or source.kind != "scalar" or not source.value.strip():
        return
    if not yaml.literal(source):
        why = "a template fills it in"
        yield Reference(Artifact("galaxy", source.value[:200]), "", (), "unknown", source.inner, kind, why)
        return
    text = source.value.strip()
    if (typed is not None and typed.value in _LOCAL) or text.startswith((".", "/", "~", "file:")):
        yield Reference(
            Artifact("galaxy", text[:200]), "", (), "local", source.inner, kind, "it lies in this repository or machine"
        )
    elif _is_git(text, (typed or scm)):
        yield from _transport(text, source.inner)
        address = without_credentials(text.removeprefix("git+").partition("#")[0])
        artifact = Artifact("git", repository_name(address), address)
        yield at_ref(artifact, version, document, source.inner, kind)
    elif "://" in text:
        yield from _from_address(text, source.inner, kind)
    else:
        yield _named(text, version, source, kind)


def _is_git(text: str, said: yaml.Node | None) -> bool:
    if said is not None and said.value in ("git", "hg"):
        return said.value == "git"
    if text.startswith(("git+", "git@", "git://", "ssh://")):
        return True
    return "://" in text and (text.endswith(".git") or ("github.com/" in text and not _ARCHIVE.search(text)))


def _transport(text: str, span: Span) -> Iterator[Fact]:
    address = text.removeprefix("git+")
    if is_insecure(address):
        yield Fact("insecure-transport", span, f"{without_credentials(address)} is fetched without TLS")


def _from_address(text: str, span: Span, kind: str) -> Iterator[Reference | Fact]:
    yield from _transport(text, span)
    found, why = url_verdict(text)
    yield Reference(Artifact("url", without_credentials(text), origin(text)), "", (), found, span, kind, why)


def _named(text: str, version: yaml.Node | None, source: yaml.Node, kind: str) -> Reference:
    artifact = Artifact("galaxy", text[:200])
    if version is None or version.is_null or version.kind != "scalar":
        found, why = verdict("") if is_name(text) else ("unknown", "Galaxy has no such name")
        return Reference(artifact, "", (), found, source.inner, kind, why)
    if not yaml.literal(version):
        return Reference(artifact, version.value[:200], (), "unknown", version.inner, kind, "a template fills it in")
    found, why = verdict(version.value)
    return Reference(artifact, version.value, (), found, version.inner, kind, why)


def _short(kind: str, one: yaml.Node) -> Iterator[Reference | Fact]:
    """`ns.name:1.2.3` of a collection, `ns.name,1.2.3` of a role, `git+https://…,ref` of both."""
    text = one.value.strip()
    if not text:
        return
    if not yaml.literal(one):
        yield Reference(Artifact("galaxy", text[:200]), "", (), "unknown", one.inner, kind, "a template fills it in")
        return
    name, _, rest = text.partition(",")
    ref = rest.partition(",")[0].strip()
    if _is_git(name, None):
        yield from _transport(name, one.inner)
        address = without_credentials(name.removeprefix("git+").partition("#")[0])
        found, digests, why = ref_verdict(ref, repository_name(address))
        yield Reference(Artifact("git", repository_name(address), address), ref, digests, found, one.inner, kind, why)
    elif "://" in name:
        yield from _from_address(name, one.inner, kind)
    elif name.startswith((".", "/", "~")):
        yield Reference(Artifact("galaxy", name[:200]), "", (), "local", one.inner, kind, _HERE)
    else:
        name, _, version = name.partition(":") if kind == "collection" else (name, "", ref)
        found, why = verdict(version) if is_name(name) else ("unknown", "Galaxy has no such name")
        yield Reference(Artifact("galaxy", name[:200]), version, (), found, one.inner, kind, why)
