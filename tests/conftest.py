"""Options of the test runner, and what stands in for a missing oracle."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import settings

from pinlint import errors


@pytest.fixture(autouse=True)
def every_mistake_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that passes over a mistake of pinlint's own would hide it from the tests, too. What it says of one is `__wrapped__`."""

    @functools.wraps(errors.failure)
    def raised(error: BaseException) -> str:
        raise error

    monkeypatch.setattr(errors, "failure", raised)


#: A busy machine is no fault of what is tested.
settings.register_profile("pinlint", deadline=None)
settings.load_profile("pinlint")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-expected", action="store_true",
        help="write anew what tests compare with, in fixtures/, rules/, tests/legacy, tests/modern, README.md, docs/, the hooks",
    )  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--update-expected") and config.getoption("numprocesses", None):
        raise pytest.UsageError("--update-expected writes files that several tests share: leave -n out")


_WRITTEN = pytest.StashKey[list[Path]]()


def expected(path: Path, found: bytes | None, config: pytest.Config) -> bytes | None:
    """What a file of expectations holds, None where there is none. With --update-expected that is `found` from now on, and the end
    of the run names the file if that is news."""
    now = path.read_bytes() if path.is_file() else None
    if found != now and config.getoption("--update-expected"):
        if found is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(found)
        config.stash.setdefault(_WRITTEN, []).append(path)
        return found
    return now


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.getoption("--update-expected"):
        root = config.rootpath
        written = sorted({os.path.relpath(path, root) for path in config.stash.get(_WRITTEN, [])})
        terminalreporter.section("expectations written: read every line of the change")
        for name in written or ["none, all were as they are"]:
            terminalreporter.write_line(name)


def need_kustomize() -> None:
    """Skips the test where there is no kubectl with Kustomize 5. No system has a package of that age or younger that could be
    installed, so its absence is no fault even under CI=true."""
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    told = subprocess.run(["kubectl", "version", "--client"], capture_output=True, text=True, check=False).stdout
    if not re.search(r"Kustomize Version: v(?:[5-9]|\d\d)\.", told):
        pytest.skip("the Kustomize in kubectl is older than version 5")


def at_hand(*programs: str) -> None:
    """Skips the test where a program is missing that takes more to install than what is tested: toolchains of other languages. What
    they say of generated files also stands in fixtures."""
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")


def need(*programs: str) -> None:
    """Skips the test where a program is missing; fails it under CI=true, where everything has to be there."""
    for program in programs:
        if shutil.which(program) is None:
            if os.environ.get("CI") == "true":
                pytest.fail(f"{program} is missing")
            pytest.skip(f"{program} is not installed")
