"""Where a module of Terraform is fetched from: a folder, a repository, or an archive at an address.

Knows what a source of that kind comes to; must not know which file names it, nor what a registry's version means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.git.names import ref_verdict, repository_name
from pinlint.ecosystems.url.names import is_insecure, origin, url_verdict, without_credentials
from pinlint.model import Artifact, Fact, Reference, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.ecosystems.terraform.names import Source
    from pinlint.text import Document

__all__ = ["sourced"]

#: What begins a path that no variable can lead away from this repository.
_HERE = ("./", "../", "${path.module}/", "${path.root}/")


def sourced(text: str, asked: Source | None, span: Span, role: str, document: Document) -> Iterator[Reference | Fact]:
    """What is fetched from a source that no registry serves; `asked` is None where an expression says a part of it."""
    artifact = Artifact("terraform", text[:200] or document.text[slice(*span)][:200])
    if text.startswith(_HERE):
        yield Reference(artifact, "", (), "local", span, role, "it lies in this repository")
        return
    if asked is None:
        yield Reference(artifact, "", (), "unknown", span, role, "an expression says where it comes from")
        return
    if asked.address and is_insecure(asked.address):
        yield Fact("insecure-transport", span, f"{without_credentials(asked.address)} is fetched without TLS")
    if asked.kind == "git" and not any(mark in asked.address for mark in "/:"):
        yield Reference(artifact, "", (), "unknown", span, role, "it is no address; something else is to take its place")
    elif asked.kind == "git" and asked.address.startswith((".", "/", "file:")):
        yield Reference(artifact, "", (), "local", span, role, "it is a repository of this machine")
    elif asked.kind == "git":
        yield _from_git(asked, text, span, role, document)
    elif asked.kind == "url":
        yield _from_address(asked, span, role)
    elif asked.kind == "local":
        yield Reference(artifact, "", (), "local", span, role, "it lies in this repository or machine")
    else:
        why = "pinlint does not know what Terraform fetches from there"
        yield Reference(artifact, "", (), "unknown", span, role, why)


def _from_git(asked: Source, text: str, span: Span, role: str, document: Document) -> Reference:
    """The ref stands as far from the end of what is written as from the end of what that means."""
    address = without_credentials(asked.address)
    artifact = Artifact("git", repository_name(asked.address), address)
    ref = asked.ref.removeprefix("tags/")
    verdict, digests, why = ref_verdict(ref, artifact.name)
    start = span.end - len(text) + asked.at
    place = Span(start, start + len(asked.ref))
    found = asked.at >= 0 and start >= span.start and document.text[start - 1 : span.end] == text[asked.at - 1 :]
    writable = found and not asked.shallow and ref == asked.ref
    site, notation = (place, "git-commit") if writable else (None, "")
    return Reference(artifact, asked.ref, digests, verdict, place if found else span, role, why, site=site, notation=notation)


def _from_address(asked: Source, span: Span, role: str) -> Reference:
    artifact = Artifact("url", without_credentials(asked.address), origin(asked.address))
    if asked.checksum:
        return Reference(artifact, "", (asked.checksum,), "digest", span, role)
    if asked.address.endswith(".git"):
        why = "Terraform takes it for an archive; write git:: before it"
        return Reference(artifact, "", (), "unknown", span, role, why)
    verdict, why = url_verdict(asked.address)
    return Reference(artifact, "", (), verdict, span, role, why)
