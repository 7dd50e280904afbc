"""Our own house is pinned: what the Makefile installs comes from locks with hashes, and the locks answer what is asked for."""

from __future__ import annotations

import tomllib
from itertools import takewhile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parent.parent
LOCKS = ROOT / ".ci/requirements"
INPUTS = {"demo": ["demo"], "bench": ["demo", "bench"], "test": ["demo", "test"], "oldest": ["demo", "test"]}
DEPENDENCIES = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]


def locked(name: str) -> dict[str, Requirement]:
    """What a lock holds, by name."""
    lines = (LOCKS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    entries = [Requirement(line.removesuffix("\\")) for line in lines if line[:1].isalnum()]
    return {entry.name: entry for entry in entries}


def wanted(name: str) -> list[Requirement]:
    lines = [line for one in INPUTS[name] for line in (LOCKS / f"{one}.in").read_text(encoding="utf-8").splitlines()]
    return [Requirement(line.partition("#")[0]) for line in lines if line[:1].isalnum()] + list(map(Requirement, DEPENDENCIES))


def version(entry: Requirement) -> str:
    return str(entry.specifier).removeprefix("==")


@pytest.mark.parametrize("name", INPUTS)
def test_a_lock_answers_what_is_wanted(name: str) -> None:
    """Red after a change of pyproject.toml or of an .in file: `make lock` mends it."""
    entries = locked(name)
    for one in wanted(name):
        key = one.name.lower().replace(".", "-").replace("_", "-")
        assert key in entries, f"{key} is missing in {name}.txt: run make lock"
        assert one.specifier.contains(version(entries[key])), f"{entries[key]} is not {one}: run make lock"


@pytest.mark.parametrize("name", [*INPUTS, "docs", "node"])
def test_everything_that_is_installed_has_hashes(name: str) -> None:
    lines = (LOCKS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if line[:1].isalnum():
            assert "==" in line
            hashes = list(takewhile(lambda one: one.startswith("    --hash=sha256:"), lines[number + 1 :]))
            assert hashes, f"{line} has no hash"


def test_what_is_shown_and_measured_is_what_was_tested() -> None:
    demo, bench, test = locked("demo"), locked("bench"), locked("test")
    assert all(version(bench[name]) == version(test[name]) == version(entry) for name, entry in demo.items())


def test_the_oldest_releases_are_those_that_the_project_allows() -> None:
    entries = locked("oldest")
    for dependency in map(Requirement, DEPENDENCIES):
        (bound,) = dependency.specifier
        assert bound.operator == ">="
        assert Version(bound.version) == Version(version(entries[dependency.name.lower()]))


def test_environments_install_nothing_without_a_hash() -> None:
    for script in ("environment", "oracles"):
        text = (ROOT / ".ci" / script).read_text(encoding="utf-8").replace("\\\n", " ")
        for line in text.splitlines():
            if " install " in line and ("$install" in line or "pip install" in line) and "install=" not in line:
                assert "--require-hashes --only-binary :all:" in line or "--no-index --no-deps" in line, line
