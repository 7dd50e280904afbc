"""`pinlint verify` as its users see it: what it asks and how often, what it says, and what a record of it is worth."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import need
from servers import registry as servers
from servers.git_http import git, running
from servers.registry import OCI, Registry
from servers.stub import Answer, Asked, Stub, stub

from pinlint import cli
from pinlint.config import Policy, Verify
from pinlint.ecosystems.npm.configuration import Locked
from pinlint.model import Artifact, Reference, Span
from pinlint.questions.npm import by_settings
from pinlint.text import Document
from pinlint.tree import Tree
from pinlint.verify.evidence import Evidence
from pinlint.verify.grades import moved
from pinlint.verify.platforms import _siblings

A, B = "sha256:" + "a1" * 32, "sha256:" + "b2" * 32
INDEX = OCI["index"]
FIXTURES = Path(__file__).parent.parent / "fixtures"
FORMATS = ("text", "concise", "json", "sarif", "github", "gitlab", "junit", "html")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository, entered, of somebody without any configuration or login."""
    folder = tmp_path / "project"
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    (tmp_path / "home").mkdir()
    for name, value in servers.environment(HOME=str(tmp_path / "home"), COLUMNS="200").items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def run(project: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(["verify", *arguments])
        return (code, *capsys.readouterr())

    return ran


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    need("docker-registry")
    with servers.registry(tmp_path_factory.mktemp("registry")) as made:
        yield made


@pytest.fixture
def host() -> Iterator[Stub]:
    """A registry whose every tag is at A, as TLS is not spoken at its first word."""
    with stub() as server:
        server.answer = at(A)
        yield server


def at(digest: str, kind: str = INDEX) -> Callable[[Asked], Answer]:
    return lambda asked: Answer(headers=(("Docker-Content-Digest", digest), ("Content-Type", kind)))


# Against a real registry


def test_a_real_registry_is_asked_about_tag_digest_and_platform(real: Registry, project: Path, run: Run) -> None:
    old = real.push("team/app", "1.4.2", files={"a": b"old"})
    new = real.push("team/app", "1.4.2", files={"a": b"new"})
    index = real._asked("GET", f"team/app/manifests/{new}", "team/app", headers={"Accept": INDEX}).json()
    arm = next(one["digest"] for one in index["manifests"] if one["platform"]["architecture"] == "arm64")
    image = f"{real.host}/team/app"
    (project / "Dockerfile").write_text(
        f"FROM {image}:1.4.2@{new}\nFROM {image}:1.4.2@{old}\nFROM {image}:latest@{old}\nFROM {image}:1.4.2@{arm}\n"
        f"FROM --platform=linux/arm64 {image}:1.4.2@{arm}\nFROM {image}:1.4.2@{A}\nFROM {real.host}/team/none:1@{A}\n"
    )
    code, out, err = run("--output-format", "concise")
    said = [re.sub(r"^Dockerfile:(\d+):\d+: (\w+): (\w+) .*?@sha256:\w+…?: ", r"\1 \2 \3 ", line) for line in out.splitlines()]
    assert said == [
        f"2 note NET901 1.4.2 is at {new[:19]}… now",
        "3 warning NET901 the registry has no tag latest any more, only the digest",
        f"4 warning NET903 the digest is that of linux/arm64 alone; the tag has linux/amd64, too: write {new}",
        f"6 error NET902 the registry has nothing at this digest any more, so it cannot be pulled; the tag is at {new[:19]}… now",
        "7 error NET902 the registry has nothing at this digest any more, so it cannot be pulled",
    ]
    assert code == 1
    assert err.startswith("7 pinned references asked about (6 questions, ")


def test_an_image_of_one_platform_is_no_finding_of_that(real: Registry, project: Path, run: Run) -> None:
    digest = real.push("team/single", "2.0.0", platforms=("linux/amd64",))
    (project / "Dockerfile").write_text(f"FROM {real.host}/team/single:2.0.0@{digest}\n")
    assert run("--output-format", "concise")[:2] == (0, "")


def test_a_chart_s_version_is_asked_for_as_a_tag(real: Registry, project: Path, run: Run) -> None:
    real.push("charts/web", "1.2.3_b1", platforms=("linux/amd64",))
    needed = "".join(f"- {{name: web, version: {one}, repository: 'oci://{real.host}/charts'}}\n" for one in ("1.2.3+b1", "1.2.4"))
    (project / "Chart.yaml").write_text(f"apiVersion: v2\nname: a\nversion: 1.0.0\ndependencies:\n{needed}")
    code, out, err = run("--output-format", "concise")
    assert (code, [line.partition(": error: ")[2].split(":")[0] for line in out.splitlines()]) == (
        1, ["NET902 chart dependency web 1.2.4"],
    )  # fmt: skip
    assert "true: 1 × NET902, 1 × NET907" in " ".join(err.split())


@pytest.mark.parametrize(
    ("grade", "found"),
    {
        "rewritten": ["warning v1.0.1 no", "warning v1.0.2 gone"],
        "version": ["warning v1.0.0 yes", "warning v1.0.1 no", "warning v1.0.2 gone"],
        "any": ["note v1 yes", "warning v1.0.0 yes", "warning v1.0.1 no", "warning v1.0.2 gone"],
    }.items(),
)
def test_a_tag_of_a_real_repository_moved_ahead_or_elsewhere(
    tmp_path: Path, project: Path, run: Run, monkeypatch: pytest.MonkeyPatch, grade: str, found: list[str]
) -> None:
    with running(tmp_path / "git") as host:
        work = host.repository("shop/deploy")
        git(work, "config", "uploadpack.allowFilter", "true")
        first, ahead = git(work, "rev-parse", "HEAD"), host.commit(work, "ahead")
        for tag in ("v1", "v1.0.0", "v1.0.3"):
            git(work, "tag", tag, ahead)
        git(work, "checkout", "-q", "--orphan", "elsewhere")
        git(work, "tag", "v1.0.1", host.commit(work, "elsewhere"))
        monkeypatch.setenv("GITHUB_SERVER_URL", host.url)
        pins = {"v1": first, "v1.0.0": first, "v1.0.1": first, "v1.0.2": first, "v1.0.3": ahead}
        lock = project / ".github/workflows/actions.lock"
        lock.parent.mkdir(parents=True)
        entries = "".join(
            f"  'shop/deploy@{ref}': {{ref: '{ref}', commit: 'sha1-{commit}', owner_id: 1, repo_id: 2}}\n"
            for ref, commit in pins.items()
        )
        lock.write_text(f"version: 'v0.0.1'\nworkflows: {{}}\ndependencies:\n{entries}")
        (project / "pinlint.toml").write_text(f'[verify]\ntag-moved = "{grade}"\n')
        code, out, _ = run("--select", "NET901", "--output-format", "concise")
        asked = [path for _, path, _ in host.requests if path.endswith("/git-upload-pack")]
    said = re.findall(r": (\w+): NET901 locked action shop/deploy@(\S+): .*?(which has|which does not have|any more)", out)
    words = {"which has": "yes", "which does not have": "no", "any more": "gone"}
    assert sorted(f"{level} {ref} {words[how]}" for level, ref, how in said) == found
    assert (code, len(asked)) == (1, 4)


# How often, and of whom


def test_a_healthy_pin_takes_one_request_and_nothing_is_asked_twice(host: Stub, project: Path, run: Run) -> None:
    for folder in range(6):
        text = "".join(f"FROM {host.host}/team/app{number}:1.2.{number}@{A}\n" for number in range(50))
        (project / str(folder)).mkdir()
        (project / str(folder) / "Dockerfile").write_text(text)
    code, out, _ = run()
    assert code == 0
    asked = Counter((one.method, one.path) for one in host.asked if one.path != "/v2/")
    assert len(asked) == 50
    assert set(asked.values()) == {1}
    assert {method for method, _ in asked} == {"HEAD"}
    assert "300 pinned references asked about (50 questions, 51 requests)" in out


def test_a_tag_that_moved_takes_two_and_no_more(host: Stub, project: Path, run: Run) -> None:
    host.answer = lambda asked: at(A if asked.path.endswith(A) else B)(asked)
    (project / "Dockerfile").write_text(f"FROM {host.host}/team/app:3@{A}\n")
    assert run("--quiet")[0] == 0
    assert host.paths("HEAD") == ["/v2/team/app/manifests/3", f"/v2/team/app/manifests/{A}"]


def test_no_more_is_asked_than_is_allowed_and_the_rest_is_told(host: Stub, project: Path, run: Run) -> None:
    (project / "Dockerfile").write_text("".join(f"FROM {host.host}/team/app:1.2.{number}@{A}\n" for number in range(20)))
    code, out, _ = run("--max-requests", "5")
    assert (code, len(host.asked)) == (0, 4)  # one more was spent on finding out that no TLS is spoken
    assert "16 × the 5 requests of --max-requests were sent" in out


def test_nothing_at_all_is_no_number_of_requests(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("--max-requests", "0")
    assert "a number of at least 1 is wanted" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (401, "no such image, or not logged in"),
        (403, "no such image, or not logged in"),
        (404, "knows no such repository"),
        (418, "418"),
    ],
)
def test_a_refusal_is_no_finding_and_never_true(host: Stub, project: Path, run: Run, status: int, why: str) -> None:
    host.answer = lambda _: Answer(status)
    (project / "Dockerfile").write_text(f"FROM {host.host}/team/app:1.2.3@{A}\n")
    code, out, _ = run()
    assert code == 0
    assert why in out
    assert "true: nothing" in out


