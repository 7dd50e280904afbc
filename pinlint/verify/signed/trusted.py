"""Whose signatures count: the roots and keys that a policy names, read from its files.

Reads files that a configuration names; must not know signatures or registries.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import NamedTuple

from pinlint.text import Unread
from pinlint.tree import read_bytes
from pinlint.trust import Trust
from pinlint.verify.sigstore import keys, root
from pinlint.verify.sigstore.keys import Key
from pinlint.verify.sigstore.outcomes import Refused, Uncheckable
from pinlint.verify.sigstore.root import Root

__all__ = ["Trusted", "keys_of", "trusted"]


class Trusted(NamedTuple):
    """The roots of a policy, and the keys of each of its signers, in their order."""

    roots: tuple[Root, ...]
    keys: tuple[tuple[Key, ...], ...]


def trusted(rule: Trust | None) -> Trusted:
    """What a policy's files hold; the public instance's root where there is none. Raises Uncheckable for a file that cannot be
    used, with its name."""
    if rule is None:
        return Trusted((_public(),), ())
    roots = _roots(_read(rule, rule.trusted_root), rule.trusted_root) if rule.trusted_root else (_public(),)
    return Trusted(roots, keys_of(rule))


def keys_of(rule: Trust) -> tuple[tuple[Key, ...], ...]:
    """The keys of each signer of a policy, in their order. Raises Uncheckable as above."""
    return tuple(tuple(_key(rule, path) for path in signer.keys) for signer in rule.signers)


def _key(rule: Trust, path: str) -> Key:
    try:
        return keys.from_pem(_read(rule, path))
    except (Refused, Uncheckable) as error:
        raise Uncheckable(f"{path}, which {rule.where} names: {error}") from None


def _read(rule: Trust, path: str) -> bytes:
    try:
        return read_bytes(os.path.join(rule.base, path))
    except Unread as error:
        raise Uncheckable(f"{path}, which {rule.where} names: {error}") from None


@lru_cache(maxsize=16)
def _roots(text: bytes, path: str) -> tuple[Root, ...]:
    try:
        return root.roots(text)
    except Refused as error:
        raise Uncheckable(f"the trusted root {path}: {error}") from None


@lru_cache(maxsize=1)
def _public() -> Root:
    return root.public()
