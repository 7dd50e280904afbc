"""Buf: the modules that schemas need, which the lock beside settles, and the plugins and inputs that code is generated with, which
nothing does.

Source: Buf's manual (buf.yaml and buf.gen.yaml, v1 and v2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.buf.names import module_verdict, parted, plugin_verdict
from pinlint.ecosystems.git.names import ref_verdict, repository_name
from pinlint.ecosystems.url.names import is_insecure, without_credentials
from pinlint.model import Artifact, Fact, Reference
from pinlint.semantics.buf_locks import LOCK, held, made_here
from pinlint.syntax.yaml import read
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_MANIFESTS = ("buf.yaml", "buf.yml")
_MODULE, _PLUGIN, _INPUT = "schema module", "remote plugin", "generator's input"


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """The modules of buf.yaml; of buf.gen.yaml plugins, then inputs."""
    for root in read(document):
        if document.path.rpartition("/")[2] in _MANIFESTS:
            checks = [one.get("plugin") for one in _elements(root, "plugins")]
            asked = [*_elements(root, "deps"), *(one for one in checks if one is not None and one.value.count("/") == 2)]
            yield from _modules(asked, document, tree)
            continue
        for one in _elements(root, "plugins"):
            for named in (one.get("remote"), one.get("plugin")):
                if named is not None and named.value.count("/") >= 2:
                    yield _plugin(named)
        for one in _elements(root, "inputs"):
            yield from _input(one)


def _elements(root: Node, key: str) -> list[Node]:
    found = root.get(key)
    return found.elements if found is not None else []


def _modules(asked: list[Node], document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    path = join(document.path, LOCK)
    known, own = held(path, tree) if tree.exists(path) else None, made_here(tree)
    found = [one for one in asked if one.kind == "scalar" and one.value]
    for one in (one for one in found if parted(one.value)[0] in own):
        yield Reference(Artifact("buf", parted(one.value)[0]), "", (), "local", one.inner, _MODULE, "this repository makes it")
    found = [one for one in found if parted(one.value)[0] not in own]
    loose = next((one for one in found if module_verdict(parted(one.value)[1])[0] == "floating"), None)
    if loose is not None and known is None:
        why = f"no {LOCK} says which commit of it is meant: run `buf dep update` and commit the lock"
        yield Fact("missing-lock", loose.inner, why)
    for one in found:
        name, ref = parted(one.value)
        if known and name not in known:
            why = f"the lock lacks {name[:100]}; run `buf dep update`"
            yield Fact("stale-lock", one.inner, why)
        verdict, why = module_verdict(ref)
        settled = LOCK if known and name in known else ""
        yield Reference(Artifact("buf", name), ref, (), verdict, one.inner, _MODULE, why, settled)


def _plugin(named: Node) -> Reference:
    name, version = parted(named.value)
    verdict, why = plugin_verdict(version)
    return Reference(Artifact("buf", name), version, (), verdict, named.inner, _PLUGIN, why, refused=verdict == "unknown")


def _input(one: Node) -> Iterator[Reference | Fact]:
    """A module of a registry, a repository, or an archive; what else there is lies in the repository."""
    for key in ("module", "git_repo", "tarball", "zip_archive"):
        where = one.get(key)
        if where is None or where.kind != "scalar":
            continue
        address = where.value
        if key == "module":
            name, ref = parted(address)
            verdict, why = module_verdict(ref)
            yield Reference(Artifact("buf", name), ref, (), verdict, where.inner, _INPUT, why)
        elif "://" not in address and "@" not in address:
            yield Reference(Artifact("git", address[:200]), "", (), "local", where.inner, _INPUT, "it lies in this repository")
        else:
            if is_insecure(address):
                yield Fact("insecure-transport", where.inner, f"{without_credentials(address)[:200]} is fetched without TLS")
            yield _fetched(one, where, key)


def _fetched(one: Node, where: Node, key: str) -> Reference:
    address = without_credentials(where.value)
    if key != "git_repo":
        why = "Buf knows no checksum, so whatever the server sends is taken; name a repository and a commit"
        return Reference(Artifact("url", address), "", (), "floating", where.inner, _INPUT, why)
    said = next(
        (found for found in (one.get("commit"), one.get("ref"), one.get("tag"), one.get("branch")) if found is not None), None
    )
    ref = said.value if said is not None else ""
    artifact = Artifact("git", repository_name(where.value), address)
    verdict, digests, why = ref_verdict(ref, artifact.name)
    if said is not None and said is one.get("branch"):
        verdict, digests, why = "floating", (), f"{ref[:60]} is a branch, which moves with every push"
    return Reference(artifact, ref, digests, verdict, (said or where).inner, _INPUT, why)