def test_a_registry_that_contradicts_itself_is_told(host: Stub, project: Path, run: Run) -> None:
    host.answer = lambda asked: at(B)(asked)
    (project / "Dockerfile").write_text(f"FROM {host.host}/team/app@{A}\n")
    code, out, _ = run("--output-format", "concise", "--quiet")
    assert (code, "NET904" in out) == (1, True)


# What is said, in every format


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_the_finding_and_the_same_exit_code(host: Stub, project: Path, run: Run, name: str) -> None:
    host.answer = lambda asked: Answer(404, body=b'{"errors": [{"code": "MANIFEST_UNKNOWN"}]}')
    (project / "Dockerfile").write_text(f"FROM {host.host}/team/app@{A}\n")
    code, out, _ = run("--output-format", name)
    assert code == 1
    assert "NET902" in out


def test_exceptions_baselines_and_the_policy_count_as_in_check(host: Stub, project: Path, run: Run) -> None:
    host.answer = lambda asked: at(A if asked.path.endswith(A) else B)(asked)
    file, policy = project / "Dockerfile", project / "pinlint.toml"
    line = f"FROM {host.host}/team/app:1.2.3@{A}\n"
    file.write_text(line)
    assert run("--output-format", "concise", "--quiet")[1].count("NET901") == 1
    file.write_text(f"# pinlint: ignore[NET901] it is looked at\n{line}")
    assert run("--output-format", "concise", "--quiet")[1] == ""
    assert run("--output-format", "concise", "--quiet", "--no-ignores")[1].count("NET901") == 1
    file.write_text(line)
    policy.write_text('[severity]\nNET901 = "error"\n')
    assert run("--quiet")[0] == 1
    policy.write_text('[verify]\ntag-moved = "rewritten"\n')
    assert run("--output-format", "concise", "--quiet")[:2] == (0, "")
    policy.write_text('[require]\nimage = "any"\n')
    asked = len(host.asked)
    assert run("--output-format", "concise", "--quiet")[:2] == (0, "")
    assert len(host.asked) == asked, "what a policy leaves alone is not asked about"


