"""`--fix` against the registries that pip and npm of this machine are configured for: a few packages that will not go away.

Everything else is tested on loopback; this says that the real ones answer as expected. Without a way to them it is skipped.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import need

_UNREACHABLE = ("cannot be reached", "does not answer", "Temporary failure", "no answer", "timed out", "refused")


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)


def fixed(folder: Path) -> str:
    """What `pinlint --fix` prints in a repository, all of whose findings it has to mend."""
    done = run(folder, sys.executable, "-m", "pinlint", "--fix", "--output-format", "concise")
    said = done.stdout + done.stderr
    if done.returncode and any(word in said for word in _UNREACHABLE):
        pytest.skip(f"the registry cannot be asked from here: {said}")
    assert done.returncode == 0, said
    return said


def test_pip_installs_what_the_index_named(tmp_path: Path) -> None:
    (tmp_path / "pinlint.toml").write_text('[require]\npypi = "digest"\n')
    path = tmp_path / "requirements.txt"
    path.write_text("six==1.16.0\nidna==3.7\n")
    fixed(tmp_path)
    lines = path.read_text().splitlines()
    assert [line for line in lines if "==" in line] == ["six==1.16.0 \\", "idna==3.7 \\"]
    wheel = "--hash=sha256:8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254"  # of six, as everybody has it
    assert wheel in [line.strip(" \\") for line in lines]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "-r", path.name, "-d", "got"]
    done = run(tmp_path, *command)
    assert done.returncode == 0, done.stderr
    got = {hashlib.sha256(file.read_bytes()).hexdigest() for file in (tmp_path / "got").iterdir()}
    assert len(got) == 2
    assert all(f"--hash=sha256:{digest}" in path.read_text() for digest in got)


def test_npm_ci_installs_what_the_registry_named(tmp_path: Path) -> None:
    need("npm")
    registry = run(tmp_path, "npm", "config", "get", "registry").stdout.strip().rstrip("/")
    entry = {"version": "2.0.5", "resolved": f"{registry}/isarray/-/isarray-2.0.5.tgz"}
    root = {"name": "shop", "version": "1.0.0", "dependencies": {"isarray": "2.0.5"}}
    lock = {"name": "shop", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": root, "node_modules/isarray": entry}}
    (tmp_path / "package.json").write_text(json.dumps(root))
    path = tmp_path / "package-lock.json"
    path.write_text(json.dumps(lock, indent=2) + "\n")
    if not registry or (os.environ.get("CI") != "true" and run(tmp_path, "npm", "view", "isarray@2.0.5", "version").returncode):
        pytest.skip("npm's registry cannot be asked from here")
    fixed(tmp_path)
    assert json.loads(path.read_text())["packages"]["node_modules/isarray"]["integrity"].startswith("sha512-")
    done = run(tmp_path, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "node_modules/isarray/package.json").exists()
