"""`pinlint doctor` says whom a fix would ask and where logins come from, sends nothing and says no login."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest
from test_commit import put

from pinlint.cli import main

FILES = {
    "Dockerfile": "FROM python:3.12\nFROM registry.example:5000/a/b:1\nFROM registry.example:5000/a/c:1\n",
    ".github__workflows__a.yml": "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n    - uses: actions/checkout@v4\n",
    "requirements.txt": "six==1.16.0\n",
    "pinlint.toml": '[require]\npypi = "digest"\n',
}
DOCKER = {"auths": {"registry.example:5000": {"auth": "bWU6aHVzaA=="}}, "credHelpers": {"docker.io": "desk"}}
PROXY = "http://me:hush@way.example:8080"
LOCK = {"version": "2.0.5", "resolved": "https://npm.example/isarray/-/isarray-2.0.5.tgz"}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository, and a user with logins of every kind whose secret is always the same; a socket is a failure."""
    home = tmp_path / "home"
    put(home, **{
        ".netrc": "machine index.example login me password hush\nmachine git.example login me password hush\n",
        ".npmrc": f"registry=https://npm.example/\n//npm.example/:_authToken=hush\nhttps-proxy={PROXY}\ncafile=null\n",
        ".docker__config.json": json.dumps(DOCKER),
    })  # fmt: skip
    (home / ".netrc").chmod(0o600)
    for name in [*os.environ]:
        if name.startswith(("GITHUB_", "GH_", "PIP_", "UV_", "npm_", "NPM_", "DOCKER", "REGISTRY", "XDG")) or name.upper().endswith(
            "_PROXY"
        ):
            monkeypatch.delenv(name)
    told = {
        "HOME": str(home),
        "GITHUB_TOKEN": "hush",
        "PIP_INDEX_URL": "https://index.example/simple",
        "https_proxy": "http://me:hush@proxy.example:3128",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)

    def reached(*_: object) -> None:
        raise AssertionError("something is sent")

    monkeypatch.setattr(socket.socket, "connect", reached)
    monkeypatch.setattr(socket, "getaddrinfo", reached)
    folder = tmp_path / "r"
    (folder / ".git").mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


def doctor(capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, dict[str, str]], str]:
    """What is said of each address, and all of it."""
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    found: dict[str, dict[str, str]] = {}
    for line in said.splitlines():
        if line.startswith("https://"):
            about = found.setdefault(line, {})
        elif line.startswith("    "):
            key, _, value = line.strip().partition(" ")
            about[key] = value.strip()
    return found, said


def test_everybody_is_named_with_where_logins_come_from(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lock = {"name": "a", "lockfileVersion": 3, "packages": {"": {"name": "a"}, "node_modules/isarray": LOCK}}
    put(root, **FILES, **{"package-lock.json": json.dumps(lock)})
    found, said = doctor(capsys)
    assert "hush" not in said
    assert "bWU6" not in said
    way = "the proxy proxy.example:3128"
    assert found == {
        "https://github.com": {
            "for": "action (1 name)", "login": "GITHUB_TOKEN; git's credential helpers, if it wants a login", "way": way,
        },
        "https://index.example": {
            "for": "pypi (1 name)", "way": way,
            "login": "~/.netrc; a keyring, if it wants a login",
        },
        "https://npm.example": {"for": "npm (1 name)", "login": "npm's configuration", "way": "the proxy way.example:8080"},
        "https://registry-1.docker.io": {
            "for": "image (1 name)", "login": "docker-credential-desk, named in ~/.docker/config.json", "way": way,
        },
        "https://registry.example:5000": {"for": "image (2 names)", "login": "~/.docker/config.json", "way": way},
    }  # fmt: skip
    assert "https_proxy is set: http://***@proxy.example:3128" in said


def test_who_is_not_known_gets_no_login(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(root, Dockerfile="FROM other.example/a:1\n")
    assert doctor(capsys)[0]["https://other.example"]["login"] == "none is known"


def test_where_everything_is_pinned_nobody_is_asked(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(root, Dockerfile="FROM scratch\n")
    assert "Nobody would be asked" in doctor(capsys)[1]


def test_what_a_repository_holds_is_shown_as_text(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(
        root,
        Dockerfile="FROM a.example/x:1\n",
        **{".github__workflows__a.yml": FILES[".github__workflows__a.yml"].replace("actions/", "a\u202e/")},
    )
    assert "\u202e" not in doctor(capsys)[1]
