"""What the signatures of a registry are worth: over which integrity, by which of its keys, and whether that key was in use.

Pure. Source: pacote, registry.js, which verifies the same as `npm audit signatures`; the message is "NAME@VERSION:INTEGRITY".
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from pinlint.ecosystems.npm.names import integrity_verdict, strongest
from pinlint.trust import Trust
from pinlint.verify.evidence import INVALID, MISSING, NOT_TRUSTED, TRUE, UNKNOWN, Evidence, Pinned
from pinlint.verify.signed.judgement import shown
from pinlint.verify.signed.trusted import keys_of
from pinlint.verify.sigstore.bundle import b64, parsed
from pinlint.verify.sigstore.keys import Key, check, from_der
from pinlint.verify.sigstore.outcomes import Refused, Uncheckable

__all__ = ["Judgement", "judged"]

_MOST = 100
#: When a version is taken to be published of which nobody says when. Source: pacote, MISSING_TIME_CUTOFF.
_LONG_AGO = "2015-01-01T00:00:00.000Z"


class Judgement(NamedTuple):
    """What it comes to: a state of `verify.evidence`, why, and how grave that is where it is less than the rule."""

    state: str
    why: str = ""
    severity: str = ""


class _Key(NamedTuple):
    """A key of a registry, and until when it is used, "" for ever."""

    key: Key
    expires: str


def judged(pinned: Pinned, evidence: Evidence, rule: Trust | None) -> Judgement | None:
    """What follows for a locked package that has signatures; None where the registry has no keys, and nobody demands any."""
    try:
        keys = dict([*_keys(evidence)][::-1])  # of two of one name the first counts, as it does for npm
        own = [key for some in keys_of(rule) for key in some] if rule else []
        signatures = [(str(name), b64(text)) for name, text in map(json.loads, evidence.facts["signatures"])]
        message = _message(pinned, evidence.first("integrity"))
    except Uncheckable as error:
        return Judgement(UNKNOWN, str(error))
    except Refused as error:
        return Judgement(INVALID, f"its registry's signature does not hold: {error}")
    except (ValueError, TypeError):
        return Judgement(UNKNOWN, "the record of it is damaged")
    if not keys and not own:
        return Judgement(MISSING, f"its registry has no keys to check it by, as {rule.where} demands") if rule else None
    found = [_one(name, signature, message, evidence, keys) for name, signature in signatures]
    if wrong := next((one for one in found if one.state == INVALID), None):
        return wrong
    if any(_holds(key, signature, message) for key in own for _, signature in signatures):
        return Judgement(TRUE)
    if rule and not any(signer.registry for signer in rule.signers):
        return Judgement(NOT_TRUSTED, "signed with a key that the policy does not name")
    return next((one for one in found if one.state == TRUE), found[0])


def _one(name: str, signature: bytes, message: bytes, evidence: Evidence, keys: dict[str, _Key]) -> Judgement:
    """What one signature is worth by the key of the registry that it names."""
    if name not in keys:
        return Judgement(UNKNOWN, f"it is signed with {shown(name) or 'a key without a name'}, which its registry does not have")
    key, expires = keys[name]
    if not _holds(key, signature, message):
        return Judgement(INVALID, f"its registry's signature does not hold: it is not of {shown(name)} over what the lock has")
    if not expires:
        return Judgement(TRUE)
    published, end = _moment(evidence.first("published") or _LONG_AGO), _moment(expires)
    if published is None or end is None:
        return Judgement(UNKNOWN, "nobody can tell whether the key was in use that its registry signed it with")
    if published < end:
        return Judgement(TRUE)
    why = f"its registry's signature is by a key that was in use until {end:%Y-%m-%d}, and it was published {published:%Y-%m-%d}"
    return Judgement(INVALID, why, "warning")  # when it was published nobody has signed


def _holds(key: Key, signature: bytes, message: bytes) -> bool:
    try:
        check(key, signature, message)
    except (Refused, Uncheckable):
        return False
    return True


def _keys(evidence: Evidence) -> Iterator[tuple[str, _Key]]:
    """The registry's keys by their names. Raises Uncheckable for an answer that is no list of keys; a key of a kind that is not
    known is none."""
    text = base64.b64decode(evidence.first("keys"))
    if not text:
        return
    try:
        listed: Any = parsed(text)["keys"]
        entries = [(one["keyid"], one["key"], one.get("expires") or "") for one in listed[:_MOST]]
    except (Refused, LookupError, TypeError, AttributeError):
        raise Uncheckable("what its registry sends as its keys is no list of keys") from None
    for name, key, expires in entries:
        try:
            yield str(name), _Key(from_der(b64(key)), str(expires))
        except (Refused, Uncheckable):
            continue


def _message(pinned: Pinned, integrity: str) -> bytes:
    """What has to be signed for the lock to hold what the registry vouches for: the integrity that the registry gives, if all sums
    of the lock stand in it, else the lock's own. Raises Uncheckable where the lock has nothing that could be signed."""
    held = " ".join(pinned.reference.digests)
    algorithm, sums = strongest(held)
    written = {f"{algorithm}-{one}" for one in sums}
    given = integrity.split()
    if integrity_verdict(held).verdict == "version" or not written:
        raise Uncheckable("the lock has no sum of it that could be signed")
    if not written <= {one.partition("?")[0] for one in given}:
        if not any(one.startswith(f"{algorithm}-") for one in given):
            raise Uncheckable(f"the lock has only {algorithm} of it, which is not what its registry signs")
        if len(written) > 1:
            raise Refused("the lock has several sums of it, which are not those that the registry has")
        given = list(written)
    return f"{pinned.question.name}@{pinned.question.version}:{' '.join(given)}".encode()


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
