"""Attestations that GitHub keeps: found by the repository that a policy names, whether they come inline or compressed elsewhere."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fences import Block
from hypothesis import given
from hypothesis import strategies as st
from servers.answers import Answers, user
from servers.sigstore import ISSUER, SAN, Instance, statement

from pinlint import cli
from pinlint.verify.signed import trusted
from pinlint.verify.signed.snappy import decompressed
from pinlint.verify.sigstore import root

MANIFEST = b'{"schemaVersion": 2, "config": {}, "layers": []}'
DIGEST = f"sha256:{hashlib.sha256(MANIFEST).hexdigest()}"
API = f"https://api.github.com/repos/acme/app/attestations/{DIGEST}?per_page=30"
ELSEWHERE = "https://blobs.example/bundle.json.sn"


def snappy(data: bytes) -> bytes:
    """Literals alone, as the format allows."""
    size, head = len(data), bytearray()
    while size > 127:
        head.append(size & 127 | 128)
        size >>= 7
    head.append(size)
    return bytes(head) + b"".join(
        bytes([61 << 2]) + (len(part) - 1).to_bytes(2, "little") + part
        for part in (data[at : at + 60_000] for at in range(0, len(data), 60_000))
    )


CASES: dict[str, tuple[Callable[[dict[str, Any]], dict[str, bytes]], str]] = {
    "inline": (lambda bundle: {API: listed({"bundle": bundle})}, ""),
    "elsewhere": (lambda bundle: {API: listed({"bundle_url": ELSEWHERE}), ELSEWHERE: snappy(json.dumps(bundle).encode())}, ""),
    "none": (lambda bundle: {API: b"404"}, "nobody has signed it"),
    "damaged": (lambda bundle: {API: listed({"bundle_url": ELSEWHERE}), ELSEWHERE: b"\x0a\x00"}, "could not be checked"),
    "without-tls": (lambda bundle: {API: listed({"bundle_url": "http://blobs.example/x"})}, "without TLS, or with a login"),
    "with-a-login": (lambda bundle: {API: listed({"bundle_url": "https://a:b@blobs.example/x"})}, "without TLS, or with a login"),
    "no-list": (lambda bundle: {API: b"<html>"}, "could not be checked"),
}


def answered(url: str, body: bytes) -> Block:
    missing = body == b"404"
    return Block("404" if missing else "base64", "answers", "", url, "" if missing else base64.b64encode(body).decode(), 0, 0)


def listed(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"attestations": entries}).encode()


@pytest.mark.parametrize("case", CASES)
def test_an_attestation_that_github_keeps_counts(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    instance, (answers, found) = Instance(), CASES[case]
    roots = root.roots(json.dumps(instance.trusted_root()).encode())
    monkeypatch.setattr(trusted, "_public", lambda: roots[0])
    registry, bundle = "https://registry.example/v2/app", instance.envelope(statement("https://slsa.dev/provenance/v1", DIGEST))
    tag = f"{registry}/manifests/{DIGEST.replace(':', '-')}"
    nothing = dict.fromkeys((f"{registry}/referrers/{DIGEST}", tag, f"{tag}.sig", f"{tag}.att"), b"404")
    bodies = {f"{registry}/manifests/{DIGEST}": MANIFEST, **nothing, **answers(bundle)}
    given_ = Answers([answered(url, body) for url, body in bodies.items()])
    user(tmp_path / "home", given_, monkeypatch)
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_" + "x" * 36)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Dockerfile").write_text(f"FROM registry.example/app@{DIGEST}\n")
    policy = f"[[verify.signatures]]\npattern = 'image:registry.example/*'\nidentity = '{SAN}'\nissuer = '{ISSUER}'\n"
    (tmp_path / "pinlint.toml").write_text(policy)
    code = cli.main(["verify", "--select", "NET908", "--output-format", "concise"])
    told = capsys.readouterr()
    assert code == bool(found), told
    assert found in told.out
    assert API in given_.asked


@given(st.binary(max_size=300), st.integers(1, 9))
def test_snappy_gives_back_what_was_compressed_and_refuses_the_rest(data: bytes, repeated: int) -> None:
    assert decompressed(snappy(data), 1000) == data
    copied = bytes([4 * repeated + 4, 3 << 2]) + b"abcd" + b"".join(b"\x01\x04" for _ in range(repeated))
    assert decompressed(copied, 1000) == b"abcd" * (repeated + 1)
    for bad in (b"", data[:1] and snappy(data)[:-1], b"\xff" * 9, b"\x04\x01\x04", snappy(b"x" * 1001)):
        with pytest.raises(ValueError):
            decompressed(bad, 1000)
