"""What Bazel fetches that no registry of modules knows: archives and files, repositories of git, and images.

Knows the arguments of the rules and overrides that name them; must not know which calls a file makes.
Source: bazel.build, "Repository rules" and "MODULE.bazel files"; rules_oci and rules_docker, their pull rules.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.bazel.names import sum_verdict
from pinlint.ecosystems.git.names import ref_verdict, repository_name
from pinlint.ecosystems.oci.names import image_at
from pinlint.ecosystems.url.names import is_insecure, origin, url_verdict, without_credentials
from pinlint.model import Artifact, Fact, Reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.semantics.starlark import Call, Said

__all__ = ["download", "image", "repository"]

_COMPUTED = "the file computes it, and pinlint executes nothing"
_HANDED_ON = "its arguments stand elsewhere"
_HERE = "it lies on this machine"
_local = re.compile(r"(?:file:|[/.~]).*").fullmatch
_LONGEST = 200  # characters of a name


def download(call: Call, role: str) -> Iterator[Reference | Fact]:
    """An archive or a file, then the patches that are fetched for it; facts where a plain protocol alone vouches for it."""
    addresses = [one for one in (*call.listed("urls"), *call.listed("url")) if one.text is None or one.text]
    known = next((one for one in addresses if one.text and ":" in one.text), None)
    url = str(known.text) if known else ""
    verdict, digests, why, refused = _sum(call, url)
    if not addresses and verdict == "floating":
        verdict, why = "unknown", "nothing says where it comes from"
    for one in addresses if verdict == "floating" else ():
        if one.text and is_insecure(one.text):
            told = f"{without_credentials(one.text)} is fetched without TLS, and no sum is checked"
            yield Fact("insecure-transport", one.where, told)
    where = known.where if known else addresses[0].where if addresses else call.where
    artifact = Artifact("url", without_credentials(url), origin(url)) if url else _named(call, "url")
    yield Reference(artifact, "", digests, verdict, where, role, why, refused=refused)
    for address, said in call.table("remote_patches"):
        if address.text and said.text is not None:
            verdict, why = sum_verdict("", said.text)
            patch = Artifact("url", without_credentials(address.text), origin(address.text))
            yield Reference(patch, "", (said.text,) if verdict == "digest" else (), verdict, address.where, "remote patch", why)


def _sum(call: Call, url: str) -> tuple[str, tuple[str, ...], str, bool]:
    """(verdict, digests, why, whether Bazel refuses it) of a download by its sums, or else by its address."""
    if _local(url):
        return "local", (), _HERE, False
    sha256, integrity = call.text("sha256"), call.text("integrity")
    verdict, why = sum_verdict(sha256 or "", integrity or "")
    if verdict == "digest":
        return verdict, tuple(one for one in (sha256, integrity) if one), "", False
    if verdict == "unknown":
        return verdict, (), why, True
    if sha256 is None or integrity is None or call.open:
        return "unknown", (), _HANDED_ON if call.open else _COMPUTED, False
    return *_without_sum(url), False


def _without_sum(url: str) -> tuple[str, tuple[str, ...], str]:
    verdict, why = url_verdict(url)
    return verdict, (), why


def _named(call: Call, kind: str) -> Artifact:
    """An artifact of which only the name is known by which the workspace calls it."""
    return Artifact(kind, (call.text("name") or call.text("module_name") or call.name)[:_LONGEST])


def repository(call: Call, role: str) -> Iterator[Reference | Fact]:
    """A repository at the commit, tag or branch that is named."""
    remote = call.said("remote")
    address = remote.text if remote else None
    if remote and address and is_insecure(address):
        yield Fact("insecure-transport", remote.where, f"{without_credentials(address)} is cloned without TLS")
    artifact = Artifact("git", repository_name(address), without_credentials(address)) if address else _named(call, "git")
    where = remote.where if remote else call.where
    key = next((key for key in ("commit", "tag", "branch") if call.said(key) is not None and call.text(key) != ""), "")
    at = call.said(key)
    if address and _local(address):
        yield Reference(artifact, "", (), "local", where, role, _HERE)
    elif at is None:
        why = _HANDED_ON if call.open else "no commit, tag or branch is named, so Bazel refuses it"
        yield Reference(artifact, "", (), "unknown", where, role, why, refused=not call.open)
    elif at.text is None:
        yield Reference(artifact, "", (), "unknown", at.where, role, _COMPUTED)
    else:
        yield _at(artifact, key, at, role)


def _at(artifact: Artifact, key: str, at: Said, role: str) -> Reference:
    text = str(at.text)
    verdict, digests, why = ref_verdict(text, artifact.name)
    if key == "tag":
        verdict, digests, why = "tag", (), ""
    elif key == "branch":
        verdict, digests, why = "floating", (), f"{text[:80]} is a branch, which moves with every push"
    site = at.where if at.bare and verdict != "digest" else None
    return Reference(artifact, text, digests, verdict, at.where, role, why, site=site, notation="argument-commit" if site else "")


def image(call: Call) -> Reference:
    """An image by its digest or tag."""
    role = "base image"
    name = call.said("image") or call.said("repository")
    texts = [call.text(key) for key in ("image", "registry", "repository", "tag", "digest")]
    at = call.said("digest") or call.said("tag") or name
    where = at.where if at else call.where
    if None in texts or name is None:
        return Reference(_named(call, "image"), "", (), "unknown", where, role, _HANDED_ON if call.open else _COMPUTED)
    full, registry, path, tag, digest = map(str, texts)
    full = full or f"{registry}/{path}".lstrip("/")
    found = image_at(f"{full}{tag and f':{tag}'}{digest and f'@{digest}'}", where, role).unpinnable()._replace(span=where)
    if found.verdict == "floating" and not found.digests and call.open:
        return found._replace(verdict="unknown", why=_HANDED_ON)
    return found._replace(version=tag) if found.verdict == "digest" else found  # a digest takes the place of a tag here
