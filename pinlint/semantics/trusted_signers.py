"""Whom objects of a cluster let sign, by what Kyverno, policy-controller and Flux write down, and whether a stranger passes.

Knows how each of them compares what it is given; must not know which file holds an object. Sources: Kyverno's pkg/cosign and its
CRDs 1.15 (`keyless`: wildcards; regular expressions beside them are an alternative; what is left out is not asked;
ImageValidatingPolicy: exact texts), policy-controller's ClusterImagePolicy v1beta1 (identities are mandatory), source-controller
1.7 (`matchOIDCIdentity`: regular expressions, any of them), all of 2026-08.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.model import Fact, Span
from pinlint.semantics.identities import Claim, stranger, written
from pinlint.syntax.manifest import text
from pinlint.syntax.yaml import literal, select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.manifest import Object
    from pinlint.syntax.yaml import Node

__all__ = ["by_flux", "by_policy"]

_REKOR = "https://rekor.sigstore.dev"
#: What narrows an identity in ways that are not looked at, or makes another authority vouch for it.
_BOUND = ("additionalExtensions", "roots", "ca-cert", "trustRootRef", "subjectExpression", "issuerExpression")
#: What makes a log one's own.
_LOGS = ("pubkey", "rekorPubKey", "ctLogPubKey", "tsaCertChain", "trustRootRef")
#: Switches that leave out a check of a signature without a key, by where they stand beside it, and what passes then.
_WEAKENED = {
    ("rekor", "ignoreTlog"): "a certificate passes whose ten minutes are over",
    ("ctlog", "insecureIgnoreTlog"): "a certificate passes whose ten minutes are over",
    ("ctlog", "ignoreSCT"): "a certificate passes that is in no public log of certificates",
    ("ctlog", "insecureIgnoreSCT"): "a certificate passes that is in no public log of certificates",
    ("insecureIgnoreSCT",): "a certificate passes that is in no public log of certificates",
}


def by_policy(one: Object) -> Iterator[Fact]:
    """What strangers pass of a policy about images."""
    if one.group == "kyverno.io":
        for rule in select(one.node, "spec", "rules", "*", "verifyImages", "*"):
            yield from _of_kyverno(rule)
            for keyless in select(rule, "attestors", "*", "entries", "*", "keyless"):
                yield from _weakened(keyless, keyless)
    elif one.group == "policies.kyverno.io":
        for cosign in select(one.node, "spec", "attestors", "*", "cosign"):
            for keyless in select(cosign, "keyless"):
                yield from _any_of(keyless, "exact", mandatory=False)
                yield from _weakened(cosign, keyless)
    elif one.group == "policy.sigstore.dev":
        for keyless in select(one.node, "spec", "authorities", "*", "keyless"):
            yield from _any_of(keyless, "exact", mandatory=True)
            yield from _weakened(keyless, keyless)


def by_flux(verify: Node) -> Iterator[Fact]:
    """What strangers pass of a source that Flux verifies with cosign."""
    keyed = any(verify.get(key) is not None for key in ("secretRef", "trustedRootSecretRef"))
    if keyed or text(verify.get("provider")) not in ("", "cosign"):
        return
    identities = list(select(verify, "matchOIDCIdentity", "*"))
    if not identities and verify.get("matchOIDCIdentity") is None and verify.kind == "mapping":
        yield _fact((verify.get("provider") or verify).span, "matchOIDCIdentity says nobody", stranger(None, None))
    for identity in identities:
        yield from _open(identity, "regexp", mandatory=True)


def _any_of(keyless: Node, how: str, *, mandatory: bool) -> Iterator[Fact]:
    """The identities of which any is enough."""
    if _is_bound(keyless):
        return
    identities = list(select(keyless, "identities", "*"))
    if not identities and not mandatory and keyless.kind == "mapping" and _is_public(keyless):
        yield _fact(keyless.span, "it names no identity", stranger(None, None))
    for identity in identities:
        yield from _open(identity, how, mandatory=mandatory)


def _of_kyverno(rule: Node) -> Iterator[Fact]:
    """Of one rule: every set of attestors must be content, which one is with as many of its entries as it says; by default all."""
    closed = text(rule.get("type")) == "SigstoreBundle"  # there what is left out fails
    for holder in (rule, *select(rule, "attestations", "*")):
        sets = [_passed(attestors, closed) for attestors in select(holder, "attestors", "*")]
        if sets and all(sets):
            yield sets[0][0]


def _passed(attestors: Node, closed: bool) -> list[Fact]:
    """What strangers pass among the entries of a set, if that is enough of them."""
    entries = list(select(attestors, "entries", "*"))
    needed = text(attestors.get("count"))
    found = []
    for entry in entries:
        keyless = entry.get("keyless")
        if keyless is not None and keyless.kind == "mapping" and not _is_bound(keyless):
            found += list(_open(keyless, "wildcard", mandatory=closed))[:1] if _is_public(keyless) else []
    return found if len(found) >= (int(needed) if needed.isdecimal() and len(needed) < 4 and int(needed) else len(entries)) else []


def _weakened(holder: Node, keyless: Node) -> Iterator[Fact]:
    """Checks that are switched off beside identities, with Sigstore's public instance."""
    if _is_bound(keyless) or not _is_public(keyless) or _is_own(holder):
        return
    for path, passes in _WEAKENED.items():
        for node in select(holder, *path):
            if text(node).lower() == "true":
                yield Fact("weak-verification", node.inner, f"{passes}, because of {'.'.join(path)}; leave it out")


