"""A hostile work tree is linted: nothing in it runs, nothing outside of it is opened, nothing is written."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import need
from traps import TRAPS, Case, cases

ROOT = Path(__file__).parent.parent

#: Lints each tree of standard input in several ways and prints what the interpreter was asked to do meanwhile.
WATCHER = """
import io, json, os, re, signal, sys, traceback
from pinlint import git
from pinlint.cli import main

git.PATIENCE, git.LIMIT = 0.3, 5.0
events, start, really = [], [""], os.open
CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown",
           "os.utime", "os.setxattr", "shutil.", "tempfile.")
STARTS = ("subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.startfile", "pty.", "socket.",
          "ctypes.")

def hook(event, args):
    if event == "subprocess.Popen":
        events.append(["start", os.fsdecode(args[0])])
    elif event.startswith(STARTS):
        events.append(["start", event])
    elif event.startswith(CHANGES):
        events.append(["change", repr((event, args))])
    elif event in ("os.listdir", "os.scandir") and isinstance(args[0], str):
        events.append(["open", os.path.realpath(args[0])])
    elif event == "open" and isinstance(args[0], (str, bytes)):
        writes = args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
        events.append(["write" if writes else "open", os.path.abspath(os.path.join(start[-1], os.fsdecode(args[0])))])

def opened(path, flags, mode=0o777, *, dir_fd=None):
    # The hook hears of a name, but not of the directory that it is below.
    start.append("" if dir_fd is None else os.readlink(f"/proc/self/fd/{dir_fd}"))
    try:
        return really(path, flags, mode, dir_fd=dir_fd)
    finally:
        start.pop()

def late(*_):
    raise TimeoutError

os.supports_dir_fd.add(opened)
os.open = opened
signal.signal(signal.SIGALRM, late)
asked = json.load(sys.stdin)
sys.addaudithook(hook)
report = []
for where, home, path, arguments in asked:
    os.chdir(where)
    os.environ["HOME"], os.environ["PATH"] = home, path
    out, err = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
    del events[:]
    signal.alarm(8)
    try:
        code = main(arguments)
    except BaseException:
        code = traceback.format_exc()
    signal.alarm(0)
    text = sys.stdout.getvalue(), sys.stderr.getvalue()
    sys.stdout, sys.stderr = out, err
    report.append([code, *text, list(events)])
    if not isinstance(code, int):
        break
