"""Signatures by public keys: ECDSA, RSA, Ed25519, over data or over a digest.

Must not know what is signed, or whose key it is.
"""

from __future__ import annotations

import hashlib
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key, load_pem_public_key

from pinlint.verify.sigstore.outcomes import Refused, Uncheckable

__all__ = ["Key", "check", "der", "from_der", "from_pem", "sha256", "usable"]

Key: TypeAlias = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey

_BY_CURVE: dict[str, hashes.HashAlgorithm] = {
    "secp256r1": hashes.SHA256(), "secp384r1": hashes.SHA384(), "secp521r1": hashes.SHA512(),
}  # fmt: skip
#: Bits of an RSA key; a longer one would be a way to spend our time.
_SHORTEST, _LONGEST = 2048, 8192


def sha256(data: bytes) -> bytes:
    """The sha256 of data."""
    return hashlib.sha256(data).digest()


def usable(key: object) -> Key:
    """The key, if it is of a kind that signs here. Raises Uncheckable."""
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _BY_CURVE:
        return key
    if isinstance(key, rsa.RSAPublicKey) and _SHORTEST <= key.key_size <= _LONGEST:
        return key
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key
    raise Uncheckable("the key is of a kind that pinlint does not know")


def from_der(data: bytes) -> Key:
    """The key in a SubjectPublicKeyInfo. Raises Uncheckable for one of another kind, Refused for none at all."""
    try:
        return usable(load_der_public_key(data))
    except UnsupportedAlgorithm:
        raise Uncheckable("the key is of a kind that pinlint does not know") from None
    except (ValueError, TypeError):
        raise Refused("a public key in it is malformed") from None


def from_pem(data: bytes) -> Key:
    """As `from_der`, of a PEM text."""
    try:
        return usable(load_pem_public_key(data))
    except UnsupportedAlgorithm:
        raise Uncheckable("the key is of a kind that pinlint does not know") from None
    except (ValueError, TypeError):
        raise Refused("it is no public key in PEM") from None


def der(key: Key) -> bytes:
    """The key as a SubjectPublicKeyInfo."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def check(key: Key, signature: bytes, data: bytes | None, digest: bytes = b"") -> None:
    """Raises Refused unless the signature is the key's over `data`; without data, over what has the sha256 `digest`."""
    if isinstance(key, ed25519.Ed25519PublicKey) and data is None:
        raise Uncheckable("a signature by an Ed25519 key needs all of what is signed")
    if not any(_fits(key, signature, data, digest, algorithm) for algorithm in _algorithms(key, data)):
        raise Refused("the signature is not of this key and content")


def _algorithms(key: Key, data: bytes | None) -> list[hashes.HashAlgorithm]:
    """The hashes by which such a key may have signed: sha256, and where all data is there also the one of the size of its curve."""
    sized = _BY_CURVE[key.curve.name] if isinstance(key, ec.EllipticCurvePublicKey) and data is not None else hashes.SHA256()
    return [sized] if isinstance(sized, hashes.SHA256) else [sized, hashes.SHA256()]


def _fits(key: Key, signature: bytes, data: bytes | None, digest: bytes, algorithm: hashes.HashAlgorithm) -> bool:
    try:
        signed, hashed = (digest, utils.Prehashed(algorithm)) if data is None else (data, algorithm)
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, signed)
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, signed, padding.PKCS1v15(), hashed)
        else:
            key.verify(signature, signed, ec.ECDSA(hashed))
    except (InvalidSignature, ValueError):
        return False
    return True
