"""What fixtures cannot say about Compose files: cycles end, and what is not of the repository has no say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import pinlint.formats.compose as reader
from pinlint.model import Reference, Span
from pinlint.text import Document
from pinlint.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path


def verdicts(folder: Path, files: dict[str, str], listed: list[str] | None = None) -> list[tuple[str, str]]:
    """(text at the place, verdict) of every reference in docker-compose.yml."""
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    paths = list(files) if listed is None else listed
    tree = Tree(str(folder), lambda: paths)
    document = tree.read("docker-compose.yml")
    found = [one for one in reader.references(document, tree) if isinstance(one, Reference)]
    places = [(one.span, one.verdict) for one in found if isinstance(one.span, Span)]
    return [(document.text[span.start : span.end], verdict) for span, verdict in places]


@pytest.mark.parametrize(
    "target", ["{service: a}", "{file: other/x.yml, service: b}", "{file: docker-compose.yml, service: a}", "[a]"]
)
def test_services_that_extend_one_another_end(target: str, tmp_path: Path) -> None:
    back = "services:\n  b:\n    extends: {file: ../docker-compose.yml, service: a}\n"
    text = f"services:\n  a:\n    image: shop/a\n    extends: {target}\n"
    assert verdicts(tmp_path, {"docker-compose.yml": text, "other/x.yml": back}) == [("shop/a", "floating")]


def test_build_is_found_at_the_end_of_the_chain(tmp_path: Path) -> None:
    text = "services:\n  a:\n    image: shop/a\n    extends: {file: other/x.yml, service: b}\n"
    other = "services:\n  b:\n    extends: c\n  c:\n    build: .\n"
    assert verdicts(tmp_path, {"docker-compose.yml": text, "other/x.yml": other}) == [("shop/a", "local")]


def test_variables_of_an_untracked_file_have_no_say(tmp_path: Path) -> None:
    """What one machine's `.env` says, another's does not: the finding would come and go."""
    files = {"docker-compose.yml": "services:\n  a:\n    image: shop/a:${TAG}\n", ".env": "TAG=3\n"}
    assert verdicts(tmp_path, files) == [("${TAG}", "tag")]
    assert verdicts(tmp_path, files, ["docker-compose.yml"]) == [("shop/a:${TAG}", "unknown")]


def test_sibling_that_is_no_yaml_has_no_say(tmp_path: Path) -> None:
    files = {"docker-compose.yml": "services:\n  a:\n    image: shop/a:1\n", "docker-compose.override.yml": "services: [\n"}
    assert verdicts(tmp_path, files) == [("1", "tag")]


@pytest.mark.parametrize(
    ("args", "written"),
    [
        ("one: &a {BASE: node:22}", ["node:22"]),
        ("one: &a {BASE: node:22}, two: *a", []),  # another Dockerfile gets the same value
        ("one: &a {BASE: node:22}, same: *a", ["node:22"]),
        ("one: {BASE: node:22}, two: {BASE: node:22}", ["node:22"]),
        ("many: {BASE: node:22}", []),  # a second FROM sees it
        ("run: {BASE: node:22}", []),  # a RUN sees it
    ],
)
def test_a_digest_is_written_to_an_argument_that_one_from_alone_sees(tmp_path: Path, args: str, written: list[str]) -> None:
    files = {"one": "ARG BASE\nFROM $BASE\n", "two": "FROM scratch\nARG BASE\nRUN echo $BASE\n"}
    files |= {"many": "ARG BASE\nFROM $BASE\nFROM $BASE\n", "run": "ARG BASE\nFROM $BASE\nARG BASE\nRUN echo $BASE\n"}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "compose.yaml").touch()
    builds = [one.split(": ", 1) for one in args.split(", ")]
    services = [f"  s{number}: {{build: {{dockerfile: {name}, args: {of}}}}}" for number, (name, of) in enumerate(builds)]
    text = "\n".join(["services:", *services, ""]).replace("same", "one")
    tree = Tree(str(tmp_path), lambda: [*files, "compose.yaml"])
    found = [
        one
        for one in reader.references(Document("compose.yaml", text.encode()), tree)
        if isinstance(one, Reference) and one.site is not None
    ]
    assert [text[one.site.start : one.site.end] for one in found if isinstance(one.site, Span)] == written
