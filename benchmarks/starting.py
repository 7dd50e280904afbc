"""What a run over few files costs: nearly all of it is the start."""

from __future__ import annotations

from collections.abc import Iterator

from board import Board, Row
from measure import Command, ratio, rounds
from samples import DIGEST, WORKFLOW, Holds, five_formats, repository, write
from seen import in_text, pleases_zizmor

__all__ = ["start"]

_ROUNDS = 21


def start(board: Board) -> Iterator[Row]:
    """One clean Dockerfile, and five files of five formats, against an empty interpreter and against a native linter."""
    folder = repository(board.folder)
    write(folder, "pyproject.toml", '[project]\nname = "sample"\nversion = "1.0"\n\n[tool.ruff]\nline-length = 100\n')
    write(folder, ".github/workflows/ci.yml", WORKFLOW)
    five, holds = five_formats(folder)
    write(folder, "one/Dockerfile", f"FROM python:3.12@{DIGEST}\nRUN true\n")
    commands = {
        "python": Command([board.python, "-I", "-c", "pass"], folder),
        "one": board.pinlint(["one/Dockerfile"], folder, check=in_text(Holds(1, 1, 0))),
        "five": board.pinlint(five, folder, check=in_text(holds)),
    }
    zizmor = board.program("zizmor")
    if zizmor:
        argv = [zizmor, "--offline", "--no-progress", ".github/workflows/ci.yml"]
        commands["zizmor"] = Command(argv, folder, pleases_zizmor)
    measured = rounds(commands, _ROUNDS)
    one, five_seen = measured[0]["one"].seen, measured[0]["five"].seen
    yield board.row("one Dockerfile / python -I -c pass", ratio(measured, lambda t: t["one"] / t["python"]), 3.0, one)
    yield board.row("five formats / python -I -c pass", ratio(measured, lambda t: t["five"] / t["python"]), None, five_seen)
    if zizmor:
        yield board.row("one Dockerfile / zizmor on one workflow", ratio(measured, lambda t: t["one"] / t["zizmor"]), 0.7, one)
        yield board.row("five formats / zizmor on one workflow", ratio(measured, lambda t: t["five"] / t["zizmor"]), 1.0, five_seen)
    else:
        yield Row("zizmor on one workflow", 0, None, "", "skipped: zizmor is not installed", "")