def test_findings_are_recorded_beside_those_of_the_files(host: Stub, project: Path, run: Run) -> None:
    host.answer = lambda _: Answer(404, body=b'{"errors": [{"code": "MANIFEST_UNKNOWN"}]}')
    (project / "Dockerfile").write_text(f"FROM {host.host}/team/app@{A}\nFROM busybox:1\n")
    (project / "pinlint.toml").write_text('baseline = "known.json"\n')
    assert cli.main(["baseline"]) == 0
    assert run("--quiet")[0] == 1
    assert run("--record-baseline")[:2] == (0, "")
    assert sorted(one.split()[0] for one in json.loads(Path("known.json").read_text())["files"]["Dockerfile"]) == [
        "NET902", "PIN003", "PIN008",
    ]  # fmt: skip
    assert run("--quiet")[:2] == (0, "")
    assert cli.main(["check", "--quiet"]) == 0
    host.answer = at(A)
    assert "`pinlint verify --record-baseline` takes it out" in run()[1]


def test_rules_are_chosen_and_others_are_not_asked_for(host: Stub, project: Path, run: Run) -> None:
    (project / "Dockerfile").write_text(f"FROM {host.host}/team/app:1.2.3@{A}\n")
    assert run("--select", "NET907", "--quiet")[0] == 0
    assert host.asked == []
    assert run("--select", "NET90", "--quiet")[0] == 0
    assert host.asked
    assert run("--select", "PIN001")[::2] == (
        2, "pinlint: error: PIN001 needs no network, and an audit judges nothing else (pinlint check judges it)\n",
    )  # fmt: skip


