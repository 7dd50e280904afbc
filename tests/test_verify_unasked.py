"""What a registry that refuses, dawdles or talks nonsense makes of a policy: never a pass, and never "unsigned"."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from servers.signing import BUNDLE
from servers.sigstore import ISSUER, SAN, key, pem
from servers.stub import Answer, Asked, Stub, stub

from pinlint import cli
from pinlint.verify import provenance, signatures
from pinlint.verify.signed import images

MANIFEST = json.dumps({"schemaVersion": 2, "config": {}, "layers": []}).encode()
DIGEST = f"sha256:{hashlib.sha256(MANIFEST).hexdigest()}"
LOGIN = f"identity-regexp = '{re.escape(SAN)}'\nissuer = '{ISSUER}'\n"  # no repository to ask GitHub about


@pytest.fixture
def server() -> Iterator[Stub]:
    with stub() as made:
        yield made


def index(*entries: dict[str, str]) -> Answer:
    return Answer(
        headers=(("Content-Type", "application/vnd.oci.image.index.v1+json"),), body=json.dumps({"manifests": entries}).encode()
    )


def at(**answers: Answer) -> Callable[[Asked], Answer]:
    """Answers by a word of the path; the image itself is there, and nothing else."""

    def answer(asked: Asked) -> Answer:
        if asked.path.endswith(f"manifests/{DIGEST}"):
            return Answer(headers=(("Content-Type", "application/vnd.oci.image.manifest.v1+json"),), body=MANIFEST)
        return next((found for word, found in answers.items() if word in asked.path), Answer(404))

    return answer


@pytest.fixture
def run(
    server: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], tuple[int, str]]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("pinlint.http._backoff", lambda _: 0.0)
    host = server.url.partition("//")[2]
    (tmp_path / "Dockerfile").write_text(f"FROM {host}/team/app@{DIGEST}\n")
    (tmp_path / "cosign.pub").write_text(pem(key()))

    def made(policy: str) -> tuple[int, str]:
        (tmp_path / "pinlint.toml").write_text(f"[[verify.signatures]]\npattern = 'image:{host}/team/*'\n{policy}")
        code = cli.main(["verify", "--select", "NET908", "--output-format", "concise"])
        told = capsys.readouterr()
        return code, told.out + told.err

    return made


REFUSALS = {
    "referrers-forbidden": at(referrers=Answer(403)),
    "referrers-unauthorized": at(referrers=Answer(401)),
    "referrers-broken": at(referrers=Answer(500)),
    "fallback-forbidden": at(**{f"manifests/{DIGEST.replace(':', '-')}": Answer(403)}),
    "older-tag-too-many": at(**{".sig": Answer(429, (("Retry-After", "3600"),))}),
    "other-bytes": at(
        referrers=index({"digest": f"sha256:{0:064x}", "artifactType": BUNDLE}),
        manifests=Answer(body=b"other bytes"),
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_fails_a_policy_unless_it_may_be_a_note(case: str, server: Stub, run: Callable[[str], tuple[int, str]]) -> None:
    server.answer = REFUSALS[case]
    code, out = run(LOGIN)
    assert (code, "NET908" in out, "could not be checked" in out) == (1, True, True), out
    assert "nobody has signed" not in out
    code, out = run(f"{LOGIN}unchecked = 'note'\n")
    assert code == 0, out
    assert "ould not be checked" in out


@pytest.mark.parametrize("status", [400, 404, 405])
def test_a_registry_without_a_list_of_referrers_has_one_under_a_tag(
    status: int, server: Stub, run: Callable[[str], tuple[int, str]]
) -> None:
    server.answer = at(referrers=Answer(status))
    code, out = run(LOGIN)
    assert (code, "nobody has signed it" in out) == (1, True), out
    assert any(asked.path.endswith(DIGEST.replace(":", "-")) for asked in server.asked)


def test_a_list_of_referrers_without_end_is_followed_so_far_and_no_further(
    server: Stub, run: Callable[[str], tuple[int, str]]
) -> None:
    """Whoever may push can add noise; more of it than is looked at is no absence."""
    entries = [{"digest": f"sha256:{number:064x}", "artifactType": BUNDLE} for number in range(60)]
    page = index(*entries)
    link = ("Link", f'</v2/team/app/referrers/{DIGEST}?page=2>; rel="next"')
    server.answer = at(referrers=page._replace(headers=(*page.headers, link)))
    code, out = run(LOGIN)
    assert (code, "of which only 100 were looked at" in out) == (1, True), out
    assert len(server.asked) < 200


LAYER = b"{}" + b" " * 998
NOISE = [
    json.dumps({"schemaVersion": 2, "subject": {"digest": DIGEST}, "n": number, "layers": [
        {"mediaType": BUNDLE, "digest": f"sha256:{hashlib.sha256(LAYER).hexdigest()}"}
    ]}).encode()
    for number in range(5)
]  # fmt: skip


def noisy(asked: Asked) -> Answer:
    """Five bundles of nobody's refer to the image, and nothing else lies beside it."""
    manifests = {f"sha256:{hashlib.sha256(one).hexdigest()}": one for one in (MANIFEST, *NOISE)}
    name = asked.path.rpartition("/")[2]
    if "/referrers/" in asked.path:
        return index(*({"digest": one, "artifactType": BUNDLE} for one in list(manifests)[1:]))
    if "/blobs/" in asked.path:
        return Answer(body=LAYER)
    return Answer(body=manifests[name]) if name in manifests else Answer(404)


