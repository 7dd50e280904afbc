"""`--fix` for Maven: a static repository on loopback; sums are Python's own, versions are those that Maven takes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.maven_repository import MavenRepository, archive, running

from pinlint.ecosystems.maven.registry import Downloads
from pinlint.http import Client
from pinlint.model import Artifact, Reference, Span
from pinlint.pins import NoPin, Pin

DISTRIBUTION = "org/apache/maven/apache-maven/3.9.9/apache-maven-3.9.9-bin.zip"
JAR = "org/apache/maven/wrapper/maven-wrapper/3.3.2/maven-wrapper-3.3.2.jar"
ZIP = archive("apache-maven-3.9.9/bin/mvn", "#!/bin/sh\n")
SUM = hashlib.sha256(ZIP).hexdigest()


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MavenRepository]:
    with running(tmp_path_factory.mktemp("maven")) as one:
        one.put(DISTRIBUTION, ZIP, "sha512")
        one.put(JAR, archive("a.class", ""))
        one.put("org/apache/maven/bad/1.0/bad-1.0-bin.zip", ZIP, "sha256")
        one.put("org/apache/maven/bad/1.0/bad-1.0-bin.zip.sha512", b"0" * 128)
        one.put("org/apache/maven/html/1.0/html-1.0-bin.zip", b"<html>please log in</html>")
        yield one


@pytest.fixture
def user(tmp_path: Path) -> dict[str, str]:
    """A user with an empty home."""
    home = tmp_path / "home"
    home.mkdir()
    return {**{name: os.environ[name] for name in ("PATH", "LANG", "JAVA_HOME") if name in os.environ}, "HOME": str(home)}


def fix(folder: Path, user: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pinlint", "--fix", *arguments, str(folder)]
    return subprocess.run(command, cwd=folder, env=user, capture_output=True, text=True, timeout=120, check=False)


def wrapper(folder: Path, text: str) -> Path:
    (folder / ".git").mkdir(parents=True)
    path = folder / ".mvn/wrapper/maven-wrapper.properties"
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode())
    return path


def asked(url: str, *digests: str, version: str = "1.0") -> Reference:
    return Reference(Artifact("url", url), version, digests, "version", Span(0, 0), "Maven distribution")


def answer(url: str, *digests: str, version: str = "1.0", environment: dict[str, str] | None = None) -> Pin | NoPin:
    return Downloads(Client(), environment or {}).resolve(asked(url, *digests, version=version))


# --- wrapper sums ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_sums_are_the_next_lines(repository: MavenRepository, tmp_path: Path, user: dict[str, str], end: str) -> None:
    url, jar = f"{repository.url}/{DISTRIBUTION}", f"{repository.url}/{JAR}"
    before = [
        "# ours",
        "wrapperVersion=3.3.2",
        f"distributionUrl = {url.replace(':', chr(92) + ':')}  ",
        "x=1",
        f"wrapperUrl={jar}",
    ]
    path = wrapper(tmp_path / "repo", end.join(before))
    done = fix(tmp_path / "repo", user)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    jar_sum = hashlib.sha256((repository.folder / JAR).read_bytes()).hexdigest()
    after = [*before[:3], f"distributionSha256Sum = {SUM}", *before[3:], f"wrapperSha256Sum={jar_sum}"]
    assert path.read_bytes().decode() == end.join(after)
    assert "maven-wrapper-3.3.2.jar:3.3.2@sha256:" in done.stdout
    assert done.stdout.count("first seen: no sum is published beside it") == 1
    assert "ixed" not in fix(tmp_path / "repo", user).stdout


def test_published_sum_is_compared(repository: MavenRepository) -> None:
    url = f"{repository.url}/{DISTRIBUTION}"
    assert answer(url) == Pin("1.0", (f"sha256:{SUM}",), f"{url}.sha512")
    bad = answer(f"{repository.url}/org/apache/maven/bad/1.0/bad-1.0-bin.zip")
    assert isinstance(bad, NoPin)
    assert "that of another file" in bad.why


def test_sum_in_the_file_is_never_overruled(repository: MavenRepository, tmp_path: Path, user: dict[str, str]) -> None:
    url = f"{repository.url}/{DISTRIBUTION}"
    for given in (SUM[:40], hashlib.sha512(ZIP).hexdigest(), hashlib.md5(ZIP).hexdigest(), SUM[:63], "nonsense"):
        found = answer(url, given)
        if given == SUM[:40]:  # as long as a SHA-1 sum, and it is none of these bytes
            assert isinstance(found, NoPin)
        else:
            assert found == Pin("1.0", (f"sha256:{SUM}",), f"{url}.sha512"), given
    path = wrapper(tmp_path / "repo", f"distributionUrl={url}\ndistributionSha256Sum={'ab' * 31}\n")
    before = path.read_bytes()
    done = fix(tmp_path / "repo", user)
    assert "is not that of what the address leads to; nothing is written over it" in done.stdout
    assert path.read_bytes() == before
    path.write_text(f"distributionUrl={url}\ndistributionSha256Sum={hashlib.sha512(ZIP).hexdigest()}\n")
    assert fix(tmp_path / "repo", user).returncode == 0
    assert path.read_text() == f"distributionUrl={url}\ndistributionSha256Sum={SUM}\n"


@pytest.mark.parametrize(
    ("path", "version", "words"),
    [
        ("org/apache/maven/html/1.0/html-1.0-bin.zip", "1.0", "neither a zip nor a tar.gz"),
        ("gone.zip", "1.0", "answers 404"),
        (DISTRIBUTION, "4.0-SNAPSHOT", "names no release"),
        (DISTRIBUTION, "", "names no release"),
    ],
)
def test_what_is_not_summed(repository: MavenRepository, path: str, version: str, words: str) -> None:
    found = answer(f"{repository.url}/{path}", version=version)
    assert isinstance(found, NoPin)
    assert words in found.why


def test_plain_http_and_credentials_are_refused() -> None:
    for url, words in (
        ("http://maven.example/a-1.0.zip", "without TLS"),
        ("https://ann:pw@maven.example/a-1.0.zip", "credentials"),
    ):
        found = answer(url)
        assert isinstance(found, NoPin)
        assert words in found.why
        assert "pw" not in found.why


def test_mirror_of_the_user_is_asked_and_nobody_else_told(tmp_path: Path) -> None:
    with running(tmp_path) as mirror:
        mirror.put(f"repo/{DISTRIBUTION}", ZIP, "sha256")
        mirror.login.append("ann:secret")
        environment = {"MVNW_USERNAME": "ann", "MVNW_PASSWORD": "secret"}
        refused = answer(f"{mirror.url}/repo/{DISTRIBUTION}", environment=environment)
        assert isinstance(refused, NoPin)
        assert mirror.requests[-1][1] == ""
        environment["MVNW_REPOURL"] = f"{mirror.url}/repo/"
        found = answer(f"https://maven.example/somewhere/{DISTRIBUTION}", environment=environment)
        assert found == Pin("1.0", (f"sha256:{SUM}",), f"{mirror.url}/repo/{DISTRIBUTION}.sha256")


def test_wrapper_that_reads_no_sum_gets_none(repository: MavenRepository, tmp_path: Path, user: dict[str, str]) -> None:
    old = "https://repo.example/org/apache/maven/wrapper/maven-wrapper/3.1.0/maven-wrapper-3.1.0.jar"
    path = wrapper(tmp_path / "repo", f"distributionUrl={repository.url}/{DISTRIBUTION}\nwrapperUrl={old}\n")
    (path.parent / "maven-wrapper.jar").write_bytes(b"")
    before = path.read_bytes()
    asked_before = len(repository.requests)
    done = fix(tmp_path / "repo", user)
    assert "a wrapper before 3.2.0 never reads one" in done.stdout
    assert (path.read_bytes(), len(repository.requests)) == (before, asked_before)
