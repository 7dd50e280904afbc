"""What the largest locks of other package managers cost, against the fastest library at hand that gives the values of each."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator

from board import Board, Row
from measure import Command, ratio, rounds
from samples import Holds, write
from seen import in_text

__all__ = ["large_locks"]

_MODULES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), ".cache/oracles/npm/node_modules")
_PYTHON = """\
import gc, sys, time, {0}
gc.disable()
text = open(sys.argv[1], encoding="utf-8").read()
wall, cpu = time.perf_counter(), time.process_time()
{1}
print(time.perf_counter() - wall, time.process_time() - cpu)
"""
_NODE = """\
const text = require("fs").readFileSync(process.argv[1], "utf8"), { parse } = require(process.argv[2])
const wall = process.hrtime.bigint(), cpu = process.cpuUsage()
parse(text)
const used = process.cpuUsage(cpu)
console.log(Number(process.hrtime.bigint() - wall) / 1e9, (used.user + used.system) / 1e6)
"""


def large_locks(board: Board) -> Iterator[Row]:
    """A pnpm-lock.yaml of 20 MB, a yarn.lock of 15 MB and a uv.lock of 10 MB, clean."""
    values, parsed = "yaml.load(text, Loader=yaml.CSafeLoader)", "tomllib.loads(text)"
    yaml_reader = [board.python, "-I", "-c", _PYTHON.format("yaml", values), "pnpm-lock.yaml"]
    toml_reader = [board.python, "-I", "-c", _PYTHON.format("tomllib", parsed), "uv.lock"]
    yield from _read(board, "pnpm-lock.yaml", 20, "PyYAML, libyaml", yaml_reader)
    yield from _read(board, "uv.lock", 10, "tomllib", toml_reader)
    node, library = board.program("node"), os.path.join(_MODULES, "@yarnpkg/lockfile")
    if node and os.path.isdir(library):
        yield from _read(board, "yarn.lock", 15, "@yarnpkg/lockfile", [node, "-e", _NODE, "yarn.lock", library])
    else:
        yield Row("15 MB yarn.lock", 0, None, "", "skipped: Python has no reader of it, and .ci/oracles did not run", "")


def _read(board: Board, name: str, size: int, reader: str, argv: list[str]) -> Iterator[Row]:
    folder = os.path.join(board.folder, name)
    text, holds = _SAMPLES[name](size * 1_000_000)
    write(folder, name, text)
    commands = {
        "library": Command(argv, folder, lambda _: "", self_timed=True),
        "pinlint": board.pinlint(["--isolated", name], folder, check=in_text(holds)),
    }
    measured = rounds(commands, 3)
    seen = measured[0]["pinlint"].seen
    yield board.row(f"{size} MB {name} / {reader}", ratio(measured, lambda t: t["pinlint"] / t["library"]), 4.0, seen)
    peak = max(one["pinlint"].peak for one in measured) / len(text.encode())
    yield Row(f"{size} MB {name}, peak / its size", peak, 10.0, "×", "resident, largest of the rounds", seen)


def _sum(algorithm: str, number: int) -> bytes:
    return hashlib.new(algorithm, str(number).encode()).digest()


def _integrity(number: int) -> str:
    return f"sha512-{base64.b64encode(_sum('sha512', number)).decode()}"


def _pnpm(size: int) -> tuple[str, Holds]:
    packages, snapshots, written, number = list[str](), list[str](), 0, 0
    while written < size:
        key = f"@scope{number % 50}/package-{number:06d}@{number % 20}.{number % 7}.{number % 11}"
        packages.append(
            f"  '{key}':\n    resolution: {{integrity: {_integrity(number)}}}\n    engines: {{node: '>=18'}}\n"
            "    peerDependencies:\n      react: ^18 || ^19\n\n"
        )
        snapshots.append(f"  '{key}(react@19.0.0)':\n    dependencies:\n      react: 19.0.0\n      tslib: 2.6.2\n\n")
        written += len(packages[-1]) + len(snapshots[-1])
        number += 1
    head = "lockfileVersion: '9.0'\n\nimporters:\n\n  .: {}\n\npackages:\n\n"
    return f"{head}{''.join(packages)}snapshots:\n\n{''.join(snapshots)}".rstrip("\n") + "\n", Holds(1, number, 0)


def _yarn(size: int) -> tuple[str, Holds]:
    entries, written, number = list[str](), 0, 0
    while written < size:
        name, version = f"@scope{number % 50}/package-{number:06d}", f"{number % 20}.{number % 7}.{number % 11}"
        address = f"https://registry.example/{name}/-/package-{number:06d}-{version}.tgz#{_sum('sha1', number).hex()}"
        entries.append(
            f'"{name}@^{version}":\n  version "{version}"\n  resolved "{address}"\n  integrity {_integrity(number)}\n'
            '  dependencies:\n    react "^19.0.0"\n    tslib "^2.6.2"\n'
        )
        written += len(entries[-1])
        number += 1
    return "# yarn lockfile v1\n\n\n" + "\n".join(entries), Holds(1, number, 0)


def _uv(size: int) -> tuple[str, Holds]:
    packages, written, number = list[str](), 0, 0
    while written < size:
        name = f"package-{number:06d}"
        files = [
            f'{{ url = "https://files.example/{name.replace("-", "_")}-1.0-cp31{python}-none-any.whl", '
            f'hash = "sha256:{_sum("sha256", 10 * number + python).hex()}", size = {number} }}'
            for python in range(7)
        ]
        packages.append(
            f'[[package]]\nname = "{name}"\nversion = "1.0"\nsource = {{ registry = "https://registry.example/simple" }}\n'
            f'dependencies = [\n    {{ name = "package-000000" }},\n]\nsdist = {files[0]}\nwheels = [\n'
            + "".join(f"    {one},\n" for one in files[1:])
            + "]\n"
        )
        written += len(packages[-1])
        number += 1
    return 'version = 1\nrevision = 3\nrequires-python = ">=3.11"\n\n' + "\n".join(packages), Holds(1, number, 0)


_SAMPLES = {"pnpm-lock.yaml": _pnpm, "uv.lock": _uv, "yarn.lock": _yarn}
