"""Podfile: the pods that are written down literally, and whether the lock beside it was made for it.

No Ruby is run: what a variable, a loop or a function brings is left to the lock. Source: guides.cocoapods.org, "Podfile Syntax";
CocoaPods/Core, podfile.rb (the checksum).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.git.names import ref_verdict, repository_name
from pinlint.ecosystems.pod.names import requirement_verdict
from pinlint.ecosystems.url.names import is_insecure, without_credentials
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.pod_locks import LOCK, checksum_of
from pinlint.semantics.ruby_calls import Arguments, arguments
from pinlint.semantics.shown import is_shown
from pinlint.syntax.ruby import read
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.ruby import Token
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_USER = "the lock that an install makes"
_local = re.compile(r"(?:file:|[/~.]).*").fullmatch


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Every pod that is asked for literally; a fact first where the lock is out of step or missing."""
    path = join(document.path, LOCK)
    locked = tree.exists(path)
    if locked:
        yield from _stale(document, tree, path)
    statements = read(document.text)
    pods = [made for one in statements if one.call == "pod" and (made := arguments(one.tokens[1:])).first is not None]
    if not locked:
        yield from _missing(document, tree, pods, path)
    for one in statements:
        if one.call == "source" and (server := arguments(one.tokens[1:]).first) and is_insecure(str(server.text)):
            told = f"podspecs are fetched from {without_credentials(str(server.text))} without TLS"
            yield Fact("insecure-transport", server.span, told)
    for pod in pods:
        yield from _pod(pod, path if locked else "")


def _stale(document: Document, tree: Tree, path: str) -> Iterator[Fact]:
    """The fact that the lock was made of another Podfile: it holds the sum of the one that it was made of."""
    from hashlib import sha1  # where a lock is

    made_of = checksum_of(tree, path)
    data = document.data
    sums = {sha1(one, usedforsecurity=False).hexdigest() for one in (data, data.replace(b"\r\n", b"\n"))}
    if made_of and made_of not in sums:
        why = f"{LOCK} was made of another Podfile, so `pod install --deployment` refuses; run `pod install` and commit both"
        yield Fact("stale-lock", Span(0, min(1, len(document.text))), why)


def _missing(document: Document, tree: Tree, pods: list[Arguments], path: str) -> Iterator[Fact]:
    """The fact that an application has no lock: a Podfile beside whose folder nothing is a pod itself."""
    fetched = [pod for pod in pods if "path" not in pod.options and "podspec" not in pod.options]
    if fetched and not is_shown(document.path) and not any(one.endswith(".podspec") for one in tree.listed()):
        first = fetched[0].first
        place = first.span if first else Span(0, 0)
        yield Fact("missing-lock", place, f"no {path} says which versions are installed; run `pod install` and commit it")


def _pod(pod: Arguments, lock: str) -> Iterator[Reference | Fact]:
    name, options = pod.first, pod.options
    if name is None or not name.text:
        return
    artifact = Artifact("pod", name.text[:200])
    if "path" in options:
        yield Reference(artifact, "", (), "local", name.span, "pod", "a folder of this repository or machine")
    elif "git" in options:
        yield from _repository(artifact, pod, name, lock)
    elif "podspec" in options:
        yield from _podspec(artifact, options["podspec"], name, lock)
    elif not pod.literal or any(one.text is None for one in pod.texts):
        why = "a variable or a call of Ruby says which version"
        yield Reference(artifact, "", (), "unknown", name.span, "pod", why, lock)
    else:
        texts = tuple(str(one.text) for one in pod.texts)
        verdict, why = requirement_verdict(texts)
        place = Span(pod.texts[0].span.start, pod.texts[-1].span.end) if pod.texts else name.span
        yield Reference(artifact, ", ".join(texts)[:200], (), verdict, place, "pod", why, lock or _USER)


def _podspec(artifact: Artifact, at: Token | None, name: Token, lock: str) -> Iterator[Reference | Fact]:
    """A pod of which only an address or a file says where it comes from."""
    if at is not None and at.text and is_insecure(at.text):
        yield Fact("insecure-transport", at.span, f"{without_credentials(at.text)} is fetched without TLS")
    why = "only its podspec says where it comes from"
    yield Reference(artifact, "", (), "unknown", name.span, "pod", why, lock)


def _repository(artifact: Artifact, pod: Arguments, name: Token, lock: str) -> Iterator[Reference | Fact]:
    remote = pod.options["git"]
    if remote is None or not remote.text:
        why = "a variable or a call of Ruby says which repository"
        yield Reference(artifact, "", (), "unknown", name.span, "pod", why, lock)
        return
    if is_insecure(remote.text):
        yield Fact("insecure-transport", remote.span, f"{name.text} is cloned from {without_credentials(remote.text)} without TLS")
    if _local(remote.text):
        yield Reference(artifact, "", (), "local", remote.span, "pod", "a repository on this machine")
        return
    artifact = Artifact("git", repository_name(remote.text), without_credentials(remote.text))
    key = next((key for key in ("commit", "tag", "branch") if key in pod.options), "")
    at = pod.options.get(key)
    if key and (at is None or at.text is None):
        why = "a variable or a call of Ruby says which commit"
        yield Reference(artifact, "", (), "unknown", remote.span, "pod", why, lock)
        return
    text = str(at.text) if at else ""
    verdict, digests, why = ref_verdict(text, artifact.name)
    if key == "tag":
        verdict, digests, why = "tag", (), ""
    elif key == "branch":
        verdict, digests, why = "floating", (), f"{text[:80]} is a branch, which moves with every push"
    digests = () if lock and verdict != "digest" else digests
    yield Reference(artifact, text, digests, verdict, at.span if at else remote.span, "pod", why, lock)
