"""Repositories that the command line names by their address: read as a clone of them is, and written nowhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from servers.git_http import GitHost, git, running

from pinlint.cli import main
from pinlint.elsewhere import address
from pinlint.errors import PinlintError

FILES = {
    "Dockerfile": "FROM python:3.12\nFROM golang:1.22@sha256:" + "a" * 64 + "\n",
    ".github/workflows/ci.yml": "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: o/x@v1\n      - uses: ./local\n",
    "local/action.yml": "runs:\n  using: composite\n  steps:\n    - uses: o/y@main\n",
    "vendor/Dockerfile": "FROM never\n",
    "k8s/web.yaml": "apiVersion: v1\nkind: Pod\nspec:\n  containers: [{name: a, image: registry.example/w:1}]\n",
    "requirements.txt": "-r more/base.txt\nflask\n",
    "more/base.txt": "requests\n",
    "deep/pinlint.toml": "[require]\nimage = 'any'\n",
    "pinlint.toml": "[require]\n'image:registry.example/*' = 'tag'\npypi = 'digest'\n",
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitHost]:
    with running(tmp_path_factory.mktemp("git")) as host:
        work = host.repository("o/shop")
        git(work, "config", "uploadpack.allowFilter", "true")
        git(work, "tag", "empty")
        for path, text in FILES.items():
            (work / path).parent.mkdir(parents=True, exist_ok=True)
            (work / path).write_text(text)
        (work / "link.txt").symlink_to("requirements.txt")
        host.commit(work, "all")
        yield host


@pytest.fixture
def run(served: GitHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """(exit code, output, what else is said) of pinlint, run by somebody whose GitHub is the host here."""
    for name in ("GH_TOKEN", "GITHUB_TOKEN", "GH_HOST", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_SERVER_URL", served.url)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def _run(*arguments: str) -> tuple[int, str, str]:
        code = main(list(arguments))
        return code, *capsys.readouterr()

    return _run


def test_it_is_judged_as_a_clone_of_it(run: Any, served: GitHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(tmp_path, "clone", "-q", f"{served.url}/o/shop", "clone")
    code, far, _ = run("github:o/shop", "--output-format", "json")
    monkeypatch.chdir(tmp_path / "clone")
    expected, near, _ = run("--output-format", "json")
    label = f"{served.url.partition('://')[2]}/o/shop/"
    seen = [one | {"path": one["path"].removeprefix(label), "fixable": False} for one in json.loads(far)["findings"]]
    assert (code, seen) == (expected, [one | {"fixable": False} for one in json.loads(near)["findings"]])
    assert {one["rule"] for one in seen} >= {"PIN001", "PIN003"}
    assert not any(one["fixable"] for one in json.loads(far)["findings"])


@pytest.mark.parametrize("arguments", [[], ["--output-format", "concise"], ["--statistics"], ["--output-format", "junit"]])
def test_reports_say_where_it_lies(run: Any, served: GitHost, arguments: list[str]) -> None:
    code, out, err = run("github:o/shop", *arguments)
    assert (code, "Traceback" in err) == (1, False)
    assert "PIN003" in out


def test_places_in_sarif_are_below_the_address_of_the_commit(run: Any, served: GitHost) -> None:
    _, out, _ = run("github:o/shop", "--output-format", "sarif")
    [one] = json.loads(out)["runs"]
    commit = git(served.root / "o/shop.tree", "rev-parse", "HEAD")
    assert one["originalUriBaseIds"]["%SRCROOT%"]["uri"] == f"{served.url}/o/shop@{commit}/"


def test_a_revision_stands_behind_an_at_sign(run: Any, served: GitHost) -> None:
    assert run("github:o/shop@empty", "--quiet")[:2] == (0, "")
    assert run(f"{served.url}/o/shop@main", "--quiet")[0] == 1
    code, _, err = run("github:o/shop@nothing")
    assert (code, "has no tag or branch nothing" in err) == (2, True)


def test_inventories_and_audits_read_it_too(run: Any, served: GitHost) -> None:
    _, out, _ = run("inventory", "github:o/shop", "--output-format", "jsonl")
    assert {json.loads(line)["name"] for line in out.splitlines()} >= {"docker.io/library/python", "o/x", "requests"}
    code, out, _ = run("verify", "github:o/shop@empty")
    assert (code, "nothing that is pinned" in " ".join(out.split())) == (0, True)


def test_nothing_is_asked_twice_or_written(run: Any, served: GitHost, tmp_path: Path) -> None:
    before = len(served.requests)
    run("github:o/shop", "--quiet")
    asked = [one[:2] for one in served.requests[before:]]
    assert len([one for one in asked if one[0] == "GET"]) == 1
    assert len(asked) <= 6  # refs, what the host offers, folders, settings, files, and what these name besides
    assert list(tmp_path.iterdir()) == []


def test_it_stands_alone_and_is_not_mended(run: Any) -> None:
    for more in ([], ["--rev", "main"], ["--since", "main"], ["--fix"], ["--diff"]):
        code, _, err = run("github:o/shop", *(more or ["."]))
        assert (code, "read at one commit" in err) == (2, True), more


def test_a_file_of_that_name_is_a_file(run: Any, tmp_path: Path) -> None:
    (tmp_path / "github:o").mkdir()
    (tmp_path / "github:o/Dockerfile").write_text("FROM x:1\n")
    assert run("github:o/Dockerfile", "--output-format", "concise")[1].startswith("github:o/Dockerfile:1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("github:o/r", ("https://github.com/o/r", "")),
        ("github:o/r@v1.2", ("https://github.com/o/r", "v1.2")),
        ("github://o/r@feature/x", ("https://github.com/o/r", "feature/x")),
        ("gitlab:g/s/p@main", ("https://gitlab.com/g/s/p", "main")),
        ("https://git.example/a/b.git", ("https://git.example/a/b.git", "")),
        ("https://git.example/a/b/@1111", ("https://git.example/a/b", "1111")),
        ("https://git.example:8443/a", ("https://git.example:8443/a", "")),
    ],
)
def test_addresses(text: str, expected: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_SERVER_URL", "GH_HOST", "CI_SERVER_URL", "GITLAB_HOST", "GITLAB_URI", "GL_HOST"):
        monkeypatch.delenv(name, raising=False)
    assert address(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "github:o", "github:", "https://ann:secret@git.example/a/b", "https://secret@git.example/a", "https://git.example",
        "https://git.example/a?token=secret",
    ],
)  # fmt: skip
def test_what_is_no_address_is_not_quoted(text: str) -> None:
    with pytest.raises(PinlintError) as caught:
        address(text)
    assert "secret" not in f"{caught.value} {caught.value.hint}"
