"""Signatures in a registry, in every way in which publishers have put them there: cosign 1 to 3, Docker's builder, Notation."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from servers.registry import OCI, Registry
from servers.sigstore import Instance, Private, b64, sign, simple

__all__ = ["BUNDLE", "EMPTY", "Signed", "marks"]

BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
EMPTY = "application/vnd.oci.empty.v1+json"
_SIMPLE, _DSSE = "application/vnd.dev.cosign.simplesigning.v1+json", "application/vnd.dsse.envelope.v1+json"


class Signed:
    """An image in a repository of a registry, an index of two platforms with Docker's attestations, and what is signed about it."""

    def __init__(self, registry: Registry, name: str, predicate: str = "https://slsa.dev/provenance/v1") -> None:
        self.registry, self.name = registry, name
        self.images = [self._image(architecture) for architecture in ("amd64", "arm64")]
        self.attestations = [self._attestation(image, predicate) for image in self.images]
        entries = [{**one, "platform": {"os": "linux", "architecture": machine}}
                   for one, machine in zip(self.images, ("amd64", "arm64"), strict=True)]  # fmt: skip
        for image, attestation in zip(self.images, self.attestations, strict=True):
            marks = {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": image["digest"]}
            entries.append({**attestation, "platform": {"os": "unknown", "architecture": "unknown"}, "annotations": marks})
        self.index = self.manifest({"manifests": entries}, OCI["index"], "1")
        self.digest = str(self.index["digest"])
        self._listed: dict[str, list[dict[str, Any]]] = {}
        self._layers: dict[str, list[dict[str, Any]]] = {}

    def blob(self, data: bytes, kind: str, **more: Any) -> dict[str, Any]:
        self.registry._blob(self.name, data)
        return {"mediaType": kind, "digest": f"sha256:{hashlib.sha256(data).hexdigest()}", "size": len(data), **more}

    def manifest(self, document: dict[str, Any], kind: str, tag: str = "") -> dict[str, Any]:
        data = json.dumps({"schemaVersion": 2, "mediaType": kind, **document}).encode()
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        self.registry._put(f"{self.name}/manifests/{tag or digest}", data, kind, self.name)
        return {"mediaType": kind, "digest": digest, "size": len(data)}

    def _image(self, architecture: str) -> dict[str, Any]:
        config = {"os": "linux", "architecture": architecture, "config": {}, "rootfs": {"type": "layers", "diff_ids": []}}
        body = json.dumps({**config, "author": self.name}).encode()
        return self.manifest({"config": self.blob(body, OCI["config"]), "layers": []}, OCI["manifest"])

    def _attestation(self, image: dict[str, Any], predicate: str) -> dict[str, Any]:
        kind = "application/vnd.docker.attestation.manifest.v1+json"
        marks = {"in-toto.io/predicate-type": predicate}
        layers = [self.blob(b"{}", "application/vnd.in-toto+json", annotations=marks)]
        said = {"artifactType": kind, "config": self.blob(b"{}", EMPTY), "layers": layers, "subject": image}
        return self.manifest(said, OCI["manifest"])

    def refer(self, bundle: object, about: dict[str, Any] | None = None, *, kind: str = BUNDLE, listed: str = "") -> None:
        """As cosign 3: a manifest that refers to another one, listed under the fallback tag, perhaps as something else."""
        subject = about or self.index
        layer = self.blob(json.dumps(bundle).encode(), kind)
        said = {"artifactType": kind, "config": self.blob(b"{}", EMPTY), "layers": [layer], "subject": subject}
        made = self.manifest(said, OCI["manifest"])
        entries = self._listed.setdefault(subject["digest"], [])
        entries.append({**made, "artifactType": listed or kind})
        self.manifest({"manifests": entries}, OCI["index"], subject["digest"].replace(":", "-"))

    def older(self, payload: bytes, annotations: dict[str, str], suffix: str = "sig", kind: str = _SIMPLE) -> None:
        """As cosign 1 and 2: a layer under a tag that the digest names."""
        tag = f"{self.digest.replace(':', '-')}.{suffix}"
        layers = self._layers.setdefault(tag, [])
        layers.append(self.blob(payload, kind, annotations=annotations))
        self.manifest({"config": self.blob(b"{}", OCI["config"]), "layers": layers}, OCI["manifest"], tag)

    def by_key(self, private: Private, instance: Instance | None = None) -> None:
        payload = simple(self.digest)
        if instance:
            self.older(payload, marks(instance.message(payload, proof=False, private=private)))
        else:
            self.older(payload, {"dev.cosignproject.cosign/signature": b64(sign(private, payload))})

    def attested(self, bundle: dict[str, Any]) -> None:
        """As `cosign attest` of old: the envelope is the layer, without a signature of its own."""
        envelope = json.dumps(bundle["dsseEnvelope"], separators=(",", ":")).encode()
        self.older(envelope, marks(bundle), "att", _DSSE)


def marks(bundle: dict[str, Any]) -> dict[str, str]:
    """The certificate and the log's promise as cosign 1 and 2 kept them."""
    material = bundle["verificationMaterial"]
    (entry,) = material["tlogEntries"]
    payload = {
        "body": entry["canonicalizedBody"], "integratedTime": int(entry["integratedTime"]), "logIndex": int(entry["logIndex"]),
        "logID": base64.b64decode(entry["logId"]["keyId"]).hex(),
    }  # fmt: skip
    said = {"SignedEntryTimestamp": entry["inclusionPromise"]["signedEntryTimestamp"], "Payload": payload}
    found = {"dev.sigstore.cosign/bundle": json.dumps(said)}
    if "certificate" in material:
        raw = material["certificate"]["rawBytes"]
        found["dev.sigstore.cosign/certificate"] = f"-----BEGIN CERTIFICATE-----\n{raw}\n-----END CERTIFICATE-----\n"
    return {**found, "dev.cosignproject.cosign/signature": bundle.get("messageSignature", {}).get("signature", "")}
