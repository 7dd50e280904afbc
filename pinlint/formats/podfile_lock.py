"""Podfile.lock: every pod with its version, or the commit of its repository. The Podfile, beside it, is judged too.

The sums in it are of podspecs, which say where a pod comes from, and of the Podfile; none is of the pod.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.git.names import ref_verdict
from pinlint.ecosystems.url.names import is_insecure, without_credentials
from pinlint.model import Artifact, Fact, Reference
from pinlint.semantics.pod_locks import Pod, read_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_ROLE = "locked pod"
_local = re.compile(r"(?:file:|[/~.]).*").fullmatch


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every pod; a fact for each address without TLS."""
    lock = read_lock(document)
    if isinstance(lock, Fact):
        yield lock
        return
    for address, place in lock.servers:
        if is_insecure(address):
            yield Fact("insecure-transport", place, f"podspecs are fetched from {without_credentials(address)} without TLS")
    for pod in lock.pods:
        address = pod.source.get("git", "") or pod.source.get("podspec", "")
        if is_insecure(address):
            told = f"{pod.name[:100]} is fetched from {without_credentials(address)} without TLS"
            yield Fact("insecure-transport", pod.place, told)
        yield _reference(pod)


def _reference(pod: Pod) -> Reference:
    said = pod.source
    artifact = Artifact("pod", pod.name[:200], without_credentials(said.get("git", "")))
    if "path" in said or _local(said.get("git", "")):
        why = "a folder of this repository or machine"
        return Reference(artifact, pod.version, (), "local", pod.place, _ROLE, why)
    if "git" not in said:
        verdict = "version" if pod.version else "unknown"
        why = "" if pod.version else "the lock does not say its version"
        return Reference(artifact, pod.version, (), verdict, pod.place, _ROLE, why)
    if "commit" in said:
        verdict, digests, why = ref_verdict(said["commit"])
        return Reference(artifact, pod.version, digests, verdict, pod.place, _ROLE, why)
    if "tag" in said:
        return Reference(artifact, pod.version, (), "tag", pod.place, _ROLE, f"only the tag {said['tag'][:80]} says which commit")
    why = "neither a commit nor a tag says what is checked out"
    return Reference(artifact, pod.version, (), "floating", pod.place, _ROLE, why)
