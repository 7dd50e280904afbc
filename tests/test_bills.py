"""Bills of materials are valid in their own notations, whatever a repository holds, and the same for the same tree."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from pinlint.cli import main
from pinlint.report.components import hashes

ROOT = Path(__file__).parent.parent
SHA256 = "4c1ea2a5b7d3a5b1e0a7c4f0b9d8e7f6a5b4c3d2e1f00112233445566778899a"


def bill(notation: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["inventory", "--isolated", "--output-format", notation, str(folder)]) == 0
    return capsys.readouterr().out


def hostile(folder: Path) -> Path:
    """A tree whose names and versions hold what a notation could stumble over."""
    (folder / "Dockerfile").write_bytes(
        b"FROM a.example/x:1\nFROM a.example/\xff:1\nFROM ${X}\nFROM alpine@sha256:" + SHA256.encode() + b"\nFROM alpine:1\n"
    )
    (folder / "requirements.txt").write_text('x @ https://user:secret@h.example/x.zip\nrequests\ny @ git+https://h.example/"\n')
    (folder / "package-lock.json").write_text(
        json.dumps(
            {
                "lockfileVersion": 3,
                "packages": {
                    "": {},
                    "node_modules/\u2028<&\x1b": {"version": "1.0.0\x00", "resolved": "https://h.example/a.tgz"},
                    "node_modules/b": {"version": "1.0.0", "integrity": "sha1-" + "A" * 27 + "= sha512-" + "A" * 86 + "=="},
                },
            }
        )
    )
    return folder


@pytest.mark.parametrize("where", ["fixtures/npm_lock", "fixtures/dockerfile", "hostile"])
def test_a_bill_of_cyclonedx_is_valid(tmp_path: Path, where: str, capsys: pytest.CaptureFixture[str]) -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    text = bill("cyclonedx", ROOT / where if where != "hostile" else hostile(tmp_path), capsys)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    found = json.loads(text)["components"]
    assert found
    assert "secret" not in text


@pytest.mark.parametrize("where", ["fixtures/npm_lock", "fixtures/dockerfile", "hostile"])
def test_a_document_of_spdx_is_valid(tmp_path: Path, where: str, capsys: pytest.CaptureFixture[str]) -> None:
    from spdx_tools.spdx.parser.parse_anything import parse_file
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

    folder = ROOT / where if where != "hostile" else hostile(tmp_path)
    text = bill("spdx", folder, capsys)
    (tmp_path / "bill.spdx.json").write_text(text)
    assert validate_full_spdx_document(parse_file(str(tmp_path / "bill.spdx.json"))) == []
    assert "secret" not in text


def test_what_is_asked_for_twice_is_listed_once_with_both_places(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM alpine:3@sha256:{SHA256} AS a\nFROM a\nFROM alpine:3@sha256:{SHA256}\n")
    (one,) = json.loads(bill("cyclonedx", tmp_path, capsys))["components"]
    assert one["hashes"] == [{"alg": "SHA-256", "content": SHA256}]
    assert sorted(place["line"] for place in one["evidence"]["occurrences"]) == [1, 3]
    assert (one["type"], one["name"]) == ("container", "docker.io/library/alpine")
    (one,) = json.loads(bill("spdx", tmp_path, capsys))["packages"]
    assert one["checksums"] == [{"algorithm": "SHA256", "checksumValue": SHA256}]


@pytest.mark.parametrize("notation", ["cyclonedx", "spdx"])
def test_the_same_tree_gives_the_same_bill(
    tmp_path: Path, notation: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    texts = {bill(notation, hostile(tmp_path), capsys) for _ in range(2)}
    assert len(texts) == 1
    assert "2023-11-14T22:13:20" in texts.pop()


@pytest.mark.parametrize(
    ("digests", "found"),
    [
        ((f"sha256:{SHA256.upper()}",), [("SHA-256", SHA256)]),
        (("sha512-" + "A" * 86 + "== sha1-" + "A" * 27 + "=",), [("SHA-512", "0" * 128), ("SHA-1", "0" * 40)]),
        (("a" * 40,), []),
        (("sha256:abc", "sha256-!!", "sha999-AAAA", ""), []),
        ((f"sha256={SHA256}", f"sha256:{SHA256}"), [("SHA-256", SHA256)]),
    ],
)
def test_digests_are_hashes_of_bytes(digests: tuple[str, ...], found: list[tuple[str, str]]) -> None:
    assert hashes(digests) == found


def test_without_the_extra_the_command_that_brings_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    (tmp_path / "Dockerfile").write_text("FROM alpine:3\n")
    for name in [name for name in sys.modules if name.startswith("cyclonedx")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cyclonedx", None)
    assert main(["inventory", "--output-format", "cyclonedx", str(tmp_path)]) == 2
    assert "pip install 'pinlint-cli[sbom]'" in capsys.readouterr().err
