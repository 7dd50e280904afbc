"""A repository of today, with every CI system and every way to deploy, fixed in one run against servers on loopback; whoever
consumes a file judges the outcome.

tests/modern/before is the tree, NAME.diff what `--diff` shows and NAME.txt what `--fix` says, for `--fix` alone ("safe") and with
`--unsafe-fixes` ("unsafe"); `pytest tests/test_fix_modern.py --update-expected` writes both anew.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trees
import yaml
from conftest import expected, need_kustomize
from servers.git_http import git
from servers.helm_repository import sdk
from servers.modern import IMAGES, World, running
from trees import Fixed, files

MODERN = Path(__file__).parent / "modern"
MODES = {"safe": ("--fix",), "unsafe": ("--fix", "--unsafe-fixes")}
#: What each vendor's schema is about.
SCHEMAS = {
    "github-workflows": (".github/workflows/ci.yml", ".github/workflows/nightly.yaml", ".forgejo/workflows/build.yml"),
    "github-actions": (".github/actions/setup/action.yml",),
    "gitlab-ci": (".gitlab-ci.yml", ".gitlab/lint.yml"),
    "circle-ci": (".circleci/config.yml",),
    "azure-pipelines": ("azure-pipelines.yml",),
    "bitbucket-pipelines": ("bitbucket-pipelines.yml",),
    "drone-ci": (".drone.yml",),
    "woodpecker-ci": (".woodpecker/test.yaml",),
    "compose-spec": ("docker-compose.yml", "compose.dev.yaml", "compose.windows.yml"),
    "cloudbuild": ("cloudbuild.yaml",),
}
#: What is left: folded over lines, both a tag and a branch, only the beginning of a commit, and wanted as it is.
ZIZMOR = {("unpinned-uses", use) for use in ("acme/lint@v1", "acme/both@v2", "acme/lint/annotate@9f86d08", "actions/checkout@v4")}
_PINNED = re.compile(r"[0-9a-f]{40,64}|sha256-\S+=")
#: What pins put behind an image, and what they put in the place of a ref or a range.
_DIGEST = re.compile(r"(?::latest)?@?sha256:[0-9a-f]{64}")
_REF = re.compile(r"(?:[0-9a-f]{40}|\d+\.\d+\.\d+)\Z")
#: A sum cut short for people.
_SHORT = re.compile(r"(?:sha256:|sha256-|(?<=[ @]))[0-9a-zA-Z+/]{6,}…")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(tmp_path_factory.mktemp("world")) as one:
        yield one


@pytest.fixture(scope="module", params=MODES)
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def fixed(world: World, mode: str, tmp_path_factory: pytest.TempPathFactory) -> Fixed:
    return trees.fixed(MODERN / "before", world.names, world.environment, tmp_path_factory.mktemp(mode), *MODES[mode])


# --- what is written and said ----------------------------------------------------------------------------------------------------


def test_the_diff_reads_as_typed_by_hand(
    world: World, mode: str, fixed: Fixed, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """And git makes of it what the run wrote, without anything having been written by whoever only looked."""
    before = trees.copied(MODERN / "before", world.names, tmp_path)
    shown = trees.pinlint(world.environment, tmp_path, *fixed.arguments[1:], "--diff")
    assert shown.returncode == 1
    assert files(tmp_path) == before == fixed.before
    told = world.names.told(shown.stdout)
    assert told == expected(MODERN / f"{mode}.diff", told, pytestconfig)
    command = ["git", "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn"]
    subprocess.run(command, cwd=tmp_path, input=shown.stdout, check=True, env=world.environment)
    assert files(tmp_path) == files(fixed.folder)


def test_the_account_names_what_is_left_and_why(world: World, mode: str, fixed: Fixed, pytestconfig: pytest.Config) -> None:
    """What linting then finds is what the run said."""
    said = _SHORT.sub("…", world.names.told(fixed.said.encode()).decode()).encode()
    assert said == expected(MODERN / f"{mode}.txt", said, pytestconfig)
    left = fixed.run("--output-format", "json")
    assert (left.returncode, left.stderr) == (fixed.code, b"")
    mendable = [one for one in json.loads(left.stdout)["findings"] if one["fix"] != "none" and one["severity"] != "note"]
    now = {f"{one['path']}:{one['line']}" for one in mendable}
    every = fixed.run(*fixed.arguments, "--verbose").stdout.decode().partition("Not fixed")[2]
    assert set(re.findall(r"(?m)^      (\S+?:\d+)(?:  |$)", every)) == now


def test_lines_end_as_they_did(fixed: Fixed) -> None:
    for name, data in files(fixed.folder).items():
        before = fixed.before[name]
        assert (b"\r\n" in data, data[-1:] == b"\n") == (b"\r\n" in before, before[-1:] == b"\n"), name
        assert data.count(b"\n") == data.count(b"\r\n") or b"\r" not in data, name


def test_a_second_run_changes_nothing(fixed: Fixed) -> None:
    before = files(fixed.folder)
    again = fixed.run(*fixed.arguments)
    assert files(fixed.folder) == before
    assert again.returncode == fixed.code
    assert not again.stdout.startswith(b"Fixed")
    assert fixed.run(*fixed.arguments[1:], "--diff").stdout == b""


def test_what_was_asked_online_is_written_offline(world: World, mode: str, fixed: Fixed, tmp_path: Path) -> None:
    """To the byte, in a place without any network; whoever only recorded wrote nothing."""
    folder, record = tmp_path / "repository", tmp_path / "answers.json"
    before = trees.copied(MODERN / "before", world.names, folder)
    options = fixed.arguments[1:]
    assert trees.pinlint(world.environment, folder, *options, "--diff", "--save-resolutions", str(record)).returncode == 1
    assert files(folder) == before
    alone = ["unshare", *(["--user", "--map-root-user"] if os.geteuid() else []), "--net"]
    possible = shutil.which("unshare") and subprocess.run([*alone, "true"], capture_output=True, check=False).returncode == 0
    command = [sys.executable, "-m", "pinlint", *fixed.arguments, "--resolutions", str(record), "."]
    command = [*alone, *command] if possible else command
    done = subprocess.run(command, cwd=folder, env=world.environment, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr, done.stdout.decode()) == (fixed.code, b"", fixed.said)
    assert files(folder) == files(fixed.folder)


# --- who consumes it -------------------------------------------------------------------------------------------------------------

#: Consumers take long, and what is written without leave is written with it, too.
everything = pytest.mark.parametrize("mode", ["unsafe"], indirect=True, scope="module")


@everything
def test_yaml_says_the_same_but_for_the_pins(fixed: Fixed) -> None:
    """Every document of every file: a text may change into a pin, and a key for one may come in."""
    seen = 0
    for name in fixed.before:
        if name.endswith((".yaml", ".yml")) and "/templates/" not in name:
            before, after = (list(yaml.safe_load_all(data)) for data in (fixed.before[name], fixed.text(name).encode()))
            assert len(before) == len(after), name
            seen += sum(_compared(one, other, name) for one, other in zip(before, after, strict=True))
    assert seen > 75


def _compared(before: Any, after: Any, where: str) -> int:
    """How many pins came in; fails for everything else."""
    if isinstance(before, dict) and isinstance(after, dict):
        fresh = {key: after[key] for key in after if key not in before}
        assert list(before) == [key for key in after if key not in fresh], where
        assert not fresh.keys() - {"digest", "commit", "integrity", "ref", "version"}, where
        assert all(_PINNED.search(str(value)) or _REF.fullmatch(str(value)) for value in fresh.values()), where
        return len(fresh) + sum(_compared(before[key], after[key], f"{where}.{key}") for key in before)
    if isinstance(before, list) and isinstance(after, list):
        assert len(before) == len(after), where
        return sum(_compared(one, other, f"{where}[]") for one, other in zip(before, after, strict=True))
    if before == after:
        return 0
    kept, pinned = str(before or ""), str(after)
    rest = _DIGEST.sub("", pinned)
    ref = _REF.search(rest)
    assert rest == kept or (ref and kept.startswith(rest[: ref.start()])), where
    return 1


@everything
@pytest.mark.parametrize(("schema", "names"), SCHEMAS.items())
def test_the_schema_of_the_vendor_takes_it(fixed: Fixed, schema: str, names: tuple[str, ...]) -> None:
    transform = ["--data-transform", schema] if schema in ("azure-pipelines", "gitlab-ci") else []
    transform += (
        ["--regex-variant", "python"] if schema == "azure-pipelines" else []
    )  # it has an expression that is none in JavaScript
    done = fixed.use(".", "check-jsonschema", "--builtin-schema", f"vendor.{schema}", *transform, *names)
    assert done.returncode == 0, done.stdout


@everything
@pytest.mark.parametrize("name", ["docker-compose.yml", "compose.windows.yml"])
def test_compose_sees_the_same_services(fixed: Fixed, tmp_path: Path, name: str) -> None:
    read = []
    for data in (fixed.before[name], fixed.text(name).encode()):
        (tmp_path / name).write_bytes(data)
        done = fixed._replace(folder=tmp_path).use(".", "docker-compose", "-f", name, "config")
        assert done.returncode == 0, done.stderr
        read.append(yaml.safe_load(done.stdout))
    for service, had in read[0]["services"].items():
        image = read[1]["services"][service].pop("image")
        assert re.fullmatch(rf"{re.escape(had.pop('image'))}(:latest)?(@sha256:[0-9a-f]{{64}})?", image)
        assert "@" in image or service in ("api", "queue")
    assert read[0] == read[1]


@everything
def test_zizmor_finds_pinned_what_pinlint_pinned(fixed: Fixed) -> None:
    """What is left is what the account of the run names, and what somebody wants as it is."""
    found = fixed.use(".", "zizmor", "--offline", "--no-config", "--pedantic", "--quiet", "--format", "json", ".github")
    assert found.stdout, found.stderr
    left = set()
    for finding in json.loads(found.stdout):
        if finding["ident"] in ("unpinned-uses", "unpinned-images", "ref-version-mismatch"):
            for place in finding["locations"]:
                if place["symbolic"]["kind"] == "Primary":
                    left.add((finding["ident"], place["concrete"]["feature"].strip()))
    assert {(ident, text.rpartition(" ")[2]) for ident, text in left} == ZIZMOR


@everything
def test_pre_commit_runs_the_frozen_hooks_and_would_freeze_them_so(fixed: Fixed, tmp_path: Path) -> None:
    """An annotated tag pre-commit would freeze at the tag itself; its commit is as good."""
    git(tmp_path, "init", "-q")
    path = tmp_path / ".pre-commit-config.yaml"
    path.write_text(fixed.text(".pre-commit-config.yaml"))
    git(tmp_path, "add", ".")
    environment = {**fixed.environment, "PRE_COMMIT_HOME": str(tmp_path / "cache")}
    user = fixed._replace(folder=tmp_path, environment=environment)
    for hook in ("tidy", "spell"):
        done = user.use(".", "pre-commit", "run", hook, "--all-files", "--verbose")
        assert (done.returncode, f"{hook} ran" in done.stdout) == (0, True), done.stdout + done.stderr
    path.write_bytes(fixed.before[".pre-commit-config.yaml"])
    done = user.use(".", "pre-commit", "autoupdate", "--freeze", "--repo", f"{fixed.names['https://git.example']}/hooks/tidy")
    assert done.returncode == 0, done.stderr
    assert "# frozen: v1.3.0" in path.read_text().splitlines()[2]
    assert path.read_text().splitlines()[2] == fixed.text(".pre-commit-config.yaml").splitlines()[2]


@everything
def test_git_has_every_commit(fixed: Fixed, world: World, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    texts = [fixed.text(name) for name in fixed.before]
    repositories = {
        value: name.strip("<>").split()[0] for name, value in world.names.items() if re.fullmatch("[0-9a-f]{40}", value)
    }
    held = {commit for text in texts for commit in re.findall(r"(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])", text)}
    for commit in held:
        git(tmp_path, "fetch", "-q", "--depth", "1", f"{world.git.url}/{repositories[commit]}", commit)
        assert git(tmp_path, "cat-file", "-t", commit) == "commit"
    assert len(held) == 17


@everything
def test_skopeo_finds_every_digest(fixed: Fixed, world: World) -> None:
    """It is the one of the tag that it stands for."""
    text = "\n".join(fixed.text(name) for name in fixed.before)
    pushed = {name: host for host, names in IMAGES.items() for name in names}
    for name, host in pushed.items():
        digest = world.names[f"<<{name.removeprefix('library/')}>>"]
        if digest in text:
            raw = [
                fixed.use(".", "skopeo", "inspect", "--raw", "--tls-verify=false", f"docker://{host}/{place}").stdout
                for place in (name, f"{name.partition(':')[0]}@sha256:{digest}")
            ]
            assert raw[0] == raw[1] != "", name
            assert hashlib.sha256(raw[0].encode()).hexdigest() == digest
    known = {world.names[f"<<{name.removeprefix('library/')}>>"] for name in pushed}
    assert set(re.findall("sha256:([0-9a-f]{64})", text)) <= known


@everything
def test_helm_renders_the_digests(fixed: Fixed, world: World) -> None:
    chart = importlib.import_module("helm_python.chart").Chart if sdk() else None
    assert chart is not None
    rendered = chart.load(str(fixed.folder / "charts/shop")).render()["shop/templates/deployment.yaml"]
    images = [world.names.told(one.strip("\"'").encode()).decode() for one in re.findall(r"image: (\S+)", rendered)]
    assert images == [
        "busybox:1.36.1@sha256:<<busybox:1.36.1>>", "ghcr.io/acme/shop:2.4",
        "ghcr.io/acme/exporter:v0.15.0@sha256:<<acme/exporter:v0.15.0>>", "traefik:v3.1@sha256:<<traefik:v3.1>>",
    ]  # fmt: skip


@everything
def test_kustomize_builds_with_the_digests(fixed: Fixed, world: World) -> None:
    """And fetches its bases at their commits."""
    need_kustomize()
    built = fixed.use(".", "kubectl", "kustomize", "deploy/overlays/prod")
    assert built.returncode == 0, built.stderr
    images = [world.names.told(one.encode()).decode() for one in re.findall(r"image: (\S+)", built.stdout)]
    assert images == [
        "nginx:1.27@sha256:<<nginx:1.27>>", "ghcr.io/acme/busybox:1.36.1@sha256:<<acme/busybox:1.36.1>>",
        "ghcr.io/acme/reloader:1.0@sha256:<<acme/reloader:1.0>>",
    ]  # fmt: skip
    assert built.stdout.count("kind: ConfigMap") == 2
