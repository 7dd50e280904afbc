"""`--fix` on git refs: real repositories behind `git http-backend`; git and pip are the judges of what was written."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from servers.git_http import GitHost, git, running
from trees import root_at

from pinlint.ecosystems.git import credentials
from pinlint.ecosystems.git.credentials import Helpers, authorization
from pinlint.ecosystems.git.registry import Instance, Registry
from pinlint.http import Client
from pinlint.model import Artifact, Reference, Span
from pinlint.pins import NoPin, Pin
from pinlint.question import Question
from pinlint.questions.git import questions
from pinlint.text import Document
from pinlint.tree import Tree

SETUP = "[project]\nname = 'lib'\nversion = '1.2'\n[build-system]\nrequires = []\nbuild-backend = 'build'\nbackend-path = ['.']\n"
#: A build backend that needs nothing, so that pip can build without any index.
BACKEND = """\
import zipfile
def build_wheel(folder, *_):
    name = "lib-1.2-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.writestr("lib.py", open("README").read().join(("TEXT = '", "'")))
        wheel.writestr("lib-1.2.dist-info/METADATA", "Metadata-Version: 2.1\\nName: lib\\nVersion: 1.2\\n")
        wheel.writestr("lib-1.2.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("lib-1.2.dist-info/RECORD", "")
    return name
"""


class Lib:
    """The repository lib.git: two tags, an annotated one and a light one, a branch, a name that is both."""

    def __init__(self, host: GitHost) -> None:
        self.host, self.url = host, f"{host.url}/lib.git"
        self.tree = tree = host.repository("lib.git")
        (tree / "pyproject.toml").write_text(SETUP)
        (tree / "build.py").write_text(BACKEND)
        self.v1 = host.commit(tree, "one")
        git(tree, "tag", "-a", "-m", "signed off", "v1.2")
        git(tree, "tag", "-a", "-m", "a tag of a tag", "v1.2.1", "v1.2")
        self.light = host.commit(tree, "two")
        git(tree, "tag", "v1.3")
        git(tree, "tag", "both")
        self.main = host.commit(tree, "three")
        git(tree, "branch", "both")
        git(tree, "branch", "9.x")
        git(tree, "tag", "production")


@pytest.fixture(scope="module")
def lib(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lib]:
    with running(tmp_path_factory.mktemp("git")) as host:
        yield Lib(host)


@pytest.fixture
def user(tmp_path: Path) -> dict[str, str]:
    """A user with an empty home."""
    home = tmp_path / "home"
    home.mkdir()
    return {**{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}, "HOME": str(home)}


def fix(folder: Path, user: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pinlint", "--fix", *arguments, str(folder)]
    return subprocess.run(command, cwd=folder, env=user, capture_output=True, text=True, timeout=120, check=False)


def asked(source: str, version: str, digests: tuple[str, ...] = ()) -> Question:
    return Question("git", "host/lib", source, version, digests)


def answer(source: str, version: str, digests: tuple[str, ...] = ()) -> Pin | NoPin:
    client = Client()
    try:
        return Registry(client, lambda *_: "").resolve(asked(source, version, digests))
    finally:
        client.close()


# --- what is written, and what its consumer makes of it -----------------------------------------------------------------------


def test_requirement_at_a_tag_gets_the_commit_that_pip_installs(lib: Lib, tmp_path: Path, user: dict[str, str]) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    path = folder / "requirements.txt"
    path.write_bytes(f"# ours\r\nlib @ git+{lib.url}@v1.2\r\n".encode())
    done = fix(folder, user)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert path.read_bytes().decode() == f"# ours\r\nlib @ git+{lib.url}@{lib.v1}  # v1.2\r\n"
    assert fix(folder, user).stdout.count("ixed") == 0
    installed = tmp_path / "installed"
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--target", str(installed), "-r", str(path)]
    made = subprocess.run(
        command, env={**user, "PIP_CONFIG_FILE": os.devnull}, capture_output=True, text=True, timeout=120, check=False
    )
    assert made.returncode == 0, made.stderr
    assert (installed / "lib.py").read_text() == "TEXT = 'one'"


def test_dockerfile_context_gets_a_commit_that_git_fetches(lib: Lib, tmp_path: Path, user: dict[str, str]) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text(f"FROM scratch\nADD --keep-git-dir=true {lib.url}#v1.2:docs /src\nADD {lib.url}?ref=v1.3 /x\n")
    done = fix(tmp_path, user)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert path.read_text() == (
        f"FROM scratch\nADD --keep-git-dir=true {lib.url}#{lib.v1}:docs /src\nADD {lib.url}?ref={lib.light} /x\n"
    )
    clone = tmp_path / "clone"
    clone.mkdir()
    git(clone, "init", "-q")
    git(clone, "fetch", "-q", lib.url, lib.v1)
    assert git(clone, "show", f"{lib.v1}:README") == "one"


# --- what a host answers ------------------------------------------------------------------------------------------------------


def test_one_question_names_the_commit_as_git_does(lib: Lib) -> None:
    before = len(lib.host.requests)
    assert answer(lib.url, "v1.2.1") == Pin("v1.2.1", (lib.v1,), lib.url)
    assert [one[:2] for one in lib.host.requests[before:]] == [("POST", "/lib.git/git-upload-pack")]
    assert git(lib.tree, "rev-parse", "v1.2.1^{commit}") == lib.v1


def test_host_that_moved_a_repository(lib: Lib) -> None:
    lib.host.moved["old.git"] = "lib.git"
    assert answer(f"{lib.host.url}/old.git", "v1.2") == Pin("v1.2", (lib.v1,), f"{lib.host.url}/old.git")


def test_host_of_the_older_protocol(tmp_path: Path) -> None:
    with running(tmp_path) as host:
        host.ancient = True
        lib = Lib(host)
        assert answer(lib.url, "v1.2.1") == Pin("v1.2.1", (lib.v1,), lib.url)
        head = answer(lib.url, "")
        assert isinstance(head, Pin)
        assert head.digests == (lib.main,)


def test_repository_of_sha256_objects(tmp_path: Path) -> None:
    with running(tmp_path) as host:
        tree = host.repository("new.git", objects="sha256")
        git(tree, "tag", "v1")
        found = answer(f"{host.url}/new.git", "v1")
        assert found == Pin("v1", (git(tree, "rev-parse", "HEAD"),), f"{host.url}/new.git")
        assert len(found.digests[0]) == 64


def test_empty_repository(tmp_path: Path) -> None:
    with running(tmp_path) as host:
        (tmp_path / "empty.git").mkdir()
        git(tmp_path / "empty.git", "init", "-q", "--bare")
        found = answer(f"{host.url}/empty.git", "")
        assert isinstance(found, NoPin)
        assert "may be empty" in found.why


@pytest.mark.parametrize(
    "body",
    [b"", b"zzzz", b"0", b"00ff" + b"a" * 10, b"0003", b"<html>", b"000eERR denied", b"0000" * 50000, b"0032" + b"g" * 46],
)
@pytest.mark.parametrize("kind", ["result", "advertisement"])
def test_hostile_answer_is_a_reason(body: bytes, kind: str) -> None:
    def reply(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": f"application/x-git-upload-pack-{kind}"}, stream=httpx.ByteStream(body))

    client = Client(transport=httpx.MockTransport(reply), sleep=lambda _: None)
    found = Registry(client, lambda *_: "").resolve(asked("http://127.0.0.1:1/lib.git", "v1"))
    assert isinstance(found, NoPin)


# --- who is told who the user is ----------------------------------------------------------------------------------------------


def test_private_repository_by_netrc(tmp_path: Path, user: dict[str, str]) -> None:
    with running(tmp_path / "served") as host:
        lib = Lib(host)
        host.private.add("lib.git")
        path = tmp_path / "requirements.txt"
        path.write_text(f"lib @ git+{lib.url.replace('//', '//bob:hunter2@')}@v1.2\n")
        refused = fix(tmp_path, user)
        assert refused.returncode == 1
        assert "401" in refused.stdout
        assert "hunter2" not in refused.stdout.partition("warning")[0] + refused.stderr  # below is the line itself
        assert {one[2] for one in host.requests} == {""}
        netrc = Path(user["HOME"]) / ".netrc"
        netrc.write_text("machine 127.0.0.1 login ann password secret\n")
        netrc.chmod(0o600)
        assert fix(tmp_path, user).returncode == 1  # the entry is for the machine's own ports, unless the user names another one
        user["GITLAB_HOST"] = lib.url.rpartition("/")[0]
        assert fix(tmp_path, user).returncode == 0
        assert f"@{lib.v1}  # v1.2" in path.read_text()


def test_token_goes_to_github_alone(tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path), "GITHUB_TOKEN": "t0k3n"}
    assert authorization("https", "github.com", environment).startswith("Basic ")
    others = (("http", "github.com"), ("https", "github.com.example"), ("https", "gitlab.com"), ("https", "api.github.com"))
    assert [authorization(scheme, host, environment) for scheme, host in (*others, ("https", "github.com:8443"))] == [""] * 5


def test_netrc_binds_to_the_machine_it_names(tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path)}
    (tmp_path / ".netrc").write_text("machine git.example login ann password x\ndefault login any password y\n")
    assert authorization("https", "git.example", environment) == "Basic YW5uOng="
    assert authorization("https", "other.example", environment) == ""
    assert authorization("https", "default", environment) == ""
    assert authorization("https", "git.example:8443", environment) == ""
    assert authorization("https", "git.example:8443", {**environment, "GITLAB_HOST": "git.example:8443"}) == "Basic YW5uOng="
    (tmp_path / ".netrc").write_text("machine git.example login\n\0 nonsense")
    assert authorization("https", "git.example", environment) == ""


HELPER = """#!/bin/sh
[ "$1" = get ] || exit 0
cat > HOME/asked
grep -q '^host=HOST$' HOME/asked && printf 'username=ann\\npassword=secret\\n'
exit 0
"""


@pytest.mark.parametrize("how", ["store", "program", "scoped"])
def test_private_repository_by_a_credential_helper(tmp_path: Path, user: dict[str, str], how: str) -> None:
    """git itself fetches with the same configuration."""
    home = Path(user["HOME"])
    with running(tmp_path / "served") as host:
        lib, name = Lib(host), host.url.partition("//")[2]
        host.private.add("lib.git")
        (home / "helper").write_text(HELPER.replace("HOME", str(home)).replace("HOST", name))
        (home / "helper").chmod(0o755)
        (home / ".git-credentials").write_text(f"http://ann:secret@{name.replace(':', '%3a')}\nhttp://eve:other@127.0.0.1\n")
        texts = {
            "store": "[credential]\nhelper = store\n",
            "program": f"[credential]\nhelper = {home}/helper\n",
            "scoped": f'[credential "{host.url}"]\nhelper = "!f() {{ echo username=ann; echo password=secret; }}; f"\n',
        }
        (tmp_path / "project").mkdir()
        path = tmp_path / "project/requirements.txt"
        path.write_text(f"lib @ git+{lib.url}@v1.2\n")
        root_at(tmp_path / "project")
        assert "GITHUB_TOKEN, git's credential helpers)" in fix(tmp_path / "project", user).stdout
        (home / ".gitconfig").write_text(texts[how])
        done = fix(tmp_path / "project", user)
        assert done.returncode == 0, done.stdout
        assert f"@{lib.v1}  # v1.2" in path.read_text()
        assert "secret" not in done.stdout + done.stderr
        listed = subprocess.run(["git", "ls-remote", lib.url, "v1.2^{}"], env=user, capture_output=True, text=True, check=True)
        assert listed.stdout.split()[0] == lib.v1


def test_a_helper_that_answers_for_everybody_is_bound_to_nobody(tmp_path: Path, user: dict[str, str]) -> None:
    (Path(user["HOME"]) / ".gitconfig").write_text(
        '[credential]\nhelper = "!f() { echo username=ann; echo password=secret; }; f"\n'
    )
    assert Helpers(user)("https://git.example/lib.git") == ""


def test_a_repository_names_no_helper_and_nobody_is_asked_anything(
    tmp_path: Path, user: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by its own configuration, not by variables that lead to it; no prompt of any kind."""
    git(tmp_path, "init", "-q", "repo")
    marker = tmp_path / "ran"
    helper = f"!f() {{ touch {marker}; echo username=eve; echo password=x; }}; f"
    git(tmp_path / "repo", "config", "credential.https://git.example.helper", helper)
    asking = tmp_path / "askpass"
    asking.write_text(f"#!/bin/sh\ntouch {marker}\necho x\n")
    asking.chmod(0o755)
    (Path(user["HOME"]) / ".gitconfig").write_text(f"[core]\naskPass = {asking}\n")
    more = {"GIT_DIR": str(tmp_path / "repo/.git"), "GIT_ASKPASS": str(asking), "SSH_ASKPASS": str(asking), "DISPLAY": ":0"}
    monkeypatch.chdir(tmp_path / "repo")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "repo"))
    assert Helpers({**user, **more})("https://git.example/lib.git") == ""
    assert not marker.exists()


