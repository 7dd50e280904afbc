"""The pre-commit hook, by a real pre-commit from a local clone of what is here now."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import need
from servers import registry as servers

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
DIGEST = "sha256:" + "5f" * 32


class Repository:
    """A git repository that uses the hook."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder = folder
        others = ("GIT_", "PRE_COMMIT", "PYTHON", "VIRTUAL_ENV")
        kept = {key: value for key, value in os.environ.items() if not key.startswith(others)}
        who = {f"GIT_{role}_{part}": "someone@example.com" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
        self.environment = {**kept, **who, "PRE_COMMIT_HOME": str(cache), "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C.UTF-8"}
        folder.mkdir()
        self.git("init", "-q")

    def git(self, *arguments: str) -> str:
        command = ["git", "-c", "protocol.file.allow=always", *arguments]
        return subprocess.run(command, cwd=self.folder, env=self.environment, check=True, capture_output=True, text=True).stdout

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text, encoding="utf-8")
        self.git("add", "-A")

    def pre_commit(self, *arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "pre_commit", *arguments]
        done = subprocess.run(command, cwd=self.folder, env=self.environment, check=False, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """A repository whose hook is installed, and which is clean."""
    need("git")
    folder = tmp_path_factory.mktemp("hook")
    source = Repository(folder / "pinlint", folder / "cache")
    command = ["git", "ls-files", "-zco", "--exclude-standard"]
    for name in subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (source.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source.folder / name)
    source.git("add", "-A")
    source.git("commit", "-q", "-m", "as it is now")
    using = Repository(folder / "shop", folder / "cache")
    hooks = [{"id": "pinlint"}, {"id": "pinlint-fix"}]
    hook = {"repo": source.folder.as_uri(), "rev": source.git("rev-parse", "HEAD").strip(), "hooks": hooks}
    using.write({
        ".pre-commit-config.yaml": yaml.safe_dump({"repos": [hook]}),
        "pinlint.toml": 'extend-exclude = ["legacy"]\n',
        "Dockerfile": f"FROM python:3.12@{DIGEST}\n",
        "requirements.txt": "requests==2.32.3\n",
        "legacy/Dockerfile": "FROM python\n",
        "notes/Dockerfile.md": "FROM python\n",
    })  # fmt: skip
    code, text = using.pre_commit("install-hooks")
    if code and os.environ.get("CI") != "true" and re.search("No matching distribution|ConnectionError|Temporary failure", text):
        pytest.skip("the hook's environment cannot be made without an index")
    assert code == 0, text
    return using


def test_clean_files_pass_and_excluded_ones_are_left_alone(repository: Repository) -> None:
    code, text = repository.pre_commit("run", "--all-files", "--verbose")
    assert (code, "Passed" in text) == (0, True), text
    assert "3 files, 3 references, all pinned as required" in text  # the configuration is one of them
    assert "legacy" not in text


def test_unpinned_image_fails_with_its_place_and_reason(repository: Repository) -> None:
    repository.write({"Dockerfile": "FROM python AS build\n"})
    code, text = repository.pre_commit("run")
    assert (code, "Failed" in text) == (1, True), text
    assert "error[PIN001]" in text
    assert "Dockerfile:1:6" in text


def test_other_files_are_none_of_its_business(repository: Repository) -> None:
    code, text = repository.pre_commit("run", "--files", "pinlint.toml", "notes/Dockerfile.md")
    assert (code, "(no files to check)Skipped" in text) == (0, True), text


def test_the_fixing_hook_writes_the_digest_and_runs_by_hand_alone(repository: Repository, tmp_path: Path) -> None:
    need("docker-registry", "skopeo")
    with servers.registry(tmp_path) as registry:
        digest = registry.push("team/app", "1.0")
        image = f"{registry.host}/team/app:1.0"
        repository.write({"Dockerfile": f"FROM {image}\n", "requirements.txt": "requests==2.32.3\n"})
        code, text = repository.pre_commit("run")
        assert (code, "hook id: pinlint-fix" in text) == (1, False), text
        repository.git("commit", "-q", "-m", "nothing is staged, and --all-files is not needed")
        code, text = repository.pre_commit("run", "--hook-stage", "manual", "pinlint-fix")
        assert (code, "files were modified by this hook" in text) == (1, True), text
        assert (repository.folder / "Dockerfile").read_text() == f"FROM {image}@{digest}\n"
        repository.git("add", "-A")
        assert repository.pre_commit("run", "--hook-stage", "manual")[0] == 0
