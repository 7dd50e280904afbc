"""Gemfile.lock and gems.locked: every gem with its checksum, where the lock has any, or the commit of its repository.

A lock without checksums is as good as Bundler makes one by itself; one that has some has to have all. The Gemfile, beside it, is
judged too. Source: bundler, lib/bundler/lockfile_parser.rb and checksum.rb.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.gem.names import checksum_verdict, revision_verdict
from pinlint.ecosystems.url.names import is_insecure, without_credentials
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.gem_locks import conflict, read_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.semantics.gem_locks import Gem, Lock
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_ROLE = "locked gem"
_KNOWN = frozenset(("GIT", "GEM", "PATH", "PLUGIN SOURCE", "PLATFORMS", "DEPENDENCIES"))


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every gem; facts first about addresses without TLS and about checksums that are missing."""
    if where := conflict(document.text):
        yield Fact("unreadable-lock", where, "it holds merge-conflict markers; take either side, then run `bundle lock`")
        return
    lock = read_lock(document.text)
    if not _KNOWN & set(lock.sections):
        yield Fact("foreign", Span(0, 0), "no lock of Bundler: it has none of its sections")
        return
    yield from _transport(lock)
    yield from _holes(lock)
    for gem in lock.gems:
        yield _reference(gem, lock)


def _transport(lock: Lock) -> Iterator[Fact]:
    told: set[str] = set()
    for gem in lock.gems:
        for address, span in zip(gem.origin.remotes, gem.origin.spans, strict=True):
            if gem.origin.kind != "PATH" and address not in told and is_insecure(address):
                told.add(address)
                yield Fact("insecure-transport", span, f"{gem.name} is fetched from {without_credentials(address)} without TLS")


def _holes(lock: Lock) -> Iterator[Fact]:
    """The fact that some gems have no checksum in a lock that has such a section."""
    if lock.sums is None:
        return
    bare = [
        gem
        for gem in lock.gems
        if gem.origin.kind == "GEM" and not lock.sums.get((gem.name, gem.version)) and gem.name != "bundler"
    ]
    if bare:
        more = f" and {len(bare) - 1} more" if len(bare) > 1 else ""
        why = f"the lock has a section of checksums, and none for {bare[0].name} {bare[0].version}{more}"
        yield Fact("partly-hashed", bare[0].span, f"{why}, installed unchecked or not at all; run `bundle lock --add-checksums`")


def _reference(gem: Gem, lock: Lock) -> Reference:
    artifact = Artifact("gem", gem.name, without_credentials(gem.origin.remotes[0]) if gem.origin.remotes else "")
    if gem.origin.kind == "PATH":
        why = "a folder of this repository or machine"
        return Reference(artifact, gem.version, (), "local", gem.span, _ROLE, why)
    if gem.origin.kind == "GIT":
        verdict, digests, why = revision_verdict(gem.origin.revision[-1] if gem.origin.revision else "")
        return Reference(artifact, gem.version, digests, verdict, gem.span, _ROLE, why)
    if gem.origin.kind != "GEM":
        return Reference(artifact, gem.version, (), "unknown", gem.span, _ROLE, "only the plugin of its source knows what it is")
    sums = (lock.sums or {}).get((gem.name, gem.version), ())
    verdict, why = checksum_verdict(sums) if sums else ("version", "")
    return Reference(artifact, gem.version, sums, verdict, gem.span, _ROLE, why)
