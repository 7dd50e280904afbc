"""A signer's certificate: who it names, whether a known authority issued it for that moment, and whether a log saw it.

Source: Fulcio's documentation (oid-info, certificate specification), RFC 6962. Names and claims are texts of whoever signed:
whoever prints them removes what a terminal would obey.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID

from pinlint.verify.sigstore.keys import Key, check, sha256, usable
from pinlint.verify.sigstore.outcomes import Refused, Uncheckable
from pinlint.verify.sigstore.root import Root, lenient

__all__ = ["Certificate", "load"]

_FULCIO = "1.3.6.1.4.1.57264.1."
_OTHER_NAME = "1.3.6.1.4.1.57264.1.7"
#: What reading a certificate that anybody may have made can raise.
_STRANGE = (ValueError, TypeError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)


class Certificate(NamedTuple):
    """A certificate as it came: `names` of who signed, `claims` of the authority by the last number of their OID (8 the issuer of
    the login, 12 the source repository, 13 its commit, 14 its ref, 18 the build's configuration …)."""

    leaf: x509.Certificate
    key: Key
    names: tuple[str, ...]
    claims: dict[int, str]

    @property
    def issuer(self) -> str:
        """Who vouched for the login."""
        return self.claims.get(8) or self.claims.get(1, "")

    def checked(self, moments: list[float], root: Root) -> None:
        """Raises Refused unless an authority of the root had issued it for each of the moments, for signing code, and, where the
        root knows certificate logs, one of them saw it; Uncheckable for one of an authority that the root does not know."""
        if not root.issued(self.leaf):
            raise Uncheckable("its certificate is of an authority that pinlint's root does not know")
        above = [_issuer(self.leaf, root, moment) for moment in moments]
        if root.certificate_logs:
            self._seen(above[0], root)
        try:
            usage = self.leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            signing = self.leaf.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
        except _STRANGE:
            raise Refused("its certificate does not say what it is for") from None
        if ExtendedKeyUsageOID.CODE_SIGNING not in usage or not signing:
            raise Refused("its certificate is for another use")

    def _seen(self, issuer: x509.Certificate, root: Root) -> None:
        """Raises Refused unless a known log has signed that it saw the certificate. Source: RFC 6962, 3.2."""
        try:
            (one,) = self.leaf.extensions.get_extension_for_class(x509.PrecertificateSignedCertificateTimestamps).value
            tbs = self.leaf.tbs_precertificate_bytes
        except _STRANGE:
            raise Refused("its certificate has no promise of a log, or several") from None
        log = root.certificate_logs.get(one.log_id)
        if log is None:
            raise Uncheckable("its certificate is in no log that pinlint's root knows")
        millis = round(one.timestamp.replace(tzinfo=UTC).timestamp() * 1000)
        if not log.window.holds(millis / 1000):
            raise Refused("the certificate log's key was not in use then")
        spki = issuer.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        signed = struct.pack("!BBQH", 0, 0, millis, 1) + sha256(spki) + len(tbs).to_bytes(3, "big") + tbs
        check(log.key, one.signature, signed + struct.pack("!H", len(one.extension_bytes)) + one.extension_bytes)


def load(chain: tuple[bytes, ...]) -> Certificate:
    """The signer's certificate, the first of a chain. Raises Refused for what is none, and where the rest brings its own root."""
    try:
        leaf, *more = [x509.load_der_x509_certificate(one) for one in chain]
        with lenient():
            if any(one.issuer == one.subject for one in more):
                raise Refused("it brings its own root")
        names = tuple(map(_name, leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value))
        claims = {int(number): _claim(int(number), one) for one in leaf.extensions if (number := _number(one.oid))}
        return Certificate(leaf, usable(leaf.public_key()), names, claims)
    except _STRANGE:
        raise Refused("its certificate is malformed") from None


def _issuer(leaf: x509.Certificate, root: Root, moment: float) -> x509.Certificate:
    """The certificate above a leaf in a chain that leads to the top of an authority and was valid at a moment. Raises Refused where
    there is none."""
    ca, end = verification.ExtensionPolicy.webpki_defaults_ca(), verification.ExtensionPolicy.webpki_defaults_ee()
    optional = verification.Criticality.AGNOSTIC  # Fulcio's is not the web's
    ca = ca.may_be_present(x509.ExtendedKeyUsage, optional, _may_sign)
    end = end.may_be_present(x509.ExtendedKeyUsage, optional, None)
    for authority in root.authorities:
        if not authority.window.holds(moment):
            continue
        *between, top = authority.chain
        policy = verification.PolicyBuilder().store(verification.Store([top]))
        policy = policy.time(datetime.fromtimestamp(moment, UTC)).extension_policies(ca_policy=ca, ee_policy=end)
        try:
            return policy.build_client_verifier().verify(leaf, between).chain[1]
        except (verification.VerificationError, ValueError, IndexError, x509.UnsupportedGeneralNameType):
            continue
    raise Refused("no authority of the trusted root had issued its certificate for the time of signing")


def _may_sign(_policy: object, _certificate: object, usage: x509.ExtendedKeyUsage | None) -> None:
    """Raises ValueError for an authority that is for something else than code, as for timestamps."""
    if usage is not None and {ExtendedKeyUsageOID.CODE_SIGNING, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}.isdisjoint(usage):
        raise ValueError("it issues certificates for another use")


def _name(name: x509.GeneralName) -> str:
    if isinstance(name, x509.OtherName):
        return _utf8(name.value) if name.type_id.dotted_string == _OTHER_NAME else ""
    return str(name.value)


def _number(oid: x509.ObjectIdentifier) -> str:
    text = oid.dotted_string
    number = text.removeprefix(_FULCIO)
    return number if text != number and number.isdecimal() and len(number) < 4 else ""


def _claim(number: int, extension: x509.Extension[x509.ExtensionType]) -> str:
    """The text of a claim: up to 6 as it stands, from 8 on a UTF8String in DER."""
    value = extension.value
    if number == 7 or not isinstance(value, x509.UnrecognizedExtension):
        return ""
    return value.value.decode() if number < 7 else _utf8(value.value)


def _utf8(data: bytes) -> str:
    """The text of a UTF8String in DER. Raises ValueError for anything else."""
    if len(data) < 2 or data[0] != 0x0C:
        raise ValueError("no UTF8String")
    width = data[1] - 0x80 if data[1] >= 0x80 else 0
    length = int.from_bytes(data[2 : 2 + width], "big") if width else data[1]
    if width > 2 or len(data) != 2 + width + length:
        raise ValueError("another length")
    return data[2 + width :].decode()
