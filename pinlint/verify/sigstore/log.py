"""The transparency log's part of a bundle: is an entry about this signature, and did the log sign the entry?

Kinds of entries: hashedrekord 0.0.1 and 0.0.2 (Rekor v2), dsse 0.0.1, intoto 0.0.1 (cosign 1) and 0.0.2 (npm). That an entry names
this very signature, content and key is the step whose lack was CVE-2022-36056.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pinlint.verify.sigstore.bundle import Bundle, Entry, Proof, b64, parsed
from pinlint.verify.sigstore.keys import Key, check, der, sha256
from pinlint.verify.sigstore.outcomes import Refused, Uncheckable
from pinlint.verify.sigstore.root import Log, Window

__all__ = ["Logged", "Signed", "logged", "same", "signer_of"]

_COSIGNED = re.compile("^\u2014 (\\S+) (\\S+)$", re.MULTILINE)


class Logged(NamedTuple):
    """What a log vouches for: when (0 = it does not say), whether by a proof of inclusion, and when its key was in use."""

    moment: int
    proven: bool
    window: Window


class Signed(NamedTuple):
    """What an entry has to be about: the signature, the sha256 of what it is over, who signed (a certificate or a key in DER)."""

    signature: bytes
    digest: bytes
    signer: bytes


def same(entry: Entry, bundle: Bundle, signed: Signed) -> None:
    """Raises Refused unless the entry is about this signature, content and key; Uncheckable for an entry of an unknown kind."""
    said = parsed(entry.body)
    try:
        if (said["kind"], said["apiVersion"]) != entry.kind:
            raise Refused("the log entry is of another kind than the bundle says")
        real, told = _told(entry.kind, said["spec"], bundle, signed)
    except (LookupError, TypeError, AttributeError, ValueError):
        raise Refused("the log entry is malformed") from None
    if real != told:
        raise Refused("the log entry is about another signature, content or key")


def _told(kind: tuple[str, str], spec: Any, bundle: Bundle, signed: Signed) -> tuple[tuple[object, ...], tuple[object, ...]]:
    """(what the entry should say, what it says)."""
    envelope = bundle.envelope
    if kind == ("hashedrekord", "0.0.1") and not envelope:
        one = spec["signature"]
        told = spec["data"]["hash"]["value"], b64(one["content"]), _pem(one["publicKey"]["content"])
        return (signed.digest.hex(), signed.signature, signed.signer), told
    if kind == ("hashedrekord", "0.0.2"):
        one = spec["hashedRekordV002"]
        who = one["signature"]["verifier"]
        raw = (who.get("x509Certificate") or who["publicKey"])["rawBytes"]
        told = b64(one["data"]["digest"]), b64(one["signature"]["content"]), b64(raw)
        return (signed.digest, signed.signature, signed.signer), told
    if envelope:
        payload = sha256(envelope.payload).hex()
        if kind == ("dsse", "0.0.1"):
            (one,) = spec["signatures"]
            told = spec["payloadHash"]["value"], b64(one["signature"]), _pem(one["verifier"])
            return (payload, signed.signature, signed.signer), told
        if kind == ("intoto", "0.0.1"):  # the envelope as it was uploaded, byte for byte
            content = spec["content"]
            told = content["payloadHash"]["value"], content["hash"]["value"], _pem(spec["publicKey"])
            return (payload, sha256(envelope.text).hex(), signed.signer), told
        if kind == ("intoto", "0.0.2"):
            (one,) = spec["content"]["envelope"]["signatures"]  # its signature is in base64 twice
            told = spec["content"]["payloadHash"]["value"], b64(b64(one["sig"]).decode()), _pem(one["publicKey"])
            return (payload, signed.signature, signed.signer), told
    raise Uncheckable(f"its log entry is of a kind that pinlint does not know ({' '.join(kind)[:60]})")


def _pem(text: object) -> bytes:
    """The DER in a PEM in base64; npm's have blanks where line ends should be."""
    return b64(re.sub(r"-----[A-Z ]+-----|\s", "", b64(text).decode()))


def logged(entry: Entry, logs: Mapping[bytes, Log]) -> Logged:
    """What the log vouches for. Raises Refused where a signature of the log does not hold, Uncheckable for an unknown log."""
    log = logs.get(entry.log)
    if log is None:
        raise Uncheckable("its log entry is of a log that pinlint's root does not know, which may be older than that log")
    moment = 0
    if entry.promise:
        _check_promise(entry, log.key)
        moment = entry.moment
    if entry.proof and entry.proof.checkpoint:
        _check_proof(entry, entry.proof, log.key)
        return Logged(moment, True, log.window)
    return Logged(moment, False, log.window)


def _check_promise(entry: Entry, key: Key) -> None:
    """Raises Refused unless the log signed the entry, its number and its time, in canonical JSON."""
    body, log = base64.b64encode(entry.body).decode(), entry.log.hex()
    said = {"body": body, "integratedTime": entry.moment, "logID": log, "logIndex": entry.number}
    check(key, entry.promise, json.dumps(said, sort_keys=True, separators=(",", ":")).encode())


def _check_proof(entry: Entry, proof: Proof, key: Key) -> None:
    """Raises Refused unless the log signed a tree that holds the entry. Source: C2SP (checkpoints, signed notes)."""
    text, _, signatures = proof.checkpoint.partition("\n\n")
    lines = text.split("\n")
    if len(lines) < 3 or not lines[0] or not re.fullmatch("[0-9]{1,19}", lines[1]):
        raise Refused("the log's note about its tree is malformed")
    ours = [raw[4:] for _, said in _COSIGNED.findall(signatures) if (raw := b64(said))[:4] == entry.log[:4]]
    if not ours:
        raise Refused("the log has not signed the note about its tree")
    check(key, ours[0], (text + "\n").encode())
    if not (b64(lines[2]) == proof.root == _included(entry.body, proof) and int(lines[1]) == proof.size):
        raise Refused("the log entry is not in the tree that the log signed")


def _included(body: bytes, proof: Proof) -> bytes:
    """The root hash to which the way up from an entry leads. Source: RFC 9162, 2.1.3.2."""
    index, last, node = proof.number, proof.size - 1, sha256(b"\0" + body)
    if not 0 <= index <= last:
        raise Refused("the log entry lies outside of its tree")
    for other in proof.hashes:
        if last <= 0:
            raise Refused("the proof of inclusion is too long")
        if index & 1 or index == last:
            node = sha256(b"\1" + other + node)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = sha256(b"\1" + node + other)
        index, last = index >> 1, last >> 1
    if last != 0:
        raise Refused("the proof of inclusion is too short")
    return node


def signer_of(leaf: x509.Certificate | None, key: Key) -> bytes:
    """How a log entry names who signed: the certificate, else the key."""
    return leaf.public_bytes(Encoding.DER) if leaf else der(key)
