"""What `pinlint init` proposes is what the tools that read it take, changes nothing else, and leaves nothing to propose."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from check_jsonschema.transforms.azure_pipelines import azure_main  # type: ignore[import-untyped]
from conftest import need
from test_ci_schemas import validator
from test_commit import git, put

from pinlint.cli import main
from pinlint.config import load
from pinlint.formats.jenkinsfile import references
from pinlint.model import Script
from pinlint.proposed import source as sources
from pinlint.proposed.hook import with_entry
from pinlint.proposed.source import Source, source
from pinlint.syntax.groovy import tokens
from pinlint.text import Document
from pinlint.tree import Tree

COMMIT = "5f" * 20
FROM = f"--from=https://github.com/acme/pinlint@{COMMIT}"
DIGEST = "sha256:" + "5f" * 32
HOOKS = "repos:\n  # ours\n  - repo: https://git.example/a\n    rev: v1.0.0\n    hooks:\n      - id: a  # one\n"
BELOW = "repos:\n- repo: https://git.example/a\n  rev: v1.0.0\n"
ENTRY = f"repo: https://github.com/acme/pinlint\n{{}}rev: {COMMIT}\n{{}}hooks:\n{{}}"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "r"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "trunk")
    monkeypatch.chdir(folder)
    return folder


def proposed(root: Path, capsys: pytest.CaptureFixture[str], *words: str, **files: str) -> tuple[str, str]:
    """(the diff, what is said), once the diff is seen to be what is written, and to be all."""
    put(root, **files)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "x", "--allow-empty")
    assert main(["init", *words]) == 0
    diff, said = capsys.readouterr()
    assert git(root, "status", "--short") == ""
    if diff.startswith("diff"):
        git(root, "apply", "-", stdin=diff.encode())
        git(root, "add", "-A")
        shown = git(root, "write-tree")
        git(root, "reset", "-q", "--hard")
        assert main(["init", "--write", *words]) == 0
        git(root, "add", "-A")
        git(root, "rm", "-q", "--cached", "--ignore-unmatch", "pinlint-baseline.json")
        assert git(root, "write-tree") == shown
        capsys.readouterr()
    return diff, said


def again(capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["init", FROM]) == 0
    return capsys.readouterr().out


def test_of_a_repository_that_is_clean_nothing_is_asked_but_the_job(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    need("zizmor")
    step = f"on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n    - uses: a/b@{COMMIT}\n"
    diff, _ = proposed(root, capsys, FROM, **{".github__workflows__a.yaml": step})
    path = root / ".github/workflows/pinlint.yaml"
    assert diff.count("diff --git") == 1
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert read[True]["push"]["branches"] == ["trunk"]
    assert read["jobs"]["pinlint"]["steps"][1]["uses"] == f"acme/pinlint@{COMMIT}"
    done = subprocess.run(["zizmor", "--offline", "-q", str(path)], capture_output=True, text=True, check=False)
    assert (done.returncode, main(["--quiet"])) == (0, 0), done.stdout
    assert again(capsys) == "Nothing to propose: this repository has what it needs.\n"


def test_much_is_set_aside_and_the_rest_is_policy(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(root, "remote", "add", "origin", "https://github.com/Acme/shop.git")
    images = "".join(f"FROM registry.example/a{number}:1\n" for number in range(30))
    lock = "".join(f"a{number}==1 --hash={DIGEST}\n" for number in range(9))
    own = f"FROM ghcr.io/acme/base:1\nFROM ghcr.io/acme/base:2\nFROM ghcr.io/other:1@{DIGEST}\n"
    files = {"Dockerfile": images, "requirements.txt": lock, "own__Dockerfile": own, "x__fixtures__y__Dockerfile": images}
    diff, said = proposed(root, capsys, FROM, **files)
    policy = load(str(root))
    assert policy.required("image", "ghcr.io/acme/base") == "tag"
    assert policy.require["pypi"] == "digest"
    assert "fixtures/" in policy.exclude
    assert "30 findings" in said
    assert main(["--quiet"]) == 0
    put(root, b__Dockerfile="FROM registry.example/new:1\n", requirements_txt="")
    assert main(["--quiet"]) == 1
    capsys.readouterr()
    assert again(capsys).startswith("Nothing to propose")
    assert "by hand" not in said
    assert diff.count("diff --git") == 1


def test_what_configures_pinlint_already_stays(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {"pyproject.toml": '[tool.pinlint]\nfail-on = "error"\n', "Dockerfile": "FROM a:1\n" * 30}
    diff, said = proposed(root, capsys, FROM, **files)
    assert diff.startswith("Nothing to propose")
    assert "pyproject.toml says what is required" in said


STYLES = {
    "as usual": (HOOKS, HOOKS + "  - " + ENTRY.format(*["    "] * 3) + "  - id: pinlint\n"),
    "dashes below the key": (
        f"{BELOW}  hooks:\n  - id: a\n",
        f"{BELOW}  hooks:\n  - id: a\n- {ENTRY.format(*['  '] * 3)}- id: pinlint\n",
    ),
    "something after the list": (
        f"{HOOKS}\n# of the service\nci:\n  skip: []\n",
        f"{HOOKS}  - {ENTRY.format(*['    '] * 3)}  - id: pinlint\n\n# of the service\nci:\n  skip: []\n",
    ),
    "no end of the last line": (HOOKS[:-1], HOOKS + "  - " + ENTRY.format(*["    "] * 3) + "  - id: pinlint\n"),
    "blank lines between": (
        f"{HOOKS}\n  - repo: meta\n    hooks:\n      - id: identity\n",
        f"{HOOKS}\n  - repo: meta\n    hooks:\n      - id: identity\n\n  - {ENTRY.format(*['    '] * 3)}  - id: pinlint\n",
    ),
    "a block of text at the end": (
        f"{HOOKS}        entry: |\n          # no comment\n\n          x\n",
        f"{HOOKS}        entry: |\n          # no comment\n\n          x\n  - {ENTRY.format(*['    '] * 3)}  - id: pinlint\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STYLES)
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_the_hook_stands_with_the_others(root: Path, name: str, newline: str) -> None:
    before, after = (text.replace("\n", newline) for text in STYLES[name])
    path = root / ".pre-commit-config.yaml"
    path.write_bytes(before.encode())
    put(root, Dockerfile=f"FROM a:1@{DIGEST}\n")
    assert main(["init", FROM, "--write"]) == 0
    assert path.read_bytes().decode() == after
    done = subprocess.run([sys.executable, "-m", "pre_commit", "validate-config", str(path)], check=False)
    assert done.returncode == 0


@pytest.mark.parametrize(
    "text",
    [
        "repos: []\n",
        "repos: [{repo: local}]\n",
        "a: 1\n",
        "x: [\n",
        "repos:\n- a\n---\nrepos:\n- b\n",
        "",
    ],
)
def test_a_list_of_another_form_is_left_to_people(text: str) -> None:
    assert with_entry(Document("x", text.encode()), "repos", ["repo: a"]) is None


def test_gitlab_reads_the_job(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "stages: [check, deploy]\nbuild:\n  stage: check\n  script: [make]\n"
    proposed(root, capsys, FROM, **{".gitlab-ci.yml": text})
    pipeline = yaml.safe_load((root / ".gitlab-ci.yml").read_text(encoding="utf-8"))
    job = yaml.safe_load((root / pipeline.pop("include")[0]["local"]).read_text(encoding="utf-8"))
    assert pipeline == yaml.safe_load(text)
    assert job["pinlint"]["stage"] == "check"
    assert list(validator("gitlab-ci").iter_errors({**pipeline, **job})) == []
    assert main(["--quiet"]) == 0
    assert again(capsys).startswith("Nothing to propose")


@pytest.mark.parametrize("text", ["include: x.yml\n", "include:\n  - local: x.yml\n"])
def test_gitlab_reads_what_it_did(root: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    _, said = proposed(root, capsys, FROM, **{".gitlab-ci.yml": text})
    included = yaml.safe_load((root / ".gitlab-ci.yml").read_text(encoding="utf-8"))["include"]
    assert ("by hand: add `local:" in said) == (included == "x.yml")
    assert included in ("x.yml", [{"local": "x.yml"}, {"local": ".gitlab/pinlint.gitlab-ci.yml"}])


def test_azure_and_jenkins_get_files_of_their_own(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    proposed(root, capsys, FROM, **{"azure-pipelines.yml": "steps:\n- script: make\n"})
    made = yaml.safe_load((root / ".azure-pipelines/pinlint.yml").read_text(encoding="utf-8"))
    assert list(validator("azure-pipelines").iter_errors(azure_main(made))) == []
    git(root, "rm", "-rfq", "azure-pipelines.yml", ".azure-pipelines")
    proposed(root, capsys, FROM, Jenkinsfile="pipeline {\n}\n")
    document = Document("Jenkinsfile", (root / "pinlint.Jenkinsfile").read_bytes())
    assert list(tokens(document.text))
    (script,) = references(document, Tree(str(root), list))
    assert isinstance(script, Script)
    assert dict(script.variables) == {"PINLINT_SOURCE": "https://github.com/acme/pinlint", "PINLINT_COMMIT": COMMIT}


def scripts(made: Any) -> list[str]:
    """Every shell script of a job."""
    if isinstance(made, dict):
        return [
            text
            for key, one in made.items()
            for text in (["\n".join([one] if isinstance(one, str) else one)] if key in ("run", "bash", "script") else scripts(one))
        ]
    return [text for one in made for text in scripts(one)] if isinstance(made, list) else []


def test_every_job_fetches_the_commit_and_judges_by_it(root: Path) -> None:
    """The same lines everywhere, run here against a repository that answers with what it was asked for."""
    from pinlint.proposed.ci import written

    tool = root.parent / "tool"
    (tool / ".ci").mkdir(parents=True)
    (tool / ".ci/judge").write_text('#!/bin/sh\necho "judged $*"\n')
    (tool / ".ci/judge").chmod(0o755)
    git(tool, "init", "-q")
    git(tool, "add", "-A")
    git(tool, "commit", "-qm", "x")
    commit = git(tool, "rev-parse", "HEAD")
    (tool / ".ci/judge").write_text("exit 9\n")
    git(tool, "commit", "-qam", "y")
    told = {}
    for template in ("github.yml", "gitlab.yml", "azure.yml", "jenkins.groovy"):
        text = written(template, Source("https://git.example/tools/pinlint", commit), "main")
        assert "@SOURCE@" not in text
        (script,) = [text.split("'''")[1]] if template == "jenkins.groovy" else scripts(yaml.safe_load(text))
        environment = {
            **os.environ,
            "PINLINT_SOURCE": f"file://{tool}",
            "PINLINT_COMMIT": commit,
            "BUILD_ARTIFACTSTAGINGDIRECTORY": "/a",
        }
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", script], env=environment, capture_output=True, text=True, check=False
        )
        told[template] = (done.returncode, done.stdout.strip())
    assert told == {
        "github.yml": (0, "judged"), "gitlab.yml": (0, "judged gitlab gl-code-quality-report.json"),
        "azure.yml": (0, "judged sarif /a/pinlint.sarif"), "jenkins.groovy": (0, "judged junit pinlint.xml"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("recorded", "known"),
    [
        ({"url": "https://git.example/p.git", "vcs_info": {"vcs": "git", "commit_id": COMMIT}}, "https://git.example/p.git"),
        ({"url": "https://me:hush@git.example/p", "vcs_info": {"vcs": "git", "commit_id": COMMIT}}, ""),
        ({"url": "https://git.example/p", "vcs_info": {"vcs": "git", "commit_id": "main"}}, ""),
        ({"url": "file:///nowhere/at/all", "dir_info": {}}, ""),
    ],
)
def test_where_pinlint_comes_from_is_what_the_installer_recorded(
    monkeypatch: pytest.MonkeyPatch, recorded: dict[str, object], known: str
) -> None:
    monkeypatch.setattr(sources, "_recorded", lambda: recorded)
    found = source("")
    assert (found.address if found else "") == known


def test_a_checkout_knows_its_origin(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    git(root, "remote", "add", "origin", "git@git.example:tools/pinlint.git")
    git(root, "commit", "-qm", "x", "--allow-empty")
    monkeypatch.setattr(sources, "_recorded", lambda: {"url": root.as_uri(), "dir_info": {"editable": True}})
    assert source("") == Source("https://git.example/tools/pinlint", git(root, "rev-parse", "HEAD"))


@pytest.mark.parametrize("origin", ["/srv/git/pinlint.git", "../pinlint.git", "file:///srv/git/pinlint.git"])
def test_a_clone_of_a_folder_has_an_origin_that_nobody_else_knows(monkeypatch: pytest.MonkeyPatch, root: Path, origin: str) -> None:
    git(root, "remote", "add", "origin", origin)
    git(root, "commit", "-qm", "x", "--allow-empty")
    monkeypatch.setattr(sources, "_recorded", lambda: {"url": root.as_uri(), "dir_info": {"editable": True}})
    assert source("") is None


def test_without_a_source_neither_hook_nor_job_is_made_up(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pinlint.proposed.source.source", lambda given: None)
    _, said = proposed(root, capsys, **{".pre-commit-config.yaml": HOOKS, "Dockerfile": "FROM a:1\n"})
    assert "--from ADDRESS@COMMIT names one" in said


@pytest.mark.parametrize("given", ["x", "https://git.example/p@main", f"-x@{COMMIT}", f"https://git.example/p q@{COMMIT}"])
def test_a_source_is_a_repository_at_a_full_commit(root: Path, capsys: pytest.CaptureFixture[str], given: str) -> None:
    put(root, Dockerfile="FROM a:1\n")
    assert main(["init", f"--from={given}"]) == 2
    assert "full commit" in capsys.readouterr().err


def test_a_link_leads_nowhere(root: Path, tmp_path: Path) -> None:
    put(root, **{".github__workflows__a.yml": "on: push\njobs: {}\n", "Jenkinsfile": "pipeline {\n}\n"})
    (root / ".github/workflows/a.yml").rename(root / "a.yml")
    (root / ".github/workflows").rmdir()
    (tmp_path / "elsewhere").mkdir()
    (root / ".azure-pipelines").symlink_to(tmp_path / "elsewhere")
    put(root, **{"azure-pipelines.yml": "steps:\n- script: make\n"})
    (root / "Jenkinsfile").unlink()
    assert main(["init", FROM, "--write"]) == 2
    assert list((tmp_path / "elsewhere").iterdir()) == []
