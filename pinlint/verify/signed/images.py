"""Everything that is signed about an image in a registry: OCI referrers, their fallback tag, cosign's older tags, Docker's chain.

Source: distribution-spec 1.1 (listing referrers, referrers tag schema), cosign's SIGNATURE_SPEC and verify.go, docker's attestation
storage and moby/policy-helpers. Asks, hashes what is named by a digest, and believes nothing: an answer that is neither "here" nor
"not here" is noted as such, because it is no absence.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from pinlint.ecosystems.oci.registry import Registry
from pinlint.http import Response, loaded, origin
from pinlint.logins import strange
from pinlint.verify.signed.candidate import NOTATION, SIGNED, Candidate, claimed, of_layer
from pinlint.verify.sigstore.outcomes import Refused
from pinlint.wire import Failed, Large

__all__ = ["Found", "Signatures", "children", "is_index"]

_OCI = "application/vnd.oci.image"
_INDEX, _MANIFEST = f"{_OCI}.index.v1+json", f"{_OCI}.manifest.v1+json"
_LIST = f"{_INDEX}, application/vnd.docker.distribution.manifest.list.v2+json"
_ANY = f"{_LIST}, {_MANIFEST}, application/vnd.docker.distribution.manifest.v2+json"
_BUNDLE, _EMPTY = "application/vnd.dev.sigstore.bundle", "application/vnd.oci.empty.v1+json"
_SIMPLE, _DSSE = "application/vnd.dev.cosign.simplesigning.v1+json", "application/vnd.dsse.envelope.v1+json"
_COSIGN, _IN_TOTO, _NOTARY = (
    "application/vnd.dev.cosign.artifact.sig.v1+json",
    "application/vnd.in-toto+json",
    "application/vnd.cncf.notary",
)
_REFERENCE = "vnd.docker.reference."
_DIGEST = re.compile("sha256:[0-9a-f]{64}")
_NEXT = re.compile(r'<([^<>]+)>\s*;\s*rel="?next"?', re.IGNORECASE)
_SCHEMA = 2
_PROVENANCE = "https://slsa.dev/provenance/"
#: Referrers of one manifest, pages of their list, layers of one, platforms of an index; bytes of a manifest and of a layer.
_MOST, _PAGES, _LAYERS, CHILDREN = 100, 10, 100, 50
_LARGEST_MANIFEST, _LARGEST_LAYER = 4 << 20, 8 << 20
#: Values that a bundle may hold: a hundred times those of one with as many entries and proofs as any has.
_VALUES = 100_000
#: Requests about one image, and bytes of what they bring: each of the bounds above is for one thing of many.
_REQUESTS, _BYTES = 1_000, 64 << 20
#: What decides which image a machine gets, in small letters: Go's readers take a key in any case of letters, the last one counts.
_FIELDS = {key.lower(): key for key in ("manifests", "digest", "platform", "os", "architecture", "config", "layers", "subject")}


class Found:
    """What was found: candidates, manifests by digest, in what order a child is attested (`chains`: child, attestation manifest),
    and why something could not be asked or looked at."""

    def __init__(self) -> None:
        self.candidates: list[Candidate] = []
        self.manifests: dict[str, bytes] = {}
        self.chains: list[tuple[str, str]] = []
        self.unasked: list[Failed] = []
        self.damaged: list[str] = []


class Signatures:
    """The signatures in one repository of a registry, of manifests that may lie in another."""

    def __init__(self, registry: Registry, image: str, repository: str) -> None:
        self._registry = registry
        self._image, self._repository = image, repository
        self._requests, self._bytes = _REQUESTS, _BYTES

    def about(self, digest: str, tag: str, *, platforms: bool) -> Found:
        """What is signed about an image; of its platforms, too, where the policy wants each signed or nobody signed the index."""
        found = Found()
        self._beside(digest, found)
        if not platforms and _has_claim(found, digest):
            return found
        body = self._manifest(self._image, digest, found)
        some = children(body)[:CHILDREN] if body else []
        for child in filter(_DIGEST.fullmatch, some):
            self._beside(child, found)
            for attested in self._attestations(body or b"", child, found):
                self._beside(attested, found)
        if body and not some and tag and not is_index(body):
            self._through_index(digest, tag, found)
        return found

    def _through_index(self, child: str, tag: str, found: Found) -> None:
        """Notes what is signed about the index of a tag, if it lists the image."""
        body = self._manifest(self._image, tag, found)
        if body and child in children(body):
            index = "sha256:" + hashlib.sha256(body).hexdigest()
            found.manifests[index] = body
            self._beside(index, found)

    def _attestations(self, index: bytes, child: str, found: Found) -> Iterator[str]:
        """The attestation manifests of a platform: those that the index lists beside it, and those that refer to it."""
        listed = []
        for one in _listed(index, "manifests"):
            marks = one.get("annotations")
            marks = marks if isinstance(marks, dict) else {}
            if marks.get(f"{_REFERENCE}type") == "attestation-manifest" and marks.get(f"{_REFERENCE}digest") == child:
                listed.append(str(one.get("digest")))
        known = [attested for about, attested in found.chains if about == child]
        for digest in list(dict.fromkeys((*listed, *known)))[:_LAYERS]:
            if _DIGEST.fullmatch(digest) and self._manifest(self._image, digest, found):
                if (child, digest) not in found.chains:
                    found.chains.append((child, digest))
                yield digest

    def _beside(self, digest: str, found: Found) -> None:
        """Notes every signature that lies beside a manifest."""
        for look in (self._referrers, self._older):
            try:
                look(digest, found)
            except Failed as error:
                found.unasked.append(error)

    def _referrers(self, digest: str, found: Found) -> None:
        listed = self._list(digest)
        if len(listed) > _MOST:
            found.damaged.append(f"{len(listed)} things refer to it, of which only {_MOST} were looked at")
        for one in listed[:_MOST]:
            kind, referrer = one.get("artifactType"), one.get("digest")
            if not isinstance(referrer, str) or not _DIGEST.fullmatch(referrer):
                continue
            if isinstance(kind, str) and kind.startswith(_NOTARY):
                found.candidates.append(Candidate("referrers", digest, NOTATION))
            elif not kind or str(kind).startswith((_BUNDLE, _EMPTY, _COSIGN, _IN_TOTO, "application/vnd.oci.image.config")):
                self._referrer(digest, referrer, found)

    def _list(self, digest: str) -> list[dict[str, Any]]:
        """The descriptors of what refers to a manifest. Where a registry has no such list, publishers keep one under a tag."""
        path = f"referrers/{digest}"
        found: list[dict[str, Any]] = []
        for _ in range(_PAGES):
            answer = self._answer(self._repository, path, _INDEX, _LARGEST_MANIFEST)
            if answer.status in (400, 404, 405) and not found:
                body = self._get(f"manifests/{digest.replace(':', '-')}", _LIST, _LARGEST_MANIFEST)
                return _listed(body, "manifests") if body is not None else []
            if answer.status != 200:
                raise self._failed(answer)
            found += _listed(self._document(answer.body), "manifests")
            match = _NEXT.search(answer.headers.get("link", ""))
            following = urljoin(answer.url, match[1]) if match else ""
            if not match or len(found) > _MOST or origin(following) != origin(answer.url) or "/referrers/" not in following:
                return found
            path = "referrers/" + following.rpartition("/referrers/")[2]
        return found

    def _referrer(self, digest: str, referrer: str, found: Found) -> None:
        """Notes what a manifest that refers to another one holds. In a fallback list everything may be called "empty"."""
        body = self._get(f"manifests/{referrer}", _MANIFEST, _LARGEST_MANIFEST, referrer)
        if body is None or _subject(body) != digest:
            return
        for layer in _listed(body, "layers")[:_LAYERS]:
            kind, where = str(layer.get("mediaType")), "referrers"
            if kind.startswith(_BUNDLE):
                if (data := self._layer(layer)) is not None:
                    found.candidates.append(Candidate(where, digest, _json(data)))
            elif kind.startswith(_NOTARY):
                found.candidates.append(Candidate(where, digest, NOTATION))
            elif kind in (_SIMPLE, _DSSE):
                self._noted(where, digest, layer, found)
            elif kind == _IN_TOTO:  # signed, if at all, by what refers to this manifest
                found.manifests[referrer] = body
                found.chains.append((digest, referrer))
                return

    def _older(self, digest: str, found: Found) -> None:
        """Notes what lies under the tags of cosign 1 and 2."""
        for suffix in ("sig", "att"):
            tag = f"{digest.replace(':', '-')}.{suffix}"
            body = self._get(f"manifests/{tag}", _MANIFEST, _LARGEST_MANIFEST)
            layers = _listed(body, "layers") if body is not None else []
            if len(layers) > _LAYERS:
                found.damaged.append(f"{len(layers)} signatures lie under .{suffix}, of which only {_LAYERS} were looked at")
            for layer in layers[:_LAYERS]:
                if layer.get("mediaType") in (_SIMPLE, _DSSE):
                    self._noted(f".{suffix} tag", digest, layer, found)

    def _noted(self, where: str, digest: str, layer: dict[str, Any], found: Found) -> None:
        payload, marks = self._layer(layer), layer.get("annotations")
        if payload is None:
            return
        try:
            found.candidates.append(of_layer(where, digest, marks if isinstance(marks, dict) else {}, payload))
        except Refused:
            found.candidates.append(Candidate(where, digest, None, base64.b64encode(payload).decode()))

    def _layer(self, layer: dict[str, Any]) -> bytes | None:
        digest = layer.get("digest")
        if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
            return None
        return self._get(f"blobs/{digest}", "*/*", _LARGEST_LAYER, digest)

    def _manifest(self, image: str, reference: str, found: Found) -> bytes | None:
        """A manifest of the image, by digest or tag; None where there is none, or nobody could be asked, which is noted."""
        if reference in found.manifests:
            return found.manifests[reference]
        digest = reference if _DIGEST.fullmatch(reference) else ""
        try:
            body = self._get(f"manifests/{reference}", _ANY, _LARGEST_MANIFEST, digest, image)
        except Failed as error:
            found.unasked.append(error)
            return None
        if body is not None and digest:
            found.manifests[digest] = body
        return body

    def _get(self, path: str, accept: str, largest: int, digest: str = "", name: str = "") -> bytes | None:
        """The body, None for what is not there. Raises Failed for any other answer, and for bytes of another digest."""
        answer = self._answer(name or self._repository, path, accept, largest)
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise self._failed(answer)
        if digest and "sha256:" + hashlib.sha256(answer.body).hexdigest() != digest:
            raise Failed(f"{self._repository}: the registry sends other bytes for {digest[:19]}…")
        return answer.body if digest else self._document(answer.body)

    def _document(self, body: bytes) -> bytes:
        """A manifest or list that no digest names. Raises Failed for what is none: it says nothing of what there is."""
        found = _loaded(body)
        if found.get("schemaVersion") != _SCHEMA and not any(isinstance(found.get(key), list) for key in ("manifests", "layers")):
            raise Failed(strange(f"{self._repository}: the registry", "no manifest").why)
        return body

    def _answer(self, name: str, path: str, accept: str, largest: int) -> Response:
        """What the registry says. Raises Failed, also once an image has had more than any needs."""
        if self._requests <= 0 or self._bytes <= 0:
            raise Failed(f"{self._repository}: more lies beside it than is looked at ({_REQUESTS} requests, {_BYTES >> 20} MiB)")
        self._requests -= 1
        try:
            answer = self._registry.content(name, path, accept, largest)
        except Large:
            self._bytes -= largest
            raise
        self._bytes -= len(answer.body)
        return answer

    def _failed(self, answer: Response) -> Failed:
        told = self._registry.refusal(answer, self._repository)
        return Failed(told.why, retry=told.retry)


def is_index(body: bytes) -> bool:
    """Whether a manifest is an index, and cannot be taken for an image (CVE-2021-41190)."""
    found = _loaded(body)
    return isinstance(found.get("manifests"), list) and not {"config", "layers", "fsLayers"} & found.keys()


def children(body: bytes) -> list[str]:
    """The digests of everything in an index that a machine may run: attestations are what no machine is, whatever else they say."""
    found = []
    for one in _listed(body, "manifests") if is_index(body) else ():
        platform = one.get("platform")
        if not (isinstance(platform, dict) and platform.get("os") == platform.get("architecture") == "unknown"):
            found.append(str(one.get("digest")))
    return list(dict.fromkeys(found))


def attests(body: bytes, child: str) -> bool:
    """Whether a manifest is that of attestations of a platform, and holds where that was built: what else is said of a platform, a
    scan or a list of parts, may be signed of anything."""
    said = (one.get("annotations") for one in _listed(body, "layers") if one.get("mediaType") == _IN_TOTO)
    kinds = (str(one.get("in-toto.io/predicate-type")) for one in said if isinstance(one, dict))
    return _subject(body) == child and any(kind.startswith(_PROVENANCE) for kind in kinds)


def _subject(body: bytes) -> str:
    subject = _loaded(body).get("subject")
    found = subject.get("digest") if isinstance(subject, dict) else ""
    return found if isinstance(found, str) else ""


def _has_claim(found: Found, digest: str) -> bool:
    """Whether something claims to be the signature of the artifact itself, whoever made it."""
    for one in found.candidates:
        envelope = one.bundle.get("dsseEnvelope") if isinstance(one.bundle, dict) else None
        if one.bundle == NOTATION or (one.beside == digest and one.payload and not envelope):
            return True
        try:
            kind, payload = (
                (envelope["payloadType"], base64.b64decode(envelope["payload"])) if isinstance(envelope, dict) else ("", b"")
            )
            claim = claimed(str(kind), payload)
        except (Refused, ValueError, LookupError, TypeError):
            continue
        if claim.type in SIGNED and claim.is_about(digest):
            return True
    return False


def _listed(body: bytes, key: str) -> list[dict[str, Any]]:
    found = _loaded(body).get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _loaded(body: bytes) -> dict[str, Any]:
    try:
        found = loaded(body, _table)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A table that every reader takes for the same. Raises ValueError."""
    found = dict(pairs)
    if len(found) != len(pairs) or any(_FIELDS.get(key.casefold(), key) != key for key in found):
        raise ValueError("a key in two spellings")
    return found


def _json(data: bytes) -> Any:
    """A bundle; None for what is none, or takes many times its size in memory."""
    try:
        return json.loads(data) if data.count(b",") + data.count(b"[") + data.count(b"{") <= _VALUES else None
    except (ValueError, RecursionError):
        return None
