"""The action, the component of GitLab, and the workflows: run as a runner would, and read by whoever else reads them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import need
from test_ci_schemas import validator

ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
COMPONENT = ROOT / "templates/pinlint.yml"
NEW, OLD = "FROM alpine:3.20\n", "FROM python:3.12\n"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """pinlint as a job has it, its environment already made: that is what `make demo` does."""
    folder = tmp_path_factory.mktemp("pinlint")
    (folder / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/judge", folder / ".ci/judge")
    (folder / "venv/bin").mkdir(parents=True)
    script = f'#!/bin/sh\nPYTHONPATH={str(ROOT)!r} exec {sys.executable!r} -m pinlint "$@"\n'
    for path, text in ((folder / "venv/bin/pinlint", script), (folder / ".ci/environment", f"#!/bin/sh\necho '{folder}/venv'\n")):
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "pinlint")
    return folder


def git(folder: Path, *words: str) -> str:
    who = {f"GIT_{role}_{part}": "someone@example.com" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, **who}
    command = ["git", "-c", "protocol.file.allow=always", *words]
    return subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose branch `change` adds a finding to the one that `main` has; the merge is checked out alone, as
    actions/checkout does it."""
    origin = tmp_path / "origin"
    (origin / "old").mkdir(parents=True)
    git(origin, "init", "-q", "-b", "main")
    (origin / "old/Dockerfile").write_text(OLD)
    git(origin, "add", "-A")
    git(origin, "commit", "-qm", "before")
    git(origin, "checkout", "-qb", "change")
    (origin / "a new one").mkdir()
    (origin / "a new one/Dockerfile").write_text(NEW)
    git(origin, "add", "-A")
    git(origin, "commit", "-qm", "change")
    git(origin, "checkout", "-q", "--detach", "main")
    git(origin, "merge", "-q", "--no-ff", "-m", "merge", "change")
    git(origin, "update-ref", "refs/pull/1/merge", "HEAD")
    git(origin, "checkout", "-q", "main")
    work = tmp_path / "work"
    work.mkdir()
    git(work, "init", "-q")
    git(work, "remote", "add", "origin", f"file://{origin}")
    git(work, "fetch", "-q", "--depth=1", "origin", "+refs/pull/1/merge:refs/remotes/pull/1/merge")
    git(work, "checkout", "-q", "--detach", "refs/remotes/pull/1/merge")
    return work


class Ran:
    """A step that ran: its exit code, what it said, what it put out, and the summary."""

    def __init__(self, script: str, folder: Path, environment: dict[str, str]) -> None:
        self.temp = folder.parent / "temp"
        self.temp.mkdir()
        files = {"GITHUB_OUTPUT": self.temp / "output", "GITHUB_STEP_SUMMARY": self.temp / "summary"}
        kept = {"PATH": os.environ["PATH"], "HOME": str(self.temp), "GIT_CONFIG_GLOBAL": os.devnull, "RUNNER_TEMP": str(self.temp)}
        step = self.temp / "step.sh"
        step.write_text(script, encoding="utf-8")
        command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(step)]
        environment = {**kept, **{name: str(path) for name, path in files.items()}, **environment}
        done = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)
        self.code, self.said, self.told = done.returncode, done.stdout, done.stderr
        self.output = files["GITHUB_OUTPUT"].read_text() if files["GITHUB_OUTPUT"].exists() else ""
        self.summary = files["GITHUB_STEP_SUMMARY"].read_text() if files["GITHUB_STEP_SUMMARY"].exists() else ""


def action(checkout: Path, repository: Path, event: str = "push", **inputs: str) -> Ran:
    """The action's own step, with the inputs given and the others' defaults."""
    described = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    given = {name: one["default"] for name, one in described["inputs"].items()} | inputs
    (step,) = [step for step in described["runs"]["steps"] if "run" in step]
    environment = {
        name: re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda match: given[match[1]], text) for name, text in step["env"].items()
    }
    assert "${{" not in "".join((step["run"], *environment.values()))
    sha = git(repository, "rev-parse", "HEAD")
    runner = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": event, "GITHUB_SHA": sha, "GITHUB_ACTION_PATH": str(checkout)}
    runner |= {"GITHUB_BASE_REF": "main"} if event == "pull_request" else {}
    return Ran(step["run"], repository, {**runner, **environment})


