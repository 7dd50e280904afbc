"""What it costs to read commands: whole runs over Dockerfiles and workflows with the commands of their scripts against without."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Iterator

from board import Board, Row
from measure import Command, Wrong, ratio, rounds
from samples import DIGEST, Holds, dockerfiles, write
from seen import in_json_at_least

__all__ = ["commands", "workflow"]

_FORMATS = {"Dockerfiles": ("dockerfile", 2_500, 1.6), "workflows": ("github_workflow", 1_000, 1.5)}
#: A run in which no file seems to hold a word of a command, unless the first argument says "with".
_RUN = """\
import sys
from pinlint import programs
if sys.argv.pop(1) == "without":
    programs.fetches = lambda data: False
from pinlint.cli import main
names = open(sys.argv.pop(1), encoding="utf-8", errors="surrogateescape").read().split("\\0")
sys.exit(main([*sys.argv[1:], *names]))
"""
_STEPS = (
    "make test", "make build", "npm ci", "npm run lint", "go test ./...", "cargo build --release --locked", "git diff --exit-code",
    "python -m pip install -r requirements.txt", "pip install build==1.2.2", "docker build -t app .", "./scripts/release.sh",
    "echo \"version=$(cat VERSION)\" >> \"$GITHUB_OUTPUT\"", "sudo apt-get update\nsudo apt-get install -y jq",
    "npm install -g serve@14.2.4", "curl -fsSL https://a.example/tool.tgz | tar xz\n./tool --version",
    "for name in one two; do\n  test -f \"$name\"\ndone",
)  # fmt: skip


def commands(board: Board) -> Iterator[Row]:
    """Generated files, or the real ones below $CORPUS, as many as there are up to the number of the limit."""
    for name, (format_, count, limit) in _FORMATS.items():
        folder = os.path.commonpath(board.corpus) if board.corpus else os.path.join(board.folder, format_)
        paths = _real(board, folder, format_)[:count] if board.corpus else _generated(folder, name, count)
        if not paths:
            raise Wrong(f"there are no {name} below {folder}")
        listed = write(board.folder, f"{format_}.names", "\0".join(paths))
        argv = ["--isolated", "--jobs", "1", "--exit-zero", "--output-format", "json"]
        check = in_json_at_least(Holds(int(0.9 * len(paths)), 1, 0))
        runs = {
            one: Command([board.python, "-I", "-c", _RUN, one, listed, *argv], folder, check) for one in ("without", "with")
        }  # fmt: skip
        measured = rounds(runs, 5)
        seen = {one: usage.seen for one, usage in measured[0].items()}
        if seen["with"] == seen["without"]:
            raise Wrong(f"no command was read: {seen['with']}")
        times = ratio(measured, lambda t: t["with"] / t["without"])
        shown = f"{seen['with']}; without: {seen['without']}"
        yield board.row(f"{len(paths):,} {name}: with commands / without", times, limit, shown)


def _real(board: Board, folder: str, format_: str) -> list[str]:
    listing = [os.path.join(board.bin, "pinlint"), "check", "--isolated", "--show-files", *board.corpus]
    rows = subprocess.run(listing, cwd=folder, check=True, capture_output=True).stdout.splitlines()
    return [os.fsdecode(path) for path, _, of in (row.rpartition(b"\t") for row in rows) if of.decode() == format_]


def _generated(folder: str, name: str, count: int) -> list[str]:
    if name == "Dockerfiles":
        return dockerfiles(folder, count)[0]
    choose = random.Random(1000)
    paths = []
    for number in range(count):
        paths.append(f".github/workflows/workflow-{number}.yml")
        write(folder, paths[-1], "".join(workflow(choose)))
    return paths


def workflow(choose: random.Random) -> Iterator[str]:
    """A workflow of one to four jobs, whose actions are pinned."""
    yield "on: push\npermissions:\n  contents: read\njobs:\n"
    for job in range(choose.randint(1, 4)):
        yield f"  job{job}:\n    runs-on: ubuntu-24.04\n    steps:\n"
        for action in choose.sample(("checkout", "setup-python", "setup-node", "cache", "upload-artifact"), choose.randint(1, 4)):
            yield f"      - uses: actions/{action}@{DIGEST[7:47]} # v4\n"
        for step in choose.sample(_STEPS, choose.randint(1, 6)):
            body = "".join(f"          {line}\n" for line in step.split("\n"))
            yield f"      - name: step\n        run: |\n{body}"
