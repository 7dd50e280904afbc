"""What the files of CI and deployment cost: real workflows, real repositories, a tree of YAML, one huge manifest."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator

from board import Board, Row
from measure import Check, Command, Wrong, ratio, rounds
from samples import Holds, manifests, resource_definitions, write
from seen import in_batches, in_batches_of_zizmor, in_json_at_least, references

__all__ = ["manifest", "repositories", "workflows", "yaml_tree"]

#: Workflows that are compared, those given to a program at once, and the codes by which zizmor says that it read all of them.
_COMPARED, _AT_ONCE = 1_000, 50
_READ_ALL = (0, 11, 12, 13, 14)
_USES = re.compile(rb"^[ \t]*(?:-[ \t]+)?uses:[ \t]+[^\s#]", re.MULTILINE)
_BATCHES = """\
import subprocess, sys
names = open(sys.argv[1], encoding="utf-8", errors="surrogateescape").read().split("\\0")
size, allowed, command = int(sys.argv[2]), sys.argv[3].split(","), sys.argv[4:]
for start in range(0, len(names), size):
    code = subprocess.run([*command, *names[start : start + size]], stderr=subprocess.DEVNULL).returncode
    if str(code) not in allowed:
        sys.exit(f"code {code} for {names[start]} and those after it")
"""
_READING = """\
import sys, time
names = open(sys.argv[1], encoding="utf-8").read().split("\\0")
wall, cpu = time.perf_counter(), time.process_time()
for name in names:
    with open(name, "rb") as file:
        file.read()
print(time.perf_counter() - wall, time.process_time() - cpu)
"""
_WALKING = """\
import os, sys, time
names = open(sys.argv[1], encoding="utf-8", errors="surrogateescape").read().split("\\0")
wall, cpu = time.perf_counter(), time.process_time()
for top in sys.argv[2:]:
    for _ in os.walk(top):
        pass
for name in names:
    with open(name, "rb") as file:
        file.read()
print(time.perf_counter() - wall, time.process_time() - cpu)
"""
_COMPOSING = """\
import gc, sys, time, yaml
gc.disable()
text = open(sys.argv[1], encoding="utf-8").read()
wall, cpu = time.perf_counter(), time.process_time()
for _ in yaml.compose_all(text, yaml.CSafeLoader):
    pass