@pytest.mark.parametrize("url", ["https://git.example/a\nhost=evil.example", "https://git.example\r\n/", "https:///x", "nonsense"])
def test_addresses_that_are_no_question(tmp_path: Path, user: dict[str, str], url: str) -> None:
    (Path(user["HOME"]) / ".gitconfig").write_text(
        '[credential "https://evil.example"]\nhelper = "!echo password=x; echo username=y; :"\n'
    )
    assert Helpers(user)("https://evil.example/") != ""
    assert Helpers(user)(url) == ""
    assert Helpers({"PATH": str(tmp_path)})("https://evil.example/") == ""


def test_a_helper_that_dawdles_or_talks_nonsense_says_nothing(user: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "_HELPER_SECONDS", 1)
    for script in (
        "sleep 5",
        "echo nonsense",
        "echo host=evil.example; echo username=a; echo password=b",
        "printf '\\\\377'",
        "exit 3",
    ):
        (Path(user["HOME"]) / ".gitconfig").write_text(f'[credential "https://git.example"]\nhelper = "!f() {{ {script}; }}; f"\n')
        assert Helpers(user)("https://git.example/") == "", script


# --- the GitLab that a pipeline runs on ------------------------------------------------------------------------------------------


def included(lib: Lib, ref: str = "v1.2", instance: str = "") -> Pin | NoPin:
    """What comes of `include: {project: lib.git, ref: …}`."""
    asked = Question("git", "$CI_SERVER_FQDN/lib.git", "https://$CI_SERVER_FQDN/lib.git", ref, directions=Instance(instance))
    client = Client(sleep=lambda _: None)
    try:
        return Registry(client, helper=lambda _: "").resolve(asked)
    finally:
        client.close()


