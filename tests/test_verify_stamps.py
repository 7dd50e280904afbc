"""Timestamps of RFC 3161, right and wrong in every part, of an authority that is made here; OpenSSL reads the same answers."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conftest import need
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from servers.sigstore import Instance, b64, sha
from servers.stamping import Stamper

from pinlint.verify.sigstore import bundle, root, stamps
from pinlint.verify.sigstore.outcomes import Refused
from pinlint.verify.sigstore.root import Root
from pinlint.verify.sigstore.verifier import Subject, verified

DATA = b"signature"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NOT_THEN = "no authority of the trusted root had issued its certificate for the time of signing"
OF_NOBODY, MALFORMED = "its timestamp is of no authority of the trusted root", "its timestamp is malformed"


@cache
def certificates() -> Instance:
    return Instance()


@cache
def mine() -> Stamper:
    return Stamper(certificates().now)


@cache
def long() -> Stamper:
    return Stamper(certificates().now, between=True)


@cache
def other() -> Stamper:
    return Stamper(certificates().now)


@cache
def web() -> Stamper:
    return Stamper(certificates().now, purpose=ExtendedKeyUsageOID.SERVER_AUTH)


def changed(token: bytes, old: bytes) -> bytes:
    """A token in which one bit of a part is another."""
    assert token.count(old) == 1
    return token.replace(old, old[:-1] + bytes([old[-1] ^ 1]))


def ended(token: bytes) -> bytes:
    """A token whose last bit, one of its signature, is another."""
    return token[:-1] + bytes([token[-1] ^ 1])


class Stamp(NamedTuple):
    """A token, why it is refused ("" = it is not), the authority of the root, and whether OpenSSL verifies it: it knows nothing of
    the root's own times."""

    token: Callable[[], bytes]
    refused: str = ""
    authority: Callable[[], Stamper] = mine
    window: tuple[timedelta, timedelta | None] = (timedelta(days=-1), None)
    openssl: bool | None = None


STAMPS = {
    "right": Stamp(lambda: mine().stamp(DATA)),
    "right-without-certificates": Stamp(lambda: mine().stamp(DATA, brought=False)),
    "right-by-a-longer-chain": Stamp(lambda: long().stamp(DATA), authority=long),
    "right-of-sha512": Stamp(lambda: mine().stamp(DATA, imprint="sha512")),
    "an-hour-ago": Stamp(lambda: mine().stamp(DATA, after=-HOUR)),
    "of-other-bytes": Stamp(lambda: mine().stamp(b"payload"), OF_NOBODY),
    "imprint-changed": Stamp(lambda: changed(mine().stamp(DATA), sha(DATA)), OF_NOBODY),
    "time-changed": Stamp(lambda: mine().stamp(DATA, said_after=HOUR), OF_NOBODY),
    "signature-changed": Stamp(lambda: ended(mine().stamp(DATA)), OF_NOBODY),
    "of-another-of-the-same-name": Stamp(lambda: other().stamp(DATA), OF_NOBODY),
    "of-another-of-the-same-name-without-certificates": Stamp(lambda: other().stamp(DATA, brought=False), OF_NOBODY),
    "certificate-for-servers": Stamp(lambda: web().stamp(DATA), OF_NOBODY, authority=web),
    "after-the-authority-ended": Stamp(
        lambda: mine().stamp(DATA), OF_NOBODY, window=(timedelta(days=-1), -MINUTE), openssl=True
    ),
    "before-the-authority-began": Stamp(lambda: mine().stamp(DATA, after=-HOUR), OF_NOBODY, window=(-MINUTE, None), openssl=True),
    "before-its-certificate": Stamp(
        lambda: mine().stamp(DATA, after=timedelta(days=-3)), OF_NOBODY, window=(timedelta(days=-9), None)
    ),
    "after-its-certificate": Stamp(lambda: mine().stamp(DATA, after=timedelta(days=3)), OF_NOBODY),
    "refused-by-the-authority": Stamp(lambda: mine().stamp(DATA, status=2), OF_NOBODY),
    "cut-off": Stamp(lambda: mine().stamp(DATA)[:-20], MALFORMED),
    "more-behind-it": Stamp(lambda: mine().stamp(DATA) + b"\0", MALFORMED, openssl=True),
    "nothing": Stamp(lambda: b"", MALFORMED),
    "no-timestamp": Stamp(lambda: b"\x30\x03\x02\x01\x00", MALFORMED),
}  # fmt: skip


