"""Addresses mean the same in every kind of file: what is this machine, and what lets somebody in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from trees import root_at

from pinlint.cli import main
from pinlint.ecosystems.url.names import url_verdict
from pinlint.wire import is_here

if TYPE_CHECKING:
    from pathlib import Path

_COMMIT = "5f" * 20
_POM = (
    "<project><groupId>a</groupId><artifactId>b</artifactId><version>1</version>"
    "<repositories><repository><id>r</id><url>http://HOST/x</url></repository></repositories></project>"
)
#: A file of each kind that says where something is fetched from without TLS; HOST stands for the host.
PLAIN = {
    "Chart.yaml": "apiVersion: v2\nname: a\nversion: 1.0.0\ndependencies:\n- {name: b, version: 1.0.0, repository: 'http://HOST/x'}\n",
    "Dockerfile": "FROM scratch\nADD http://HOST/x /x\n",
    "base/kustomization.yaml": "resources:\n- http://HOST/x.yaml\n",
    "helmfile.yaml": "repositories:\n- {name: a, url: 'http://HOST/x'}\nreleases: []\n",
    "kustomization.yaml": "helmCharts:\n- {name: a, repo: 'http://HOST/x', version: 1.0.0}\n",
    "package-lock.json": json.dumps(
        {"packages": {"node_modules/a": {"version": "1.0.0", "resolved": f"git+http://HOST/a.git#{_COMMIT}"}}}
    ),
    "pom.xml": _POM,
    "requirements.txt": "--index-url http://HOST/x\na==1\n",
    "trusted/requirements.txt": "--trusted-host HOST\na==1\n",
    "url/requirements.txt": f"a @ http://HOST/x#sha256={'5f' * 32}\n",
    ".mvn/wrapper/maven-wrapper.properties": "distributionUrl=http://HOST/apache-maven-3.9.0-bin.zip\n",
}  # fmt: skip
HERE = (
    "localhost", "LOCALHOST", "localhost.", "localhost:5000", "foo.localhost", "a.b.localhost:80", "127.0.0.1", "127.1.2.3:8080",
    "0.0.0.0", "0.0.0.0:80", "[::1]", "[::1]:8080", "[::]", "[::ffff:127.0.0.1]",
)  # fmt: skip
ELSEWHERE = ("localhost.example", "127.0.0.1.example", "notlocalhost", "10.0.0.1", "[::2]", "[fe80::1]:80", "0.0.0.1")


def told(folder: Path, host: str, capsys: pytest.CaptureFixture[str]) -> set[str]:
    """The files that SRC201 is about when they name `host`."""
    root_at(folder)
    for path, text in PLAIN.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text.replace("HOST", host))
    main(["--isolated", "--select", "SRC201", "--output-format", "concise", "."])
    return {line.partition(":")[0] for line in capsys.readouterr().out.splitlines() if " SRC201 " in line}


@pytest.mark.parametrize("host", HERE)
def test_this_machine_is_the_same_in_every_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], host: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert told(tmp_path, host, capsys) == set()


@pytest.mark.parametrize("host", ELSEWHERE)
def test_another_machine_is_one_in_every_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], host: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert told(tmp_path, host, capsys) == set(PLAIN)


@pytest.mark.parametrize("host", HERE)
def test_nobody_else_may_lead_to_what_linting_takes_for_this_machine(host: str) -> None:
    assert is_here(host)


SUM = "5f" * 32
#: Addresses that hold a full commit where that says what comes back, and those where it does not.
BY_COMMIT = (
    f"https://raw.githubusercontent.com/acme/tool/{_COMMIT}/install.sh", f"https://github.com/acme/tool/raw/{_COMMIT}/install.sh",
    f"https://github.com/acme/tool/archive/{_COMMIT}.zip", f"https://github.com/acme/tool/archive/{_COMMIT}/tool.tar.gz",
    f"https://codeload.github.com/acme/tool/tar.gz/{_COMMIT}", f"https://gist.githubusercontent.com/acme/1f/raw/{_COMMIT}/a.txt",
    f"https://cdn.jsdelivr.net/gh/acme/tool@{_COMMIT}/install.sh", f"https://bitbucket.org/acme/tool/get/{_COMMIT}.tar.gz",
    f"https://git.example/acme/tool/-/raw/{_COMMIT}/install.sh", f"https://git.example/a/tool/-/archive/{_COMMIT}/tool.tar.gz",
    f"https://git.example/acme/tool/raw/commit/{SUM}/install.sh",
)  # fmt: skip
BY_NAME = (
    f"https://downloads.example/{_COMMIT}/tool.tar.gz", f"http://raw.githubusercontent.com/acme/tool/{_COMMIT}/install.sh",
    "https://github.com/acme/tool/raw/5f5f5f5/install.sh", f"https://github.com/acme/{_COMMIT}/raw/main/install.sh",
    f"https://github.com/acme/tool/releases/download/{_COMMIT}/tool.zip", f"https://github.com/acme/tool/archive/{_COMMIT}5f.zip",
    f"https://raw.githubusercontent.com/acme/tool/main/{_COMMIT}/x", f"https://a.example/x?y=/-/raw/{_COMMIT}/z",
)  # fmt: skip


@pytest.mark.parametrize("address", [*BY_COMMIT, *BY_NAME])
def test_an_address_names_its_bytes_where_a_commit_does(address: str) -> None:
    assert url_verdict(address)[0] == ("digest" if address in BY_COMMIT else "floating")