json.dump(report, sys.stdout)
"""


def git() -> str:
    """The path of git."""
    need("git")
    return str(shutil.which("git"))


Asked = tuple[Case, str, str, str, list[str]]


def asked(some: list[Case], top: Path) -> list[Asked]:
    """(tree, working directory, home, PATH, arguments) of each run: as CI names a directory, from within one, and as pre-commit
    names files, each with and without git, where PATH may lead into the tree and to programs that nobody should start."""
    (top / "home").mkdir()
    (top / "empty").mkdir()
    here = os.path.dirname(git())
    runs: list[Asked] = []
    for case in some:
        files = sorted(
            os.path.relpath(os.path.join(folder, name), case.root)
            for folder, _, names in os.walk(case.root)
            for name in names
            if not folder.startswith(str(case.root / ".git")) and "d" * 200 not in folder
        )
        home = str(case.root if case.home_in_root else top / "home")
        into = ["", ".", "bin", str(case.root), str(case.root / "bin"), str(case.root / ".venv/bin")]
        for programs in (here, str(top / "empty")):
            path = os.pathsep.join([*into, programs])
            runs.append((case, str(case.root), home, path, ["--output-format", "json"]))
            runs.append((case, str(case.root), home, path, ["--output-format", "json", "--rev", "HEAD"]))
            runs.append((case, str(case.root), home, path, ["--since", "main", "-q"]))
            if (case.root / "services").resolve() == case.root / "services":
                runs.append((case, str(case.root / "services"), home, path, ["-q"]))
            if os.path.lexists(case.root / ".git"):  # elsewhere whoever names a link means it
                runs.append((case, str(top), home, path, [str(case.root / "services"), "--output-format", "concise"]))
                runs.append((case, str(case.root), home, path, ["--force-exclude", *(f"./{name}" for name in files)]))
    return runs


def state(folder: Path) -> dict[str, tuple[int, ...]]:
    """What lies in a directory: kinds, sizes and times."""
    found: dict[str, tuple[int, ...]] = {}
    for above, folders, names in os.walk(folder):
        for name in (*folders, *names) if len(above) < 3000 else ():
            status = os.lstat(os.path.join(above, name))
            found[os.path.join(above, name)] = (status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return found


def linted(runs: list[Asked], *words: str) -> list[tuple[int | str, str, str, list[tuple[str, str]]]]:
    """(exit code or traceback, output, errors, events) of each run."""
    told = json.dumps([[where, home, path, arguments] for _, where, home, path, arguments in runs])
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_EXTERNAL_DIFF", "GIT_EXEC_PATH"):
        environment[name] = str(runs[0][0].outside)
    command = [*words, sys.executable, "-B", "-S", "-c", f"import site; site.main()\n{WATCHER}"]
    done = subprocess.run(command, input=told, capture_output=True, text=True, check=False, env=environment, cwd="/", timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    report: list[Any] = json.loads(done.stdout)
    return [(code, out, err, [(kind, what) for kind, what in events]) for code, out, err, events in report]


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Case]]:
    top = tmp_path_factory.mktemp("traps").resolve()
    return top, list(cases(top))


def where(run: Asked) -> str:
    case, folder, _, path, arguments = run
    return f"{case.root} ({case.name}) in {folder} with PATH={path}: {' '.join(arguments)[:300]}"


#: What may be read besides the tree: the interpreter's own files and ours.
OURS = tuple(f"{folder}/" for folder in {sys.prefix, sys.base_prefix, str(ROOT / "pinlint"), str(ROOT / "rules")})


@pytest.mark.slow
def test_no_tree_makes_a_lint_run_write_or_read_elsewhere(trees: tuple[Path, list[Case]]) -> None:
    top, some = trees
    assert len(some) >= 200
    runs = asked(some, top)
    before = state(top)
    report = linted(runs)
    program, started = os.path.realpath(git()), 0
    for run, (code, out, err, events) in zip(runs, report, strict=False):
        assert code in (0, 1, 2), f"{code}\n{where(run)}"
        assert "PIN903" not in out, f"{out}\n{where(run)}"
        assert "leaked" not in out + err, where(run)
        for kind, what in events:
            if kind == "start":
                started += 1
                assert os.path.isabs(what), where(run)
                assert os.path.realpath(what) == program, f"{what} was started\n{where(run)}"
            else:
                inside = f"{what}/".startswith((f"{run[0].root}/", *OURS)) or what == os.devnull
                pointed = os.path.basename(what) == "gitdir"  # by which a worktree's directory leads back
                assert kind == "open" or what == os.devnull, f"{kind} {what}\n{where(run)}"
                assert inside or pointed, f"{what} was opened\n{where(run)}"
    assert not (top / "proof").exists(), (top / "proof").read_text()
    assert state(top) == before
    assert (len(report), started > len(some)) == (len(runs), True)


@pytest.mark.slow
def test_a_system_that_is_asked_from_outside_says_the_same(trees: tuple[Path, list[Case]], tmp_path: Path) -> None:
    """What git does too, which an interpreter does not hear of. Of a repository inside, git looks whether its HEAD is there."""
    if not shutil.which("strace") or subprocess.run(["strace", "true"], capture_output=True, check=False).returncode:
        pytest.skip("strace does not work here (apt-get install strace)")
    _, some = trees
    runs = [run for run in asked(some, tmp_path) if "--output-format" in run[4]]
    log = tmp_path / "log"
    changing = "rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,link,linkat,symlink,symlinkat,truncate,chmod,fchmodat"
    calls = f"execve,execveat,open,openat,openat2,creat,connect,{changing}"
    linted(
        runs,
        "strace",
        "-f",
        "-qq",
        "-y",
        "-s",
        "4096",
        "--seccomp-bpf",
        "-e",
        f"trace={calls}",
        "-e",
        "signal=none",
        "-o",
        str(log),
    )
    allowed = {os.path.realpath(sys.executable), os.path.realpath(git())}
    programs: set[str] = set()
    opened: set[str] = set()
    changed: set[str] = set()
    for line in log.read_text(errors="replace").splitlines():
        call = re.match(r"\d+ +(\w+)\((.*)\) += +(-?\d+)(?:<(.*)>)?", line)
        if not call or call[3].startswith("-"):
            continue
        if call[1].startswith("exec"):
            programs.add(os.path.realpath(call[2].split('"')[1]))
        elif call[1].startswith(("open", "creat")):
            writes = "O_WRONLY" in call[2] or "O_RDWR" in call[2] or "O_CREAT" in call[2]
            (changed if writes and call[4] != os.devnull else opened).add(call[4])
        else:
            changed.add(line)
    assert programs <= allowed
    assert {one for one in changed if "/dev/pts" not in one} == set()
    outside = [one for one in opened if one and re.search(r"/\d+/outside(/|$)", one)]
    assert [one for one in outside if os.path.basename(one) not in ("gitdir", "HEAD")] == []
    assert any(one and one.endswith("/root/Dockerfile") for one in opened)  # the log does hear of files


@pytest.mark.parametrize("name", ["command-fsmonitor", "a-bare-repository", "alias", "an-index-that-leads-outside"])
def test_a_trap_springs_where_nobody_takes_care(tmp_path: Path, name: str) -> None:
    """Else the tests above would show nothing."""
    case = next(case for case in cases(tmp_path, mixed=0) if case.name == name)
    folder = case.root / "services" if name == "a-bare-repository" else case.root
    environment = {name: value for name, value in os.environ.items() if name != "GIT_NO_LAZY_FETCH"}
    done = subprocess.run(["git", "ls-files", "-co"], cwd=folder, capture_output=True, text=True, check=False, env=environment)
    if name == "an-index-that-leads-outside":
        assert "/outside/Dockerfile" in done.stdout
    elif name != "alias":  # of a command of git's own git knows no alias
        assert (tmp_path / "proof").exists(), done.stderr
    assert name in TRAPS
