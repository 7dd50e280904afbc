"""Workflows against zizmor: both find the same actions and images that nothing pins, line by line.

Workflows are generated, several hundred in one run of zizmor; what it reads otherwise stands in a test of its own, with the reason.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import need

from pinlint.formats.github_workflow import references
from pinlint.model import Reference, Span
from pinlint.text import Document
from pinlint.tree import Tree

COMMIT = "0123456789abcdef0123456789ABCDEF01234567"
DIGEST = f"sha256:{'0123456789abcdef' * 4}"
#: What is generated, by name, so that a test can say that each occurs.
USES = {
    "tag": "acme/tool@v4", "full version": "acme/tool/sub.dir@1.2.3", "branch": "Acme/tool@main", "slashes": "acme/tool@release/v1",
    "commit": f"acme/tool@{COMMIT}", "commit of a part": f"acme/tool/a/b@{COMMIT.lower()}", "short": "acme/tool@0123abc",
    "local": "./tools/own", "at in a path": "./tools@2/own", "self": "$/tools/own", "image by tag": "docker://ghcr.io/acme/scan:3.1",
    "image": "docker://alpine", "image by port": "docker://registry.example:5000/scan", "image by digest": f"docker://alpine@{DIGEST}",
    "image by both": f"docker://alpine:3@{DIGEST}",
}  # fmt: skip
IMAGES = {
    "scalar": "node:22", "floating": "ghcr.io/acme/build", "latest": "node:latest", "pinned": f"node:22@{DIGEST}", "empty": "",
    "matrix": "${{ matrix.image }}", "part": "node:${{ matrix.version }}", "choice": "${{ github.job && 'node:22' || '' }}",
    "unknown": "${{ inputs.image }}",
}  # fmt: skip
FORMS = ("plain", "single", "double", "flow", "parallel")


class Sample(NamedTuple):
    """A workflow and the names of what stands in it."""

    text: str
    constructs: set[str]


def sample(draw: random.Random) -> Sample:
    """A workflow of one to three jobs."""
    lines, constructs = ["on: push", "jobs:"], set[str]()
    for number in range(draw.randint(1, 3)):
        lines.append(f"  job{number}:")
        if draw.random() < 0.15:
            name = draw.choice(("build.yml@v1", f"build.yaml@{COMMIT}", "build.yml@main"))
            lines.append(f"    uses: acme/flows/.github/workflows/{name}")
            constructs.add("reusable")
            continue
        if draw.random() < 0.1:
            constructs.add("resting")
            lines.append("    if: false")
        lines += ["    runs-on: ubuntu-24.04", "    strategy:", "      matrix:", "        version: [22, '24']", "        image:"]
        lines += [f"          - {draw.choice(('alpine:3', 'alpine', f'alpine:3@{DIGEST}'))}" for _ in range(draw.randint(1, 2))]
        if draw.random() < 0.4:
            name = draw.choice(list(IMAGES))
            constructs.add(f"container {name}")
            lines += draw.choice(
                ([f"    container: {quoted(IMAGES[name])}"], ["    container:", f"      image: {quoted(IMAGES[name])}"])
            )
        if draw.random() < 0.4:
            name = draw.choice(list(IMAGES))
            constructs.add(f"service {name}")
            lines += ["    services:", "      db:", f"        image: {quoted(IMAGES[name])}"]
        lines.append("    steps:")
        lines += [line for _ in range(draw.randint(1, 4)) for line in step(draw, constructs)]
    return Sample("\n".join(lines) + "\n", constructs)


def quoted(text: str) -> str:
    return text or '""'


def step(draw: random.Random, constructs: set[str]) -> list[str]:
    name, form = draw.choice(list(USES)), draw.choice(FORMS)
    constructs |= {f"uses {name}", form}
    text = USES[name]
    if form == "flow":
        return [f"      - {{name: x, uses: '{text}'}}"]
    if form == "parallel":
        return ["      - parallel:", f"          - uses: {text}"]
    mark = {"plain": "", "single": "'", "double": '"'}[form]
    return [f"      - uses: {mark}{text}{mark} # v1", "        with: {uses: none}"]


def zizmor(folder: Path) -> dict[str, list[tuple[str, int]]]:
    """(audit, line) of what zizmor finds, by file name; an image of a matrix stands where the matrix writes it."""
    program = shutil.which("zizmor", path=str(Path(sys.executable).parent)) or "zizmor"
    need(program)
    command = [program, "--offline", "--no-progress", "--no-config", "--persona=pedantic", "--format=json", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found: dict[str, list[tuple[str, int]]] = {}
    for finding in json.loads(done.stdout):
        if finding["ident"] not in ("unpinned-uses", "unpinned-images"):
            continue
        places = [one for one in finding["locations"] if one["symbolic"]["kind"] != "Hidden"]
        primary = next(one for one in places if one["symbolic"]["kind"] == "Primary")
        expanded = [one for one in places if "this expansion" in one["symbolic"]["annotation"]]
        alone = "${{ matrix.image }}" in primary["concrete"]["feature"]
        place = expanded[0] if expanded and alone else primary
        path = Path(primary["symbolic"]["key"]["Local"]["verbatim_path"]).name
        found.setdefault(path, []).append((finding["ident"], place["concrete"]["location"]["end_point"]["row"] + 1))
    return found


def pinlint(text: str) -> list[tuple[str, int]]:
    """The same of pinlint."""
    document = Document(".github/workflows/ci.yml", text.encode())
    found = []
    for one in references(document, Tree("/nowhere", list)):
        assert isinstance(one, Reference)
        if one.verdict not in ("digest", "local") and not one.settled_by:
            audit = "unpinned-images" if one.artifact.kind == "image" else "unpinned-uses"
            assert isinstance(one.span, Span)
            found.append((audit, document.position(one.span.start)[0]))
    return found


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    draw = random.Random(20261123)
    return [sample(draw) for _ in range(400)]


def test_every_construct_occurs(samples: list[Sample]) -> None:
    names = {f"uses {name}" for name in USES} | {f"{place} {name}" for place in ("container", "service") for name in IMAGES}
    for name in {*names, *FORMS, "reusable", "resting"}:
        assert sum(name in one.constructs for one in samples) >= len(samples) / 100, name


def test_the_same_actions_and_images_are_found(samples: list[Sample], tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    for number, one in enumerate(samples):
        (folder / f"{number}.yml").write_text(one.text, encoding="utf-8")
    theirs = zizmor(tmp_path)
    assert sum(map(len, theirs.values())) > len(samples)
    for number, one in enumerate(samples):
        assert set(pinlint(one.text)) == set(theirs.get(f"{number}.yml", [])), one.text


STEP = "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - "
JOB = "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    "
CALL = "on: push\njobs:\n  a:\n    uses: "
OTHERWISE = {
    "the first @ ends the name, so the ref is a@COMMIT, a branch": (f"{STEP}uses: acme/tool@a@{COMMIT}\n", 1, 0),
    "what a step uses is fetched before its condition is looked at": (f"{STEP}uses: acme/tool@v1\n        if: false\n", 1, 0),
    "an alias is the same place again": (f"{STEP}&x\n        uses: acme/tool@v1\n      - *x\n", 1, 2),
    "a digest has a length": (f"{STEP}uses: docker://alpine@sha256:0a1b\n", 1, 0),
    "SLSA's generators need a tag": (
        f"{CALL}slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml@v2.1.0\n",
        0,
        1,
    ),
    "its condition rules SQLite out": (
        (
            f"{JOB}strategy: {{matrix: {{db: [sqlite]}}}}\n    services:\n      db:\n"
            "        image: ${{ startsWith(matrix.db, 'mysql:') && matrix.db || '' }}\n    steps: []\n"
        ),
        0,
        1,
    ),
}


@pytest.mark.parametrize("why", OTHERWISE)
def test_what_is_read_otherwise(why: str, tmp_path: Path) -> None:
    text, ours, theirs = OTHERWISE[why]
    path = tmp_path / ".github" / "workflows" / "ci.yml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    assert (len(pinlint(text)), len(zizmor(tmp_path).get("ci.yml", []))) == (ours, theirs)
