"""A repository of today, with every CI system and every way to deploy, fixed in one run against servers on loopback; whoever
consumes a file judges the outcome.

tests/modern/before is the tree, NAME.diff what `--diff` shows and NAME.txt what `--fix` says, for `--fix` alone ("safe") and with
`--unsafe-fixes` ("unsafe"); `pytest tests/test_fix_modern.py --update-expected` writes both anew.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import trees
from servers.modern import World, running
from trees import Fixed, files

MODERN = Path(__file__).parent / "modern"
MODES = {"safe": ("--fix",), "unsafe": ("--fix", "--unsafe-fixes")}
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
    world: World, mode: str, fixed: Fixed, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """And git makes of it what the run wrote, without anything having been written by whoever only looked."""
    before = trees.copied(MODERN / "before", world.names, tmp_path)
    shown = trees.pinlint(world.environment, tmp_path, *fixed.arguments[1:], "--diff")
    assert shown.returncode == 1
    assert files(tmp_path) == before == fixed.before
    told = world.names.told(shown.stdout)
    assert told == trees.expected(MODERN / f"{mode}.diff", told, request)
    command = ["git", "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn"]
    subprocess.run(command, cwd=tmp_path, input=shown.stdout, check=True, env=world.environment)
    assert files(tmp_path) == files(fixed.folder)


def test_the_account_names_what_is_left_and_why(world: World, mode: str, fixed: Fixed, request: pytest.FixtureRequest) -> None:
    """What linting then finds is what the run said."""
    said = _SHORT.sub("…", world.names.told(fixed.said.encode()).decode())
    assert said == trees.expected(MODERN / f"{mode}.txt", said.encode(), request).decode()
    left = fixed.run()
    assert (left.returncode, left.stderr) == (fixed.code, b"")
    before, now = _findings(fixed.said), _findings(left.stdout.decode())
    assert [one for one in before if not one.startswith("error[NET904]")] == now
    unfixed = re.findall(r"(?m)^  (\S+?:\d+) .*", fixed.said.partition("Not fixed")[2])
    assert {re.search("--> (.*):", one)[1] for one in now} == set(unfixed)  # type: ignore[index]


def _findings(text: str) -> list[str]:
    return re.findall(r"(?m)^(?:error|warning)\[.*\n(?:[ \d].*\n)+", text)


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
