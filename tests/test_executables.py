"""Programs are the user's own: found by absolute path, never where one happens to stand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from trees import root_at

from pinlint.ecosystems.git.credentials import Helpers
from pinlint.ecosystems.maven.configuration import _maven_home
from pinlint.ecosystems.npm.configuration import _said_by_npm
from pinlint.ecosystems.oci.credentials import Keyring
from pinlint.ecosystems.pypi.configuration import _pip_path
from pinlint.ecosystems.pypi.credentials import Keyring as PipKeyring
from pinlint.executables import program

ROOT = Path(__file__).parent.parent
NAMES = ("git", "npm", "pip", "pip3", "mvn", "keyring", "docker-credential-mine", "x")


def put(folder: Path, proof: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text(f"#!/bin/sh\necho {name} >>'{proof}'\n")
        (folder / name).chmod(0o755)


def test_a_program_is_found_in_absolute_entries_of_path_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "here", tmp_path / "proof", "x")
    put(tmp_path / "bin", tmp_path / "proof", "x")
    monkeypatch.chdir(tmp_path / "here")
    for before in ("", ".", "./", "../here", "here/.."):
        assert program("x", {"PATH": f"{before}:{tmp_path}/bin"}) == f"{tmp_path}/bin/x"
        assert program("x", {"PATH": before}) == ""
    assert program("x", {"PATH": f"{tmp_path}/bin"}, root=str(tmp_path)) == ""
    assert program("x", {"PATH": f"{tmp_path}/bin:{tmp_path}/here"}, besides=[f"{tmp_path}/bin"]) == f"{tmp_path}/here/x"
    (tmp_path / "bin/x").chmod(0o644)
    assert program("x", {"PATH": f"{tmp_path}/bin"}) == ""


@pytest.mark.parametrize("path", ["", ".", ":/nowhere", "./bin:/nowhere", "bin"])
def test_no_helper_of_fixing_is_taken_from_where_one_stands(tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    proof = tmp_path / "proof"
    for folder in (tmp_path, tmp_path / "bin"):
        put(folder, proof, *NAMES)
    (tmp_path / "config.json").write_text('{"credsStore": "mine"}')
    monkeypatch.chdir(tmp_path)
    environment = {"PATH": path, "HOME": "/nowhere", "DOCKER_CONFIG": str(tmp_path)}
    assert Keyring(environment)("registry.example/a") is None
    assert Helpers(environment)("https://git.example/a/b") == ""
    assert _said_by_npm(environment) == {}
    assert (_pip_path(environment), _maven_home(environment)) == ("", "")
    assert PipKeyring("subprocess", "", environment)("https://registry.example/", "me") is None
    assert not proof.exists()


def test_a_docker_helper_does_not_run_in_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/docker-credential-mine").write_text(f"#!/bin/sh\npwd >'{tmp_path}/where'\n")
    (tmp_path / "bin/docker-credential-mine").chmod(0o755)
    (tmp_path / "config.json").write_text('{"credsStore": "mine"}')
    monkeypatch.chdir(tmp_path)
    Keyring({"PATH": f"{tmp_path}/bin", "HOME": "/nowhere", "DOCKER_CONFIG": str(tmp_path)})("registry.example/a")
    assert (tmp_path / "where").read_text() == f"{tmp_path}/bin\n"


def test_a_home_in_the_repository_names_no_credential_helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some CI jobs set HOME to the checkout, where anybody may have committed a .gitconfig."""
    proof = tmp_path / "proof"
    root_at(tmp_path / "r")
    (tmp_path / "r/.gitconfig").write_text(f"[credential]\n\thelper = !touch {proof}\n")
    monkeypatch.chdir(tmp_path / "r")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "r")}
    assert Helpers(environment)("https://git.example/a/b") == ""
    assert not proof.exists()
    monkeypatch.chdir(tmp_path)
    Helpers(environment)("https://git.example/a/b")
    assert proof.exists(), "the trap works where it is the user's own"


SHADOWS = ("multiprocessing", "subprocess", "yaml", "tomllib", "json", "struct", "pickle", "socket", "selectors", "random")
STARTED = """
import multiprocessing, sys
from pinlint.cli import main
if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv.pop(1))
    sys.exit(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize("way", ["module", "fork", "spawn", "forkserver"])
def test_no_module_is_imported_from_the_repository(tmp_path: Path, way: str) -> None:
    """Not as `python -m pinlint`, nor by the processes that share the work, however the system starts those."""
    folder, proof, script = tmp_path / "r", tmp_path / "proof", tmp_path / "bin/script.py"
    root_at(folder)
    for name in SHADOWS:
        (folder / f"{name}.py").write_text(f"open({str(proof)!r}, 'a').write({name!r})\nraise ImportError\n")
    for number in range(820):
        (folder / f"a{number}.Dockerfile").write_text("FROM scratch\n")
    (folder / "compose.yml").write_text("services: {a: {image: 'b:1'}}\n")
    (folder / "pinlint.toml").write_text('fail-on = "never"\n')
    script.parent.mkdir()
    script.write_text(STARTED)
    command = ["-m", "pinlint"] if way == "module" else [str(script), way]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONSAFEPATH", None)
    done = subprocess.run(
        [sys.executable, *command, "-q", "--jobs", "2"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert not proof.exists(), proof.read_text()
    assert (done.returncode, done.stdout.count("PIN003")) == (0, 1), done.stderr