def test_an_included_project_is_asked_of_the_gitlab_that_the_user_works_with(lib: Lib, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CI_SERVER_URL", "GITLAB_HOST", "GITLAB_URI", "GL_HOST"):
        monkeypatch.delenv(name, raising=False)
    nowhere = included(lib)
    assert isinstance(nowhere, NoPin)
    assert "CI_SERVER_URL or GITLAB_HOST does" in nowhere.why
    assert isinstance(cloned := included(lib, instance=lib.host.url), Pin)
    monkeypatch.setenv("GITLAB_HOST", f"{lib.host.url}/")
    assert isinstance(known := included(lib, instance="https://elsewhere.invalid"), Pin)
    assert cloned.digests == known.digests == (lib.v1,)
    latest = included(lib, "~latest")
    assert isinstance(latest, NoPin)
    assert "no name of a tag or branch" in latest.why


@pytest.mark.parametrize(
    ("environment", "address"),
    [
        ({}, ""),
        ({"GITLAB_HOST": "gitlab.example"}, "https://gitlab.example"),
        ({"GL_HOST": "https://gitlab.example/"}, "https://gitlab.example"),
        ({"CI_SERVER_URL": "https://gitlab.example:8443", "GITLAB_HOST": "other.example"}, "https://gitlab.example:8443"),
    ],
)
def test_the_gitlab_of_the_user(environment: dict[str, str], address: str) -> None:
    assert credentials.gitlab(environment) == address


@pytest.mark.parametrize(
    ("origin", "known"),
    [
        ("git@gitlab.example:shop/web.git", Instance("https://gitlab.example")),
        ("https://ci:hush@gitlab.example/shop/web.git", Instance("https://gitlab.example")),
        ("https://github.com/shop/web", ()),
        ("", ()),
    ],
)
def test_the_gitlab_that_a_clone_came_from(tmp_path: Path, origin: str, known: tuple[str, ...]) -> None:
    git(tmp_path, "init", "-q")
    if origin:
        git(tmp_path, "remote", "add", "origin", origin)
    artifacts = (Artifact("git", "a", "https://$CI_SERVER_FQDN/a"), Artifact("git", "b", "https://gitlab.example/b"))
    references = [Reference(one, "v1", (), "tag", Span(0, 0), "included project") for one in artifacts]
    asked = questions(references, Document("a.yml", b""), Tree(str(tmp_path), list))
    assert [one.directions for one in asked] == [known, ()]
