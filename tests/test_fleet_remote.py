"""Repositories that lie elsewhere are read like those on this machine, and who asks for a password is a row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from servers.git_http import GitHost, running
from servers.stub import Answer, Stub, stub
from test_commit import git
from test_fleet import last, registry, run, stages, table, workflow

from pinlint.errors import PinlintError
from pinlint.fleet import forges
from pinlint.fleet.sources import sources
from pinlint.logins import basic

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


# --- organisations --------------------------------------------------------------------------------------------------------------


GROUP = (
    "/api/v4/groups/a%2Fb/projects?per_page=100&pagination=keyset&order_by=id&sort=asc&include_subgroups=true&simple=true"
    "&archived=false"
)


def page(field: str, *names: str) -> Answer:
    return Answer(200, (("Content-Type", "application/json"),), json.dumps([{field: name} for name in names]).encode())


@pytest.fixture
def forge(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    with stub() as made:
        url = made.url
        for name in ("GITHUB_TOKEN", "GH_TOKEN", "GITLAB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"):
            monkeypatch.setenv(name, "hunter2")
        monkeypatch.setenv("GITHUB_SERVER_URL", url)
        monkeypatch.setenv("CI_SERVER_URL", url)
        yield made


def test_an_organisation_is_every_repository_that_is_listed(forge: Stub) -> None:
    many = [f"acme/r{number}" for number in range(100)]
    answers = {
        "/api/v3/orgs/acme/repos?per_page=100&page=1": page("full_name", *many),
        "/api/v3/orgs/acme/repos?per_page=100&page=2": page("full_name", "acme/last"),
        "/api/v3/users/ann/repos?per_page=100&page=1": page("full_name", "ann/dots.and-dashes"),
        f"{GROUP}&page=1": page("path_with_namespace", "a/b/c/d"),
    }
    forge.answer = lambda asked: answers.get(asked.path, Answer(404))
    found = [task.repository for task in sources(["github:acme", "github:ann", "gitlab:a/b", "github:acme/one@v1"])[0]]
    assert [name.partition("/")[2].partition("/")[2].partition("/")[2] for name in found] == [
        *many, "acme/last", "ann/dots.and-dashes", "a/b/c/d", "acme/one@v1",
    ]  # fmt: skip
    assert not any("authorization" in asked.headers for asked in forge.asked)  # without TLS nobody is told


def test_a_page_that_is_short_is_not_the_last_where_there_is_a_next_one(forge: Stub) -> None:
    first = page("full_name", "acme/a")
    first = first._replace(headers=(*first.headers, ("Link", f'<{forge.url}/elsewhere?page=2>; rel="next", <x>; rel="last"')))
    last = page("full_name", *(f"acme/r{number}" for number in range(100)))
    last = last._replace(headers=(*last.headers, ("Link", '<x>; rel="prev"')))
    pages = {f"/api/v3/orgs/acme/repos?per_page=100&page={number}": one for number, one in enumerate((first, last), 1)}
    forge.answer = lambda asked: pages.get(asked.path, Answer(404))
    assert len(sources(["github:acme"])[0]) == 101
    assert [asked.path for asked in forge.asked] == list(pages)  # an answer does not lead elsewhere


def listing(*entries: dict[str, Any], link: str = "", **headers: str) -> Answer:
    more = (*((name.replace("_", "-"), value) for name, value in headers.items()), *([("Link", link)] if link else []))
    return Answer(200, (("Content-Type", "application/json"), *more), json.dumps(entries).encode())


def names(found: tuple[list[Any], Any]) -> list[str]:
    return [task.repository.split("/", 3)[3] for task in found[0]]


def test_a_group_is_listed_by_keys_and_its_server_alone_is_asked(forge: Stub) -> None:
    # Fields: lib/api/entities/basic_project_details.rb; Link: "Pagination", GitLab's REST API
    entry = {
        "id": 42,
        "default_branch": "main",
        "namespace": {"full_path": "a/b"},
        "http_url_to_repo": "https://evil.example/x.git",
    }
    away = GROUP.replace("&archived=false", "").partition("?")[2]
    evil = "https://evil.example/api/v4/groups/1/projects"
    link = f'<{evil}?{away}&id_after=42>; rel="next", <{evil}?page=9>; rel="last"'
    answers = {
        f"{GROUP}&page=1": listing({**entry, "path_with_namespace": "a/b/one"}, link=link),
        f"{GROUP}&id_after=42": listing(
            {**entry, "path_with_namespace": "a/b/two"}, link=link.replace("id_after=42", "cursor=x%3D")
        ),
        f"{GROUP}&cursor=x%3D": listing({**entry, "path_with_namespace": "a/b/three"}, link='<x>; rel="first"'),
    }
    forge.answer = lambda asked: answers.get(asked.path, listing())
    assert names(sources(["gitlab:a/b"])) == ["a/b/one", "a/b/two", "a/b/three"]
    assert forge.paths()[:3] == list(answers)


def test_a_list_that_leads_back_to_itself_ends(forge: Stub) -> None:
    forge.answer = lambda _: listing({"path_with_namespace": "a/b"}, link='<x?id_after=42>; rel="next"')
    with pytest.raises(PinlintError, match="leads back to itself"):
        sources(["gitlab:a/b"])
    assert len(forge.asked) == 2


#: Fields as "List organization repositories" of GitHub's REST API has them, and Gitea's modules/structs/repo.go.
REPOSITORIES = [
    {"full_name": "acme/live", "archived": False, "disabled": False, "fork": False, "size": 108, "empty": False},
    {"full_name": "acme/fork", "archived": False, "disabled": False, "fork": True, "size": 1, "empty": False},
    {"full_name": "acme/old", "archived": True, "disabled": False, "fork": False, "size": 9, "empty": False},
    {"full_name": "acme/off", "archived": False, "disabled": True, "fork": False, "size": 9, "empty": False},
]


@pytest.mark.parametrize("archived", [False, True])
def test_what_nobody_can_change_is_counted_and_left_out(forge: Stub, archived: bool) -> None:
    left: dict[str, int] = {}
    forge.answer = lambda asked: listing(*REPOSITORIES) if asked.path.startswith("/api/v3/orgs/acme/") else Answer(404)
    found = names(sources(["github:acme"], archived, left.__setitem__))
    assert found == ["acme/live", "acme/fork", *(["acme/old"] if archived else [])]
    assert left == {"disabled": 1, **({} if archived else {"archived": 1})}


@pytest.mark.parametrize("archived", [False, True])
def test_what_a_group_has_archived_the_server_counts(forge: Stub, archived: bool) -> None:
    def answer(asked: Any) -> Answer:
        if asked.path == GROUP.replace("=false", "=true").replace("per_page=100", "per_page=1"):
            return listing({"path_with_namespace": "a/b/old"}, X_Total="7")
        some = [
            {"path_with_namespace": "a/b/live"},
            *([] if "archived=false" in asked.path else [{"path_with_namespace": "a/b/old"}]),
        ]
        return listing(*some)

    left: dict[str, int] = {}
    forge.answer = answer
    assert names(sources(["gitlab:a/b"], archived, left.__setitem__)) == ["a/b/live", *(["a/b/old"] if archived else [])]
    assert left == ({} if archived else {"archived": 7})


def test_whoever_names_what_is_archived_altogether_hears_it(forge: Stub) -> None:
    forge.answer = lambda _: listing(REPOSITORIES[2])
    with pytest.raises(PinlintError, match="names no repository that is not archived") as raised:
        sources(["github:acme"])
    assert "--archived" in raised.value.hint


def test_the_note_says_how_many_are_left_out(run: Any, forge: Stub) -> None:
    forge.answer = lambda _: listing(*REPOSITORIES)
    _, _, err = run("fleet", "scan", "github:acme", "--into", "x", "--timeout", "1")
    assert "1 that the forge calls archived left out; --archived reads them, too" in err
    assert "1 that the forge calls disabled left out\n" in err


def test_gitlab_lists_what_a_user_has(forge: Stub) -> None:
    path = GROUP.replace("groups/a%2Fb", "users/ann")
    forge.answer = lambda asked: listing({"path_with_namespace": "ann/x"}) if asked.path.startswith(path[:40]) else Answer(404)
    assert names(sources(["gitlab:ann"])) == ["ann/x"]


def test_gitea_lists_page_by_page_what_the_user_may_see(forge: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITEA_SERVER_URL", forge.url)
    monkeypatch.setenv("GITEA_SERVER_TOKEN", "hunter2")
    start = "/api/v1/orgs/acme/repos?limit=50&page="
    answers = {
        f"{start}1": listing(link=f'<{forge.url}{start}2>; rel="next",<{forge.url}{start}3>; rel="last"'),  # none that ann may see
        f"{start}2": listing(*REPOSITORIES, link=f'<{forge.url}{start}3>; rel="next"'),
        f"{start}3": listing({"full_name": "acme/last"}, link=f'<{forge.url}{start}1>; rel="first"'),
    }
    forge.answer = lambda asked: answers.get(asked.path, Answer(404))
    assert names(sources(["gitea:acme"])) == ["acme/live", "acme/fork", "acme/last"]
    assert forge.paths() == list(answers)
    assert not any("authorization" in asked.headers for asked in forge.asked)  # without TLS nobody is told
    monkeypatch.setenv("GITEA_SERVER_URL", "https://gitea.example/")
    assert forges._gitea("acme").secret == "token hunter2"
    assert forges._gitea("acme").lists[1] == "https://gitea.example/api/v1/users/acme/repos"
    monkeypatch.delenv("GITEA_SERVER_URL")
    with pytest.raises(PinlintError, match="set GITEA_SERVER_URL"):
        sources(["gitea:acme"])


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(404), "GitHub knows no acme, or hides it from you"),
        (Answer(403), "GitHub answers 403, set GITHUB_TOKEN"),
        (
            Answer(403, (("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "1893456000"))),
            "GitHub answers 403, it has been asked too often: run it again after 2030-01-01 00:00 UTC",
        ),
        (Answer(403, (("Retry-After", "60"),)), "run it again in 60 seconds"),
        (Answer(401), "GitHub answers 401, set GITHUB_TOKEN"),
        (page("full_name", "../../etc"), "no list of repositories"),
        (page("other", "acme/a"), "no list of repositories"),
        (Answer(200, (), b"{}"), "no list of repositories"),
    ],
    ids=["gone", "refused", "limited", "asked to wait", "unknown", "escaping", "other", "object"],
)
def test_an_organisation_that_cannot_be_listed_ends_the_run(forge: Stub, answer: Answer, why: str) -> None:
    forge.answer = lambda _: answer
    with pytest.raises(PinlintError, match=why):
        sources(["github:acme"])


def test_the_token_of_a_forge_goes_to_its_own_api(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"GITHUB_TOKEN": "one", "GITLAB_TOKEN": "two", "GITLAB_HOST": "gitlab.example"}.items():
        monkeypatch.setenv(name, value)
    for name in ("GH_TOKEN", "GITHUB_SERVER_URL", "GH_HOST", "CI_SERVER_URL"):
        monkeypatch.delenv(name, raising=False)
    github, gitlab = forges._github("acme"), forges._gitlab("acme")
    assert github.lists[0] == "https://api.github.com/orgs/acme/repos"
    assert github.secret == basic("x-access-token", "one")
    assert gitlab.lists == tuple(f"https://gitlab.example/api/v4/{kind}/acme/projects" for kind in ("groups", "users"))
    assert gitlab.secret == "Bearer two"
