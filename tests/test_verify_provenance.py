"""NET909: packages of npm's and files of Python's, attested well, wrongly and not at all, with a policy and without."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fences import Block
from servers.answers import Answers, user
from servers.sigstore import SAN, Instance, b64, statement

from pinlint import cli
from pinlint.verify.signed import packages, trusted
from pinlint.verify.sigstore import root

NPM, PYPI = "https://registry.example", "https://registry.example/simple"
SLSA = "https://slsa.dev/provenance/v1"
SHA512, SHA256 = hashlib.sha512(b"tarball"), hashlib.sha256(b"wheel")
SRI = f"sha512-{base64.b64encode(SHA512.digest()).decode()}"
SOURCE = "source = 'https://github.com/Acme/app'\n"
Bundle = dict[str, Any]
#: A 404 in place of a body.
GONE = b"404"


@cache
def mine() -> Instance:
    return Instance()


@cache
def fake() -> Instance:
    return Instance()


def said(name: str = "pkg:npm/%40acme/app@1.2.0", *, predicate: str = SLSA, **digests: str) -> dict[str, Any]:
    made = statement(predicate, **(digests or {"sha512": SHA512.hexdigest()}))
    made["subject"][0]["name"] = name
    return made


def attested(bundle: Callable[[], Bundle]) -> Callable[[], bytes]:
    """npm's answer: its own attestation of the publishing, by a key, and the provenance."""
    publish = {"predicateType": "https://github.com/npm/attestation/tree/main/specs/publish/v0.1", "bundle": {}}
    return lambda: json.dumps({"attestations": [publish, {"predicateType": SLSA, "bundle": bundle()}]}).encode()


class Package(NamedTuple):
    """What npm's registry publishes, what a policy says, and what is found (a part of the message, "" = nothing)."""

    attestations: Callable[[], bytes] | None
    found: str = ""
    policy: str = ""
    repository: str = "git+https://github.com/acme/app.git"
    earlier: bool = False
    sri: str = SRI


GOOD = attested(lambda: mine().envelope(said()))
PACKAGES = {
    "attested": Package(GOOD),
    "attested-as-npm-did": Package(attested(lambda: mine().envelope(said(), log="intoto 0.0.2"))),
    "repository-in-short": Package(GOOD, repository="acme/App"),
    "repository-nobody-knows": Package(GOOD, repository="our wiki"),
    "no-repository": Package(GOOD, repository=""),
    "as-demanded": Package(GOOD, policy=SOURCE),
    "as-demanded-in-full": Package(
        GOOD, policy=f"{SOURCE}source-ref = 'refs/tags/v*'\nrunner = 'github-hosted'\nsigner = '{SAN}'\npredicate = '{SLSA}'\n"
    ),
    "not-attested": Package(None),
    "other-repository": Package(
        GOOD, "it was built from https://github.com/acme/app, and the package names git@github.com:evil/app",
        repository="git@github.com:evil/app",
    ),
    "dropped": Package(None, "although that is attested of 1.1.0 before it", earlier=True),
    "missing": Package(None, "nothing says where it was built, as verify.provenance", SOURCE),
    "advertised-and-gone": Package(lambda: GONE, "is attested, and does not have the attestations", SOURCE),
    "only-published": Package(lambda: b'{"attestations": []}', "nothing that is attested says where it was built", SOURCE),
    "other-source": Package(
        GOOD, "built from https://github.com/acme/app, and not https://github.com/Acme/other", SOURCE.replace("app", "other")
    ),
    "beginning-of-the-source": Package(GOOD, "and not https://github.com/acme/ap", SOURCE.replace("Acme/app", "acme/ap")),
    "other-ref": Package(GOOD, "built at refs/tags/v1, and not refs/heads/main", f"{SOURCE}source-ref = 'refs/heads/main'\n"),
    "other-runner": Package(GOOD, "built on a runner that is github-hosted, and not self", f"{SOURCE}runner = 'self-hosted'\n"),
    "other-signer": Package(GOOD, f"attested by {SAN} (issuer", f"{SOURCE}signer = 'https://github.com/acme/ci/*'\n"),
    "other-predicate": Package(GOOD, f"what is attested is only {SLSA}", f"{SOURCE}predicate = ['https://spdx.dev/*']\n"),
    "other-login": Package(
        attested(lambda: mine().envelope(said(), issuer="https://evil.example")), "not by a login of https://token", SOURCE
    ),
    "about-another-version": Package(
        attested(lambda: mine().envelope(said("pkg:npm/%40acme/app@1.1.0"))), "does not hold: it is about something else"
    ),
    "about-one-of-two": Package(
        GOOD, "it is about something else", SOURCE, sri=f"{SRI} sha512-{base64.b64encode(b'other' * 12 + b'four').decode()}"
    ),
    "list-of-parts-called-provenance": Package(
        attested(lambda: mine().envelope(said(predicate="https://spdx.dev/Document"))), "what is attested is only https", SOURCE
    ),
    "about-other-bytes": Package(attested(lambda: mine().envelope(said(sha512="00" * 64))), "it is about something else"),
    "forged": Package(attested(lambda: fake().envelope(said())), "does not know", SOURCE),
    "no-json": Package(lambda: b"<html>", "does not hold: it is no JSON"),
}  # fmt: skip


