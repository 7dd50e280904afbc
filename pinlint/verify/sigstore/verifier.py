"""Verifies a bundle: the signature, that its certificate was valid at a proven time, and the log entries.

What it does not look at: whether the signer is wanted, and what the statement is about. Two readers judge: this one reads all kinds
of bundles that exist, and those that the `sigstore` package reads, too, have to stand before both. Source: the client specification
of Sigstore; every step has cases in its conformance suite.
"""

from __future__ import annotations

from typing import NamedTuple

from pinlint.verify.sigstore import library, stamps
from pinlint.verify.sigstore.bundle import Bundle
from pinlint.verify.sigstore.certificate import Certificate, load
from pinlint.verify.sigstore.keys import Key, check, sha256
from pinlint.verify.sigstore.log import Signed, logged, same, signer_of
from pinlint.verify.sigstore.outcomes import Refused, Uncheckable
from pinlint.verify.sigstore.root import Root

__all__ = ["Subject", "Verified", "verified", "verify"]


class Subject(NamedTuple):
    """What a bundle is verified against: the bytes that are signed where the bundle does not hold them, or the sha256 of those
    alone; the key of the signer who has no certificate; whether a log has to vouch for that key's signature. `stamped` are the
    bytes that timestamps are over, where that is not the signature."""

    data: bytes | None = None
    digest: bytes = b""
    key: Key | None = None
    log: bool = True
    stamped: bytes = b""


class Verified(NamedTuple):
    """What was proven: who signed, None for the key that was given, and the moments at which the signature was there."""

    certificate: Certificate | None
    moments: tuple[float, ...] = ()


def verify(bundle: Bundle, root: Root | None, subject: Subject) -> Certificate | None:
    """The certificate of who signed, None where it was the key; both readers have agreed on it. Raises Refused or Uncheckable."""
    found = verified(bundle, root, subject)
    if found.certificate and root and library.knows(bundle, root, found.certificate, found.moments):
        library.check(bundle, root, subject.digest or sha256(subject.data or b""))
    return found.certificate


def verified(bundle: Bundle, root: Root | None, subject: Subject) -> Verified:
    """What a bundle proves, by this reader alone. Raises as `verify`."""
    leaf = None if subject.key else _certificate(bundle)
    key = leaf.key if leaf else subject.key
    if key is None:
        raise Uncheckable("it is signed with a key, and the policy names none")
    signed = _signed(bundle, subject, key, leaf)
    if root is None:
        if leaf or subject.log:
            raise Uncheckable("there is no trusted root to check it by")
        return Verified(None)
    moments = [stamps.moment(one, subject.stamped or bundle.signature, root) for one in bundle.stamps]
    moments += _logged(bundle, root, signed, moments, subject)
    if leaf:
        if not moments:
            raise Refused("nothing proves when it was signed")
        leaf.checked(moments, root)
    return Verified(leaf, tuple(moments))


def _certificate(bundle: Bundle) -> Certificate | None:
    return load(bundle.chain) if bundle.chain else None


def _signed(bundle: Bundle, subject: Subject, key: Key, leaf: Certificate | None) -> Signed:
    """What log entries have to be about. Raises Refused unless the signature is over what it should be over."""
    signer = signer_of(leaf.leaf if leaf else None, key)
    if bundle.envelope:
        data: bytes | None = bundle.envelope.signed
        digest = sha256(bundle.envelope.signed)
    else:
        data, digest = subject.data, subject.digest or (sha256(subject.data) if subject.data is not None else b"")
        if not digest:
            raise Uncheckable("it signs an artifact whose digest is not known")
        if bundle.digest and bundle.digest != digest:
            raise Refused("it is about another artifact")
    check(key, bundle.signature, data, digest)
    return Signed(bundle.signature, digest, signer)


def _logged(bundle: Bundle, root: Root, signed: Signed, stamped: list[float], subject: Subject) -> list[float]:
    """The moments that logs vouch for. Raises Refused where an entry does not hold, or where one is missing."""
    if subject.key and not subject.log:
        return []
    if not bundle.entries and root.logs:
        raise Refused("no transparency log vouches for it")
    moments, windows = [], []
    for entry in bundle.entries:
        same(entry, bundle, signed)
        found = logged(entry, root.logs)
        if not found.proven and not (bundle.version == "1" and found.moment):  # cosign 1 and 2 kept no more than the promise
            raise Refused("its log entry is not proven to be in the log")
        moments += [float(found.moment)] if found.moment else []
        windows.append(found.window)
    if not all(window.holds(moment) for window in windows for moment in (*stamped, *moments)):
        raise Refused("the log's key was not in use then")
    return moments
