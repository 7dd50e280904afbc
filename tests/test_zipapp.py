"""The program as one file: `python -m zipapp`, with what it needs from PyPI inside."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import zipapp
from pathlib import Path

import pytest
import typing_extensions

ROOT = Path(__file__).parent.parent
#: What linting and a patch without a registry need; of yaml the parts in Python, as no library can be loaded from an archive.
NEEDED = ("yaml", "dockerfile_parse", "httpx", "httpcore", "h11", "certifi", "idna", "anyio", "tomlkit")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("zip") / "app"
    left_out = shutil.ignore_patterns("*.so", "__pycache__")
    shutil.copytree(ROOT / "pinlint", folder / "pinlint", ignore=left_out)
    shutil.copytree(ROOT / "rules", folder / "pinlint/_rules")
    for name in NEEDED:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        shutil.copytree(Path(spec.origin).parent, folder / name, ignore=left_out)
    shutil.copy(typing_extensions.__file__, folder)
    zipapp.create_archive(folder, folder.parent / "pinlint.pyz", main="pinlint.cli:main")
    return folder.parent / "pinlint.pyz"


@pytest.mark.parametrize(
    "command",
    [
        "Dockerfile Chart.yaml", "--output-format sarif Dockerfile Chart.yaml", "--output-format json --jobs 2 .", "rules",
        "rules --output-format json", "explain PIN003", "--select PIN00 .", "inventory --output-format json .",
        "--select PINX", "--help", "--diff --fix-only LCK102 .", "--diff --resolutions none.json .",
    ],
)  # fmt: skip
def test_the_archive_says_what_the_package_says(archive: Path, tmp_path: Path, command: str) -> None:
    entry = "dependencies:\n- name: r\n  version: 1.0.0\n  repository: https://charts.example\n"
    (tmp_path / "Chart.yaml").write_text(f"apiVersion: v2\nname: c\nversion: 1.0.0\n{entry}")
    (tmp_path / "Chart.lock").write_text(f'{entry}digest: sha256:00\ngenerated: "2024-01-01T00:00:00Z"\n')
    (tmp_path / "Dockerfile").write_text("FROM alpine:3.20\n")
    said = []
    for program in ([sys.executable, "-I", str(archive)], [sys.executable, "-m", "pinlint"]):
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [*program, *command.split()], cwd=tmp_path, capture_output=True, text=True, check=False, env=environment
        )
        said.append((done.returncode, done.stdout, done.stderr))
    assert said[0] == said[1]
    assert "Traceback" not in said[0][2]
    assert "pinlint failed" not in said[0][2]
