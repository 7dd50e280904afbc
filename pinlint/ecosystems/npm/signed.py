"""What a registry has signed of a version, as its documents say it. Nothing is verified here.

Source: npm registry docs (`dist.signatures`, `/-/npm/v1/keys`). Pure.
"""

from __future__ import annotations

import json
import re
from typing import NamedTuple

__all__ = ["Signed", "ending", "has_keys", "is_before", "signatures"]

#: Signatures of a version that are looked at.
_MOST_SIGNATURES = 8
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


class Signed(NamedTuple):
    """What a registry has signed of a version: the integrity that it gives, else its sha1 as one; (key, signature) pairs; whether
    it has signed some version of the package; its keys as it sends them, b"" where it has none; and, where one of the keys that
    have signed ends some day, when the version was published, at the latest."""

    integrity: str
    signatures: tuple[tuple[str, str], ...]
    others: bool
    keys: bytes
    published: str = ""


def signatures(dist: object) -> str:
    """The (key, signature) pairs of a version in JSON, "" without any; what is no such pair is one that no key fits."""
    said = dist.get("signatures") if isinstance(dist, dict) else None
    if not isinstance(said, list) or not said:
        return ""
    pairs = [(one.get("keyid"), one.get("sig")) if isinstance(one, dict) else ("", "") for one in said[:_MOST_SIGNATURES]]
    return json.dumps([[text[:1000] if isinstance(text, str) else "" for text in pair] for pair in pairs])


def has_keys(body: bytes) -> bool:
    """Whether an answer lists keys, or says that there are none."""
    try:
        return isinstance(json.loads(body)["keys"], list)
    except (ValueError, RecursionError, LookupError, TypeError):
        return False


def ending(keys: bytes) -> dict[str, str]:
    """When each of a registry's keys ends, of those that do, whatever else it sends."""
    try:
        return {str(one["keyid"]): str(one["expires"]) for one in json.loads(keys)["keys"] if one.get("expires")} if keys else {}
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return {}


def is_before(moment: str, other: str) -> bool:
    """Whether a moment is before another one, as npm writes both; False where either is written otherwise."""
    return bool(_MOMENT.fullmatch(moment) and _MOMENT.fullmatch(other)) and moment < other
