"""Old projects as they are found in the wild, fixed in one run against servers on loopback; every consumer judges the outcome.

tests/legacy/before is the tree, NAME.diff what `--diff` shows and NAME.txt what `--fix` says, for `--fix` alone ("safe") and with
`--unsafe-fixes` ("unsafe"); `pytest tests/test_fix_legacy.py --update-expected` writes both anew.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import expected, need
from servers.git_http import git
from servers.legacy import World, running

LEGACY = Path(__file__).parent / "legacy"
MODES = {"safe": ("--fix",), "unsafe": ("--fix", "--unsafe-fixes")}
#: A sum cut short for people.
_SHORT = re.compile(r"(?:(?:sha256:|sha1-|sha512-)[^\s…]*|(?<= )[0-9a-f]{14})…")
_TIME = re.compile(rb'(?m)^(\+?generated: ")[^"]*')


class Fixed(NamedTuple):
    """A copy of the tree after a run: its exit code and what it said."""

    world: World
    folder: Path
    arguments: tuple[str, ...]
    before: dict[str, bytes]
    code: int
    said: str

    def run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """Another run of pinlint in the tree."""
        return _pinlint(self.world, self.folder, *arguments)

    def use(self, where: str, *command: str) -> subprocess.CompletedProcess[str]:
        """What a consumer makes of a project."""
        need(command[0])
        return subprocess.run(
            command, cwd=self.folder / where, env=self.world.environment, capture_output=True, text=True, timeout=120, check=False
        )  # fmt: skip

    def text(self, path: str) -> str:
        """A file as it is now."""
        return (self.folder / path).read_bytes().decode()


def _pinlint(world: World, folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "pinlint", *arguments, "."]
    done = subprocess.run(command, cwd=folder, env=world.environment, capture_output=True, timeout=120, check=False)
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running(tmp_path_factory.mktemp("world")) as one:
        yield one


def copied(world: World, folder: Path) -> dict[str, bytes]:
    """Puts the tree into a folder that becomes a repository: its files by path."""
    for path in sorted(LEGACY.glob("before/**/*")):
        if path.is_file():
            target = folder / path.relative_to(LEGACY / "before")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(world.names.fill(path.read_bytes()))
    git(folder, "init", "-q")
    return files(folder)


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a folder but those of git."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in sorted(found.items()) if not name.startswith(".git/")}


@pytest.fixture(scope="module", params=MODES)
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def fixed(world: World, mode: str, tmp_path_factory: pytest.TempPathFactory) -> Fixed:
    folder = tmp_path_factory.mktemp(mode)
    before = copied(world, folder)
    done = _pinlint(world, folder, *MODES[mode])
    assert done.stderr == b""
    return Fixed(world, folder, MODES[mode], before, done.returncode, done.stdout.decode())


# --- what is written and said ----------------------------------------------------------------------------------------------------


def test_the_diff_reads_as_typed_by_hand(
    world: World, mode: str, fixed: Fixed, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """And git makes of it what the run wrote, without anything having been written by whoever only looked."""
    before = copied(world, tmp_path)
    shown = _pinlint(world, tmp_path, *fixed.arguments[1:], "--diff")
    assert shown.returncode == 1
    assert files(tmp_path) == before == fixed.before
    told = _TIME.sub(rb"\1", world.names.told(shown.stdout))
    assert told == expected(LEGACY / f"{mode}.diff", told, pytestconfig)
    command = ["git", "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn"]
    subprocess.run(command, cwd=tmp_path, input=shown.stdout, check=True, env=world.environment)
    applied, written = files(tmp_path), files(fixed.folder)
    assert {name: _TIME.sub(rb"\1", data) for name, data in applied.items()} == {
        name: _TIME.sub(rb"\1", data) for name, data in written.items()
    }


def test_the_account_names_what_is_left_and_why(world: World, mode: str, fixed: Fixed, pytestconfig: pytest.Config) -> None:
    """What linting then finds is what the run said, but for what only a registry can tell."""
    said = _SHORT.sub("…", world.names.told(fixed.said.encode()).decode()).encode()
    assert said == expected(LEGACY / f"{mode}.txt", said, pytestconfig)
    left = fixed.run("--output-format", "json")
    assert (left.returncode, left.stderr) == (fixed.code, b"")
    mendable = [one for one in json.loads(left.stdout)["findings"] if one["fix"] != "none" and one["severity"] != "note"]
    now = {f"{one['path']}:{one['line']}" for one in mendable}
    every = fixed.run(*fixed.arguments, "--verbose").stdout.decode().partition("Not fixed")[2]
    assert set(re.findall(r"(?m)^      (\S+?:\d+)(?:  |$)", every)) == now


def test_lines_end_as_they_did(fixed: Fixed) -> None:
    for name, data in files(fixed.folder).items():
        if name in fixed.before:
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
    status = {line[3:] for line in git(fixed.folder, "status", "--porcelain", "-uall").splitlines()}
    assert not any(".pinlint" in name for name in status)


# --- who consumes it -------------------------------------------------------------------------------------------------------------


def test_skopeo_finds_every_digest_that_was_written(fixed: Fixed) -> None:
    """It is the one of the tag that stands before it."""
    texts = [fixed.text(f"{project}/Dockerfile").replace("ARG\tNODE_TAG=", "FROM node:") for project in ("web", "api")]
    (registry,) = re.findall(r"ARG\tREGISTRY=([\w.:]+)", texts[0])
    texts = [text.replace("${REGISTRY}", registry) for text in texts]
    written = [found for text in texts for found in re.findall(r"([^\s=]+):([\w.-]+)@(sha256:[0-9a-f]{64})", text)]
    for name, tag, digest in written:
        full = name if "127.0.0.1" in name else f"docker.io/{name}"
        by_digest, by_tag = (
            fixed.use(".", "skopeo", "inspect", "--raw", "--tls-verify=false", f"docker://{full}{at}").stdout
            for at in (f"@{digest}", f":{tag}")
        )
        assert by_digest == by_tag, full
        assert f"sha256:{hashlib.sha256(by_tag.encode()).hexdigest()}" == digest, full
    assert len(written) == 6


@pytest.mark.slow
@pytest.mark.parametrize("project", ["web", "api"])
def test_buildah_builds_the_images(fixed: Fixed, tmp_path: Path, project: str) -> None:
    storage = ["--storage-driver", "vfs", "--root", str(tmp_path / "root"), "--runroot", str(tmp_path / "run")]
    options = ["--isolation", "chroot", "--network", "host", "--tls-verify=false", "--pull-always", "--signature-policy"]
    policy = f"{fixed.world.environment['HOME']}/policy.json"
    built = fixed.use(project, "buildah", *storage, "bud", *options, policy, "-t", project, ".")
    assert built.returncode == 0, built.stderr


@pytest.mark.parametrize("project", ["web", "tools"])
def test_npm_installs_the_locks(fixed: Fixed, tmp_path: Path, project: str) -> None:
    """And npm refuses the one that pinlint left alone because the registry disagrees with it."""
    for name in (project, *(["widget"] if project == "web" else [])):
        shutil.copytree(fixed.folder / name, tmp_path / name)
        command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0"]
        done = fixed._replace(folder=tmp_path).use(name, *command)
        if name == "widget":
            assert "EINTEGRITY" in done.stderr
        else:
            assert done.returncode == 0, done.stderr
            assert (tmp_path / name / "node_modules/jade/index.js").read_text() == "// jade 1.11.0\n"


def test_pip_checks_every_hash(fixed: Fixed, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "-q", "--require-hashes", "--no-deps", "--target", str(tmp_path)]
    done = fixed.use("api", *command, "-r", "requirements-dev.txt")
    assert done.returncode == 0, done.stderr
    installed = " ".join(sorted(path.name.partition(".dist-info")[0] for path in tmp_path.glob("*.dist-info")))
    assert installed == "flask-0.12.2 gunicorn-19.7.1 mock-2.0.0 pytest-3.2.5 raven-6.9.0 redis-2.10.6 requests-2.18.4"


def test_pip_builds_what_the_commits_hold(fixed: Fixed, mode: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(tmp_path), "--src", str(tmp_path / "src")]
    done = fixed.use("worker", *command, "-r", "requirements.txt")
    assert done.returncode == 0, done.stderr
    built = {path.name.partition("-py3")[0]: path for path in tmp_path.glob("*.whl")}
    assert set(built) == {"celery-4.2.0", "redis-2.10.6", "shoplib-1.2", "reports-1.2", "raven-6.9.0", "pytz-2017.2"}
    for name, ref in (("shoplib", "v1.2"), ("reports", "master")):
        commit = fixed.world.names[f"<<{name} {ref}>>"]
        with zipfile.ZipFile(built[f"{name}-1.2"]) as wheel:
            assert wheel.read(f"{name}.py").decode() == f"TEXT = '{ref}'"
        if name == "shoplib" or mode == "unsafe":
            assert f"{name}.git@{commit}" in fixed.text("worker/requirements.txt")
            clone = tmp_path / name
            clone.mkdir()
            git(clone, "init", "-q")
            git(clone, "fetch", "-q", f"{fixed.world.git.url}/{name}.git", commit)


def test_helm_builds_from_the_locks(fixed: Fixed, mode: str, tmp_path: Path) -> None:
    helm = fixed.world.charts.helm
    locked = {"shop": {"redis-10.5.3.tgz", "postgresql-8.1.0.tgz"}, **({"mail": {"redis-9.5.5.tgz"}} if mode == "unsafe" else {})}
    for name, charts in locked.items():
        shutil.copytree(fixed.folder / "charts" / name, tmp_path / name)
        helm.registry.dependency_build(tmp_path / name)
        assert {path.name for path in (tmp_path / name / "charts").iterdir()} == charts


def test_the_sum_of_the_wrapper_is_the_next_line(fixed: Fixed) -> None:
    wanted = f"-bin.zip\r\ndistributionSha256Sum={fixed.world.names['<<sha256 apache-maven-3.6.3-bin.zip>>']}\r\n"
    assert fixed.text("billing/.mvn/wrapper/maven-wrapper.properties").endswith(wanted)


@pytest.mark.slow
def test_maven_takes_the_versions_that_it_took_before(fixed: Fixed, mode: str, world: World, tmp_path: Path) -> None:
    """Maven resolves everything that the project depends on, its tests included."""
    if mode == "safe":
        assert fixed.text("billing/pom.xml").encode() == fixed.before["billing/pom.xml"]
        return
    (tmp_path / "pom.xml").write_bytes(fixed.before["billing/pom.xml"])
    taken = []
    for folder in (tmp_path, fixed.folder / "billing"):
        local = f"-Dmaven.repo.local={tmp_path / 'local' / folder.name}"
        command = ["mvn", "-B", "-q", "-s", f"{world.environment['HOME']}/.m2/settings.xml", local]
        del world.maven.requests[:]
        done = fixed._replace(folder=folder).use(".", *command, "com.shop:resolve-maven-plugin:1:resolve")
        assert done.returncode == 0, done.stdout
        taken.append({path for path, _ in world.maven.requests if re.search(r"\.jar$|-parent-[^/]*\.pom$", path)})
    wanted = {"shop-parent-1.4.pom", "pdf-writer-5.5.13.jar", "jackson-2.9.3.jar", "shop-model-3.1.jar", "ledger-0.3-SNAPSHOT.jar"}
    assert taken[0] == taken[1]
    assert wanted <= {path.rpartition("/")[2] for path in taken[0]}
