"""Timestamps of RFC 3161: the moment for which a timestamp authority of the trusted root vouches."""

from __future__ import annotations

import rfc3161_client as rfc3161

from pinlint.verify.sigstore.outcomes import Refused
from pinlint.verify.sigstore.root import Root

__all__ = ["moment"]


def moment(token: bytes, stamped: bytes, root: Root) -> float:
    """Seconds since 1970. Raises Refused for a timestamp of no authority of the root, over something else, or of another time than
    its authority's."""
    try:
        response = rfc3161.decode_timestamp_response(token)
        found: float = response.tst_info.gen_time.timestamp()
    except (ValueError, TypeError, OverflowError):
        raise Refused("its timestamp is malformed") from None
    for authority in root.stampers:
        signer, *between, top = authority.chain if len(authority.chain) > 1 else authority.chain * 2
        builder = rfc3161.VerifierBuilder().tsa_certificate(signer).add_root_certificate(top)
        for one in between:
            builder = builder.add_intermediate_certificate(one)
        try:
            builder.build().verify_message(response, stamped)
        except (rfc3161.VerificationError, ValueError):
            continue
        if authority.window.holds(found):
            return found
    raise Refused("its timestamp is of no authority of the trusted root")