def _is_bound(keyless: Node) -> bool:
    """Whether an identity is narrowed in ways that are not looked at, or vouched for by others than Sigstore."""
    return any(keyless.get(key) is not None for key in _BOUND) or _is_own(keyless)


def _is_own(holder: Node) -> bool:
    """Whether the logs of what stands here are one's own."""
    return any(node.get(key) is not None for name in ("rekor", "ctlog") for node in select(holder, name) for key in _LOGS)


def _is_public(keyless: Node) -> bool:
    """Whether a signature is looked for in Sigstore's public log."""
    address = next(select(keyless, "rekor", "url"), None) or next(select(keyless, "url"), None)
    return address is None or text(address).rstrip("/") == _REKOR


def _open(node: Node, how: str, *, mandatory: bool) -> Iterator[Fact]:
    """The first subject of an identity that a stranger has; without any that is everybody, unless one is `mandatory`."""
    if node.kind != "mapping" or _is_bound(node):
        return
    issuers = list(_claims(node, "issuer", how))
    subjects = list(_claims(node, "subject", how))
    if any(claim is None for _, claim in (*issuers, *subjects)) or (mandatory and not subjects):
        return
    known = [claim for _, claim in issuers] or [None]
    for place, subject in subjects or [(node, None)]:
        for issuer in known:
            if found := stranger(subject, issuer):
                asked = f"the subject {subject.text[:120]} fits others" if subject is not None else "it asks for no subject"
                yield _fact(place.span if subject is not None else _head(node), asked, found)
                return


def _claims(node: Node, key: str, how: str) -> Iterator[tuple[Node, Claim | None]]:
    """What an identity says of its subject or its issuer; None for what only a run or a template fills in."""
    for name, compared in ((key, how), (f"{key}RegExp", "regexp")):
        value = node.get(name)
        if value is not None and (said := text(value)):
            known = written(said, clear=literal(value) and not any(mark in said for mark in ("${", "{{")))
            yield value, Claim(known, compared) if known is not None and literal(value) else None


def _head(node: Node) -> Span:
    """The first key of a mapping, or all of one that has none."""
    key = next((key for key, _ in node.items()), None)
    return key.span if key is not None else node.span


def _fact(span: Span, asked: str, found: str) -> Fact:
    return Fact("open-identity", span, f"accepts signatures by anyone: {asked}, so {found} passes")