def test_check_names_the_command_that_asks(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for options in (["--select", "NET901"], ["--fix", "--select", "NET901,PIN003"]):
        assert cli.main(["check", *options]) == 2
        assert "pinlint verify asks" in capsys.readouterr().err


def test_a_file_that_cannot_be_read_is_a_finding_of_an_audit_too(project: Path, run: Run) -> None:
    (project / "Chart.lock").write_text("a: [")
    code, out, _ = run("--output-format", "concise", "--quiet")
    assert (code, out.split()[2]) == (1, "LCK103")


# Records


def test_a_record_answers_without_a_network_and_today_s_policy_judges_it(host: Stub, project: Path, run: Run) -> None:
    host.answer = lambda asked: at(A if asked.path.endswith(A) else B)(asked)
    file, record = project / "Dockerfile", "record.json"
    file.write_text(f"FROM {host.host}/team/app:3@{A}\nFROM {host.host}/team/app:1.2.3@{A}\n")
    online = run("--save-resolutions", record, "--output-format", "concise", "--quiet")
    asked = len(host.asked)
    assert run("--resolutions", record, "--output-format", "concise", "--quiet") == online
    assert [line.split()[2] for line in online[1].splitlines()] == ["NET901"]
    (project / "pinlint.toml").write_text('[verify]\ntag-moved = "any"\n')
    assert run("--resolutions", record, "--output-format", "concise", "--quiet")[1].count("NET901") == 2
    file.write_text(f"FROM {host.host}/team/other:3@{A}\n")
    assert "record.json holds no answer for it" in run("--resolutions", record)[1]
    assert len(host.asked) == asked


ENTRY = (
    '"check": "images", "kind": "", "name": "", "source": "", "asked": "", "wanted": "", "context": "", "written": [], "more": []'
)


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", '{"version": 2, "evidence": 3}', '{"version": 2, "evidence": [{"check": 1}]}',
        f'{{"version": 2, "evidence": [{{{ENTRY}, "facts": {{}}, "none": {{"why": "x", "rule": 5}}}}]}}',
        f'{{"version": 2, "evidence": [{{{ENTRY}, "facts": {{}}, "none": {{"why": "x", "retry": "no"}}}}]}}',
        f'{{"version": 2, "evidence": [{{{ENTRY}, "facts": {{"status": [404]}}}}]}}',
    ],
)  # fmt: skip
def test_what_is_no_record_is_refused(project: Path, run: Run, text: str) -> None:
    (project / "record.json").write_text(text)
    code, _, err = run("--resolutions", "record.json")
    assert (code, "is no record of evidence" in err) == (2, True)


