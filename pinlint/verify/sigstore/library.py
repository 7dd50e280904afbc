"""The `sigstore` package as a reader of the bundles that it knows: by a certificate, logged with a proof, of an instance with logs.

It is handed pinlint's own trusted root: its own way to one would prefer an unverified copy in the user's cache, and go past
pinlint's client. What it does not know (keys, promises without a proof, `intoto` entries, GitHub's instance) it is not asked about.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec

from pinlint.verify.sigstore.bundle import Bundle
from pinlint.verify.sigstore.outcomes import Refused

if TYPE_CHECKING:
    from cryptography import x509
    from sigstore.verify import Verifier

    from pinlint.verify.sigstore.certificate import Certificate
    from pinlint.verify.sigstore.root import Root

__all__ = ["check", "knows"]

_STATEMENTS = (("dsse", "0.0.1"), ("hashedrekord", "0.0.2"))
_ARTIFACTS = (("hashedrekord", "0.0.1"), ("hashedrekord", "0.0.2"))
#: By the identity of the root, which is kept with it: parsing one takes as long as two verifications.
_verifiers: dict[int, tuple[Any, Any]] = {}


class _Anybody:
    """Who signed is for pinlint's policy to judge."""

    def verify(self, cert: x509.Certificate) -> None:
        """Never raises."""


def knows(bundle: Bundle, root: Root, leaf: Certificate, moments: tuple[float, ...]) -> bool:
    """Whether the package can verify such a bundle, which was signed by the `moments`."""
    key = leaf.key
    if not (isinstance(key, ec.EllipticCurvePublicKey) and key.key_size == 256 and root.logs and root.certificate_logs):
        return False
    if len(bundle.entries) != 1 or (bundle.stamps and not root.stampers):
        return False
    if _verifier(root) is None:
        return False
    if any(authority.window.end in moments for authority in root.stampers):  # a last second, which it does not count
        return False
    entry = bundle.entries[0]
    return bool(entry.proof and entry.proof.checkpoint) and entry.kind in (_STATEMENTS if bundle.envelope else _ARTIFACTS)


def check(bundle: Bundle, root: Root, digest: bytes) -> None:
    """Raises Refused where the package does not verify the bundle; `digest` is the sha256 of the artifact that it is about."""
    from sigstore.hashes import Hashed
    from sigstore.models import Bundle as Theirs
    from sigstore_models.common.v1 import HashAlgorithm

    try:
        verifier, theirs = _verifier(root), Theirs.from_json(json.dumps(bundle.document))
        assert verifier is not None
        if bundle.envelope:
            told = verifier.verify_dsse(theirs, _Anybody())
        else:
            told = None
            verifier.verify_artifact(Hashed(algorithm=HashAlgorithm.SHA2_256, digest=digest), theirs, _Anybody())
    except Exception as error:  # noqa: BLE001 - the package raises errors of five libraries, and none of them means "verified"
        raise Refused(f"the sigstore package refuses it ({type(error).__name__})") from None
    if bundle.envelope and told != (bundle.envelope.type, bundle.envelope.payload):
        raise Refused("two readers see two statements in it")


def _verifier(root: Root) -> Verifier | None:
    """The package's verifier for a root; None for a root that it cannot read."""
    from sigstore.models import TrustedRoot
    from sigstore.verify import Verifier

    if id(root.document) not in _verifiers:
        logging.getLogger("sigstore").addHandler(logging.NullHandler())  # or it would speak between our lines
        with tempfile.TemporaryDirectory(prefix="pinlint-") as folder:
            path = os.path.join(folder, "trusted_root.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(root.document, file)
            try:
                made = Verifier(trusted_root=TrustedRoot.from_file(path))
            except Exception:  # noqa: BLE001 - as above; the root is the user's own, and the other reader has read it
                made = None
        _verifiers[id(root.document)] = root.document, made
    found: Verifier | None = _verifiers[id(root.document)][1]
    return found
