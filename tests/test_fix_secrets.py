"""No output of any kind holds a secret: neither the user's own nor one that somebody left in a file of the repository."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from servers.stub import Answer, Asked, Stub, stub

from pinlint import cli
from pinlint.ecosystems.url.names import without_credentials

COMMIT = "a" * 40

#: The repository: HOST is the one server there is, and every address holds a password or a token of its own.
REPOSITORY = {
    ".pinlint.toml": '[require]\npypi = "digest"\n',
    "Dockerfile": "FROM HOST/acme/app:1\nADD http://ann:s3cret01@HOST/r.git#v1 /x\n"
    "ADD http://ann:s3cret02@HOST/x.tgz?token=s3cret03 /y\n",
    "requirements.txt": "--extra-index-url http://ann:s3cret04@HOST/simple\nfoo==1.0\ngit+http://s3cret05@HOST/a/b.git@v1#egg=b\n"
    "http://ann:s3cret06@HOST/p-1.0.tar.gz?token=s3cret07\n",
    "plain/requirements.txt": "--index-url http://HOST/simple\nfoo==1.0\n",
    "npm/.npmrc": "registry=http://HOST/\n//HOST/:_authToken=s3cret08\n",
    "npm/package-lock.json": '{"name": "x", "lockfileVersion": 3, "packages": {'
    '"node_modules/a": {"version": "1.0.0", "resolved": "http://ann:s3cret09@HOST/a/-/a-1.0.0.tgz?t=s3cret10"},\n'
    '"node_modules/b": {"version": "1.0.0", "resolved": "http://HOST/b/-/b-1.0.0.tgz"},\n'
    '"node_modules/c": {"version": "1.0.0", "resolved": "git+https://ann:s3cret11@HOST/y.git#main"}}}\n',
    "chart/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies:\n"
    "- {name: r, version: ^1, repository: 'http://ann:s3cret12@HOST/charts'}\n- {name: s, version: ^1, repository: 'http://HOST/charts'}\n",
    "plain/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies:\n- {name: s, version: ^1, repository: 'http://HOST/charts'}\n",
    "pom.xml": "<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>b</artifactId><version>1</version>\n"
    "<repositories><repository><id>corp</id><url>http://ann:s3cret13@HOST/maven</url></repository></repositories>\n<dependencies>"
    "<dependency><groupId>x</groupId><artifactId>y</artifactId><version>[1,2)</version></dependency></dependencies></project>",
    ".mvn/wrapper/maven-wrapper.properties": "distributionUrl=http://ann:s3cret14@HOST/apache-maven-3.9.0-bin.zip\n",
    ".pre-commit-config.yaml": "repos:\n- repo: http://ann:s3cret15@HOST/h.git\n  rev: v1\n  hooks: []\n",
    "kustomization.yaml": "resources:\n- http://ann:s3cret16@HOST/k.git?ref=v1\n",
    ".gitlab-ci.yml": "include:\n- remote: http://HOST/ci.yml?private_token=s3cret17\n- remote: http://ann:s3cret18@HOST/d.yml\n",
}  # fmt: skip
#: The user's own configuration.
HOME = {
    ".docker/config.json": '{"auths": {"HOST": {"auth": "LOGIN"}}}',
    ".npmrc": "//HOST/:_authToken=s3cret31\nregistry=http://HOST/\n",
    ".config/pip/pip.conf": "[global]\nindex-url = http://ann:s3cret32@HOST/simple\n",
    ".netrc": "machine 127.0.0.1 login ann password s3cret33\n",
    ".m2/settings.xml": "<settings><mirrors><mirror><id>m</id><mirrorOf>*</mirrorOf><url>http://HOST/m</url></mirror></mirrors><servers>"
    "<server><id>m</id><username>ann</username><password>s3cret34</password></server></servers></settings>",
    ".config/helm/repositories.yaml": "repositories:\n- {name: x, url: 'http://HOST/charts', username: ann, password: s3cret35}\n",
}

ANSWERS: dict[str, Callable[[Asked], Answer]] = {
    "nobody may": lambda _: Answer(401, (("WWW-Authenticate", 'Basic realm="s3cret90"'),)),
    "nonsense": lambda _: Answer(body=b"<html>s3cret91"),
    "elsewhere": lambda _: Answer(302, (("Location", "http://127.0.0.1:1/x?sig=s3cret92"),)),
    "with a login": lambda _: Answer(302, (("Location", "http://ann:s3cret93@nobody.invalid/x"),)),
}


class World(NamedTuple):
    """A repository, the working directory, and the only server."""

    folder: Path
    server: Stub


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in list(os.environ):
        if name.upper().startswith(("PIP_", "UV_", "NPM_", "DOCKER_", "HELM_", "XDG_", "NETRC", "GIT")) or name.upper().endswith(
            "_PROXY"
        ):
            monkeypatch.delenv(name)
    with stub() as server:
        login = base64.b64encode(b"ann:s3cret30").decode()
        for folder, files in (("repository", REPOSITORY), ("home", HOME)):
            for name, text in files.items():
                (tmp_path / folder / name).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / folder / name).write_text(text.replace("HOST", server.host).replace("LOGIN", login))
        (tmp_path / "home/.netrc").chmod(0o600)
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        monkeypatch.setenv("GITHUB_TOKEN", "s3cret36")
        monkeypatch.setenv("GITLAB_HOST", server.url)  # netrc counts for a port only where the user names that
        monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "home/.config/pip/pip.conf"))
        monkeypatch.setenv("NPM_CONFIG_USERCONFIG", str(tmp_path / "home/.npmrc"))
        monkeypatch.chdir(tmp_path / "repository")
        yield World(tmp_path, server)


@pytest.mark.parametrize("answer", ANSWERS)
def test_no_secret_is_told(world: World, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    world.server.answer = ANSWERS[answer]
    monkeypatch.setattr("pinlint.http._backoff", lambda _: 0.0)
    record = world.folder / "record.json"
    arguments = ["--fix", "--unsafe-fixes", "--show-unknown", "--save-resolutions", str(record), "."]
    for output in ("concise", "json", "sarif", "junit") if answer == "nobody may" else ("json",):
        cli.main([*arguments, "--output-format", output])
        told = "".join(capfd.readouterr()) + record.read_text()
        assert "acme/app" in told
        assert [line[max(0, line.find("s3cret") - 80) :][:120] for line in told.splitlines() if "s3cret" in line] == []
    # It is not that nobody was told anything: the user's own logins went to the server that they are for.
    if answer == "nobody may":
        logins = {one.headers.get("authorization", "") for one in world.server.asked}
        told_ = {base64.b64decode(one.removeprefix("Basic ")).decode() for one in logins if one.startswith("Basic ")}
        assert {"ann:s3cret30", "ann:s3cret33", "ann:s3cret34", "ann:s3cret35"} <= told_
        assert "Bearer s3cret31" in logins
        assert not any(f"s3cret{number:02d}" in one for one in (*logins, *told_) for number in range(1, 19))
        assert not any("s3cret36" in one for one in logins)
        # What only a login opens is not taken from whoever answers without one.
        assert not {"/d.yml", "/x.tgz", "/apache-maven-3.9.0-bin.zip"} & set(world.server.paths())


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://ann:s3cret@h.example/x?y=1", "https://h.example/x?y=1"),
        ("https://h.example/x?token=s3cret", "https://h.example/x?token=…"),
        ("https://h.example/x?a=1&X-Amz-Signature=s3cret&b=2#f", "https://h.example/x?a=1&X-Amz-Signature=…&b=2#f"),
        ("https://h.example/x?private_token=s3cret&job_token=s3cret", "https://h.example/x?private_token=…&job_token=…"),
        ("https://h.example/x?ref=v1&submodules=0", "https://h.example/x?ref=v1&submodules=0"),
        ("https://ann:s3@cret@h.example/x", "https://h.example/x"),
        ("https://h.example?mail=a@b", "https://h.example?mail=a@b"),
        ("https://h.example/token=1", "https://h.example/token=1"),
        ("https://h.example/?" + "token" * 20_000, "https://h.example/?" + "token" * 20_000),
    ],
)
def test_what_is_shown_of_an_address(url: str, shown: str) -> None:
    assert without_credentials(url) == shown
