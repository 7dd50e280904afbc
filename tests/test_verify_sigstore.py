"""Sigstore bundles, good and damaged, before two readers: pinlint's own and the `sigstore` package.

Every case stands before both; only what the package does not know (keys, promises alone, `intoto` entries) is judged by the own one
alone.
"""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st
from servers.sigstore import Instance, b64, key, pem, sha, sign, statement

from pinlint.verify.sigstore import bundle as bundles
from pinlint.verify.sigstore import keys, library, root, verifier
from pinlint.verify.sigstore.outcomes import Refused, Uncheckable
from pinlint.verify.sigstore.root import Root
from pinlint.verify.sigstore.verifier import Subject

ARTIFACT = b"artifact"
SLSA = "https://slsa.dev/provenance/v1"
SAID = statement(SLSA, "ab" * 32)
ENTRY = ("verificationMaterial", "tlogEntries", 0)
Bundle = dict[str, Any]


@cache
def mine() -> Instance:
    return Instance()


@cache
def trusted() -> Root:
    (found,) = root.roots(json.dumps(mine().trusted_root()).encode())
    return found


@cache
def good() -> Bundle:
    return mine().envelope(SAID)


@cache
def second() -> Bundle:
    return mine().envelope(SAID)


def changed(bundle: Bundle, *path_and_value: Any) -> Bundle:
    """A copy in which one value is another, is made anew by a function, or (None) is gone."""
    *path, last, value = path_and_value
    made = copy.deepcopy(bundle)
    here: Any = made
    for step in path:
        here = here[step]
    if value is None:
        del here[last]
    else:
        here[last] = value(here[last]) if callable(value) else value
    return made


def flip(text: str) -> str:
    raw = bytearray(base64.b64decode(text))
    raw[-30] ^= 1
    return b64(bytes(raw))


def by_hand(bundle: Bundle) -> bool:
    try:
        verifier.verified(bundles.read(bundle), trusted(), Subject(digest=sha(ARTIFACT)))
    except (Refused, Uncheckable):
        return False
    return True


def by_package(bundle: Bundle) -> bool:
    """As whoever uses the package alone would have it: nothing of pinlint's reading is behind it."""
    from sigstore.models import Bundle as Theirs
    from sigstore.verify import policy

    try:
        read = Theirs.from_json(json.dumps(bundle))
        them, anybody = library._verifier(trusted()), policy.UnsafeNoOp()
        assert them is not None
        if "dsseEnvelope" in bundle:
            them.verify_dsse(read, anybody)
        else:
            them.verify_artifact(ARTIFACT, read, anybody)
    except Exception:  # noqa: BLE001
        return False
    return True


def theirs(bundle: Bundle) -> Any:
    return bundle["verificationMaterial"]["tlogEntries"][0]


def before_the_root(_: Any) -> list[Any]:
    from cryptography.hazmat.primitives.serialization import Encoding

    own = b64(mine().root.public_bytes(Encoding.DER))
    return [{"rawBytes": good()["verificationMaterial"]["certificate"]["rawBytes"]}, {"rawBytes": own}]


def with_chain(bundle: Bundle) -> Bundle:
    made = changed(bundle, "verificationMaterial", "certificate", None)
    made["verificationMaterial"]["x509CertificateChain"] = {"certificates": before_the_root(None)}
    return changed(made, "mediaType", "application/vnd.dev.sigstore.bundle+json;version=0.2")


GOOD: dict[str, Callable[[], Bundle]] = {
    "a statement": good,
    "an artifact": lambda: mine().message(ARTIFACT),
}
#: What real publishers have made, and the package does not read.
BEYOND: dict[str, Callable[[], Bundle]] = {
    "a statement that is logged as npm's was": lambda: mine().envelope(SAID, log="intoto 0.0.2"),
    "a statement that is logged as cosign 1's was": lambda: mine().envelope(SAID, log="intoto 0.0.1"),
    "v0.1 with a promise alone": lambda: changed(
        mine().message(ARTIFACT, proof=False), "mediaType", "application/vnd.dev.sigstore.bundle+json;version=0.1"
    ),
}
BAD: dict[str, Callable[[], Bundle]] = {
    "payload replaced": lambda: changed(good(), "dsseEnvelope", "payload", b64(json.dumps({**SAID, "subject": []}).encode())),
    "payload type changed": lambda: changed(good(), "dsseEnvelope", "payloadType", "application/json"),
    "signature of another": lambda: changed(good(), "dsseEnvelope", "signatures", second()["dsseEnvelope"]["signatures"]),
    "two signatures": lambda: changed(good(), "dsseEnvelope", "signatures", lambda some: [*some, *some]),
    "no signature": lambda: changed(good(), "dsseEnvelope", "signatures", []),
    "certificate of another": lambda: changed(
        good(), "verificationMaterial", "certificate", second()["verificationMaterial"]["certificate"]
    ),
    "certificate bit flipped": lambda: changed(good(), "verificationMaterial", "certificate", "rawBytes", flip),
    "no certificate": lambda: changed(good(), "verificationMaterial", "certificate", None),
    "log entry of another": lambda: changed(good(), *ENTRY, theirs(second())),
    "no log entry": lambda: changed(good(), *ENTRY, None),
    "promise of another": lambda: changed(good(), *ENTRY, "inclusionPromise", theirs(second())["inclusionPromise"]),
    "no promise, so no time": lambda: changed(good(), *ENTRY, "inclusionPromise", None),
    "time moved": lambda: changed(good(), *ENTRY, "integratedTime", lambda text: str(int(text) + 7200)),
    "log number changed": lambda: changed(good(), *ENTRY, "logIndex", "2"),
    "no proof": lambda: changed(good(), *ENTRY, "inclusionProof", None),
    "a promise alone, in v0.2": lambda: changed(
        mine().message(ARTIFACT, proof=False), "mediaType", "application/vnd.dev.sigstore.bundle+json;version=0.2"
    ),
    "proof changed": lambda: changed(good(), *ENTRY, "inclusionProof", "hashes", 0, flip),
    "proof too long": lambda: changed(good(), *ENTRY, "inclusionProof", "hashes", lambda some: [*some, *some]),
    "proof too short": lambda: changed(good(), *ENTRY, "inclusionProof", "hashes", []),
    "proof of another entry": lambda: changed(good(), *ENTRY, "inclusionProof", "logIndex", "0"),
    "checkpoint of another tree": lambda: changed(
        good(), *ENTRY, "inclusionProof", "checkpoint", theirs(second())["inclusionProof"]["checkpoint"]
    ),
    "no checkpoint": lambda: changed(good(), *ENTRY, "inclusionProof", "checkpoint", None),
    "unknown log": lambda: changed(good(), *ENTRY, "logId", "keyId", b64(b"0" * 32)),
    "kind of the entry changed": lambda: changed(good(), *ENTRY, "kindVersion", "kind", "intoto"),
    "unknown version": lambda: changed(good(), "mediaType", "application/vnd.dev.sigstore.bundle.v0.4+json"),
    "digest of another artifact": lambda: changed(
        mine().message(ARTIFACT), "messageSignature", "messageDigest", "digest", b64(b"0" * 32)
    ),
    "another artifact": lambda: mine().message(b"another"),
    "another instance of the same names": lambda: Instance().envelope(SAID),
    "an instance that nobody knows": lambda: Instance("elsewhere.test").envelope(SAID),
}


