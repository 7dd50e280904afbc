"""Linting reaches no network, starts no program but git, and reads nothing outside the repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

#: Lints each folder of standard input in one process and prints what the interpreter was asked to do meanwhile.
WATCHED = """
import io, json, os, sys
from pinlint.cli import main

events = []
WATCHED = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "urllib.", "http.", "ctypes.")

def hook(event, args):
    if event.startswith(WATCHED):
        events.append([event, repr(args[1] if event == "subprocess.Popen" else args)])
    elif event == "open" and isinstance(args[0], (str, bytes)):
        events.append(["open", os.path.abspath(os.path.join(start[-1], os.fsdecode(args[0])))])

start, really = [""], os.open

def opened(path, flags, mode=0o777, *, dir_fd=None):
    # The hook hears of a name, but not of the directory that it is below.
    start.append("" if dir_fd is None else os.readlink(f"/proc/self/fd/{dir_fd}"))
    try:
        return really(path, flags, mode, dir_fd=dir_fd)
    finally:
        start.pop()

os.supports_dir_fd.add(opened)
os.open = opened

folders, options = json.load(sys.stdin)
sys.addaudithook(hook)
report = {}
for folder in folders:
    del events[:]
    out, sys.stdout = sys.stdout, io.StringIO()
    code = main([*options, folder])
    sys.stdout, text = out, sys.stdout.getvalue()
    report[folder] = [code, text, list(events)]
json.dump(report, sys.stdout)
"""


def watched(folders: list[Path], *options: str) -> dict[str, tuple[int, str, list[tuple[str, str]]]]:
    """(exit code, output, [event, argument]) of a run over each folder."""
    asked = json.dumps([[os.fspath(folder) for folder in folders], options])
    command = [sys.executable, "-c", WATCHED]
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True, cwd=ROOT)
    report = json.loads(done.stdout)
    return {folder: (code, text, [(name, args) for name, args in events]) for folder, (code, text, events) in report.items()}


@pytest.fixture
def cases(tmp_path: Path) -> list[Path]:
    """Every fixture and the demo, each a folder of its own far from any other repository."""
    found = [*sorted(path for path in (ROOT / "fixtures").glob("*/*") if path.is_dir()), ROOT / "demo"]
    return [Path(shutil.copytree(path, tmp_path / f"case{number}", symlinks=True)) for number, path in enumerate(found)]


@pytest.mark.parametrize("command", ["check", "inventory"])
def test_linting_touches_nothing_but_the_files_of_the_repository(cases: list[Path], command: str) -> None:
    report = watched(cases, command, "--isolated", "--jobs", "1")
    ours = (sys.prefix, sys.base_prefix, os.fspath(ROOT / "pinlint"), os.fspath(ROOT / "rules"), os.devnull)
    for folder, (code, text, events) in report.items():
        assert code in (0, 1), text
        assert [event for event in events if event[0] != "open"] == []
        outside = [path for _, path in events if not path.startswith((folder, *ours))]
        assert outside == [], f"read while linting {folder}"
    assert sum(len(events) for _, _, events in report.values()) > len(cases)  # the hook does hear of files


def test_a_work_tree_starts_git_and_nothing_else(cases: list[Path]) -> None:
    """The repository's own configuration tries to run something at each chance that git gives it; `core.fsmonitor` would."""
    case = cases[-1]
    trap = case.parent / "trap"
    script = case.parent / "run-me"
    script.write_text(f"#!/bin/sh\necho \"$0 $*\" >>'{trap}'\n")
    script.chmod(0o755)
    subprocess.run(["git", "init", "-q"], cwd=case, check=True)
    for key in ("core.fsmonitor", "core.pager", "filter.x.process", "filter.x.clean"):
        subprocess.run(["git", "-c", "core.fsmonitor=false", "config", key, str(script)], cwd=case, check=True)
    (case / ".gitattributes").write_text("* filter=x\n")
    code, _, events = watched([case], "--jobs", "1")[os.fspath(case)]
    assert code == 1
    programs = [args for event, args in events if event == "subprocess.Popen"]
    assert [args.partition(", ")[0] for args in programs] == [f"['{shutil.which('git')}'"]
    assert {event for event, _ in events} == {"open", "subprocess.Popen"}
    assert not trap.exists(), trap.read_text()


def without_network() -> list[str]:
    """The words that start a program in a network namespace of its own."""
    for words in (["unshare", "--net"], ["unshare", "--map-root-user", "--net"]):
        if shutil.which("unshare") and subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0:
            return words
    if os.environ.get("CI") == "true":
        pytest.fail("unshare --net does not work here")
    pytest.skip("unshare --net does not work here")


def test_demo_gives_the_same_report_without_a_network() -> None:
    command = [sys.executable, "-m", "pinlint", "--isolated", "--output-format", "concise"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with_network, offline = (
        subprocess.run([*words, *command], cwd=ROOT / "demo", capture_output=True, text=True, check=False, env=environment)
        for words in ([], without_network())
    )
    assert (offline.returncode, offline.stdout, offline.stderr) == (1, with_network.stdout, with_network.stderr)
    assert "PIN" in offline.stdout


@pytest.mark.slow
def test_fixtures_and_rule_pages_pass_without_a_network() -> None:
    names = [name for name in ("tests/test_fixtures.py", "tests/test_rules.py") if (ROOT / name).exists()]
    command = [*without_network(), sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *names]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout[-3000:]