def trusting(*authorities: dict[str, Any], instance: Instance | None = None) -> Root:
    """A root without logs, as GitHub's, with an instance's authority of certificates."""
    document = (instance or certificates()).trusted_root() | {"tlogs": [], "ctlogs": [], "timestampAuthorities": list(authorities)}
    return root.roots(json.dumps(document).encode())[0]


@pytest.mark.parametrize("case", STAMPS)
def test_a_timestamp_is_of_an_authority_over_these_bytes_in_its_time(case: str) -> None:
    stamp = STAMPS[case]
    trusted, token = trusting(stamp.authority().authority(*stamp.window)), stamp.token()
    if stamp.refused:
        with pytest.raises(Refused) as raised:
            stamps.moment(token, DATA, trusted)
        assert str(raised.value) == stamp.refused
    else:
        expected = stamp.authority().now - (HOUR if case == "an-hour-ago" else timedelta())
        assert stamps.moment(token, DATA, trusted) == expected.timestamp()


def test_of_several_authorities_one_is_enough() -> None:
    trusted = trusting(other().authority(), mine().authority(), long().authority())
    for one in (mine(), long(), other()):
        assert stamps.moment(one.stamp(DATA), DATA, trusted) == one.now.timestamp()


@pytest.mark.parametrize("case", STAMPS)
def test_openssl_says_the_same(case: str, tmp_path: Path) -> None:
    need("openssl")
    stamp = STAMPS[case]
    authority, token = stamp.authority(), stamp.token()
    (tmp_path / "answer").write_bytes(token)
    (tmp_path / "data").write_bytes(DATA)
    for name, chain in (("above", authority.chain[-1:]), ("between", authority.chain[:-1])):
        (tmp_path / name).write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in chain))
    moment = authority.now + {
        "an-hour-ago": -HOUR,
        "before-its-certificate": timedelta(days=-3),
        "after-its-certificate": timedelta(days=3),
    }.get(case, timedelta())
    done = subprocess.run(
        ["openssl", "ts", "-verify", "-in", "answer", "-data", "data", "-CAfile", "above", "-untrusted", "between",
         "-attime", str(int(moment.timestamp()))],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    good = not stamp.refused if stamp.openssl is None else stamp.openssl
    assert (done.returncode == 0) == good, done.stdout + done.stderr


class Case(NamedTuple):
    """When a signature was stamped, from now; who stamped it; and why it is refused."""

    refused: str = ""
    after: timedelta | None = timedelta()
    stamped: str = "signature"
    #: Another stamp beside it.
    more: Callable[[bytes], bytes] | None = None


BUNDLES = {
    "stamped": Case(),
    "stamped-twice": Case(more=lambda signature: long().stamp(signature)),
    "stamped-on-the-first-minute": Case(after=-5 * MINUTE),
    "stamped-before-its-certificate": Case(NOT_THEN, -6 * MINUTE),
    "stamped-after-its-certificate": Case(NOT_THEN, 6 * MINUTE),
    "not-stamped": Case("nothing proves when it was signed", None),
    "payload-stamped": Case(OF_NOBODY, stamped="data"),
    "one-of-two-is-of-a-stranger": Case(OF_NOBODY, more=lambda signature: other().stamp(signature)),
    "one-of-two-is-of-another-time": Case(
        NOT_THEN, more=lambda one: long().stamp(one, after=-HOUR)
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BUNDLES)
def test_without_a_log_a_timestamp_says_when_a_certificate_signed(case: str) -> None:
    """As in GitHub's instance: no transparency log, no promise of a certificate log."""
    one = BUNDLES[case]
    made = certificates().message(DATA)
    made["verificationMaterial"]["tlogEntries"] = []
    signature = bundle.read(made).signature
    tokens = [] if one.after is None else [mine().stamp({"signature": signature, "data": DATA}[one.stamped], after=one.after)]
    tokens += [one.more(signature)] if one.more else []
    made["verificationMaterial"]["timestampVerificationData"] = {"rfc3161Timestamps": [{"signedTimestamp": b64(t)} for t in tokens]}
    trusted = trusting(mine().authority(), long().authority())
    if one.refused:
        with pytest.raises(Refused) as raised:
            verified(bundle.read(made), trusted, Subject(DATA))
        assert one.refused in str(raised.value)
    else:
        found = verified(bundle.read(made), trusted, Subject(DATA))
        assert found.certificate
        assert found.moments[0] == (mine().now + (one.after or timedelta())).timestamp()
