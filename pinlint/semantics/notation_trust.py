"""Whom a trust policy of notation lets sign: the files that `notation policy import` takes and `notation verify` goes by.

Knows what an identity and a level mean, and what notation refuses (its grammar is in `vendors`); must not know where a file lies.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from typing import TYPE_CHECKING

from pinlint.model import Fact
from pinlint.semantics.vendors.notary_project import ACTIONS, CHECKS, LEVELS, STORES, UNSKIPPED, VERSION
from pinlint.syntax.templates import HOLE
from pinlint.syntax.yaml import select
from pinlint.text import Unread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.yaml import Node
    from pinlint.tree import Tree

__all__ = ["is_policy", "policy"]

#: What a policy leaves out at these levels.
_LAX = {"audit": "only notes in a log what fails", "skip": "verifies nothing"}

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]{1,20000})-----END CERTIFICATE-----")
#: The extension of a certificate that may issue others, in DER: basicConstraints (2.5.29.19), critical or not, whose cA is true.
_ISSUES = re.compile(rb"\x06\x03\x55\x1d\x13(?:\x01\x01\xff)?\x04.\x30.\x01\x01\xff", re.DOTALL)
_CERTIFICATES = 50


def is_policy(root: Node) -> bool:
    """Whether a document has the shape of a trust policy."""
    held = root.get("trustPolicies") if root.kind == "mapping" else None
    return held is not None and held.kind == "sequence"


def policy(root: Node, tree: Tree) -> Iterator[Fact]:
    """What notation refuses of a trust policy, else what strangers pass of it."""
    statements = [one for one in select(root, "trustPolicies", "*") if one.kind == "mapping"]
    refused = list(_refused(root, statements))
    yield from refused
    if refused:
        return
    enforced = any(_level(one) not in _LAX for one in statements)
    for one in statements:
        level, written = _level(one), next(select(one, "signatureVerification", "level"))
        if HOLE in level:
            continue
        everything = "*" in _texts(one, "registryScopes") or _text(one, "globalPolicy") == "true"
        if level in _LAX and everything:
            rest = "whatever no other policy names passes" if enforced else "everything passes, also what nobody signed"
            override = next(select(one, "signatureVerification", "override", "authenticity"), None)
            place, todo = (override, "enforce") if override is not None and written.value not in _LAX else (written, "strict")
            kind = "weak-verification" if enforced else "open-identity"
            yield Fact(kind, place.inner, f"{_LAX[level]}, so {rest}; write {todo}, and name who signs")
        elif level not in _LAX:
            yield from _anybody(one, tree)


def _anybody(one: Node, tree: Tree) -> Iterator[Fact]:
    """Said of a policy that is content with any identity that its trust stores vouch for. A store of one's own may hold the
    certificate of the signer alone, which vouches for nobody else: its files tell, where the repository has them."""
    for identity in select(one, "trustedIdentities", "*"):
        if identity.value == "*":
            stores = _texts(one, "trustStores")
            authorities = [store for store in stores if store.startswith("signingAuthority:")]
            issuing = {store: _issues(store.partition(":")[2], tree) for store in stores if store.startswith("ca:")}
            unnamed = [store for store, issues in issuing.items() if issues is not False]
            sure = any(issuing.values())
            if authorities:
                why = f"accepts signatures by anyone: whoever has an account at {authorities[0]} has an identity of it"
                yield Fact("open-identity", identity.inner, f"{why}; name the signer")
            elif unnamed:
                why = f"accepts whoever has a certificate of {', '.join(unnamed)[:120]}"
                why = why if sure else f"{why}, if that is an authority"
                kind = "weak-verification" if sure else "unnamed-signer"
                yield Fact(kind, identity.inner, f"{why}; name the signer, as x509.subject: C=…, O=…, CN=…")


def _issues(store: str, tree: Tree) -> bool | None:
    """Whether a certificate of a trust store issues others; None where the repository has none of them."""
    return tree.memo("trust store of notation", store, lambda: _any_issues(store, tree))


def _any_issues(store: str, tree: Tree) -> bool | None:
    paths = [path for path in tree.listed() if f"/x509/ca/{store}/" in f"/{path}" and path.endswith((".pem", ".crt", ".cer"))]
    found = None
    for path in paths[:_CERTIFICATES]:
        try:
            data = tree.bytes(path)
            ders = list(map(a2b_base64, _PEM.findall(data)[:_CERTIFICATES])) if b"-----BEGIN" in data else [data]
        except (Unread, ValueError):  # no base64 after all
            continue
        found = found or any(_ISSUES.search(der) for der in ders)
    return found


def _level(one: Node) -> str:
    """How a policy is enforced, what it overrides included: "audit" where nothing but a log hears of a wrong signer."""
    level = next((node.value for node in select(one, "signatureVerification", "level")), "")
    authenticity = next((node.value for node in select(one, "signatureVerification", "override", "authenticity")), "")
    if not authenticity or LEVELS.get(level, authenticity) == authenticity:
        return level
    return "audit" if authenticity == "log" else "strict"


def _refused(root: Node, statements: list[Node]) -> Iterator[Fact]:
    """What makes notation refuse the whole file."""
    version = root.get("version")
    if version is None or (version.value != VERSION and HOLE not in version.value):
        yield _refusal(version or root, f'its version is not "{VERSION}"')
    if not statements:
        yield _refusal(root, "it holds no policy")
    scoped = any(one.get("registryScopes") is not None for one in statements)
    for path in (("name",), ("registryScopes", "*")):
        seen: set[str] = set()
        for node in [node for one in statements for node in select(one, *path)]:
            if node.value in seen and HOLE not in node.value:
                yield _refusal(node, f"two policies {'are called' if path == ('name',) else 'are about'} {node.value[:80]}")
            seen.add(node.value)
    for one in statements:
        if scoped and not _texts(one, "registryScopes"):
            yield _refusal(one, "a policy has no registryScopes")
        yield from _unlike(one)
        yield from _overridden(one)


def _unlike(one: Node) -> Iterator[Fact]:
    """What no policy is without, and what none may say."""
    level = next(select(one, "signatureVerification", "level"), None)
    if level is None or (level.value not in LEVELS and HOLE not in level.value):
        yield _refusal(level or one, f"a level is one of {', '.join(LEVELS)}")
    if not _text(one, "name"):
        yield _refusal(one, "a policy has no name")
    if level is not None and level.value == "skip":
        for key in ("trustStores", "trustedIdentities"):
            if _texts(one, key):
                yield _refusal(next(select(one, key)), f"a policy that skips everything has {key}")
        if _text(one, "globalPolicy") == "true":
            yield _refusal(level, "the global policy of files skips everything")
    elif level is not None and HOLE not in level.value:
        yield from _unlikely_signers(one)
    for key in ("registryScopes", "trustedIdentities"):
        if "*" in (said := _texts(one, key)) and len(said) > 1:
            yield _refusal(next(select(one, key)), f'"*" stands beside others in {key}')


def _unlikely_signers(one: Node) -> Iterator[Fact]:
    for key in ("trustStores", "trustedIdentities"):
        if not _texts(one, key):
            yield _refusal(one, f"a policy has no {key}")
    for store in select(one, "trustStores", "*"):
        if store.value.partition(":")[0] not in STORES and HOLE not in store.value:
            yield _refusal(store, f"a trust store is written as TYPE:NAME, its type being {', '.join(STORES)}")
    for identity in select(one, "trustedIdentities", "*"):
        if identity.value != "*" and ":" not in identity.value and HOLE not in identity.value:
            yield _refusal(identity, "an identity is written as x509.subject:…")


def _overridden(one: Node) -> Iterator[Fact]:
    """What a policy overrides of its level and may not."""
    level = next((node.value for node in select(one, "signatureVerification", "level")), "")
    for override in select(one, "signatureVerification", "override"):
        for check, action in override.items():
            if level == "skip":
                yield _refusal(check, "the level skip can have no override")
            elif check.value not in CHECKS or action.value not in ACTIONS:
                yield _refusal(check, f"an override sets one of {', '.join(CHECKS)} to {', '.join(ACTIONS)}")
            elif action.value == "skip" and check.value in UNSKIPPED:
                yield _refusal(action, f"{check.value} cannot be skipped")


def _refusal(node: Node, why: str) -> Fact:
    return Fact("unreadable-file", node.inner if node.kind == "scalar" else node.span, f"notation refuses this trust policy: {why}")


def _text(one: Node, key: str) -> str:
    node = one.get(key)
    return node.value if node is not None and node.kind == "scalar" else ""


def _texts(one: Node, key: str) -> list[str]:
    return [node.value for node in select(one, key, "*") if node.kind == "scalar"]
