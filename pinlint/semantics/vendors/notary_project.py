"""The grammar of notation's trust policies."""

from __future__ import annotations

__all__ = ["ACTIONS", "CHECKS", "LEVELS", "READ", "SOURCES", "STORES", "UNSKIPPED", "VERSION"]

READ = "2026-11-30"
SOURCES = (
    "notaryproject/notation-go: verifier/trustpolicy (trustpolicy.go, oci.go, blob.go), verifier/truststore/truststore.go",
    "notaryproject/specifications: specs/trust-store-trust-policy.md",
)

VERSION = "1.0"
#: Levels, by what becomes of an identity that is not trusted.
LEVELS = {"strict": "enforce", "permissive": "enforce", "audit": "log", "skip": "skip"}
#: What a level checks and an override may be about, what may become of it, and what nobody may skip.
CHECKS = ("authenticity", "authenticTimestamp", "expiry", "revocation")
ACTIONS = ("enforce", "log", "skip")
UNSKIPPED = ("authenticity", "authenticTimestamp", "expiry")
#: Types of trust stores.
STORES = ("ca", "signingAuthority", "tsa")
