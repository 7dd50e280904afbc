"""What cannot be written is never passed over: exit code 2 and a sentence. A reader that has gone is no fault."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pinlint.cli import main

ROOT = Path(__file__).parent.parent
DIGEST = "sha256:" + "5f" * 32
FULL = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
REPORTS = [f"check --output-format {name}" for name in ("text", "concise", "json", "sarif", "github", "gitlab", "junit")]
TABLES = [f"inventory --output-format {name}" for name in ("table", "json", "jsonl", "csv")]
SAYING = [
    *REPORTS, *TABLES, "check --statistics", "check --show-files", "check --show-settings", "rules", "rules --output-format json",
    "explain PIN001", "--help", "check --diff --fix-only LCK102",
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with something to say in every format, and something that is mended without a registry."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "Dockerfile").write_text("FROM alpine:3.20\n")
    entry = "dependencies:\n- name: r\n  version: 1.0.0\n  repository: https://charts.example\n"
    (tmp_path / "Chart.yaml").write_text(f"apiVersion: v2\nname: c\nversion: 1.0.0\n{entry}")
    (tmp_path / "Chart.lock").write_text(f'{entry}digest: sha256:00\ngenerated: "2024-01-01T00:00:00Z"\n')
    return tmp_path


def shell(folder: Path, line: str) -> tuple[int, str, str]:
    """(exit code, standard output, standard error) of a line for a shell, in which `pinlint` is this one."""
    program = f'pinlint() {{ "{sys.executable}" -m pinlint "$@"; }}; '
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["bash", "-c", program + line], cwd=folder, capture_output=True, text=True, check=False, env=environment)
    return done.returncode, done.stdout, done.stderr


@FULL
@pytest.mark.parametrize("command", SAYING)
def test_a_full_disk_behind_standard_output(folder: Path, command: str) -> None:
    code, _, said = shell(folder, f"pinlint {command} > /dev/full")
    assert (code, said.count("Traceback")) == (2, 0)
    assert said.splitlines()[-1] == "pinlint: error: standard output cannot be written: No space left on device"


@pytest.mark.parametrize("command", SAYING)
def test_closed_standard_output(folder: Path, command: str) -> None:
    code, _, said = shell(folder, f"pinlint {command} >&-")
    assert (code, said.count("Traceback")) == (2, 0)
    assert "standard output is closed" in said.splitlines()[-1]


@FULL
@pytest.mark.parametrize("command", [*REPORTS, *TABLES, "check --diff --fix-only LCK102", "baseline"])
def test_a_full_disk_behind_the_output_file(folder: Path, command: str) -> None:
    code, out, said = shell(folder, f"pinlint {command} --output-file /dev/full")
    assert (code, out, said.splitlines()[-1]) == (2, "", "pinlint: error: /dev/full cannot be written: No space left on device")


@FULL
def test_a_full_disk_behind_a_long_report(folder: Path) -> None:
    """The first of many writes fails, not the last."""
    (folder / "Dockerfile").write_text("FROM alpine:3.20\n" * 5000)
    for command in REPORTS:
        assert shell(folder, f"pinlint {command} > /dev/full")[0] == 2


@pytest.mark.parametrize("command", [*REPORTS, *TABLES])
def test_a_reader_that_has_gone_is_no_fault(folder: Path, command: str) -> None:
    """As of grep: 141, which is what a shell makes of SIGPIPE, and no word."""
    (folder / "Dockerfile").write_text("FROM alpine:3.20\n" * 5000)
    _, out, said = shell(folder, f"pinlint {command} | :; echo ${{PIPESTATUS[0]}}")
    assert said == ""
    assert int(out) == 141


def test_closed_standard_error(folder: Path) -> None:
    """What has to be said there and cannot be is not passed over; where nothing has to be, nothing is amiss."""
    (folder / "Dockerfile").write_text(f"FROM alpine:3.20@{DIGEST}\n")
    assert shell(folder, "pinlint check Dockerfile 2>&-")[0] == 0
    assert shell(folder, "pinlint check nothing 2>&-")[:2] == (2, "")
    assert shell(folder, "pinlint --no-such-option 2>&-")[:2] == (2, "")
    assert shell(folder, "pinlint baseline 2>&-")[:2] == (2, "")
    assert shell(folder, "pinlint check --diff --fix-only LCK102 2>&-")[0] == 2
    if os.path.exists("/dev/full"):
        assert shell(folder, "pinlint baseline 2>/dev/full")[:2] == (2, "")


def test_everything_closed(folder: Path) -> None:
    assert shell(folder, "pinlint check <&- >&- 2>&-") == (2, "", "")
    assert shell(folder, "pinlint check --output-file report <&- >&- 2>&-") == (2, "", "")  # the summary beside it is lost
    assert "PIN003" in (folder / "report").read_text()


def test_standard_input_that_cannot_be_read(folder: Path) -> None:
    for source, why in (("<&-", "standard input is closed"), ("0> new", "standard input cannot be read: Bad file descriptor")):
        code, _, said = shell(folder, f"pinlint - --stdin-filename Dockerfile {source}")
        assert (code, said) == (2, f"pinlint: error: {why} (pinlint - --stdin-filename services/api/Dockerfile < FILE)\n")


def test_standard_input_has_a_limit(folder: Path) -> None:
    code, out, _ = shell(folder, "head -c 70000000 /dev/zero | tr '\\0' a | pinlint - --stdin-filename Dockerfile")
    assert code == 1
    assert "PIN901 unreadable-file: the file was not read: it is larger than 64 MiB" in out.replace("error[PIN901]", "PIN901")


def test_a_directory_that_is_gone_is_no_traceback(folder: Path) -> None:
    code, out, said = shell(folder, "mkdir gone; cd gone; rmdir ../gone; pinlint")
    assert (code, out) == (2, "")
    assert said.startswith("pinlint: error: No such file or directory")


@pytest.mark.parametrize("option", ["--output-file", "baseline"])
def test_an_output_file_that_leads_out_of_the_repository_is_not_written(
    folder: Path, option: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Anybody can commit a link by the name that a CI job writes to."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "profile").write_text("mine\n")
    (folder / "pinlint-baseline.json").symlink_to(outside / "profile")
    (folder / "reports").symlink_to(outside)
    (folder / "inside.json").write_text("old")
    (folder / "linked.json").symlink_to("inside.json")
    monkeypatch.chdir(folder)
    arguments = ["baseline"] if option == "baseline" else ["--output-format", "json", "--output-file", "pinlint-baseline.json"]
    assert main(arguments) == 2
    assert main([*arguments[:-1], *(["--output-file"] if option == "baseline" else []), "reports/new.json"]) == 2
    assert (outside / "profile").read_text() == "mine\n"
    assert os.listdir(outside) == ["profile"]
    assert main(["baseline", "--output-file", "linked.json"]) == 0
    assert (folder / "linked.json").is_symlink()
    assert json.loads((folder / "inside.json").read_text())["pinlint-baseline"] == 2