def annotated(said: str) -> list[str]:
    return re.findall(r"^::\w+ file=([^,]*),", said, re.MULTILINE)


def test_the_action_annotates_everything_on_a_push(checkout: Path, repository: Path) -> None:
    ran = action(checkout, repository)
    assert (ran.code, annotated(ran.said), ran.output) == (1, ["a new one/Dockerfile", "old/Dockerfile"], ""), ran.told
    assert ran.summary.count("### pinlint") == 1


def test_the_action_annotates_only_what_a_pull_request_brings(checkout: Path, repository: Path) -> None:
    """It fetches what the checkout lacks for that."""
    ran = action(checkout, repository, "pull_request")
    assert (ran.code, annotated(ran.said)) == (1, ["a new one/Dockerfile"]), ran.told


def test_what_cannot_be_fetched_is_no_clean_run(checkout: Path, repository: Path) -> None:
    git(repository, "remote", "set-url", "origin", "file:///nowhere")
    ran = action(checkout, repository, "pull_request")
    assert (ran.code, annotated(ran.said)) == (2, [])
    assert "fetch" in ran.told


def test_the_action_hands_everything_to_code_scanning(checkout: Path, repository: Path) -> None:
    """What the upload lacks counts as mended there, so that it is never only what a change brings."""
    ran = action(checkout, repository, "pull_request", sarif="true")
    assert ran.code == 1
    written = json.loads(Path(ran.output.strip().removeprefix("sarif=")).read_text(encoding="utf-8"))
    places = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in written["runs"][0]["results"]]
    assert places == ["a%20new%20one/Dockerfile", "old/Dockerfile"]
    assert ran.summary.count("### pinlint") == 1


def test_nothing_is_uploaded_of_a_run_that_failed(checkout: Path, repository: Path) -> None:
    ran = action(checkout, repository, sarif="true", args="--select=XYZ999")
    assert (ran.code, ran.output) == (2, "")


@pytest.mark.parametrize(
    ("inputs", "code", "places"),
    [
        pytest.param({"paths": "a new one\n"}, 1, ["a new one/Dockerfile"], id="a path with blanks"),
        pytest.param({"args": "--select\nSRC\n\n"}, 0, [], id="words of options by line"),
        pytest.param({"since": "HEAD"}, 0, [], id="another commit"),
        pytest.param({"paths": "$(touch /tmp/adopted)`touch x`; touch x"}, 2, [], id="what a shell would run"),
        pytest.param({"since": "--output=x"}, 2, [], id="a revision that looks like an option"),
        pytest.param({"paths": "--exit-zero"}, 2, [], id="a path that looks like an option"),
    ],
)
def test_inputs_are_words_and_nothing_else(
    checkout: Path, repository: Path, inputs: dict[str, str], code: int, places: list[str]
) -> None:
    ran = action(checkout, repository, **inputs)
    assert (ran.code, annotated(ran.said)) == (code, places), ran.told
    assert not (repository / "x").exists()


def component(checkout: Path, source: str, commit: str) -> dict[str, Any]:
    """The job that the component makes, with its inputs in their places."""
    header, text = COMPONENT.read_text(encoding="utf-8").split("\n---\n")
    spec = yaml.safe_load(header)["spec"]
    given = {name: one.get("default", source) for name, one in spec["inputs"].items()}
    filled = re.sub(r"\$\[\[ inputs\.(\w+) \]\]", lambda match: str(given[match[1]]), text).replace("$[[ component.sha ]]", commit)
    assert "$[[" not in filled
    made: dict[str, Any] = yaml.safe_load(filled)
    assert list(made) == ["pinlint"]
    return made


