"""Terraform's and OpenTofu's configuration: the modules that a folder calls, and the providers that it requires.

The lock holds providers and no modules. Ranges are right where others call the folder as a module. Source: Terraform's language
reference (module sources, provider requirements, dependency lock file).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pinlint.ecosystems.terraform.names import (
    allows,
    builtin,
    constraint_verdict,
    constraints,
    module_source,
    provider,
)  # fmt: skip
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.terraform_modules import sourced
from pinlint.semantics.terraform_roots import LOCK, is_deployed, lock_of
from pinlint.syntax import hcl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.semantics.terraform_roots import Locked
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_MODULE, _PROVIDER = "module", "required provider"
_USER = "whoever calls this module"
#: What a file must hold to say anything about how long images are kept, and whether their tags can be moved.
_KEEPING = (
    "rulePriority", "aws_ecr_", "google_artifact_registry_repository", "harbor_", "image_tag_mutability",
    "azurerm_container_registry", "container_expiration_policy", "_cleanup_policy",
    "aws_s3_bucket_lifecycle_configuration", "lifecycle_rule",
)  # fmt: skip
_HOSTS = ("registry.terraform.io", "registry.opentofu.org")


class _Asked(NamedTuple):
    """A module or a provider: what its source and its version say, None where they are not written."""

    name: str
    source: hcl.Value | None = None
    version: hcl.Value | None = None


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Modules, then providers; facts where the lock lacks one, holds another version, or is missing."""
    modules: dict[str, _Asked] = {}
    providers: dict[str, _Asked] = {}
    for one in hcl.read(document):
        path = one.path
        if len(path) == 3 and path[0] == "module" and path[2] in ("source", "version"):
            _say(modules, path[1], path[2], one)
        elif path[:2] == ("terraform", "required_providers") and len(path) in (3, 4):
            key = path[3] if len(path) == 4 else "version"
            if key in ("source", "version"):
                _say(providers, path[2], key, one)
    for asked in modules.values():
        if asked.source is not None:
            yield from _module(asked.source, asked.version, document, tree)
    yield from _providers([one for one in providers.values() if _certain(one)], document, tree)
    if any(word in document.text for word in _KEEPING):
        from pinlint.semantics.terraform_retention import retention  # few configurations hold any

        yield from retention(document, tree)


def _say(known: dict[str, _Asked], name: str, key: str, value: hcl.Value) -> None:
    asked = known.get(name, _Asked(name))
    known[name] = asked._replace(source=value) if key == "source" else asked._replace(version=value)


def _certain(asked: _Asked) -> bool:
    return all(one is None or (one.whole and one.node.style == '"') for one in (asked.source, asked.version))


def _module(source: hcl.Value, version: hcl.Value | None, document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    text = source.node.value
    asked = module_source(text) if source.whole and source.node.style == '"' else None
    if asked and asked.kind == "registry":
        yield _from_registry(asked.name, version, source.node.inner, document, tree)
    elif source.node.style == '"':
        yield from sourced(text, asked, source.node.inner, _MODULE, document)
    else:
        yield from sourced("", None, source.node.inner, _MODULE, document)


def _from_registry(name: str, version: hcl.Value | None, span: Span, document: Document, tree: Tree) -> Reference:
    artifact = Artifact("terraform", name)
    if version is None:
        why = "no version is asked for, so every init takes the newest one"
        return Reference(artifact, "", (), "floating", span, _MODULE, why)
    text = version.node.value
    if not version.whole or version.node.style != '"':
        return Reference(artifact, text[:200], (), "unknown", version.node.inner, _MODULE, "an expression says its version")
    verdict, why = constraint_verdict(text)
    settled = ""
    if verdict == "range":
        deployed = lock_of(document.path, tree) is not None or is_deployed(document.path, tree)
        settled, why = ("", "no lock holds modules, so the next release changes what you get") if deployed else (_USER, "")
    return Reference(artifact, text, (), verdict, version.node.inner, _MODULE, why, settled)


# --- providers ---------------------------------------------------------------------------------------------------------------


def _providers(asked: list[_Asked], document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    if not asked:
        return
    folder = document.path.rpartition("/")[0]
    path = f"{folder}/{LOCK}".lstrip("/")
    lock = lock_of(document.path, tree)
    settled = path if tree.exists(path) else "" if is_deployed(document.path, tree) else _USER
    if not settled and (first := _fetched(asked)):
        why = "so every init may take other versions; run `terraform init` and commit it"
        yield Fact("missing-lock", _span(first), f"no {LOCK} is beside it, {why}")
    if lock and (found := _difference(asked, lock)):
        one, why = found
        yield Fact(
            "stale-lock", _span(one), f"{why}, so `terraform init -lockfile=readonly` refuses it; run `terraform init -upgrade`"
        )
    for one in asked:
        yield _provider(one, settled)


def _fetched(asked: list[_Asked]) -> _Asked | None:
    return next((one for one in asked if not builtin(_name(one))), None)


def _name(asked: _Asked) -> str:
    return provider(asked.source.node.value if asked.source is not None else asked.name)


def _span(asked: _Asked) -> Span:
    value = asked.version or asked.source
    assert value is not None
    return value.node.inner


def _difference(asked: list[_Asked], lock: dict[str, Locked]) -> tuple[_Asked, str] | None:
    """The first provider that the lock lacks, or holds in a version that is not asked for."""
    for one in asked:
        name = _name(one)
        if not name or builtin(name):
            continue
        held = [lock[full] for full in ((name,) if name.count("/") == 2 else [f"{host}/{name}" for host in _HOSTS]) if full in lock]
        if not held:
            return one, f"the lock lacks {name[:200]}"
        wanted = constraints(one.version.node.value) if one.version is not None else ()
        if wanted and all(allows(wanted, found.version) is False for found in held):
            return one, f"the lock holds {name[:200]} {held[0].version[:60]}"
    return None


def _provider(asked: _Asked, settled: str) -> Reference:
    artifact = Artifact("terraform", _name(asked) or asked.name)
    if builtin(artifact.name):
        return Reference(artifact, "", (), "local", _span(asked), _PROVIDER, "it is a part of Terraform")
    if asked.version is None:
        return Reference(artifact, "", (), "floating", _span(asked), _PROVIDER, "any version will do", settled)
    text = asked.version.node.value
    verdict, why = constraint_verdict(text)
    return Reference(artifact, text, (), verdict, _span(asked), _PROVIDER, why, "" if verdict == "unknown" else settled)