def test_what_an_audit_does_not_do_is_refused(run: Run) -> None:
    code, _, err = run("-")
    assert (code, "standard input is not verified" in err) == (2, True)
    with pytest.raises(SystemExit, match="2"):  # it suggests changes, of which an audit makes none
        run("--output-format=github-review")


def test_a_number_in_a_record_may_be_none() -> None:
    told = [Evidence({"status": [text]}).number("status") for text in ("404", "", "x", "-1", "1" * 5000)]
    assert told == [404, 0, 0, 0, 0]


# What is asked about


def test_what_every_kind_of_file_pins_can_be_asked_about(project: Path, run: Run) -> None:
    """Nobody answers; a mistake of pinlint's own would end the test."""
    (project / "record.json").write_text('{"version": 2, "evidence": []}')
    code, out, err = run("--isolated", "--resolutions", "record.json", "--output-format", "concise", str(FIXTURES))
    assert code == 1
    assert {line.split(": ")[2].split()[0] for line in out.splitlines()} == {"LCK103", "PIN901"}
    assert "pinned references asked about" in err


def test_a_newer_yarn_s_registries_are_those_of_its_settings(tmp_path: Path) -> None:
    (tmp_path / ".yarnrc.yml").write_text(
        "npmRegistryServer: https://a.example\nnpmScopes:\n  acme: {npmRegistryServer: 'https://b.example'}\n  other: {}\n"
    )
    tree, document = Tree(str(tmp_path), list), Document("yarn.lock", b"")
    names = ("left-pad", "@acme/x", "@other/y")
    asked = by_settings(
        [Reference(Artifact("npm", name), "1.0.0", (), "version", Span(0, 0), "") for name in names], document, tree
    )
    assert [one.told(Locked) for one in asked] == [
        Locked("", "", "https://a.example"), Locked("", "https://b.example", "https://a.example"), Locked("", "", "https://a.example"),
    ]  # fmt: skip


# Grades and platforms


@pytest.mark.parametrize(
    ("tag", "whole"),
    [
        ("3.12.4-slim", True), ("v4.2.2", True), ("alpine-3.19.1", True), ("2026-10-12", True), ("nightly-20261012", True),
        ("1.25.3-alpine3.18", True), ("latest", False), ("3", False), ("3.12", False), ("v4", False), ("24.04", False),
        ("3.12-slim", False), ("main", False), ("20269999", False), ("stable-alpine3.18", False),
    ],
)  # fmt: skip
def test_what_a_tag_promises(tag: str, whole: bool) -> None:
    grades = [moved(Policy(verify=Verify(name)), tag) for name in ("rewritten", "version", "any")]
    assert [grade is not None for grade in grades] == [False, whole, True]


SIBLINGS = {
    "before": (
        "services:\n  a:\n    platform: p\n    image: «x»\n    env: [1]\n  b: {}\n",
        ["platform: p", "env: [1]"],
    ),
    "entry of a list": ("- platform: p\n  image: «x»\n- platform: q\n", ["platform: p"]),
    "first of an entry": ("- name: n\n- image: «x»\n  platform: p\n- platform: q\n", ["platform: p"]),
    "deeper is another's": ("a:\n  image: «x»\n  build:\n    platform: p\n  k: 1\nb: 2\n", ["build:", "k: 1"]),
}


@pytest.mark.parametrize("name", SIBLINGS)
def test_what_stands_beside_an_image(name: str) -> None:
    text, expected = SIBLINGS[name]
    document = Document("a.yaml", text.replace("«", "").replace("»", "").encode())
    assert _siblings(document.text, text.index("«")) == expected
