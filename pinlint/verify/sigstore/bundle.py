"""Sigstore bundles and DSSE envelopes: what a JSON document says, in types, within bounds. Nothing is believed yet.

Source: protobuf-specs (sigstore_bundle.proto, sigstore_rekor.proto), in-toto/attestation (DSSE envelope). Whatever a document
holds, reading it ends in a `Bundle` or in `Refused`.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any, NamedTuple, TypeGuard

from pinlint.verify.sigstore.outcomes import Refused

__all__ = ["LARGEST", "Bundle", "Entry", "Envelope", "Proof", "b64", "envelope", "parsed", "read"]

#: Bytes of a bundle; certificates, timestamps, log entries and hashes of a proof beyond what any holds.
LARGEST = 8 * 1024 * 1024
_MOST_CERTIFICATES, _MOST_STAMPS, _MOST_ENTRIES, _MOST_HASHES = 10, 32, 10, 64
_MEDIA_TYPE = re.compile(r"application/vnd\.dev\.sigstore\.bundle(?:\+json;version=0\.([123])|\.v0\.(3)\+json)")


class Envelope(NamedTuple):
    """A signed statement: the type of its payload, the payload, its one signature; `text` is the envelope as cosign 1 logged it."""

    type: str
    payload: bytes
    signature: bytes
    text: bytes

    @property
    def signed(self) -> bytes:
        """The bytes that the signature is over (DSSE's pre-authentication encoding)."""
        kind = self.type.encode()
        return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(self.payload), self.payload)


class Proof(NamedTuple):
    """Where an entry lies in the tree of its log, with the hashes beside its way up, and the log's signed note about that tree."""

    number: int
    size: int
    root: bytes
    hashes: tuple[bytes, ...]
    checkpoint: str


class Entry(NamedTuple):
    """A log's record of a signature. `moment` is seconds since 1970, 0 where none is said; only a `promise` (the log's signature)
    makes it more than a claim."""

    kind: tuple[str, str]
    body: bytes
    log: bytes
    number: int
    moment: int
    promise: bytes
    proof: Proof | None


class Bundle(NamedTuple):
    """A signature with everything that speaks for it. `chain` are DER certificates, the signer's first, () where it was signed with
    a key. `envelope` is None where the signature is over an artifact, whose sha256 may stand in `digest`. `document` is what was
    read."""

    version: str
    chain: tuple[bytes, ...]
    signature: bytes
    envelope: Envelope | None
    digest: bytes
    entries: tuple[Entry, ...]
    stamps: tuple[bytes, ...]
    document: dict[str, Any]


def parsed(data: bytes | str) -> Any:
    """What a JSON text holds. Raises Refused for what is none, or is too large."""
    try:
        if len(data) > LARGEST:
            raise Refused(f"it has more than {LARGEST // 2**20} MiB")
        return json.loads(data)
    except (ValueError, RecursionError):
        raise Refused("it is no JSON") from None


def b64(text: object) -> bytes:
    """The bytes of a text in base64, strictly. Raises Refused."""
    try:
        if not isinstance(text, str):
            raise Refused("it has something else where base64 is expected")
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise Refused("it holds something that is no base64") from None


def read(document: object) -> Bundle:
    """The bundle in a JSON document. Raises Refused for what is none, or of a version that nobody here knows."""
    top = _table(document)
    match = _MEDIA_TYPE.fullmatch(_text(top.get("mediaType")))
    if not match:
        raise Refused("it is no bundle of a version that pinlint knows")
    material = _table(top.get("verificationMaterial"))
    stamps = _optional(material.get("timestampVerificationData")).get("rfc3161Timestamps")
    signed = top.get("dsseEnvelope")
    if (signed is None) == (top.get("messageSignature") is None):
        raise Refused("it is neither a signed statement nor the signature of an artifact")
    message = _optional(top.get("messageSignature"))
    said = _optional(message.get("messageDigest"))
    found = envelope(signed) if signed is not None else None
    return Bundle(
        version=match[1] or match[2],
        chain=tuple(b64(_table(one).get("rawBytes")) for one in _certificates(material)),
        signature=found.signature if found else _filled(b64(message.get("signature"))),
        envelope=found,
        digest=b64(said.get("digest")) if said else b"",
        entries=tuple(_entry(_table(one)) for one in _list(material.get("tlogEntries"), _MOST_ENTRIES)),
        stamps=tuple(b64(_table(one).get("signedTimestamp")) for one in _list(stamps, _MOST_STAMPS)),
        document=top,
    )


def envelope(document: object) -> Envelope:
    """The DSSE envelope in a JSON document. Raises Refused."""
    table = _table(document)
    signatures = _list(table.get("signatures"), _MOST_ENTRIES)
    if len(signatures) != 1:
        raise Refused(f"it has {len(signatures)} signatures where one is expected")
    text, signature = json.dumps(table, separators=(",", ":")).encode(), _filled(b64(_table(signatures[0]).get("sig")))
    return Envelope(_text(table.get("payloadType")), b64(table.get("payload")), signature, text)


def _certificates(material: dict[str, Any]) -> list[Any]:
    if material.get("certificate") is not None:
        return [material["certificate"]]
    if material.get("x509CertificateChain") is None:
        return []
    found = _list(_table(material["x509CertificateChain"]).get("certificates"), _MOST_CERTIFICATES)
    if not found:
        raise Refused("its certificate chain is empty")
    return found


def _entry(table: dict[str, Any]) -> Entry:
    kind, promise = _optional(table.get("kindVersion")), table.get("inclusionPromise")
    return Entry(
        kind=(_text(kind.get("kind")), _text(kind.get("version"))),
        body=b64(table.get("canonicalizedBody")),
        log=b64(_table(table.get("logId")).get("keyId")),
        number=_number(table.get("logIndex", 0)),
        moment=_number(table.get("integratedTime", 0)),
        promise=_filled(b64(_table(promise).get("signedEntryTimestamp"))) if promise is not None else b"",
        proof=_proof(_table(table["inclusionProof"])) if table.get("inclusionProof") is not None else None,
    )


def _proof(table: dict[str, Any]) -> Proof:
    checkpoint = _optional(table.get("checkpoint")).get("envelope", "")
    hashes = tuple(map(b64, _list(table.get("hashes"), _MOST_HASHES)))
    number, size = _number(table.get("logIndex", 0)), _number(table.get("treeSize"))
    return Proof(number, size, b64(table.get("rootHash")), hashes, _text(checkpoint))


def _is_table(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _table(value: object) -> dict[str, Any]:
    if not _is_table(value):
        raise Refused("it lacks what every bundle has, or is built otherwise")
    return value


def _optional(value: object) -> dict[str, Any]:
    return {} if value is None else _table(value)


def _list(value: object, most: int) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > most:
        raise Refused(f"it has a list that is none, or has more than {most} entries")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or (not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value)):
        raise Refused("it has something else where a text is expected")
    return value


def _filled(value: bytes) -> bytes:
    if not value:
        raise Refused("it has an empty signature")
    return value


def _number(value: object) -> int:
    """A number of 64 bits, which protobuf's JSON writes as a text."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63:
        return value
    if isinstance(value, str) and re.fullmatch("[0-9]{1,19}", value) and int(value) < 1 << 63:
        return int(value)
    raise Refused("it has something else where a number is expected")
