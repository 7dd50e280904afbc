"""A whole Sigstore instance in one process: authority, certificate log, transparency log, timestamps, and their trusted root.

What it makes is verified by pinlint's own reader and, where it is of a kind that it knows, by the `sigstore` package.
"""

from __future__ import annotations

import base64
import hashlib
import json
import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

__all__ = ["IN_TOTO", "ISSUER", "SAN", "Instance", "b64", "key", "pem", "sha", "sign", "simple", "statement"]

ISSUER = "https://token.actions.githubusercontent.com"
SAN = "https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1"
IN_TOTO = "application/vnd.in-toto+json"
_FULCIO = "1.3.6.1.4.1.57264.1."
_PROMISES = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
Private = ec.EllipticCurvePrivateKey
_Extensions = Sequence[tuple[x509.ExtensionType, bool]]


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def key() -> Private:
    return ec.generate_private_key(ec.SECP256R1())


def sign(private: Private, data: bytes) -> bytes:
    return private.sign(data, ec.ECDSA(hashes.SHA256()))


def pem(private: Private) -> str:
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def der(private: Private) -> bytes:
    return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def utf8(text: str) -> bytes:
    data = text.encode()
    return b"\x0c" + (bytes([len(data)]) if len(data) < 128 else bytes([0x81, len(data)])) + data


def statement(predicate: str, subject: str = "", /, **digests: str) -> dict[str, Any]:
    """An in-toto statement about the artifact with the sha256 `subject`, or with other digests."""
    said = {"sha256": subject.removeprefix("sha256:"), **digests} if subject else digests
    return {
        "_type": "https://in-toto.io/Statement/v1", "predicateType": predicate, "predicate": {},
        "subject": [{"name": "", "digest": said}],
    }  # fmt: skip


def simple(digest: str) -> bytes:
    """What cosign 1 and 2 signed of an image."""
    about = {"identity": {"docker-reference": "test"}, "image": {"docker-manifest-digest": digest}}
    critical = {**about, "type": "cosign container image signature"}
    return json.dumps({"critical": critical, "optional": None}).encode()


