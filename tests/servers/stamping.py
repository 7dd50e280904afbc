"""A timestamp authority of RFC 3161 in one process, its answers written in DER by hand (RFC 3161, RFC 5652, RFC 5816)."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from servers.sigstore import Private, b64, key, sha, sign

__all__ = ["Stamper"]

_TST, _SIGNED_DATA = "1.2.840.113549.1.9.16.1.4", "1.2.840.113549.1.7.2"
_CONTENT_TYPE, _DIGEST, _SIGNER = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4", "1.2.840.113549.1.9.16.2.47"
_SHA256, _ECDSA = "2.16.840.1.101.3.4.2.1", "1.2.840.10045.4.3.2"


def _tlv(tag: int, *parts: bytes) -> bytes:
    data = b"".join(parts)
    size = (
        bytes([len(data)])
        if len(data) < 128
        else (raw := len(data).to_bytes(2, "big").lstrip(b"\0"), bytes([0x80 | len(raw)]) + raw)[1]
    )
    return bytes([tag]) + size + data


def _seq(*parts: bytes) -> bytes:
    return _tlv(0x30, *parts)


def _int(value: int) -> bytes:
    return _tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _oid(text: str) -> bytes:
    first, second, *rest = map(int, text.split("."))
    found = bytearray()
    for arc in (first * 40 + second, *rest):
        low = [arc & 0x7F]
        while arc := arc >> 7:
            low.append(arc & 0x7F | 0x80)
        found += bytes(reversed(low))
    return _tlv(0x06, bytes(found))


def _attribute(kind: str, value: bytes) -> bytes:
    return _seq(_oid(kind), _tlv(0x31, value))


class Stamper:
    """An authority whose names are the same in every one; its keys are its own. With `between` another one stands between its root
    and what signs; `purpose` is what that is for."""

    def __init__(
        self, now: datetime, *, between: bool = False, purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.TIME_STAMPING
    ) -> None:
        self.now = now
        self.key, top = key(), key()
        self.root = self._certificate("stamping root", "stamping root", top, top)
        self.chain = [self.root]
        if between:
            middle = key()
            self.chain.insert(0, self._certificate("stamping between", "stamping root", middle, top))
            top = middle
        issuer = self.chain[0].subject.rfc4514_string().removeprefix("CN=")
        self.chain.insert(0, self._certificate("stamping", issuer, self.key, top, purpose))

    def _certificate(
        self, subject: str, issuer: str, private: Private, by: Private, purpose: x509.ObjectIdentifier | None = None
    ) -> x509.Certificate:
        by_name, name = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (issuer, subject))
        begin, end = self.now - timedelta(days=2), self.now + timedelta(days=2)
        builder = x509.CertificateBuilder(by_name, name, private.public_key(), x509.random_serial_number(), begin, end)
        usage = x509.KeyUsage(purpose is not None, False, False, False, False, purpose is None, purpose is None, False, False)
        builder = builder.add_extension(usage, True).add_extension(x509.BasicConstraints(purpose is None, None), True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), False)
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), False)
        if purpose:
            builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), True)
        return builder.sign(by, hashes.SHA256())

    def stamp(
        self,
        data: bytes,
        *,
        after: timedelta = timedelta(),
        said_after: timedelta | None = None,
        status: int = 0,
        imprint: str = "sha256",
        brought: bool = True,
    ) -> bytes:
        """The answer to a request about some bytes, so long `after` now. The time that it says where another was signed, its
        status, the algorithm of the imprint, and whether it brings its certificates are for what is wrong, or done otherwise."""
        algorithm = _seq(_oid(_SHA256), b"\5\0")
        oid = {"sha256": _SHA256, "sha512": "2.16.840.1.101.3.4.2.3", "sha1": "1.3.14.3.2.26"}[imprint]
        said = _seq(_seq(_oid(oid), b"\5\0"), _tlv(0x04, hashlib.new(imprint, data).digest()))

        def info(moment: datetime) -> bytes:
            return _seq(_int(1), _oid("1.3.6.1.4.1.57264.2"), said, _int(7), _tlv(0x18, moment.strftime("%Y%m%d%H%M%SZ").encode()))

        signed, leaf = info(self.now + after), self.chain[0]
        attributes = b"".join(sorted([
            _attribute(_CONTENT_TYPE, _oid(_TST)), _attribute(_DIGEST, _tlv(0x04, sha(signed))),
            _attribute(_SIGNER, _seq(_seq(_seq(_tlv(0x04, sha(leaf.public_bytes(Encoding.DER))))))),
        ]))  # fmt: skip
        signature = sign(self.key, _tlv(0x31, attributes))
        shown = signed if said_after is None else info(self.now + said_after)
        signer = _seq(
            _int(1), _seq(leaf.issuer.public_bytes(), _int(leaf.serial_number)), algorithm, _tlv(0xA0, attributes),
            _seq(_oid(_ECDSA)), _tlv(0x04, signature),
        )  # fmt: skip
        certificates = _tlv(0xA0, *sorted(one.public_bytes(Encoding.DER) for one in self.chain[:-1])) if brought else b""
        content = _seq(
            _int(3), _tlv(0x31, algorithm), _seq(_oid(_TST), _tlv(0xA0, _tlv(0x04, shown))), certificates, _tlv(0x31, signer)
        )
        token = _seq(_oid(_SIGNED_DATA), _tlv(0xA0, content))
        return _seq(_seq(_int(status)), token)

    def authority(self, start: timedelta = timedelta(days=-1), end: timedelta | None = None) -> dict[str, Any]:
        """It as an authority of a trusted root, from when to when."""
        window = {"start": (self.now + start).isoformat()} | ({"end": (self.now + end).isoformat()} if end else {})
        chain = [{"rawBytes": b64(one.public_bytes(Encoding.DER))} for one in self.chain]
        return {"subject": {}, "uri": "https://stamps.test", "certChain": {"certificates": chain}, "validFor": window}
