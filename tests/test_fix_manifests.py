"""What reads a manifest takes the commit that `--fix` writes into it, and gets the same code: Cargo and uv on repositories of this
machine."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest
from conftest import at_hand

from pinlint.config import Policy
from pinlint.discover import Found, format_of
from pinlint.fix import mend as mending
from pinlint.pins import NoPin, Pin

if TYPE_CHECKING:
    from pathlib import Path

    from pinlint.question import Question

CRATE = {"Cargo.toml": '[package]\nname = "NAME"\nversion = "2.0.0"\n', "src/lib.rs": ""}
PROJECT = {
    "pyproject.toml": '[project]\nname = "NAME"\nversion = "2.0.0"\nrequires-python = ">=3.11"\n',
    "NAME.py": "",
}
NAMES = ("one", "two", "three", "four", "five")
CARGO = """[package]
name = "app"
version = "0.1.0"

[dependencies]
one = { git = "file://HERE/one", tag = "v2.0" }
two = { branch = "main", git = "file://HERE/two", default-features = false } # said
three.git = "file://HERE/three"
three."tag" = 'v2.0'

[dependencies.four]
tag = "v2.0"
git = "file://HERE/four"

[target.'cfg(unix)'.build-dependencies]
five = { git = "file://HERE/five", rev = "v2.0", features = [
] }
"""
UV = """[project]
name = "app"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = [
    "one @ git+file://HERE/one@v2.0 ; python_version > '3'",
    "two", "three", "four",
]

[dependency-groups]
dev = ["five @ git+file://HERE/five@v2.0"]

[tool.uv.sources]
two = { branch = "main", git = "file://HERE/two" } # said
three = [
    { git = "file://HERE/three", tag = "v2.0", marker = "sys_platform == 'linux'" },
    { git = "file://HERE/three", 'rev' = 'v2.0', marker = "sys_platform != 'linux'" },
]

[tool.uv.sources.four]
tag = "v2.0"
git = "file://HERE/four"
"""


class Tool(NamedTuple):
    """How a tool locks what a manifest asks for; what a repository of its holds."""

    manifest: str
    text: str
    repository: dict[str, str]
    lock: str
    command: tuple[str, ...]
    locked: tuple[str, ...]


TOOLS = {
    "cargo": Tool(
        "Cargo.toml", CARGO, CRATE, "Cargo.lock", ("cargo", "generate-lockfile"),
        ("cargo", "metadata", "--locked", "--offline", "--format-version", "1"),
    ),
    "uv": Tool("pyproject.toml", UV, PROJECT, "uv.lock", ("uv", "lock", "--offline"), ("uv", "lock", "--check", "--offline")),
}  # fmt: skip


def repository(folder: Path, name: str, files: dict[str, str]) -> dict[str, str]:
    """A repository with an annotated tag, and a branch that went on; the commit of each."""
    git = ("git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b.example")
    folder.mkdir()
    subprocess.run((*git, "init", "-q", "-b", "main"), check=True)
    for path, text in files.items():
        (folder / path.replace("NAME", name)).parent.mkdir(exist_ok=True)
        (folder / path.replace("NAME", name)).write_text(text.replace("NAME", name))
    for arguments in (("add", "."), ("commit", "-qm1"), ("tag", "-a", "v2.0", "-m", "x"), ("commit", "-q", "--allow-empty", "-m2")):
        subprocess.run((*git, *arguments), check=True)
    commits = subprocess.run((*git, "rev-parse", "v2.0^{commit}", "main"), check=True, capture_output=True, text=True).stdout
    return dict(zip(("v2.0", "main"), commits.split(), strict=True))


def fixed(folder: Path, manifest: str, commits: dict[str, dict[str, str]]) -> int:
    """How many commits `--fix` writes, with leave for branches."""

    def answer(question: Question) -> Pin | NoPin:
        commit = commits[question.name.rpartition("/")[2]][question.version]
        return Pin(question.version, (commit,), "", unsafe="a branch" if question.version == "main" else "")

    format_ = format_of(manifest)
    assert format_ is not None
    (one,) = mending.mend([Found(str(folder), [(manifest, format_)])], lambda _: Policy(), answer, (), unsafe=True, write=True)
    assert not [fix.why for _, fix in one.unfixed]
    return len(one.fixed)


@pytest.mark.slow
@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_gets_the_same_code_from_a_fixed_manifest(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = TOOLS[name]
    at_hand(name, "git")
    for variable, folder in (("CARGO_HOME", "cargo"), ("UV_CACHE_DIR", "uv")):
        monkeypatch.setenv(variable, str(tmp_path / folder))
    commits = {one: repository(tmp_path / one, one, tool.repository) for one in NAMES}
    app = tmp_path / "app"
    (app / "src").mkdir(parents=True)
    (app / "src/lib.rs").write_text("")
    manifest, lock = app / tool.manifest, app / tool.lock
    manifest.write_text(tool.text.replace("HERE", str(tmp_path)))

    subprocess.run(tool.command, cwd=app, check=True, capture_output=True)
    before = lock.read_text()
    lock.unlink()
    assert fixed(app, tool.manifest, commits) == 5 + tool.text.count("'rev'")
    written = manifest.read_text()
    assert fixed(app, tool.manifest, commits) == 0, "twice is once"
    assert manifest.read_text() == written
    subprocess.run(tool.command, cwd=app, check=True, capture_output=True)
    subprocess.run(tool.locked, cwd=app, check=True, capture_output=True)
    assert held(lock.read_text()) == held(before) == {commits[one]["main" if one == "two" else "v2.0"] for one in NAMES}

    lock.write_text(before)
    refused = subprocess.run(tool.locked, cwd=app, check=False, capture_output=True).returncode
    assert refused, "a lock that was made for the ref is why nothing is written beside one"


def held(lock: str) -> set[str]:
    """The commits in a lock."""
    return set(re.findall("#([0-9a-f]{40})", lock))
