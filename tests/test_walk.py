"""The one walk over files: each once, in what order, as what, and what becomes of those on which it fails."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from pinlint import errors
from pinlint.cli import main
from pinlint.config import Policy
from pinlint.discover import Found, format_of
from pinlint.fix import mend
from pinlint.pins import Pin
from pinlint.tree import Tree
from pinlint.walk import Visited, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pinlint.formats import Format
    from pinlint.text import Document

POD = "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: 'alpine:3.20'}]}\n"
JOB = "build:\n  script: [make]\n  image: debian:12\n"
PIPELINE = "include:\n- local: /ci/c.yaml\n- local: /ci/d.yml\n"
#: Among them one that could be a manifest, for its content, of which another file says that it is a part of a pipeline; and one of
#: no kind.
FILES = {
    "a.yaml": POD,
    "b.yaml": "a: 1\n",
    "ci/c.yaml": "# apiVersion\n" + JOB,
    "ci/d.yml": "include: /ci/c.yaml\n" + JOB.replace("build", "test"),
    "d/Dockerfile": "FROM alpine:3.20\n",
    "requirements-dev.txt": "-r requirements.txt\n-r base.pip\npytest==8\n",
    "base.pip": "flask==3\n",
    "requirements.txt": "-r base.pip\nsix==1\n",
    "z.gitlab-ci.yml": PIPELINE + JOB,
}


def named(*paths: str) -> list[tuple[str, Format]]:
    return [(path, format_) for path in sorted(paths) if (format_ := format_of(path)) is not None]


def gone_over(contents: dict[str, str], included: Callable[[Document], list[str]], *paths: str) -> Iterator[Visited[str]]:
    tree = Tree("/nowhere", lambda: list(contents), {path: text.encode() for path, text in contents.items()})
    return walk(tree, named(*(paths or contents)), lambda document, _: (document.text, included(document)))


def test_what_another_file_takes_a_file_for_counts_for_more_than_its_content() -> None:
    contents = {path: text for path, text in FILES.items() if path.endswith(("yaml", "ci.yml"))}
    visited = gone_over(contents, lambda one: ["ci/c.yaml"] if one.path.startswith("z") else [])
    assert [(one.path, one.format.name) for one in visited] == [
        ("z.gitlab-ci.yml", "gitlab_ci"),
        ("ci/c.yaml", "gitlab_ci"),
        ("a.yaml", "by_content"),
    ]


def test_files_that_include_one_another_are_visited_once() -> None:
    contents = {"a.gitlab-ci.yml": "a: 1\n", "x.yml": "x: 1\n", "y.yml": "y: 1\n"}
    visited = gone_over(contents, lambda one: [path for path in contents if path != one.path], "a.gitlab-ci.yml")
    assert [one.path for one in visited] == ["a.gitlab-ci.yml", "y.yml", "x.yml"]


def test_each_is_there_before_the_next_is_read() -> None:
    seen: list[str] = []

    def included(document: Document) -> list[str]:
        seen.append(document.path)
        return []

    for number, _ in enumerate(gone_over({"a/Dockerfile": "", "b/Dockerfile": "", "c/Dockerfile": ""}, included), 1):
        assert len(seen) == number


def test_a_mistake_is_told_of_its_file_and_the_others_are_visited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors, "failure", errors.failure.__wrapped__)  # type: ignore[attr-defined]

    def included(document: Document) -> list[str]:
        return [] if document.path != "b/Dockerfile" else [[""][len(document.text)]]

    visited = gone_over(dict.fromkeys(("a/Dockerfile", "b/Dockerfile", "c/Dockerfile"), "x"), included)
    assert [(one.path, one.made, one.failed) for one in visited] == [
        ("a/Dockerfile", "x", ""),
        ("b/Dockerfile", None, "IndexError in walk._visited"),
        ("c/Dockerfile", "x", ""),
    ]


def test_what_cannot_be_read_says_why_and_is_absent_only_where_nothing_tells_its_kind() -> None:
    visited = gone_over({"pom.xml": "\0", "x.yaml": "apiVersion: image\0"}, lambda _: [], "pom.xml", "x.yaml", "y.yaml")
    assert [(one.path, one.unread[:14], one.absent) for one in visited] == [
        ("pom.xml", "it holds NUL b", False),
        ("x.yaml", "it holds NUL b", False),
        ("y.yaml", "it does not ex", True),
    ]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of the files above."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each file is read from here on."""
    counted: Counter[str] = Counter()
    read = Tree.bytes

    def bytes_(tree: Tree, path: str) -> bytes:
        counted[path] += 1
        return read(tree, path)

    monkeypatch.setattr(Tree, "bytes", bytes_)
    return counted


@pytest.mark.parametrize("arguments", [(), ("inventory",), ("baseline",), ("b.yaml", "a.yaml", "ci/c.yaml", "z.gitlab-ci.yml")])
def test_a_run_reads_each_file_once(root: Path, reads: Counter[str], arguments: tuple[str, ...]) -> None:
    main([*arguments])
    expected = set(arguments if "a.yaml" in arguments else FILES) | {"ci/c.yaml", "ci/d.yml"}
    configuration = {"pinlint.toml", ".pinlint.toml", "pyproject.toml", "pinlint-baseline.json"}
    assert {path: count for path, count in reads.items() if path not in configuration} == dict.fromkeys(expected, 1)


def test_check_fix_and_inventory_go_over_the_same_files(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--output-format", "json"])
    checked = {(one["path"], one["name"]) for one in json.loads(capsys.readouterr().out)["findings"]}
    main(["inventory", "--output-format", "json"])
    rows = [(one["path"], one["name"], one["role"]) for one in json.loads(capsys.readouterr().out)]
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert [row[1] for row in rows if row[0] == "ci/c.yaml"] == ["docker.io/library/debian"]
    assert checked == {(path, name) for path, name, _ in rows if name.startswith("docker.io/")}
    found = Found(str(root), named(*(path for path in FILES if path != "base.pip")))
    asked = Pin("1", ("sha256:" + "5f" * 32,), "")
    (mended,) = mend.mend([found], lambda _: Policy(), lambda *_: asked, (), unsafe=False, write=False)
    assert {(path, fix.attempt.place.name) for path, fix in [*mended.fixed, *mended.unfixed]} == checked
