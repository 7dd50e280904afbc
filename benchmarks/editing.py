"""What a key costs in an editor: the judgement of a text that changes, against one look at it by pinlint and by a YAML library.

What an editor and the server say to each other is not in it: no library for that is where benchmarks run.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from board import Board, Row
from commands import workflow
from measure import Command, Ratio, Wrong, ratio, rounds
from samples import write

__all__ = ["editing"]

_BYTES, _KEYS, _ROUNDS = 29_000, 20, 5
_NAME = ".github/workflows/build.yml"
#: So many texts, each a key longer than the one before; what is done with one of them; what is said of the last.
_TIMED = """\
import gc, os, sys, time
root, name, keys = os.path.realpath(sys.argv[1]), sys.argv[2], int(sys.argv[3])
path = os.path.join(root, name)
text = open(path, encoding="utf-8").read()
middle = text.index("\\n", len(text) // 2)
texts = [text[:middle] + " # " + "x" * number + text[middle:] for number in range(keys + 1)]
{begin}
one(texts[0], 0)
gc.collect()
gc.freeze()
wall, cpu = time.perf_counter(), time.process_time()
for number, text in enumerate(texts[1:], 1):
    found = one(text, number)
print(time.perf_counter() - wall, time.process_time() - cpu)
print(found, file=open(os.path.join(root, sys.argv[4]), "w"))
"""
_SERVER = """\
from pinlint.options import Options
from pinlint.server.workspace import Text, Workspace, address
options, uri = Options(), address(path)
options.isolated = True
space = Workspace(options)
def one(text, version):
    space.put(Text(uri, path, text, version, version == 0))
    return sum(len(told) for _, _, told in space.judge([uri]))
"""
_LINT = """\
from pinlint.config import Policy
from pinlint.engine import check
from pinlint.naming import format_of
from pinlint.text import Document
from pinlint.tree import Tree
def one(text, version):
    return len(check(Document(name, text.encode()), format_of(name), Tree(root, lambda: [name]), Policy(), "")[0].diagnostics)
"""
_LIBRARY = """\
import yaml
def one(text, version):
    yaml.compose(text, Loader=yaml.{})
    return "composed"
"""


def editing(board: Board) -> Iterator[Row]:
    """A comment that grows in the middle of a workflow with commands and actions, some of them not pinned."""
    choose, text = random.Random(15), ""
    for number in range(100):
        body = "".join(workflow(choose)).partition("jobs:\n")[2].replace("  job", f"  part{number}-job")
        if len(text) + len(body) > _BYTES:
            break
        text += body
    text = f"on: push\npermissions:\n  contents: read\njobs:\n{text}".replace("actions/cache@", "actions/cache@v4 # ")
    write(board.folder, _NAME, text)
    write(board.folder, ".git/HEAD", "ref: refs/heads/main\n")
    readers = {"server": _SERVER, "lint": _LINT, "C": _LIBRARY.format("CSafeLoader"), "Python": _LIBRARY.format("SafeLoader")}
    commands = {name: _command(board, name, begin) for name, begin in readers.items()}
    measured = rounds(commands, _ROUNDS)
    if measured[0]["server"].seen != measured[0]["lint"].seen or measured[0]["lint"].seen == "0":
        raise Wrong(f"the server found {measured[0]['server'].seen}, a lint {measured[0]['lint'].seen}")
    key = 1000 * min(one["server"].wall for one in measured) / _KEYS
    seen = f"{measured[0]['server'].seen} findings, {key:.1f} ms a key"
    for other, limit, what in (("lint", 1.3, "a lint of it"), ("Python", 1.0, "PyYAML composes it"), ("C", None, "libyaml does")):
        times: Ratio = ratio(measured, lambda t, other=other: t["server"] / t[other])  # type: ignore[misc]
        yield board.row(f"a key in {len(text) // 1000} KB of workflow / {what}", times, limit, seen)


def _command(board: Board, name: str, begin: str) -> Command:
    """A run of its own, which says how long all keys took, and in a file what was found at the last."""
    argv = [board.python, "-I", "-c", _TIMED.format(begin=begin), board.folder, _NAME, str(_KEYS), f"{name}.found"]

    def found(_: str) -> str:
        with open(f"{board.folder}/{name}.found", encoding="utf-8") as file:
            return file.read().strip()

    return Command(argv, board.folder, found, self_timed=True)
