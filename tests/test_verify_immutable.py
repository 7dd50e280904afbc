"""NET908 of actions: GitHub's statements about immutable releases, by a self-made instance without a log, right and wrong."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from fences import Block
from servers.answers import Answers, user
from servers.sigstore import Instance, b64
from servers.stamping import Stamper

from pinlint import cli

SIGNER, TYPE = "https://dotcom.releases.github.com", "https://in-toto.io/attestation/release/v0.2"
COMMIT, TAG_OBJECT, OTHER = "1" * 40, "2" * 40, "3" * 40
GIT, API = (
    "https://github.com/acme/tool",
    "https://api.github.com/repos/acme/tool/attestations/sha1:{}?per_page=30&predicate_type=release",
)
Bundle = dict[str, Any]


@cache
def github() -> Instance:
    return Instance("GitHub, Inc.")


@cache
def fake() -> Instance:
    return Instance("GitHub, Inc.")


@cache
def public() -> Instance:
    return Instance("sigstore.test")


@cache
def stamper() -> Stamper:
    return Stamper(github().now)


def release(
    subject: str = "acme/tool@v1.2.3", commit: str = COMMIT, *, by: Callable[[], Instance] = github, san: str = SIGNER,
    kind: str = TYPE, stamped: bool = True,
) -> Callable[[], Bundle]:  # fmt: skip
    """GitHub's statement about a release, with a timestamp and no log entry."""

    def made() -> Bundle:
        assets = {"name": "tool.tar.gz", "digest": {"sha256": "5f" * 32}}
        first = {"uri": f"pkg:github/{subject}", "digest": {"sha1": commit}}
        said = {"_type": "https://in-toto.io/Statement/v1", "predicateType": kind, "subject": [first, assets], "predicate": {}}
        bundle = by().envelope(said, san)
        material = bundle["verificationMaterial"]
        material["tlogEntries"] = []
        token = stamper().stamp(base64.b64decode(bundle["dsseEnvelope"]["signatures"][0]["sig"]))
        if stamped:
            material["timestampVerificationData"] = {"rfc3161Timestamps": [{"signedTimestamp": b64(token)}]}
        return bundle

    return made


def changed() -> Bundle:
    bundle = release("acme/tool@v1.2.2")()
    payload = base64.b64decode(bundle["dsseEnvelope"]["payload"]).replace(b"v1.2.2", b"v1.2.3")
    return {**bundle, "dsseEnvelope": {**bundle["dsseEnvelope"], "payload": b64(payload)}}


class Case(NamedTuple):
    """The statement that GitHub has (about the id `about`), what is found ("" = it holds), and what the file says."""

    bundle: Callable[[], Bundle] | None
    found: str = ""
    comment: str = " # v1.2.3"
    about: str = COMMIT
    initiator: str = "github"
    root: bool = True
    status: str = "404"
    policy: str = ""
    #: Whether the file begins with the root of another year.
    older: bool = False


CASES = {
    "release": Case(release()),
    "a-root-of-another-year-before-it": Case(release(), older=True),
    "forged-with-two-roots": Case(release(by=fake), "does not hold", older=True),
    "annotated-tag": Case(release(commit=TAG_OBJECT), about=TAG_OBJECT),
    "moving-tag-in-the-comment": Case(release(), comment=" # v1"),
    "no-comment": Case(release(), comment=""),
    "owner-in-capitals": Case(release("Acme/Tool@v1.2.3")),
    "encoded-tag": Case(release("acme/tool@tool%2Fv1.2.3"), comment=""),
    "none": Case(None, "no immutable release is at this commit, as verify.signatures action:acme/* demands"),
    "other-version": Case(
        release("acme/tool@v1.2.2"), "the commit is the release v1.2.2, and the file says v1.2.3 (verify.signatures action:acme/*)"
    ),
    "version-that-begins-alike": Case(release("acme/tool@v1.2.30"), "the commit is the release v1.2.30, and the file says v1.2.3"),
    "other-commit": Case(release(commit=OTHER), "is about another commit"),
    "other-repository": Case(release("evil/tool@v1.2.3"), "is about evil/tool"),
    "other-repository-that-begins-alike": Case(release("acme/toolbox@v1.2.3"), "is about acme/toolbox"),
    "no-release": Case(release("acme/tool"), "it names no release"),
    "not-stamped": Case(release(stamped=False), "nothing proves when it was signed"),
    "changed": Case(changed, "does not hold"),
    "forged": Case(release(by=fake), "does not hold"),
    "by-a-workflow": Case(
        release(san="https://github.com/acme/tool/.github/workflows/x.yml@refs/heads/main"), "and not by GitHub (verify.signatures"
    ),
    "by-another-authority-under-its-name": Case(release(by=public), "and not by GitHub (verify.signatures"),
    "another-statement": Case(release(kind="https://spdx.dev/Document"), "what is attested is only https://spdx.dev/Document"),
    "not-made-by-github": Case(release(), "no immutable release is at this commit", initiator="user"),
    "no-bundle": Case(dict, "does not hold: it has something else"),
    "root-not-brought": Case(release(), "let `gh attestation trusted-root` write it to a file", root=False),
    "refused": Case(None, "could not be checked", status="403"),
    "refused-and-noted": Case(None, status="403", policy="unchecked = 'note'\n"),
}  # fmt: skip