@pytest.mark.parametrize(("request_", "said"), [("7", ["a new one"]), ("", ["a new one", "old"])], ids=["merge request", "branch"])
def test_the_component_reports_everything_and_judges_the_change(
    checkout: Path, repository: Path, request_: str, said: list[str]
) -> None:
    git(repository, "fetch", "-q", "--unshallow")
    made = component(checkout, f"file://{checkout}", git(checkout, "rev-parse", "HEAD"))
    assert list(validator("gitlab-ci").iter_errors(made)) == []
    job = made["pinlint"]
    variables = {**job["variables"], "CI_PROJECT_DIR": str(repository), "CI_MERGE_REQUEST_IID": request_}
    variables |= {"CI_MERGE_REQUEST_DIFF_BASE_SHA": git(repository, "rev-parse", "HEAD^1")} if request_ else {}
    ran = Ran("\n".join(job["script"]), repository, variables)
    assert (ran.code, re.findall(r"--> (.*)/Dockerfile", ran.said)) == (1, said), ran.told
    report = json.loads((repository / job["artifacts"]["reports"]["codequality"]).read_text(encoding="utf-8"))
    assert [one["location"]["path"] for one in report] == ["a new one/Dockerfile", "old/Dockerfile"]


def test_a_release_is_built_twice_and_has_sums_and_a_bill(checkout: Path, tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    for name in ("pinlint", "rules"):
        shutil.copytree(ROOT / name, here / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", ".ci/release", ".ci/requirements/demo.txt"):
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, here / name)
    shutil.copy(checkout / ".ci/environment", here / ".ci/environment")
    (here / ".cache").mkdir()
    python = checkout / "venv/bin/python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable!r} "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    git(here, "init", "-q")
    git(here, "commit", "-q", "--allow-empty", "-m", "release")
    assert Ran('"$PWD/.ci/release" v0', here, {}).code == 2
    version = re.findall(r'"(.*)"', (ROOT / "pinlint/__init__.py").read_text(encoding="utf-8"))[-1]
    shutil.rmtree(tmp_path / "temp")
    ran = Ran(f'"$PWD/.ci/release" v{version}', here, {})
    assert ran.code == 0, ran.told
    made = sorted(path.name for path in (here / "dist").iterdir())
    assert made == ["SHA256SUMS", "pinlint.cdx.json", f"pinlint_cli-{version}-py3-none-any.whl", f"pinlint_cli-{version}.tar.gz"]
    assert subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=here / "dist", check=False).returncode == 0
    bill = json.loads((here / "dist/pinlint.cdx.json").read_text(encoding="utf-8"))
    assert "httpx" in {one["name"] for one in bill["components"]}


# Whoever else reads them


@pytest.mark.parametrize(
    ("path", "schema"), [(ROOT / "action.yml", "github-actions"), *((path, "github-workflows") for path in WORKFLOWS)],
    ids=lambda one: one.name if isinstance(one, Path) else "",
)  # fmt: skip
def test_the_vendor_takes_it(path: Path, schema: str) -> None:
    read = {"on" if key is True else key: one for key, one in yaml.safe_load(path.read_text(encoding="utf-8")).items()}
    assert list(validator(schema).iter_errors(read)) == []


def test_the_marketplace_takes_the_action() -> None:
    """Which wants a name, an icon and a description of at most 125 characters."""
    described = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    assert {"name", "description", "branding"} <= set(described)
    assert len(described["description"]) <= 125


def test_gitlab_takes_the_header_of_the_component() -> None:
    header = yaml.safe_load(COMPONENT.read_text(encoding="utf-8").split("\n---\n")[0])
    assert list(validator("gitlab-ci").iter_errors(header)) == []


def test_zizmor_finds_nothing() -> None:
    need("zizmor")
    command = ["zizmor", "--offline", "--no-progress", "--persona=pedantic", "action.yml", ".github"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_no_expression_reaches_a_shell() -> None:
    for path in (ROOT / "action.yml", *WORKFLOWS):
        for script in re.findall(r"run: (?:\|\n((?: {8,}.*\n|\n)+)|(.*))", path.read_text(encoding="utf-8")):
            assert "${{" not in "".join(script), path


def test_an_action_is_pinned_to_the_same_commit_everywhere() -> None:
    pages = [
        ROOT / "README.md",
        ROOT / "action.yml",
        *WORKFLOWS,
        *(ROOT / "docs").glob("**/*.md"),
        *(ROOT / "pinlint").rglob("*.yml"),
    ]
    named = [
        tuple(match)
        for page in pages
        for match in re.findall(r"uses: ([\w./-]+)@([0-9a-f]{40}) # (v[\d.]+)", page.read_text("utf-8"))
    ]
    assert len(set(named)) == len({name for name, _, _ in named}) > 3