print(time.perf_counter() - wall, time.process_time() - cpu)
"""


def workflows(board: Board) -> Iterator[Row]:
    """About 1,000 real workflows below $CORPUS against zizmor, both on the same files, fifty at once."""
    name, zizmor = "workflows: zizmor / pinlint", board.program("zizmor")
    if not (zizmor and board.corpus):
        yield Row(name, 0, None, "", f"skipped: {'no CORPUS is given' if zizmor else 'zizmor is not installed'}", "")
        return
    folder = os.path.commonpath(board.corpus)
    zizmor_on = [zizmor, "--offline", "--no-progress"]
    read = [path for some in _batches(_spread_out(_real(board), folder)) for path in _accepted(zizmor_on, folder, some)]
    paths = sorted(read)[:_COMPARED]
    if not paths:
        raise Wrong(f"there is no workflow that zizmor reads below {folder}")
    listed, uses = write(board.folder, "names", "\0".join(paths)), _uses(folder, paths)
    pinlint = [os.path.join(board.bin, "pinlint"), "--isolated"]
    few = in_batches(Holds(len(paths), int(0.95 * uses), 1))
    commands = {
        "pinlint": _in_batches(board, listed, pinlint, (0, 1), folder, few),
        "zizmor": _in_batches(board, listed, zizmor_on, _READ_ALL, folder, in_batches_of_zizmor),
    }
    measured = rounds(commands, 5)
    seen = f"{measured[0]['pinlint'].seen}; zizmor: {measured[0]['zizmor'].seen}"
    yield board.row(name, ratio(measured, lambda t: t["zizmor"] / t["pinlint"]), 2.0, seen, at_least=True)


def repositories(board: Board) -> Iterator[Row]:
    """All of $CORPUS, by one process, against walking over it and reading the files that concern pinlint."""
    name = "repositories / walking and reading"
    if not board.corpus:
        yield Row(name, 0, None, "", "skipped: no CORPUS is given", "")
        return
    folder = os.path.commonpath(board.corpus)
    pinlint = [os.path.join(board.bin, "pinlint"), "check", "--isolated"]
    rows = subprocess.run([*pinlint, "--show-files", *board.corpus], cwd=folder, check=True, capture_output=True).stdout
    paths = [os.fsdecode(row.rpartition(b"\t")[0]) for row in rows.splitlines()]
    paths = [path for path in paths if os.path.isfile(os.path.join(folder, path))]
    listed = write(board.folder, "names", "\0".join(paths))
    argv = [*pinlint, "--jobs", "1", "--exit-zero", "--output-format", "json", *board.corpus]
    commands = {
        "walk": Command([board.python, "-I", "-c", _WALKING, listed, *board.corpus], folder, lambda _: "", self_timed=True),
        "pinlint": Command(argv, folder, in_json_at_least(Holds(len(paths) // 10, 1, 0))),
    }
    measured = rounds(commands, 3)
    peak = max(one["pinlint"].peak for one in measured) / 2**20
    seen = f"{measured[0]['pinlint'].seen}; {len(paths):,} files looked into, {peak:.0f} MiB at most"
    yield board.row(name, ratio(measured, lambda t: t["pinlint"] / t["walk"]), 12, seen)


def _real(board: Board) -> list[str]:
    """The workflows below the directories of the corpus."""
    found = []
    for top in board.corpus:
        for folder, inner, names in os.walk(top):
            inner[:] = sorted(set(inner) - {".git", "node_modules"})
            if folder.endswith(os.path.join(".github", "workflows")):
                found += [os.path.join(folder, name) for name in sorted(names) if name.endswith((".yml", ".yaml"))]
    return found


def _spread_out(paths: list[str], folder: str) -> list[str]:
    """Somewhat more than are needed, from all over the corpus, by their names in `folder`."""
    step = max(1, len(paths) * 10 // (_COMPARED * 12))
    return [os.path.relpath(path, folder) for path in paths[::step] if os.path.isfile(path)]


def _batches(paths: list[str]) -> list[list[str]]:
    return [paths[start : start + _AT_ONCE] for start in range(0, len(paths), _AT_ONCE)]


def _accepted(zizmor: list[str], folder: str, paths: list[str]) -> list[str]:
    """Those of the files that zizmor does not refuse: it ends at the first one that it cannot read."""
    command = [*zizmor, "--strict-collection", *paths]
    if subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode in _READ_ALL:
        return paths
    half = len(paths) // 2
    return [path for some in (paths[:half], paths[half:]) for path in _accepted(zizmor, folder, some)] if half else []


def _uses(folder: str, paths: list[str]) -> int:
    """How many lines say that something is used."""
    count = 0
    for path in paths:
        with open(os.path.join(folder, path), "rb") as file:
            count += len(_USES.findall(file.read()))
    return count


def _in_batches(board: Board, listed: str, command: list[str], codes: tuple[int, ...], folder: str, check: Check) -> Command:
    """A command over all files of a list, so many at once; its time has that of all runs in it."""
    allowed = ",".join(map(str, codes))
    return Command([board.python, "-I", "-c", _BATCHES, listed, str(_AT_ONCE), allowed, *command], folder, check)


def yaml_tree(board: Board) -> Iterator[Row]:
    """5,000 YAML files of which one in a hundred names an image, against reading their bytes."""
    tree, few = os.path.join(board.folder, "tree"), os.path.join(board.folder, "few")
    paths, holds = manifests(tree, 5_000)
    _, held = manifests(few, 100)
    listed = write(board.folder, "names", "\0".join(paths))
    commands = {
        "read": Command([board.python, "-I", "-c", _READING, listed], tree, lambda _: "", self_timed=True),
        "few": board.pinlint(["--jobs", "1", "--output-format", "json"], few, codes=(1,), check=references(held)),
        "tree": board.pinlint(["--jobs", "1", "--output-format", "json"], tree, codes=(1,), check=references(holds)),
    }
    measured = rounds(commands, 11)
    times = ratio(measured, lambda t: (t["tree"] - t["few"]) / t["read"])
    yield board.row("5,000 YAML files less start / reading", times, 4.0, measured[0]["tree"].seen)


def manifest(board: Board) -> Iterator[Row]:
    """A file of 2.7 MB of resource definitions with one image at its end, against what PyYAML's C loader makes of it."""
    write(board.folder, "crds.yaml", resource_definitions(2_700_000))
    write(board.folder, "few.yaml", resource_definitions(1_000))
    check = references(Holds(1, 1, 1))
    commands = {
        "compose": Command([board.python, "-I", "-c", _COMPOSING, "crds.yaml"], board.folder, lambda _: "", self_timed=True),
        "few": board.pinlint(["--output-format", "json", "few.yaml"], board.folder, codes=(1,), check=check),
        "crds": board.pinlint(["--output-format", "json", "crds.yaml"], board.folder, codes=(1,), check=check),
    }
    measured = rounds(commands, 7)
    times = ratio(measured, lambda t: (t["crds"] - t["few"]) / t["compose"])
    yield board.row("2.7 MB of CRDs less start / yaml.compose", times, 1.5, measured[0]["crds"].seen)
    peak = max(one["crds"].peak for one in measured) / 2**20
    yield Row("2.7 MB of CRDs, peak memory", peak, None, "MiB", "resident, largest of the rounds", measured[0]["crds"].seen)
