"""Go itself says what go.mod means and which go.sum is too short: generated modules, compared.

The proxy is a folder of made-up zips.
"""

# ruff: noqa: E501 - a file a line

from __future__ import annotations

import json
import os
import random
import subprocess
import zipfile
from typing import TYPE_CHECKING

import pytest
from conftest import at_hand

from pinlint.engine import stream
from pinlint.formats import named
from pinlint.model import Fact
from pinlint.semantics.go_modules import read_module, sums
from pinlint.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

#: Module → what it needs.
MODULES = {"alpha": {"gamma": "v1.0.0"}, "beta": {}, "gamma": {"delta": "v1.0.0"}, "delta": {}, "fork": {}}
HOST = "modules.example"


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    at_hand("go")
    folder = tmp_path_factory.mktemp("proxy")
    for name, needed in MODULES.items():
        versions = folder / HOST / name / "@v"
        versions.mkdir(parents=True)
        for number in ("v1.0.0", "v1.1.0"):
            required = "".join(f"require {HOST}/{other} {at}\n" for other, at in needed.items())
            text = f"module {HOST}/{name}\n\ngo 1.18\n\n{required}"
            imports = "".join(f'import _ "{HOST}/{other}"\n' for other in needed)
            (versions / f"{number}.info").write_text(json.dumps({"Version": number}))
            (versions / f"{number}.mod").write_text(text)
            with zipfile.ZipFile(versions / f"{number}.zip", "w") as archive:
                archive.writestr(f"{HOST}/{name}@{number}/go.mod", text)
                archive.writestr(f"{HOST}/{name}@{number}/{name}.go", f"package {name}\n\n{imports}")
        (versions / "list").write_text("v1.0.0\nv1.1.0\n")
    return folder


def go(root: Path, *arguments: str, proxy: Path | None = None) -> subprocess.CompletedProcess[str]:
    cache = root.parent / "cache"
    own = {"GOPATH": str(cache), "GOCACHE": str(cache / "build"), "GOFLAGS": "-modcacherw", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    where = {"GOPROXY": f"file://{proxy}" if proxy else "off", "GONOSUMDB": "*", "GOSUMDB": "off", "HOME": str(root.parent)}
    return subprocess.run(
        ["go", *arguments], cwd=root, capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"], **own, **where}
    )


def facts(root: Path) -> list[str]:
    tree = Tree(str(root), lambda: ["go.mod", "go.sum"])
    return [one.kind for one in stream(tree.read("go.mod"), named("go_mod"), tree) if isinstance(one, Fact)]


@pytest.mark.parametrize("seed", range(16))
def test_a_sum_is_missed_where_go_misses_it(seed: int, proxy: Path, tmp_path: Path) -> None:
    draw = random.Random(seed)
    root = tmp_path / "module"
    root.mkdir()
    wanted = draw.sample(["alpha", "beta", "gamma"], draw.choice((1, 2, 3)))
    required = "".join(f"\t{HOST}/{name} {draw.choice(('v1.0.0', 'v1.1.0'))}\n" for name in wanted)
    replaced = f"replace {HOST}/beta => {HOST}/fork v1.0.0\n" if draw.random() < 0.3 else ""
    (root / "go.mod").write_text(f"module {HOST}/main\n\ngo 1.21\n\nrequire (\n{required})\n\n{replaced}")
    imports = "".join(f'import _ "{HOST}/{name}"\n' for name in wanted)
    (root / "main.go").write_text(f"package main\n\n{imports}\nfunc main() {{}}\n")
    if replaced:
        (proxy / HOST / "fork/@v/v1.0.0.mod").write_text(f"module {HOST}/beta\n\ngo 1.18\n")
    tidied = go(root, "mod", "tidy", proxy=proxy)
    assert tidied.returncode == 0, tidied.stderr
    assert facts(root) == []
    lines = (root / "go.sum").read_text().splitlines(keepends=True)
    direct = [line for line in lines if any(f"{HOST}/{name} " in line for name in wanted)]
    gone = draw.choice([*direct, ""])
    (root / "go.sum").write_text("".join(line for line in lines if line != gone))
    refused = go(root, "list", "-mod=readonly", "-deps", "./...", proxy=proxy)
    assert (facts(root) == ["stale-lock"]) == (refused.returncode != 0), refused.stderr
    (root / "go.sum").unlink()
    assert facts(root) == ["missing-lock"]
    assert go(root, "list", "-mod=readonly", "-deps", "./...", proxy=proxy).returncode != 0


TEXTS = {
    "one line each": "module a.example/b\ngo 1.21\nrequire a.example/c v1.2.3\nrequire a.example/d v1.2.3 // indirect\n",
    "a block": "module a.example/b\nrequire (\n\ta.example/c v1.2.3 // indirect; why\n\n\t// a note (in brackets)\n\ta.example/d v0.0.0-20200101000000-abcdefabcdef//indirect\n)\n",
    "quotes": 'module "a.example/b"\nrequire "a.example/c" v1.2.3\nreplace "a.example/c" v1.2.3 => "./c-d"\n',
    "replacements": "module a.example/b\nreplace (\n\ta.example/c => ../c\n\ta.example/d v1.0.0 => a.example/e v1.1.0\n)\nreplace a.example/f => a.example/g v2.0.0+incompatible\n",
    "other verbs": "module a.example/b\ntoolchain go1.21.3\ngodebug default=go1.21\nexclude a.example/c v1.0.0\nretract [v1.0.0, v1.1.0]\nretract (\n\tv1.2.0 // (bad)\n)\ntool a.example/c/cmd\nrequire a.example/c v1.1.0\n",
    "CRLF": "module a.example/b\r\nrequire (\r\n\ta.example/c v1.2.3\r\n)\r\nrequire a.example/d v1.2.3 // indirect\r\n",
    "blanks": "module a.example/b\nrequire(\n  a.example/c   v1.2.3\n )\n",
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_go_mod_means_what_go_says(name: str, tmp_path: Path) -> None:
    at_hand("go")
    root = tmp_path / "module"
    root.mkdir()
    (root / "go.mod").write_text(TEXTS[name], newline="")
    told = go(root, "mod", "edit", "-json")
    assert told.returncode == 0, told.stderr
    said = json.loads(told.stdout)
    read = read_module(TEXTS[name])
    required = [(one["Path"], one["Version"], one.get("Indirect", False)) for one in said.get("Require") or []]
    assert [(path.text, version.text, indirect) for path, version, indirect in read.required] == required
    replaced = [
        (one["Old"]["Path"], one["Old"].get("Version", ""), one["New"]["Path"], one["New"].get("Version"))
        for one in said.get("Replace") or []
    ]
    assert [(one.path, one.version, one.by.text, one.at.text if one.at else None) for one in read.replaced] == replaced
    assert (read.toolchain.text if read.toolchain else None) == said.get("Toolchain")
    assert read.odd is None


def test_a_line_of_other_than_three_words_ends_the_sums() -> None:
    assert [getattr(one, "path", None) for one in sums("a v1 h1:x\n\nb v1/go.mod h1:y\r\nc v1\nd v1 h1:z\n")] == ["a", "b", None]
