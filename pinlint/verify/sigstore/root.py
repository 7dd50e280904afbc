"""Trusted roots: whose signatures count, of logs, certificate logs, authorities and timestamp authorities, and when.

Source: protobuf-specs (sigstore_trustroot.proto). A file may hold several roots, one a line, as `gh attestation trusted-root`
prints.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from cryptography import x509

from pinlint.verify.sigstore.bundle import b64, parsed
from pinlint.verify.sigstore.keys import Key, from_der
from pinlint.verify.sigstore.outcomes import Refused, Uncheckable

__all__ = ["Authority", "Log", "Root", "Window", "lenient", "public", "roots"]

_MEDIA_TYPE = re.compile(r"application/vnd\.dev\.sigstore\.trustedroot(?:\+json;version=0\.[0-9]|\.v0\.[0-9]\+json)")
#: A file with roots holds one for each instance; certificates and logs of all years of one.
_MOST_ROOTS, _MOST = 20, 100


@contextmanager
def lenient() -> Iterator[None]:
    """Reads names in which a country is not two letters, as in GitHub's certificates, without a word on standard error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


class Window(NamedTuple):
    """From when to when something counts, in seconds since 1970; both ends belong to it."""

    start: float
    end: float

    def holds(self, moment: float) -> bool:
        """Whether a moment lies in it."""
        return self.start <= moment <= self.end


class Log(NamedTuple):
    """A log's key, and when it was in use."""

    key: Key
    window: Window


class Authority(NamedTuple):
    """Who issues certificates or timestamps: its chain, the root last, and when it did."""

    chain: tuple[x509.Certificate, ...]
    window: Window


class Root(NamedTuple):
    """A trusted root; logs are by their ids. `document` is what was read."""

    logs: dict[bytes, Log]
    certificate_logs: dict[bytes, Log]
    authorities: tuple[Authority, ...]
    stampers: tuple[Authority, ...]
    document: dict[str, Any]

    def issued(self, leaf: x509.Certificate) -> bool:
        """Whether an authority of the name that a certificate gives as its issuer is known here, be it in the middle of a chain:
        GitHub's releases are signed by such a one."""
        with lenient():
            return any(leaf.issuer == above.subject for authority in self.authorities for above in authority.chain)


def public() -> Root:
    """The public instance's, as the `sigstore` package brings it."""
    from importlib.resources import files

    folder = files("sigstore").joinpath("_store", "https%3A%2F%2Ftuf-repo-cdn.sigstore.dev")
    return _root(json.loads(folder.joinpath("trusted_root.json").read_bytes()))


def roots(text: bytes) -> tuple[Root, ...]:
    """The roots in a file: one document, or one a line. Raises Refused."""
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        documents = [parsed(text)]
    except Refused:
        if len(lines) > _MOST_ROOTS or not lines:
            raise
        documents = [parsed(line) for line in lines]
    return tuple(map(_root, documents))


def _root(document: Any) -> Root:
    try:
        if not _MEDIA_TYPE.fullmatch(document["mediaType"]):
            raise Refused("it is no trusted root of a version that pinlint knows")
        logs, certificate_logs = (_logs(document.get(key) or []) for key in ("tlogs", "ctlogs"))
        authorities = _authorities(document.get("certificateAuthorities") or [])
        stampers = _authorities(document.get("timestampAuthorities") or [])
    except (LookupError, TypeError, AttributeError, ValueError, OverflowError):
        raise Refused("it is no trusted root, or is built otherwise") from None
    return Root(logs, certificate_logs, authorities, stampers, document)


def _logs(entries: list[Any]) -> dict[bytes, Log]:
    found = {}
    for one in entries[:_MOST]:
        try:
            key = one["publicKey"]
            found[b64(one["logId"]["keyId"])] = Log(from_der(b64(key["rawBytes"])), _window(key["validFor"]))
        except Uncheckable:  # a log of a kind that is not known vouches for nothing
            continue
    return found


def _authorities(entries: list[Any]) -> tuple[Authority, ...]:
    found = []
    for one in entries[:_MOST]:
        chain = tuple(x509.load_der_x509_certificate(b64(held["rawBytes"])) for held in one["certChain"]["certificates"][:_MOST])
        if not chain:
            raise Refused("it names an authority without certificates")
        found.append(Authority(chain, _window(one["validFor"])))
    return tuple(found)


def _window(said: dict[str, Any]) -> Window:
    return Window(_moment(said["start"]), _moment(said["end"]) if said.get("end") else float("inf"))


def _moment(text: str) -> float:
    found = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text.replace("Z", "+00:00")))
    if found.tzinfo is None:
        raise Refused("it has a time without a zone")
    return found.timestamp()
