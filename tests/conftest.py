"""Options of the test runner, and what stands in for a missing oracle."""

from __future__ import annotations

import os
import shutil

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-expected", action="store_true",
        help="write fixtures/*/*/expected.txt, the output blocks of rules/*.md and tests/legacy/*.{diff,txt} anew",
    )  # fmt: skip


def need(*programs: str) -> None:
    """Skips the test where a program is missing; fails it under CI=true, where everything has to be there."""
    for program in programs:
        if shutil.which(program) is None:
            if os.environ.get("CI") == "true":
                pytest.fail(f"{program} is missing")
            pytest.skip(f"{program} is not installed")