@pytest.mark.parametrize("case", GOOD)
def test_what_is_whole_stands_before_both_readers(case: str) -> None:
    bundle = GOOD[case]()
    assert (by_hand(bundle), by_package(bundle)) == (True, True)
    read = bundles.read(bundle)
    found = verifier.verified(read, trusted(), Subject(digest=sha(ARTIFACT)))
    assert found.certificate is not None
    assert library.knows(read, trusted(), found.certificate, found.moments)
    assert verifier.verify(read, trusted(), Subject(digest=sha(ARTIFACT))) is not None


@pytest.mark.parametrize("case", BEYOND)
def test_what_the_package_does_not_know_is_verified_by_hand(case: str) -> None:
    bundle = BEYOND[case]()
    assert (by_hand(bundle), by_package(bundle)) == (True, False)


@pytest.mark.parametrize("case", BAD)
def test_what_is_damaged_or_forged_is_refused_by_both_readers(case: str) -> None:
    bundle = BAD[case]()
    assert (by_hand(bundle), by_package(bundle)) == (False, False)


def test_who_brings_their_own_root_is_refused() -> None:
    """The package warns and goes on."""
    assert not by_hand(with_chain(good()))


def test_what_one_reader_refuses_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package has the last word on what it knows."""
    monkeypatch.setattr(library, "check", lambda *_: (_ for _ in ()).throw(Refused("no")))
    with pytest.raises(Refused, match="no"):
        verifier.verify(bundles.read(good()), trusted(), Subject())


def test_a_key_needs_no_certificate_and_no_other_key_will_do() -> None:
    private, other = key(), key()
    bundle = bundles.read(mine().envelope(SAID, private=private))
    ours, others = (keys.from_pem(pem(one).encode()) for one in (private, other))
    assert verifier.verify(bundle, trusted(), Subject(key=ours)) is None
    for subject in (Subject(key=others), Subject()):
        with pytest.raises((Refused, Uncheckable)):
            verifier.verify(bundle, trusted(), subject)


def test_a_signature_that_is_in_no_log_counts_only_where_the_policy_wants_no_log() -> None:
    private = key()
    signed: Bundle = changed(mine().message(ARTIFACT, private=private), *ENTRY, None)
    read, ours = bundles.read(signed), keys.from_pem(pem(private).encode())
    assert verifier.verify(read, None, Subject(ARTIFACT, key=ours, log=False)) is None
    with pytest.raises(Refused, match="no transparency log"):
        verifier.verify(read, trusted(), Subject(ARTIFACT, key=ours))


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()], ids=lambda curve: curve.name)
def test_every_curve_signs_by_the_hash_of_its_size_or_by_sha256(curve: ec.EllipticCurve) -> None:
    private = ec.generate_private_key(curve)
    ours = keys.from_pem(pem(private).encode())
    keys.check(ours, sign(private, ARTIFACT), ARTIFACT)
    keys.check(ours, sign(private, ARTIFACT), None, sha(ARTIFACT))
    with pytest.raises(Refused):
        keys.check(ours, sign(private, ARTIFACT), b"another")


def paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value in a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [before, *(path for key_, held in items for path in paths(held, (*before, key_)))]


JUNK: st.SearchStrategy[Any] = st.sampled_from(
    ["", "x", "====", "\ud800", "1e9", -1, 0, 2**70, 1.5, True, None, [], {}, [[]], {"rawBytes": ""}, "A" * 5000]
)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_stands_in_a_bundle_ends_in_a_refusal(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([good(), GOOD["an artifact"](), BEYOND["a statement that is logged as npm's was"]()]))
    path = data.draw(st.sampled_from(paths(whole)[1:]))
    bundle = copy.deepcopy(whole)
    here = bundle
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = data.draw(JUNK)
    if by_hand(bundle):  # then nothing of what counts was touched
        ours, theirs_ = bundles.read(bundle), bundles.read(whole)
        assert (ours.signature, ours.chain[0]) == (theirs_.signature, theirs_.chain[0])
        assert (ours.envelope and ours.envelope.signed) == (theirs_.envelope and theirs_.envelope.signed)
