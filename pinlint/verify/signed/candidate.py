"""A signature as it was found, before anybody believes it: one text in a record, and a bundle to be verified.

Source: cosign's SIGNATURE_SPEC and its annotations (pkg/cosign/bundle, pkg/types), in-toto/attestation. Whatever was found, reading
it ends in a candidate or in `Refused`.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from pinlint.verify.sigstore.outcomes import Refused

__all__ = ["NOTATION", "SIGNED", "Candidate", "Claim", "claimed", "of_layer"]

#: What stands in a candidate's `bundle` for a signature of a kind that is not verified here.
NOTATION = "notation"
_IN_TOTO = "application/vnd.in-toto+json"
_STATEMENTS = ("https://in-toto.io/Statement/v0.1", "https://in-toto.io/Statement/v1")
#: Claims that mean "this is ours": signatures, and where it was built. Others (a scan, a list of parts) may be made about anything.
SIGNED = ("cosign container image signature", "https://sigstore.dev/cosign/sign/v1", "https://slsa.dev/provenance/v0.1",
          "https://slsa.dev/provenance/v0.2", "https://slsa.dev/provenance/v1", "https://slsa.dev/provenance/v1.1",
          "https://in-toto.io/attestation/release/v0.1", "https://in-toto.io/attestation/release/v0.2")  # fmt: skip
_V01 = "application/vnd.dev.sigstore.bundle+json;version=0.1"
_COSIGN, _OLDER = "dev.sigstore.cosign/", "dev.cosignproject.cosign/signature"
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")


class Candidate(NamedTuple):
    """A signature: `where` it was found, in words; the digest that it was found beside ("sha256:…"); the bundle, a JSON document;
    and in base64 what is signed, where the bundle does not hold it."""

    where: str
    beside: str
    bundle: Any
    payload: str = ""

    @property
    def text(self) -> str:
        """As a record keeps it; keys stay in the order in which they came, as cosign 1 logged the sum of an envelope."""
        return json.dumps(self._asdict())

    @classmethod
    def read(cls, text: str) -> Candidate | None:
        """A candidate from a record; None for what is none."""
        try:
            found = json.loads(text)
            made = cls(found["where"], found["beside"], found["bundle"], found["payload"])
        except (ValueError, TypeError, LookupError, RecursionError):
            return None
        return made if all(isinstance(one, str) for one in (made.where, made.beside, made.payload)) else None


class Claim(NamedTuple):
    """What is said, of whom: the digests ("sha256:…", "sha512:…", "sha1:…") with their names, the type of the claim, and its
    contents."""

    subjects: tuple[tuple[str, str], ...]
    type: str
    said: Mapping[str, Any]

    def is_about(self, digest: str) -> bool:
        """Whether it is about the artifact of that digest, under whatever name."""
        return any(digest == one for _, one in self.subjects)


def claimed(kind: str, payload: bytes) -> Claim:
    """The claim in a verified payload: an in-toto statement, or cosign's older simple signing (`kind` ""). Raises Refused."""
    try:
        said = json.loads(payload)
        if not kind:
            critical = said["critical"]
            return Claim((("", _text(critical["image"]["docker-manifest-digest"])),), _text(critical["type"]), said)
        if kind != _IN_TOTO or said["_type"] not in _STATEMENTS:
            raise Refused("it is no statement of in-toto")
        predicate = said.get("predicate")
        subjects = tuple(
            (_text(one.get("name") or ""), f"{algorithm}:{_text(digest)}")
            for one in said["subject"][:10_000]
            for algorithm, digest in one["digest"].items()
        )
        return Claim(subjects, _text(said["predicateType"]), predicate if isinstance(predicate, dict) else {})
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise Refused("what it says is no statement") from None


def of_layer(where: str, beside: str, annotations: Mapping[str, Any], payload: bytes) -> Candidate:
    """A layer of cosign 1 and 2 as a candidate with a bundle of v0.1: the promise of the log without a proof is all that there is.
    Raises Refused."""
    try:
        material: dict[str, Any] = {"tlogEntries": []}
        if chain := [_leaf(annotations[f"{_COSIGN}certificate"])] if annotations.get(f"{_COSIGN}certificate") else []:
            material["x509CertificateChain"] = {"certificates": chain}
        if logged := annotations.get(f"{_COSIGN}bundle"):
            material["tlogEntries"] = [_entry(json.loads(logged))]
        if stamp := annotations.get(f"{_COSIGN}rfc3161timestamp"):
            token = {"signedTimestamp": json.loads(stamp)["SignedRFC3161Timestamp"]}
            material["timestampVerificationData"] = {"rfc3161Timestamps": [token]}
        bundle = {"mediaType": _V01, "verificationMaterial": material}
        if signature := annotations.get(_OLDER):
            bundle["messageSignature"] = {"signature": signature}
        else:
            bundle["dsseEnvelope"] = json.loads(payload)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise Refused("its annotations are malformed") from None
    return Candidate(where, beside, bundle, base64.b64encode(payload).decode())


def _entry(logged: dict[str, Any]) -> dict[str, Any]:
    said = logged["Payload"]
    body = json.loads(base64.b64decode(said["body"]))
    return {
        "logIndex": str(said["logIndex"]),
        "logId": {"keyId": base64.b64encode(bytes.fromhex(said["logID"])).decode()},
        "integratedTime": str(said["integratedTime"]),
        "kindVersion": {"kind": body["kind"], "version": body["apiVersion"]},
        "canonicalizedBody": said["body"],
        "inclusionPromise": {"signedEntryTimestamp": logged["SignedEntryTimestamp"]},
    }


def _leaf(pem: str) -> dict[str, str]:
    match = _PEM.search(pem)
    if not match:
        raise Refused("its certificate is malformed")
    return {"rawBytes": "".join(match[1].split())}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