def run(case: Case, folder: Path, monkeypatch: pytest.MonkeyPatch, *options: str) -> tuple[int, Answers]:
    address = API.format(case.about)
    listed = {"attestations": [{"initiator": case.initiator, "bundle": case.bundle()}]} if case.bundle else {}
    refs = f"{COMMIT}\trefs/heads/main\n{TAG_OBJECT}\trefs/tags/v1.2.3\n{COMMIT}\trefs/tags/v1.2.3^{{}}\n"
    blocks = {one: Block("404", "answers", "", API.format(one), "", 0, 0) for one in (COMMIT, TAG_OBJECT)}
    blocks[case.about] = Block("json" if case.bundle else case.status, "answers", "", address, json.dumps(listed), 0, 0)
    given = Answers([*blocks.values(), Block("text", "answers", "", f"{GIT}/git-upload-pack", refs, 0, 0)])
    user(folder / "home", given, monkeypatch)
    monkeypatch.chdir(folder)
    without_logs = {"tlogs": [], "ctlogs": [], "timestampAuthorities": [stamper().authority()]}
    roots = [one().trusted_root() | without_logs for one in (github, public)]
    above = {"rawBytes": b64(Instance("of logins").root.public_bytes(Encoding.DER))}
    roots[0]["certificateAuthorities"][0]["certChain"]["certificates"].insert(0, above)  # GitHub signs releases with the second
    if case.older:
        roots.insert(0, roots[0] | {"timestampAuthorities": [Stamper(github().now).authority()]})
    (folder / "roots.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in roots))
    (folder / ".github/workflows").mkdir(parents=True)
    workflow = f"on: push\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: acme/tool@{COMMIT}{case.comment}\n"
    (folder / ".github/workflows/ci.yml").write_text(workflow)
    policy = f"[[verify.signatures]]\npattern = 'action:acme/*'\nrelease = true\n{case.policy}"
    (folder / "pinlint.toml").write_text(policy + ("trusted-root = 'roots.jsonl'\n" if case.root else ""))
    return cli.main(["verify", "--select", "NET908", "--output-format", "concise", *options]), given


@pytest.mark.parametrize("name", CASES)
def test_a_commit_is_an_immutable_release_by_the_word_of_github(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    case = CASES[name]
    code, given = run(case, tmp_path, monkeypatch)
    told = capsys.readouterr()
    assert (code, given.unknown) == (bool(case.found), set()), told
    assert case.found in told.out, told
    assert ("true: 1 × NET908" in told.err) == (not case.found and case.status != "403"), told


def test_a_record_of_it_is_verified_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(CASES["release"], tmp_path, monkeypatch, "--save-resolutions", "record.json")[0] == 0
    record = json.loads((tmp_path / "record.json").read_text())
    replay = ["verify", "--select", "NET908", "--output-format", "concise", "--resolutions", "record.json"]
    assert cli.main(replay) == 0
    ((text,),) = (one["facts"]["candidates"] for one in record["evidence"])
    record["evidence"][0]["facts"]["candidates"] = [json.dumps({**json.loads(text), "bundle": changed()})]
    (tmp_path / "record.json").write_text(json.dumps(record))
    assert cli.main(replay) == 1
    assert "does not hold" in capsys.readouterr().out


def test_without_a_policy_nobody_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = Answers([])
    user(tmp_path / "home", given, monkeypatch)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/ci.yml").write_text(f"on: push\njobs: {{a: {{steps: [{{uses: acme/tool@{COMMIT}}}]}}}}\n")
    assert (cli.main(["verify", "--select", "NET908"]), given.asked, given.unknown) == (0, set(), set())