#: The list, five manifests with a layer each, two tags of cosign's, and the image itself.
REQUESTS = 1 + 5 * 2 + 2 + 1
BYTES = len(noisy(Asked("GET", "/referrers/", {}, b"")).body) + sum(map(len, NOISE)) + 5 * len(LAYER)


@pytest.mark.parametrize(
    ("requests", "bytes_", "why", "sent"),
    [
        (REQUESTS, BYTES + 1, "its signature does not hold", REQUESTS),
        (REQUESTS - 1, BYTES + 1, "more lies beside it than is looked at", REQUESTS - 1),
        (REQUESTS, BYTES, "more lies beside it than is looked at", REQUESTS - 3),  # nothing left once the last layer has come
        (3, BYTES, "more lies beside it than is looked at", 3),
    ],
    ids=["enough", "a request too few", "a byte too few", "hardly any"],
)
def test_an_image_has_so_many_requests_and_bytes_and_no_more(
    requests: int, bytes_: int, why: str, sent: int, server: Stub, run: Callable[[str], tuple[int, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(images, "_REQUESTS", requests)
    monkeypatch.setattr(images, "_BYTES", bytes_)
    server.answer = noisy
    code, out = run(LOGIN)
    assert (code, why in out) == (1, True), out
    assert len([one for one in server.asked if one.path != "/v2/"]) == sent


def test_what_is_too_large_is_counted_as_if_it_had_come(
    server: Stub, run: Callable[[str], tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a registry that answers each of thousands of questions without end would be read for hours."""
    monkeypatch.setattr(images, "_LARGEST_MANIFEST", 1000)
    monkeypatch.setattr(images, "_BYTES", 2000)
    server.answer = lambda _: Answer(body=b" " * 1001)
    code, out = run(LOGIN)
    assert (code, "more than" in out) == (1, True), out
    assert len([one for one in server.asked if one.path != "/v2/"]) == 2  # a third is more than is looked at


def test_a_link_to_elsewhere_is_not_followed(server: Stub, run: Callable[[str], tuple[int, str]]) -> None:
    with stub() as other:
        page = index()
        link = ("Link", f'<{other.url}/v2/team/app/referrers/{DIGEST}>; rel="next"')
        server.answer = at(referrers=page._replace(headers=(*page.headers, link)))
        assert run(LOGIN)[0] == 1
        assert other.asked == []


def test_without_the_libraries_a_policy_could_not_be_checked(
    server: Stub, run: Callable[[str], tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (signatures, provenance):
        monkeypatch.setattr(module, "find_spec", lambda _: None, raising=False)
    code, out = run(LOGIN)
    assert code == 1
    assert "could not be checked: the libraries for signatures are missing: pip install 'pinlint-cli[verify]'" in out
    assert server.asked == []


def test_a_key_that_is_outside_of_the_folder_of_the_policy_is_read_from_there(
    server: Stub, run: Callable[[str], tuple[int, str]], tmp_path: Path
) -> None:
    """A policy from elsewhere brings its own files."""
    (tmp_path / "away").mkdir()
    (tmp_path / "away" / "own.pub").write_text(pem(key()))
    host = server.url.partition("//")[2]
    (tmp_path / "away" / "policy.toml").write_text(
        f"[[verify.signatures]]\npattern = 'image:{host}/*'\nkey = 'own.pub'\nlog = false\n"
    )
    code, out = run("none = true\n")
    assert code == 0, out
    code = cli.main(["verify", "--select", "NET908", "--config", "away/policy.toml", "--output-format", "concise"])
    assert code == 1


def test_a_host_that_refuses_is_asked_once_for_all_its_commits(
    server: Stub, tmp_path: Path, run: Callable[[str], tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", server.url)
    server.answer = lambda _: Answer(403)
    steps = "".join(f"      - uses: shop/build@{number:040x} # v1.2.{number}\n" for number in range(20))
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/ci.yml").write_text(f"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n{steps}")
    run("none = true\n")
    assert cli.main(["verify", "--deep", "--select", "NET905,NET906,NET910", "--quiet", "."]) == 0
    assert len(server.asked) == 3  # for its refs in both protocols, and for what it can do


NOBODY = "none = true\n"
WEAKENED = {
    "policy": {"pinlint.toml": "[[verify.signatures]]\npattern = 'image:HOST/*'\nnone = true\n"},
    "what is left alone": {"pinlint.toml": "[require]\nimage = 'any'\n"},
    "rules": {"pinlint.toml": "ignore = ['NET908']\n"},
    "severity": {"pinlint.toml": "[severity]\nNET908 = 'note'\n"},
    "exceptions": {"pinlint.toml": "[[ignores]]\npath = 'Dockerfile'\nrule = 'NET908'\nreason = 'x'\n"},
    "comment": {"Dockerfile": "# pinlint: ignore[NET908] x\nFROM HOST/team/app@DIGEST\n"},
    "comment of the file": {"Dockerfile": "# pinlint: ignore-file[NET908] x\nFROM HOST/team/app@DIGEST\n"},
    "files": {"pinlint.toml": "exclude = ['Dockerfile']\n"},
    "project": {"pyproject.toml": "[tool.pinlint]\nignore = ['NET908']\n"},
    "hidden": {".pinlint.toml": "ignore = ['NET908']\n"},
    "known findings": {"pinlint.toml": "baseline = 'known.json'\n"},
}


@pytest.mark.parametrize("case", WEAKENED)
def test_a_policy_from_elsewhere_is_one_that_the_tree_cannot_weaken(
    case: str, server: Stub, run: Callable[[str], tuple[int, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pull request can change its own configuration together with what that is about."""
    host = server.url.partition("//")[2]
    server.answer = at()
    (tmp_path / "away").mkdir()
    (tmp_path / "away" / "policy.toml").write_text(f"[[verify.signatures]]\npattern = 'image:{host}/*'\n{LOGIN}")
    run(NOBODY)
    (tmp_path / "pinlint.toml").unlink()
    for path, text in WEAKENED[case].items():
        (tmp_path / path).write_text(text.replace("HOST", host).replace("DIGEST", DIGEST))
    if case == "known findings":
        (tmp_path / "pinlint.toml").write_text(
            f"baseline = 'known.json'\n[[verify.signatures]]\npattern = 'image:{host}/*'\n{LOGIN}"
        )
        assert cli.main(["verify", "--record-baseline"]) == 0
    capsys.readouterr()
    assert cli.main(["verify", "--output-format", "concise", "--quiet"]) == 0
    assert cli.main(["verify", "--config", "away/policy.toml", "--no-ignores", "--output-format", "concise", "--quiet"]) == 1
    assert "NET908" in capsys.readouterr().out
