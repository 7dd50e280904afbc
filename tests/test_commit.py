"""The files of a commit are judged as those of a work tree are, and a change is what a commit does not have."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import need

from pinlint import git as git_module
from pinlint import since
from pinlint.cli import main
from pinlint.commit import CommitTree, base, commit
from pinlint.errors import PinlintError
from pinlint.semantics.own_repository import origin
from pinlint.text import Unread

ENVIRONMENT = {
    "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example",
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "GIT_ALLOW_PROTOCOL": "file",
}  # fmt: skip


def git(folder: Path, *words: str, stdin: bytes = b"") -> str:
    need("git")
    done = subprocess.run(
        ["git", *words], cwd=folder, env={**os.environ, **ENVIRONMENT}, input=stdin, capture_output=True, check=True
    )
    return done.stdout.decode().strip()


def put(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(list(arguments))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "r"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    return folder


def committed(root: Path, **files: str) -> str:
    put(root, **files)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "x")
    return git(root, "rev-parse", "HEAD")


def tree(root: Path, revision: str = "HEAD") -> CommitTree:
    return CommitTree(commit(str(root), revision))


def told(tree: CommitTree, path: str) -> str:
    try:
        return tree.bytes(path).decode()
    except Unread as error:
        return f"({error})"


def findings(run: Any, *words: str) -> list[tuple[str, int, str]]:
    code, out, err = run(*words, "--output-format", "json")
    assert code in (0, 1), err
    return [(one["path"], one["line"], one["rule"]) for one in json.loads(out)["findings"] if not one.get("suppressed")]


# --- a commit's files -----------------------------------------------------------------------------------------------------------


def test_a_commit_is_read_as_it_was(root: Path) -> None:
    committed(root, Dockerfile="FROM a:1\n", a__b="x")
    put(root, Dockerfile="FROM b:1\n", new="y")
    assert sorted(tree(root).listed()) == ["Dockerfile", "a/b"]
    assert told(tree(root), "Dockerfile") == "FROM a:1\n"
    assert told(tree(root), "new") == "(it does not exist there)"
    assert told(tree(root), "../x") == "(it lies outside the repository, where pinlint does not look)"


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("a/b", "x"),
        ("./a/../a/b", "x"),
        ("folder/b", "x"),
        ("nothing", "(it does not exist there)"),
        ("/etc/passwd", "(it is a link to a place outside the repository, where pinlint does not look)"),
        ("../r/a/b", "(it is a link to a place outside the repository, where pinlint does not look)"),
        ("link", "(links lead from it to one another, and to no file)"),
    ],
)
def test_a_link_leads_within_the_commit(root: Path, target: str, text: str) -> None:
    put(root, a__b="x")
    (root / "folder").symlink_to("a")
    (root / "link").symlink_to(target)
    committed(root)
    assert told(tree(root), "link") == text
    assert tree(root).exists("link") is (text == "x")
    assert told(tree(root), "folder/b") == "x"


def test_paths_that_git_would_not_check_out_are_no_files(root: Path) -> None:
    blob = git(root, "hash-object", "-w", "--stdin", stdin=b"FROM a\n")
    entries = "".join(f"100644 blob {blob}\t{name}\n" for name in ("Dockerfile", "x"))
    inner = git(root, "mktree", stdin=entries.encode())
    raw = b"".join(b"40000 " + name + b"\0" + bytes.fromhex(inner) for name in (b"..", b".GIT", b"ok"))
    outer = git(root, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=raw)
    one = git(root, "commit-tree", outer, "-m", "x")
    assert sorted(tree(root, one).listed()) == ["ok/Dockerfile", "ok/x"]


def test_a_submodule_is_not_there_and_large_content_is_not_read(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    committed(other, Dockerfile="FROM a\n")
    git(root, "submodule", "add", "-q", str(other), "sub")
    committed(root, large="x" * 100)
    monkeypatch.setattr("pinlint.commit.SIZE_LIMIT", 50)
    assert sorted(tree(root).listed()) == [".gitmodules", "large"]
    assert "larger than" in told(tree(root), "large")


def test_revisions_are_those_of_git(root: Path) -> None:
    first = committed(root, a="1")
    git(root, "tag", "-a", "v1", "-m", "x")
    second = committed(root, a="2")
    git(root, "checkout", "-q", "-b", "feature/x", first)
    third = committed(root, b="3")
    git(root, "merge", "-q", "--no-edit", "main")
    git(root, "update-ref", "refs/remotes/origin/main", second)
    git(root, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    names = (
        "HEAD main feature/x v1 v1^{} HEAD~1 HEAD^2 HEAD^1~1 heads/main refs/heads/main origin/main origin @ @~1 "
        f"{first} {second[:8]} {third.upper()} {third}^"
    ).split()
    for packed in (False, True):
        if packed:
            git(root, "pack-refs", "--all")
            git(root, "gc", "-q")
        for name in names:
            assert commit(str(root), name).id == git(root, "rev-parse", f"{name}^{{commit}}"), (name, packed)
        assert base(str(root), "main").id == git(root, "merge-base", "main", "HEAD")
    for name in ("nothing", "", "--all", "HEAD@{1}", ":/x", "main..HEAD", "../../x", "HEAD:a", "main^{tree}", "a\0b"):
        with pytest.raises(PinlintError, match="there is no commit"):
            commit(str(root), name)


def test_a_worktree_and_a_bare_repository_have_commits(root: Path, tmp_path: Path) -> None:
    one = committed(root, Dockerfile="FROM a:1\n")
    git(root, "worktree", "add", "-q", str(tmp_path / "w"), "-b", "other")
    two = committed(tmp_path / "w", Dockerfile="FROM b:1\n")
    git(tmp_path, "clone", "-q", "--bare", str(root), "bare.git")
    assert commit(str(tmp_path / "w"), "HEAD").id == two
    assert commit(str(tmp_path / "w"), "main").id == one
    assert told(tree(tmp_path / "bare.git", "other"), "Dockerfile") == "FROM b:1\n"
    with pytest.raises(PinlintError, match="lies in no git repository"):
        commit(str(tmp_path), "HEAD")


def test_a_commit_comes_from_the_same_place_as_its_work_tree(root: Path, tmp_path: Path) -> None:
    committed(root, a="1\n")
    assert origin(tree(root)) == ""
    git(root, "config", "remote.origin.url", "https://git.example/acme/tool.git")
    assert origin(tree(root)) == "git.example/acme/tool"
    git(root, "clone", "-q", "--bare", str(root), str(tmp_path / "bare"))
    git(tmp_path / "bare", "config", "remote.origin.url", "https://git.example/acme/bare.git")
    assert origin(tree(tmp_path / "bare")) == "git.example/acme/bare"


def test_a_repository_of_sha256_has_commits(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main", "--object-format=sha256", "r")
    one = committed(tmp_path / "r", Dockerfile="FROM a:1\n")
    assert len(one) == 64
    assert told(tree(tmp_path / "r", "main"), "Dockerfile") == "FROM a:1\n"


def test_a_shallow_clone_says_what_brings_the_commit(root: Path, tmp_path: Path) -> None:
    committed(root, a="1")
    committed(root, a="2")
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{root}", "shallow")
    with pytest.raises(PinlintError) as error:
        commit(str(tmp_path / "shallow"), "HEAD~1")
    assert "git fetch --unshallow" in error.value.hint
    assert told(tree(tmp_path / "shallow"), "a") == "2"


def test_what_a_partial_clone_lacks_is_said_and_not_fetched(root: Path, tmp_path: Path) -> None:
    committed(root, a="1")
    git(root, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--filter=blob:none", "--no-checkout", f"file://{root}", "partial")
    with pytest.raises((PinlintError, Unread), match=r"as in a partial clone"):
        tree(tmp_path / "partial").bytes("a")


def test_a_repository_whose_objects_are_a_pipe_ends(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    committed(root, a="1")
    monkeypatch.setattr(git_module, "LIMIT", 1.0)
    monkeypatch.setattr("pinlint.commit.LIMIT", 1.0)
    blob = git(root, "rev-parse", "HEAD:a")
    place = root / ".git/objects" / blob[:2] / blob[2:]
    read = tree(root)
    assert read.listed() == ["a"]
    place.unlink()
    os.mkfifo(place)
    began = time.monotonic()
    assert told(read, "a").startswith("(")
    assert time.monotonic() - began < 20


# --- what is judged -------------------------------------------------------------------------------------------------------------


def test_a_commit_is_judged_as_the_work_tree_was(run: Any, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(root, Dockerfile="ARG V=1\nFROM python:$V\n", app__requirements="x", requirements="x")
    put(root, **{"requirements.txt": "-r more.list\n", "more.list": "requests\n", "vendor__Dockerfile": "FROM x\n"})
    put(root, **{"pinlint.toml": "[require]\npypi = 'digest'\n", "sub__pinlint.toml": "", "web__package.json": '{"private": true}'})
    (root / "Dockerfile.link").symlink_to("Dockerfile")
    committed(root)
    monkeypatch.chdir(root)
    now = findings(run, "--show-unknown")
    assert now
    assert {path for path, _, _ in now} == {"Dockerfile", "more.list"}
    shutil.copytree(root / ".git", root.parent / "bare.git")
    put(root, Dockerfile="FROM scratch\n", **{"pinlint.toml": "ignore = ['PIN']\n"})
    assert findings(run) == []
    assert findings(run, "--rev", "HEAD", "--show-unknown") == now
    assert findings(run, "--rev", "HEAD", "Dockerfile") == [one for one in now if one[0] == "Dockerfile"]
    monkeypatch.chdir(root.parent / "bare.git")
    assert findings(run, "--rev", "main", "--show-unknown") == now
    code, out, _ = run("inventory", "--rev", "main", "--output-format", "csv")
    assert code == 0
    assert "requests" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--fix"], "reads a commit"),
        (["--diff"], "reads a commit"),
        (["nowhere"], "does not exist at HEAD"),
    ],
)
def test_what_a_commit_cannot_give_is_wrong_usage(
    run: Any, root: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    committed(root, Dockerfile="FROM a\n")
    monkeypatch.chdir(root)
    code, _, err = run("--rev", "HEAD", *words)
    assert (code, said in err) == (2, True), err


# --- what a change brings -------------------------------------------------------------------------------------------------------

LONG = "# a\n" * 30


def test_only_what_a_change_brings_is_reported(run: Any, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    committed(
        root, Dockerfile=f"{LONG}FROM python:3.12\n", **{"requirements.txt": "requests\n", "a__Dockerfile": f"{LONG}FROM x:1\n"}
    )
    monkeypatch.chdir(root)
    assert findings(run, "--since", "HEAD") == []
    put(root, Dockerfile=f"# moved\n{LONG}FROM python:3.12\nFROM golang:1.22\n", new__Dockerfile="FROM b:1\n")
    git(root, "mv", "a", "b")
    expected = [("Dockerfile", 33, "PIN003"), ("new/Dockerfile", 1, "PIN003")]
    assert findings(run, "--since", "HEAD") == expected  # the renamed file is told by its content
    git(root, "add", "-A")
    git(root, "commit", "-qm", "two")
    put(root, b__Dockerfile=f"{LONG}FROM x:1\n# more\n")
    git(root, "commit", "-qam", "three")
    assert findings(run, "--since", "HEAD~2") == expected  # and by git
    assert findings(run, "--since", "HEAD~2", "new") == [("new/Dockerfile", 1, "PIN003")]
    code, _, _ = run("--since", "HEAD~2", "b")
    assert code == 0


def test_one_more_of_the_same_is_new(run: Any, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    committed(root, Dockerfile="FROM python:3.12\n")
    put(root, Dockerfile="FROM python:3.12\nFROM python:3.12\n")
    monkeypatch.chdir(root)
    assert len(findings(run, "--since", "HEAD")) == 1


def test_a_policy_that_a_change_loosens_is_said(run: Any, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    committed(root, Dockerfile="FROM python:3.12\n", **{"pinlint.toml": "[require]\nimage = 'digest'\n"})
    monkeypatch.chdir(root)
    require = "[require]\nimage = 'tag'\n'image:x.example/*' = 'any'\npypi = 'digest'\n"
    put(root, **{"pinlint.toml": f"ignore = ['PIN003']\nfail-on = 'never'\n{require}"})
    code, _, err = run("--since", "HEAD")
    assert code == 0
    less = "image digest → tag; image:x.example/* digest → any; ignores PIN003; fails on warning → never"
    assert f"the policy asks for less than that of HEAD: {less}" in err
    put(root, **{"pinlint.toml": "[require]\nimage = 'digest'\npypi = 'digest'\n"})
    assert "the policy" not in run("--since", "HEAD")[2]


@pytest.mark.parametrize(
    ("variables", "name"),
    [
        ({"CI_MERGE_REQUEST_DIFF_BASE_SHA": "FIRST"}, "FIRST"),
        ({"GITHUB_BASE_REF": "main"}, "FIRST"),
        ({"SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main"}, "FIRST"),
        ({"CHANGE_TARGET": "main"}, "FIRST"),
        ({}, "FIRST"),
    ],
)
def test_auto_is_where_a_pull_request_left_its_target(root: Path, tmp_path: Path, variables: dict[str, str], name: str) -> None:
    first = committed(root, a="1")
    git(tmp_path, "clone", "-q", str(root), "clone")
    git(tmp_path / "clone", "checkout", "-q", "-b", "change")
    committed(tmp_path / "clone", b="2")
    committed(root, a="3")
    git(tmp_path / "clone", "fetch", "-q")
    environment = {key: value.replace("FIRST", first) for key, value in variables.items()}
    assert since.revision(str(tmp_path / "clone"), since.AUTO, environment).id == name.replace("FIRST", first)


def test_auto_is_the_first_parent_of_a_merge_on_github(root: Path) -> None:
    committed(root, a="1")
    git(root, "checkout", "-q", "-b", "change")
    committed(root, b="2")
    git(root, "checkout", "-q", "main")
    target = committed(root, c="3")
    git(root, "merge", "-q", "--no-ff", "--no-edit", "change")
    assert since.revision(str(root), since.AUTO, {"GITHUB_BASE_REF": "main"}).id == target
    with pytest.raises(PinlintError, match="no pull request in the variables of CI"):
        since.revision(str(root), since.AUTO, {})


def test_a_raised_tag_is_not_new(run: Any, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a baseline sees it: who raised it has not loosened it. What lost its tag is."""
    committed(root, Dockerfile="FROM python:3.12\nFROM node:22\n")
    monkeypatch.chdir(root)
    put(root, Dockerfile="FROM python:3.13\nFROM node\n")
    assert findings(run, "--since", "HEAD") == [("Dockerfile", 2, "PIN001")]