def answered(body: bytes, url: str) -> Block:
    return Block("404" if body == GONE else "base64", "answers", "", url, "" if body == GONE else b64(body), 0, 0)


def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answers: dict[str, bytes]) -> str:
    """What a run finds in the working directory, where the instance of the tests is the public one."""
    roots = root.roots(json.dumps(mine().trusted_root()).encode())
    monkeypatch.setattr(trusted, "_public", lambda: roots[0])
    blocks = [
        Block(
            "404" if body == GONE else "base64",
            "answers",
            "",
            url,
            base64.b64encode(body).decode() if body != GONE else "",
            0,
            0,
        )
        for url, body in answers.items()
    ]
    given = Answers(blocks)
    user(tmp_path / "home", given, monkeypatch)
    monkeypatch.chdir(tmp_path)
    code = cli.main(["verify", "--select", "NET909", "--output-format", "concise"])
    assert given.unknown == set()
    told = capsys.readouterr()
    assert code == int("NET909 " in told.out), told.err
    return told.out + ("" if code else re.sub(r"(?s).*true: (?:1 × )?(\w+).*", r"\1", told.err))


@pytest.mark.parametrize("case", PACKAGES)
def test_a_package_is_judged_by_its_provenance(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    package = PACKAGES[case]
    dist = {"integrity": SRI, "tarball": f"{NPM}/@acme/app/-/app-1.2.0.tgz"}
    here = {**dist, "attestations": {"url": "https://elsewhere.example/x"}} if package.attestations else dist
    before = {**dist, "tarball": dist["tarball"].replace("2", "1"), **({"attestations": {}} if package.earlier else {})}
    answers = {f"{NPM}/@acme%2Fapp": json.dumps({"versions": {"1.1.0": {"dist": before}, "1.2.0": {"dist": here}}}).encode()}
    if package.attestations:
        answers[f"{NPM}/-/npm/v1/attestations/@acme%2Fapp@1.2.0"] = package.attestations()
        answers[f"{NPM}/@acme%2Fapp/1.2.0"] = json.dumps({"repository": {"url": package.repository}}).encode()
    entry = {"version": "1.2.0", "resolved": dist["tarball"], "integrity": package.sri}
    lock = {"lockfileVersion": 3, "packages": {"": {"dependencies": {"@acme/app": "1.2.0"}}, "node_modules/@acme/app": entry}}
    (tmp_path / "package-lock.json").write_text(json.dumps(lock))
    if package.policy:
        (tmp_path / "pinlint.toml").write_text(f"[[verify.provenance]]\npattern = 'npm:@acme/*'\n{package.policy}")
    out = found(tmp_path, monkeypatch, capsys, answers)
    assert ("NET909 " in out) == bool(package.found), out
    assert (package.found or ("NET909" if package.attestations else "nothing")) in out


class File(NamedTuple):
    """What an index publishes of a file, what a policy says, and what is found."""

    bundle: Callable[[], Bundle] | None
    found: str = ""
    policy: str = ""
    publisher: dict[str, str] = {"kind": "GitHub", "repository": "acme/App", "workflow": "release.yml"}  # noqa: RUF012
    address: str = f"{PYPI}/integrity/acme/1.2/provenance"
    html: bool = False
    #: Another hash that a requirement has, of a file that the index does not list.
    more: str = ""


WHEEL = "acme-1.2-py3-none-any.whl"
PUBLISH = "https://docs.index.example/attestations/publish/v1"


def of_wheel(name: str = WHEEL, digest: str = SHA256.hexdigest(), **leaf: str) -> Callable[[], Bundle]:
    claims: dict[str, Any] = {"_18": SAN, **leaf}
    return lambda: mine().envelope(said(name, predicate=PUBLISH, sha256=digest), **claims)


FILES = {
    "attested": File(of_wheel()),
    "attested-in-html": File(of_wheel(), html=True),
    "not-attested": File(None),
    "unknown-publisher": File(of_wheel(), publisher={"kind": "Woodpecker"}),
    "as-demanded": File(of_wheel(), policy=SOURCE),
    "gitlab": File(
        of_wheel(issuer="https://gitlab.com", _12="https://gitlab.com/acme/app", _18="https://gitlab.com/acme/app//.gitlab-ci.yml@x"),
        publisher={"kind": "GitLab", "repository": "acme/app", "workflow_filepath": ".gitlab-ci.yml"},
    ),
    "google": File(
        of_wheel(san="ci@acme.iam.example", issuer="https://accounts.google.com"),
        publisher={"kind": "Google", "email": "ci@acme.iam.example"},
    ),
    "missing": File(None, f"nothing says where {WHEEL} was built, as verify.provenance", SOURCE),
    "one-of-two-files": File(of_wheel(), f"nothing says where the file with sha256:{'5a' * 32} was built", SOURCE, more="5a" * 32),
    "one-of-two-files-and-no-policy": File(of_wheel(), more="5a" * 32),
    "other-source": File(of_wheel(), "and not https://github.com/Acme/other", SOURCE.replace("app", "other")),
    "other-publisher": File(
        of_wheel(), f"it was published by {SAN}, and the index names GitHub acme/other release.yml",
        publisher={"kind": "GitHub", "repository": "acme/other", "workflow": "release.yml"},
    ),
    "other-workflow": File(
        of_wheel(), "the index names GitHub acme/app test.yml",
        publisher={"kind": "GitHub", "repository": "acme/app", "workflow": "test.yml"},
    ),
    "other-email": File(
        of_wheel(san="x@acme.iam.example", issuer="https://accounts.google.com"), "the index names Google ci@acme.iam.example",
        publisher={"kind": "Google", "email": "ci@acme.iam.example"},
    ),
    "about-another-file": File(of_wheel("acme-1.1-py3-none-any.whl"), "it is about something else"),
    "about-other-bytes": File(of_wheel(digest="00" * 32), "it is about something else"),
    "forged": File(lambda: fake().envelope(said(WHEEL, sha256=SHA256.hexdigest())), "does not know", SOURCE),
    "without-tls": File(of_wheel(), "an address without TLS", SOURCE, address="http://index.example/provenance"),
    "with-a-login": File(of_wheel(), "with a login in it", SOURCE, address="https://a:b@index.example/provenance"),
    "withheld": File(of_wheel(), "does not have the attestations", SOURCE, address=f"{PYPI}/gone"),
}  # fmt: skip


def pep740(bundle: Bundle, publisher: dict[str, str]) -> bytes:
    material, envelope = bundle["verificationMaterial"], bundle["dsseEnvelope"]
    one = {
        "version": 1, "envelope": {"statement": envelope["payload"], "signature": envelope["signatures"][0]["sig"]},
        "verification_material": {
            "certificate": material["certificate"]["rawBytes"], "transparency_entries": material["tlogEntries"],
        },
    }  # fmt: skip
    return json.dumps({"version": 1, "attestation_bundles": [{"publisher": publisher, "attestations": [one]}]}).encode()


@pytest.mark.parametrize("case", FILES)
def test_a_file_is_judged_by_its_attestations(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = FILES[case]
    entry = {"filename": WHEEL, "url": f"files/{WHEEL}", "hashes": {"sha256": SHA256.hexdigest()}}
    if file.bundle:
        entry["provenance"] = file.address
    page = json.dumps({"files": [entry]}).encode()
    if file.html:
        link = f'<a href="files/{WHEEL}#sha256={SHA256.hexdigest()}" data-provenance="{file.address}">{WHEEL}</a>'
        page = f"<!DOCTYPE html><html><body>{link}</body></html>".encode()
    answers = {f"{PYPI}/acme/": page}
    if file.bundle and file.address == FILES["attested"].address:
        answers[file.address] = pep740(file.bundle(), file.publisher)
    elif file.address.endswith("/gone"):
        answers[file.address] = GONE
    (tmp_path / "requirements.txt").write_text(
        f"acme==1.2 --hash=sha256:{SHA256.hexdigest()}{f' --hash=sha256:{file.more}' if file.more else ''}\n"
    )
    if file.policy:
        (tmp_path / "pinlint.toml").write_text(f"[[verify.provenance]]\npattern = 'pypi:acme'\n{file.policy}")
    monkeypatch.setattr("servers.answers._headers", lambda one: headers(one, html=file.html))
    out = found(tmp_path, monkeypatch, capsys, answers)
    assert ("NET909 " in out) == bool(file.found), out
    assert (file.found or ("NET909" if file.bundle else "nothing")) in out


def headers(one: Block, *, html: bool) -> dict[str, str]:
    kind = "text/html" if html and one.path.endswith("/acme/") else "application/vnd.pypi.simple.v1+json"
    return {"content-type": kind, "content-length": str(len(base64.b64decode(one.text)))}


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("git+https://github.com/Acme/app.git", True), ("git+ssh://git@github.com/acme/app.git", True), ("acme/app", True),
        ("github:acme/app#main", True), ("git@github.com:acme/app.git", True), ("git://github.com/acme/app", True),
        ("https://www.github.com/acme/app/tree/main/packages/x", True), ("https://github.com/acme/app/", True),
        ("https://github.com/acme/app2", False), ("gitlab:acme/app", False), ("https://git.example/acme/app", False),
        ("https://github.com/acme", None), ("", None), ("see the site", None), ("https://[", None),
    ],
)  # fmt: skip
def test_a_repository_is_the_same_however_it_is_written(written: str, same: bool | None) -> None:
    assert packages.same_repository(written, "https://github.com/acme/app") is same
