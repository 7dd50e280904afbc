"""Authorities of a trusted root: which certificates their chains let sign, and which they do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from servers.sigstore import SAN, Private, key

from pinlint.verify.sigstore.certificate import load
from pinlint.verify.sigstore.outcomes import Refused, Uncheckable
from pinlint.verify.sigstore.root import Authority, Root, Window

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TOP, MIDDLE, SIGNER, STRANGER = key(), key(), key(), key()
ALWAYS = Window(0, 9e12)
CODE, STAMPS = ExtendedKeyUsageOID.CODE_SIGNING, ExtendedKeyUsageOID.TIME_STAMPING
SITES = x509.NameConstraints([x509.UniformResourceIdentifier(".acme.example")], None)


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)] if text else [])


def certificate(
    subject: str, issuer: str, own: Private, by: Private, *more: x509.ExtensionType, path: int | None = None, ca: bool = True,
    basic: bool = True, days: tuple[int, int] = (-2, 2),
) -> x509.Certificate:  # fmt: skip
    begin, end = (NOW + timedelta(days=one) for one in days)
    builder = x509.CertificateBuilder(name(issuer), name(subject), own.public_key(), x509.random_serial_number(), begin, end)
    builder = builder.add_extension(x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False), True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), False)
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), False)
    if ca and basic:
        builder = builder.add_extension(x509.BasicConstraints(True, path), True)
    if not ca:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(SAN)]), True)
    for one in more:
        builder = builder.add_extension(one, isinstance(one, x509.NameConstraints))
    return builder.sign(by, hashes.SHA256())


def usage(*purposes: x509.ObjectIdentifier) -> x509.ExtendedKeyUsage:
    return x509.ExtendedKeyUsage(purposes)


def leaf(
    issuer: str = "middle", own: Private = SIGNER, by: Private = MIDDLE, purpose: x509.ObjectIdentifier = CODE
) -> x509.Certificate:
    return certificate("", issuer, own, by, usage(purpose), ca=False)


ROOT = certificate("top", "top", TOP, TOP, path=1)
BETWEEN = certificate("middle", "top", MIDDLE, TOP, usage(CODE), path=0)
RIGHT = {
    "by the one below the top": (leaf(), (BETWEEN, ROOT)),
    "by the top": (leaf("top", by=TOP), (BETWEEN, ROOT)),
    "by the only one that is given": (leaf(), (BETWEEN,)),
    "an authority for anything": (
        leaf(), (certificate("middle", "top", MIDDLE, TOP, usage(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE), path=0), ROOT)
    ),
    "an authority that does not say for what": (leaf(), (certificate("middle", "top", MIDDLE, TOP, path=0), ROOT)),
}  # fmt: skip
WRONG = {
    "signed by itself under its authority's name": (leaf("middle", STRANGER, STRANGER), (BETWEEN, ROOT)),
    "signed by itself under the top's name": (leaf("top", STRANGER, STRANGER), (BETWEEN, ROOT)),
    "issued by another signer": (leaf("middle", STRANGER, SIGNER), (BETWEEN, ROOT)),
    "for another use": (leaf(purpose=ExtendedKeyUsageOID.SERVER_AUTH), (BETWEEN, ROOT)),
    "an authority that is none": (leaf(), (certificate("middle", "top", MIDDLE, TOP, path=0, basic=False), ROOT)),
    "an authority that had ended": (leaf(), (certificate("middle", "top", MIDDLE, TOP, path=0, days=(-9, -1)), ROOT)),
    "an authority for timestamps": (leaf(), (certificate("middle", "top", MIDDLE, TOP, usage(STAMPS), path=0), ROOT)),
    "an authority of which the top knows nothing": (leaf(), (certificate("middle", "top", MIDDLE, STRANGER, path=0), ROOT)),
    "an authority for some sites": (leaf(), (certificate("middle", "top", MIDDLE, TOP, SITES, path=0), ROOT)),
    "a top that had ended": (leaf(), (BETWEEN, certificate("top", "top", TOP, TOP, path=1, days=(-9, -1)))),
    "a top with nothing between it and signers": (leaf(), (BETWEEN, certificate("top", "top", TOP, TOP, path=0))),
    "a top for some sites": (leaf(), (BETWEEN, certificate("top", "top", TOP, TOP, SITES, path=1))),
    "a top that is for timestamps": (leaf(), (BETWEEN, certificate("top", "top", TOP, TOP, usage(STAMPS), path=1))),
}


def root(chain: tuple[x509.Certificate, ...]) -> Root:
    return Root({}, {}, (Authority(chain, ALWAYS),), (), {})


def checked(signer: x509.Certificate, chain: tuple[x509.Certificate, ...]) -> None:
    load((signer.public_bytes(Encoding.DER),)).checked([NOW.timestamp()], root(chain))


@pytest.mark.parametrize("case", RIGHT)
def test_an_authority_whose_chain_holds_issues_certificates(case: str) -> None:
    checked(*RIGHT[case])


@pytest.mark.parametrize("case", WRONG)
def test_a_chain_holds_up_to_its_top_or_not_at_all(case: str) -> None:
    with pytest.raises(Refused):
        checked(*WRONG[case])


def test_what_a_bundle_brings_is_no_authority() -> None:
    below = certificate("below", "middle", STRANGER, MIDDLE, usage(CODE), path=0)
    brought = tuple(one.public_bytes(Encoding.DER) for one in (leaf("below", by=STRANGER), below))
    with pytest.raises(Uncheckable):
        load(brought).checked([NOW.timestamp()], root((BETWEEN, ROOT)))
