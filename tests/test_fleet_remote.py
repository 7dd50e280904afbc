"""Repositories that lie elsewhere are read like those on this machine, and who asks for a password is a row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from servers.git_http import GitHost, running
from test_commit import git
from test_fleet import last, registry, run, stages, table, workflow

pytest.importorskip("pyarrow.parquet")
assert run
assert registry


@pytest.fixture
def host(tmp_path: Path) -> Iterator[GitHost]:
    with running(tmp_path / "served") as made:
        yield made


def made(host: GitHost, name: str) -> Path:
    work = host.repository(name)
    (work / ".github/workflows").mkdir(parents=True)
    (work / ".github/workflows/ci.yml").write_text(workflow("actions/checkout@v4"))
    (work / "Dockerfile").write_text("FROM node:20\n")
    (work / "link").symlink_to("Dockerfile")
    (work / "pinlint.toml").write_text('[require]\nimage = "tag"\n')
    host.commit(work, "two")
    git(work, "tag", "-a", "-m", "x", "v1")
    git(work, "config", "uploadpack.allowFilter", "true")
    return work


def without(rows: list[dict[str, Any]], *names: str) -> list[str]:
    return sorted(json.dumps({key: value for key, value in row.items() if key not in names}, default=str) for row in rows)


def test_a_remote_repository_is_read_as_its_clone_is(run: Any, tmp_path: Path, host: GitHost) -> None:
    work = made(host, "shop")
    host.repository("secret")
    host.private.add("secret")
    url = host.url.replace("http://", "http://someone:hunter2@")
    (tmp_path / "list").write_text(
        f"{url}/shop\n{host.url}/shop@v1\n{host.url}/shop@nope\n{url}/secret\n{host.url}/gone.git\nssh://git@127.0.0.1/a\n"
    )
    assert run("fleet", "scan", "list", "--into", "far")[0] == 0
    assert run("fleet", "scan", str(host.root / "shop"), "--into", "near")[0] == 0
    for name, left_out in (("references", ()), ("findings", ()), ("repositories", ("named", "revision"))):
        far = table(tmp_path / "far", name)
        assert {row["repository"] for row in far} == {f"{host.url}/shop", f"{host.url}/shop@v1"}
        mine = [row for row in far if row["repository"].endswith("shop")]
        assert without(mine, "repository", *left_out) == without(table(tmp_path / "near", name), "repository", *left_out)
    failed = stages(tmp_path / "far")
    assert {name: stage for name, (stage, _) in failed.items()} == {
        "shop@nope": "fetch",
        "secret": "fetch",
        "gone": "fetch",
        "a": "commit",
    }
    assert "401, no such repository, or a private one" in failed["secret"][1]
    assert "only ssh leads to" in failed["a"][1]
    assert not any("someone" in sent for _, _, sent in host.requests)  # a login in a list goes nowhere, not even there
    assert [path for path in (tmp_path / "far").rglob("*") if path.is_file() and b"hunter2" in path.read_bytes()] == []
    host.requests.clear()
    (tmp_path / "list").write_text(f"{host.url}/shop\n{host.url}/shop@v1\n")
    assert run("fleet", "scan", "list", "--into", "far")[0] == 0
    assert last(tmp_path / "far")["read"] == 0
    assert len(host.requests) == 2  # what the branch and the tag name now, and nothing of what is there
    host.commit(work, "three")
    host.requests.clear()
    assert run("fleet", "scan", "list", "--into", "far")[0] == 0
    assert last(tmp_path / "far")["read"] == 1
    assert len(host.requests) == 6  # beside those two: what the host can do, folders, the configuration, everything else


def test_a_remote_repository_gets_the_patch_of_its_clone(run: Any, tmp_path: Path, host: GitHost, registry: Any) -> None:
    made(host, "shop")
    for into, source in (("far", f"{host.url}/shop"), ("near", str(host.root / "shop"))):
        assert run("fleet", "fix", source, "--into", into)[0] == 0
    patches = [path.read_bytes().partition(b"\ndiff ")[2] for into in ("far", "near") for path in (tmp_path / into).glob("*.patch")]
    assert len(patches) == 2
    assert patches[0] == patches[1] != b""