class Instance:
    """An instance whose names are the same in every one; its keys are its own."""

    def __init__(self, organisation: str = "sigstore.test") -> None:
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.ca, self.ct, self.log = key(), key(), key()
        self.earlier = b"an earlier entry"  # so that an inclusion proof has something to prove
        name = x509.Name(
            [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation), x509.NameAttribute(NameOID.COMMON_NAME, "root")]
        )
        self.root = self._certificate(name, name, self.ca, (timedelta(days=-1), timedelta(days=365)), [
            (x509.BasicConstraints(ca=True, path_length=0), True), (_usage(certificates=True), True),
            (x509.SubjectKeyIdentifier.from_public_key(self.ca.public_key()), False)])  # fmt: skip

    def _certificate(
        self, subject: x509.Name, issuer: x509.Name, private: Private, window: tuple[timedelta, timedelta], extensions: _Extensions,
        serial: int = 0,
    ) -> x509.Certificate:  # fmt: skip
        begin, end = (self.now + one for one in window)
        number = serial or x509.random_serial_number()
        builder = x509.CertificateBuilder(issuer, subject, private.public_key(), number, begin, end)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self.ca, hashes.SHA256())

    def leaf(self, private: Private, san: str = SAN, issuer: str = ISSUER, **claims: str) -> x509.Certificate:
        """A certificate for ten minutes, with the promise of the certificate log in it; `claims` as _12="https://…"."""
        said = {
            "8": issuer,
            "9": san,
            "12": "https://github.com/acme/app",
            "13": "a" * 40,
            "14": "refs/tags/v1",
            "11": "github-hosted",
        }
        said |= {name.removeprefix("_"): text for name, text in claims.items()}
        email = "@" in san and "/" not in san
        extensions: list[tuple[x509.ExtensionType, bool]] = [
            (_usage(), True), (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(self.ca.public_key()), False),
            (x509.SubjectAlternativeName([x509.RFC822Name(san) if email else x509.UniformResourceIdentifier(san)]), True),
            (x509.UnrecognizedExtension(x509.ObjectIdentifier(f"{_FULCIO}1"), issuer.encode()), False),
            *((x509.UnrecognizedExtension(x509.ObjectIdentifier(_FULCIO + one), utf8(text)), False) for one, text in said.items()),
        ]  # fmt: skip
        window = timedelta(minutes=-5), timedelta(minutes=5)
        before = self._certificate(x509.Name([]), self.root.subject, private, window, extensions)
        promises = x509.UnrecognizedExtension(_PROMISES, self._seen(before.tbs_certificate_bytes))
        whole = [*extensions, (promises, False)]
        return self._certificate(x509.Name([]), self.root.subject, private, window, whole, before.serial_number)

    def _seen(self, tbs: bytes) -> bytes:
        """What the certificate log signs: the certificate without the list of promises."""
        millis = int(self.now.timestamp() * 1000)
        signed = struct.pack("!BBQH", 0, 0, millis, 1) + sha(der(self.ca)) + len(tbs).to_bytes(3, "big") + tbs + b"\0\0"
        signature = sign(self.ct, signed)
        head = b"\0" + sha(der(self.ct)) + struct.pack("!Q", millis) + b"\0\0" + b"\4\3"
        one = head + struct.pack("!H", len(signature)) + signature
        inner = struct.pack("!HH", len(one) + 2, len(one)) + one
        return b"\x04" + bytes([len(inner)]) + inner

    def entry(self, body: dict[str, Any], *, proof: bool = True) -> dict[str, Any]:
        """A log entry with the log's promise, and with the proof of its inclusion in a tree of two."""
        raw = json.dumps(body, separators=(",", ":"), sort_keys=True).encode()
        log_id, moment, other = sha(der(self.log)), int(self.now.timestamp()), sha(b"\0" + self.earlier)
        said = {"body": b64(raw), "integratedTime": moment, "logID": log_id.hex(), "logIndex": 1}
        promise = json.dumps(said, separators=(",", ":"), sort_keys=True).encode()
        made = {
            "logIndex": "1", "logId": {"keyId": b64(log_id)}, "kindVersion": {"kind": body["kind"], "version": body["apiVersion"]},
            "integratedTime": str(moment), "inclusionPromise": {"signedEntryTimestamp": b64(sign(self.log, promise))},
            "canonicalizedBody": b64(raw),
        }  # fmt: skip
        if proof:
            tree = sha(b"\1" + other + sha(b"\0" + raw))
            note = f"rekor.test - 1\n2\n{b64(tree)}\n"
            note += f"\n\u2014 rekor.test {b64(log_id[:4] + sign(self.log, note.encode()))}\n"
            made["inclusionProof"] = {
                "logIndex": "1", "treeSize": "2", "rootHash": b64(tree), "hashes": [b64(other)], "checkpoint": {"envelope": note},
            }  # fmt: skip
        return made

    def envelope(
        self, said: dict[str, Any], san: str = SAN, *, log: str = "dsse", private: Private | None = None, **leaf: str
    ) -> dict[str, Any]:
        """A signed statement: what cosign 3, npm and GitHub publish. By a private key where one is given, else by a certificate."""
        signer, payload = private or key(), json.dumps(said).encode()
        signature = sign(signer, b"DSSEv1 %d %s %d %s" % (len(IN_TOTO), IN_TOTO.encode(), len(payload), payload))
        certificate = None if private else self.leaf(signer, san, **leaf)
        shown = b64(certificate.public_bytes(Encoding.PEM) if certificate else pem(signer).encode())
        hashed = {"algorithm": "sha256", "value": sha(payload).hex()}
        envelope = {"payloadType": IN_TOTO, "payload": b64(payload), "signatures": [{"keyid": "", "sig": b64(signature)}]}
        raw = json.dumps(envelope, separators=(",", ":")).encode()
        whole = {"algorithm": "sha256", "value": sha(raw).hex()}
        if log == "dsse":
            version, spec = "0.0.1", {"envelopeHash": whole, "payloadHash": hashed,
                                      "signatures": [{"signature": b64(signature), "verifier": shown}]}  # fmt: skip
        elif log == "intoto 0.0.1":
            version, spec = "0.0.1", {"content": {"hash": whole, "payloadHash": hashed}, "publicKey": shown}
        else:
            twice = {"payloadType": IN_TOTO, "signatures": [{"publicKey": shown, "sig": b64(b64(signature).encode())}]}
            version, spec = "0.0.2", {"content": {"envelope": twice, "payloadHash": hashed}}
        entry = self.entry({"apiVersion": version, "kind": log.partition(" ")[0], "spec": spec})
        return self._bundle(certificate, entry, {"dsseEnvelope": envelope})

    def message(self, data: bytes, san: str = SAN, *, proof: bool = True, private: Private | None = None) -> dict[str, Any]:
        """A signature over bytes: an artifact, or the payload of a signature in cosign's older format."""
        signer = private or key()
        certificate, signature = None if private else self.leaf(signer, san), sign(signer, data)
        shown = b64(certificate.public_bytes(Encoding.PEM) if certificate else pem(signer).encode())
        spec = {
            "data": {"hash": {"algorithm": "sha256", "value": sha(data).hex()}},
            "signature": {"content": b64(signature), "publicKey": {"content": shown}},
        }
        entry = self.entry({"apiVersion": "0.0.1", "kind": "hashedrekord", "spec": spec}, proof=proof)
        digest = {"algorithm": "SHA2_256", "digest": b64(sha(data))}
        return self._bundle(certificate, entry, {"messageSignature": {"messageDigest": digest, "signature": b64(signature)}})

    @staticmethod
    def _bundle(certificate: x509.Certificate | None, entry: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
        raw = (
            {"certificate": {"rawBytes": b64(certificate.public_bytes(Encoding.DER))}}
            if certificate
            else {"publicKey": {"hint": ""}}
        )
        material = {**raw, "tlogEntries": [entry]}
        return {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "verificationMaterial": material, **content}

    def trusted_root(self) -> dict[str, Any]:
        window = {"start": (self.now - timedelta(days=1)).isoformat().replace("+00:00", "Z")}

        def log(private: Private, url: str) -> dict[str, Any]:
            known = {"rawBytes": b64(der(private)), "keyDetails": "PKIX_ECDSA_P256_SHA_256", "validFor": window}
            return {"baseUrl": url, "hashAlgorithm": "SHA2_256", "logId": {"keyId": b64(sha(der(private)))}, "publicKey": known}

        authority = {
            "subject": {"organization": "sigstore.test", "commonName": "root"}, "uri": "https://fulcio.test", "validFor": window,
            "certChain": {"certificates": [{"rawBytes": b64(self.root.public_bytes(Encoding.DER))}]},
        }  # fmt: skip
        return {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1", "tlogs": [log(self.log, "https://rekor.test")],
            "ctlogs": [log(self.ct, "https://ct.test")], "timestampAuthorities": [], "certificateAuthorities": [authority],
        }  # fmt: skip


def _usage(*, certificates: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(not certificates, False, False, False, False, certificates, certificates, False, False)
