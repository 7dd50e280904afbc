"""Terragrunt: the module that a unit deploys, and the units of a stack.

No lock holds them. A source is what go-getter takes, besides modules of a registry at `tfr://`. Source: Terragrunt's manual (blocks
terraform, unit and stack), gruntwork-io/terragrunt, internal/tf/getter.go.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.terraform.names import constraint_verdict, module_source
from pinlint.model import Artifact, Reference, Span
from pinlint.semantics.terraform_modules import sourced
from pinlint.syntax import hcl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_ROLES = {"terraform": "module", "unit": "unit", "stack": "stack"}
_HERE = ("${get_repo_root()}", "${get_terragrunt_dir()}", "${get_parent_terragrunt_dir()}", "${find_in_parent_folders(")
_LOCAL = re.compile(r"\$\{local\.([\w-]+)\}")
_LONGEST = 500  # characters of a source, and of a local value in it: a file must not make more of itself
_REGISTRY = re.compile(r"tfr://(?P<host>[^/?]*)/(?P<name>[^?]+?)(?://[^?]*)?(?:\?(?P<query>.*))?", re.DOTALL)
_DEFAULT = ("", "registry.terraform.io", "registry.opentofu.org")


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """What is deployed from elsewhere; what is wrong with policies about keeping images that modules are given."""
    sources, known, version = [], {}, None
    for one in hcl.values(document.text):
        if one.path == ("terraform", "source") or (one.path[:1] in (("unit",), ("stack",)) and one.path[2:] == ("source",)):
            sources.append(one)
        elif one.path == ("terraform", "version"):
            version = version or one
        elif (
            one.path[:1] == ("locals",)
            and len(one.path) == 2
            and one.whole
            and one.node.style == '"'
            and len(one.node.value) <= _LONGEST
        ):
            known[one.path[1]] = one.node.value
    seen: set[tuple[str, ...]] = set()
    for one in sources:
        if one.path not in seen:  # of an expression one part is enough
            yield from _source(one, version if one.path[0] == "terraform" else None, known, document)
        seen.add(one.path)
    if "rulePriority" in document.text:
        from pinlint.semantics.terraform_retention import retention  # few units hold a policy

        yield from retention(document, tree)


def _source(one: hcl.Value, version: hcl.Value | None, known: dict[str, str], document: Document) -> Iterator[Reference | Fact]:
    role, span = _ROLES[one.path[0]], one.node.inner
    if not one.alone or one.node.style != '"':
        yield from sourced("", None, span, role, document)
        return
    text = one.node.value
    if len(text) <= _LONGEST:
        text = _LOCAL.sub(lambda found: known.get(found[1], found[0]), text)
    if text.startswith(_HERE):
        yield Reference(Artifact("terraform", text[:200]), "", (), "local", span, role, "it lies in this repository")
    elif "${" in text or "%{" in text or "{{" in text or "\\" in text:
        yield from sourced(text, None, span, role, document)
    elif found := _REGISTRY.fullmatch(text):
        made = _from_registry(found, text, span, role, document)
        yield _at(made, version) if version is not None and not made.version else made
    else:
        asked = module_source(text)
        bare = "://" not in text and "::" not in text
        if asked.kind == "registry" or (asked.kind == "" and bare):  # of such go-getter knows nothing but folders
            asked = asked._replace(kind="local", address="")
        yield from sourced(text, asked, span, role, document)


def _at(found: Reference, version: hcl.Value) -> Reference:
    """A module of a registry in the version that is asked for beside it."""
    text, span = version.node.value, version.node.inner
    if not version.whole or version.node.style != '"':
        return found._replace(version=text[:200], verdict="unknown", span=span, why="an expression says its version")
    verdict, why = constraint_verdict(text)
    return found._replace(version=text, verdict=verdict, span=span, why=why)


def _from_registry(found: re.Match[str], text: str, span: Span, role: str, document: Document) -> Reference:
    name = found["name"] if found["host"] in _DEFAULT else f"{found['host']}/{found['name']}"
    artifact = Artifact("terraform", name)
    version = next((field[8:] for field in (found["query"] or "").split("&") if field.startswith("version=")), "")
    if not version:
        return Reference(artifact, "", (), "floating", span, role, "no version is asked for, so every init takes the newest one")
    verdict, why = constraint_verdict(version)
    start = span.end - len(text) + text.index("version=", found.start("query")) + 8
    place = Span(start, start + len(version)) if document.text[start : start + len(version)] == version else span
    return Reference(artifact, version, (), verdict, place, role, why)
