"""`--fix` for Maven: a static repository on loopback; sums are Python's own, versions are those that Maven takes."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import need
from servers.maven_repository import MavenRepository, archive, running
from trees import root_at

from pinlint.ecosystems.maven.configuration import Repository, Settings
from pinlint.ecosystems.maven.names import admits
from pinlint.ecosystems.maven.registry import Registry, Repositories
from pinlint.ecosystems.url.registry import Wrappers
from pinlint.http import Client
from pinlint.pins import NoPin, Pin
from pinlint.question import Question
from pinlint.syntax.xml import parse

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
    root_at(folder)
    path = folder / ".mvn/wrapper/maven-wrapper.properties"
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode())
    return path


def asked(url: str, *digests: str, version: str = "1.0") -> Question:
    return Question("url", url, "", version, digests, notation="wrapper-sum")


def answer(url: str, *digests: str, version: str = "1.0", environment: dict[str, str] | None = None) -> Pin | NoPin:
    return Wrappers(Client(), {"MVNW_REPOURL": url.partition("/org/")[0]} if environment is None else environment).resolve(
        asked(url, *digests, version=version)
    )


# --- wrapper sums -------------------------------------------------------------------------------------------------------------


def test_mirror_of_the_user_is_asked_and_nobody_else_told(tmp_path: Path) -> None:
    with running(tmp_path) as mirror:
        mirror.put(f"repo/{DISTRIBUTION}", ZIP, "sha256")
        mirror.login.append("ann:secret")
        environment = {"MVNW_USERNAME": "ann", "MVNW_PASSWORD": "secret", "MVNW_REPOURL": f"{mirror.url}/repo/"}
        refused = answer(f"{mirror.url}/elsewhere-1.0-bin.zip", environment=environment)
        assert isinstance(refused, NoPin)
        assert mirror.requests[-1][1] == ""
        found = answer(f"https://maven.example/somewhere/{DISTRIBUTION}", environment=environment)
        assert found == Pin("1.0", (f"sha256:{SUM}",), f"{mirror.url}/repo/{DISTRIBUTION}.sha256")


def test_no_repository_is_behind_a_query(repository: MavenRepository) -> None:
    before = len(repository.requests)
    refused = taken(mirrored(f"{repository.url}/quit?x="), "g:lib", "LATEST")
    assert isinstance(refused, NoPin)
    assert "holds a query" in refused.why
    assert len(repository.requests) == before


def test_a_wrapper_does_not_lead_to_this_machine(repository: MavenRepository) -> None:
    before = len(repository.requests)
    found = answer(f"{repository.url}/{DISTRIBUTION}", environment={})
    assert isinstance(found, NoPin)
    assert "the repository leads to this machine" in found.why
    assert len(repository.requests) == before


# --- versions -----------------------------------------------------------------------------------------------------------------

POM = """\
<project>
  <modelVersion>4.0.0</modelVersion>
  <parent><groupId>org.acme</groupId><artifactId>base</artifactId><version>%s</version><relativePath/></parent>
  <artifactId>shop</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencyManagement><dependencies>
    <!-- kept --><dependency><groupId>org.acme</groupId><artifactId>bom</artifactId>
      <version> %s </version><type>pom</type><scope>import</scope></dependency>
  </dependencies></dependencyManagement>
</project>
"""


def mirrored(url: str, login: str = "") -> str:
    """A settings.xml that sends everything to one place."""
    user, _, password = login.partition(":")
    server = (
        f"<servers><server><id>all</id><username>{user}</username><password>{password}</password></server></servers>"
        if login
        else ""
    )
    return f"<settings>{server}<mirrors><mirror><id>all</id><mirrorOf>*</mirrorOf><url>{url}</url></mirror></mirrors></settings>"


def settings_of(text: str, *builtin: Repository) -> Settings:
    return Settings([parse(text)], list(builtin), {"SECRET": "s3cr3t"})


def taken(text: str, name: str, version: str, told: Repositories = Repositories()) -> Pin | NoPin:  # noqa: B008 - it is a constant
    asked = Question("maven", name, "", version, loose=True, directions=told)
    return Registry(Client(), lambda: settings_of(text)).resolve(asked)


def test_a_property_is_edited_where_it_serves_one_entry(tmp_path: Path, user: dict[str, str]) -> None:
    """Maven resolves to the same before and after; a property of several entries is explained."""
    need("mvn", "java")
    pom = POM.replace(
        "  <dependencyManagement>", "  <properties><!-- ours --><v.base> PROPERTY </v.base></properties>\n  <dependencyManagement>"
    )
    with running(tmp_path / "served") as one:
        for name in ("org.acme:base", "org.acme:bom"):
            one.publish(name, "1.0", "1.1", "2.0", latest="2.0", release="1.1", pom=True)
        settings = Path(user["HOME"]) / ".m2/settings.xml"
        settings.parent.mkdir()
        settings.write_text(mirrored(one.url))
        folder = tmp_path / "repo"
        root_at(folder)
        path = folder / "pom.xml"
        path.write_text(pom.replace("PROPERTY", "LATEST") % ("1.0", "${v.base}"))

        def taken_by_maven(local: str) -> set[str]:
            del one.requests[:]
            command = [
                str(shutil.which("mvn")),
                "-B",
                "-q",
                "-s",
                str(settings),
                f"-Dmaven.repo.local={tmp_path / local}",
                "validate",
            ]
            done = subprocess.run(command, cwd=folder, env=user, capture_output=True, text=True, timeout=120, check=False)
            assert done.returncode == 0, done.stdout
            return {path for path, _ in one.requests if path.endswith(".pom")}

        before = taken_by_maven("first")
        assert "--unsafe-fixes allows it" in fix(folder, user).stdout
        done = fix(folder, user, "--unsafe-fixes")
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        assert path.read_text() == pom.replace("PROPERTY", "2.0") % ("1.0", "${v.base}")
        assert taken_by_maven("second") == before
        twice = (pom.replace("PROPERTY", "LATEST") % ("1.0", "${v.base}")).replace(
            "</dependencies>", "<!-- ${v.base} --></dependencies>"
        )
        path.write_text(twice)
        said = fix(folder, user, "--unsafe-fixes").stdout
        assert path.read_text() == twice
        assert "a variable is a part of it: write it out here, or its value there" in " ".join(said.split())


@pytest.mark.parametrize(
    ("spec", "wanted", "versions"),
    [
        ("[1.0,2.0)", "LATEST", ("1.0", "1.1", "1.2-beta", "2.0")),
        ("[1,1.1],(1.2,9]", "RELEASE", ("1.0", "1.1", "1.2", "1.10", "1.9", "1.10-rc1")),
        ("(,1.5]", "LATEST", ("1.5", "0.9", "1.6")),
    ],
)
def test_versions_are_those_that_maven_takes(
    tmp_path: Path, user: dict[str, str], spec: str, wanted: str, versions: tuple[str, ...]
) -> None:
    need("mvn", "java")
    with running(tmp_path / "served") as one:
        for name in ("org.acme:base", "org.acme:bom"):
            one.publish(name, *versions, latest=versions[-1], release=versions[1], pom=True)
        settings = Path(user["HOME"]) / ".m2/settings.xml"
        settings.parent.mkdir()
        settings.write_text(mirrored(one.url))
        folder = tmp_path / "repo"
        root_at(folder)
        path = folder / "pom.xml"
        path.write_text(POM % (spec, wanted))

        def poms(local: str) -> set[str]:
            del one.requests[:]
            command = [
                str(shutil.which("mvn")),
                "-B",
                "-q",
                "-s",
                str(settings),
                f"-Dmaven.repo.local={tmp_path / local}",
                "validate",
            ]
            done = subprocess.run(command, cwd=folder, env=user, capture_output=True, text=True, timeout=120, check=False)
            assert done.returncode == 0, done.stdout
            return {path for path, _ in one.requests if path.endswith(".pom")}

        before = poms("first")
        refused = fix(folder, user)
        assert f"for {wanted} today, and would not take newer ones; --unsafe-fixes allows it" in " ".join(refused.stdout.split())
        assert path.read_text() == POM % (spec, wanted)
        done = fix(folder, user, "--unsafe-fixes")
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        text = path.read_text()
        base, bom = (next(one for one in before if f"/{name}/" in one).split("/")[-2] for name in ("base", "bom"))
        assert text == POM % (base, bom)
        assert poms("second") == before
        assert "ixed" not in fix(folder, user, "--unsafe-fixes").stdout


def test_snapshot_is_not_asked_for(repository: MavenRepository) -> None:
    before = len(repository.requests)
    found = taken(mirrored(repository.url), "org.acme:lib", "1.0-SNAPSHOT")
    assert isinstance(found, NoPin)
    assert "replaced by every deploy" in found.why
    assert len(repository.requests) == before


def test_newest_metadata_decides_between_repositories(tmp_path: Path) -> None:
    with running(tmp_path / "a") as first, running(tmp_path / "b") as second:
        first.publish("g:lib", "9.0", latest="9.0", updated="20250101000000")
        second.publish("g:lib", "1.0", latest="1.0", updated="20260101000000")
        nothing = (
            f"<settings><mirrors><mirror><id>m</id><mirrorOf>central</mirrorOf><url>{first.url}</url></mirror></mirrors></settings>"
        )
        for wanted, version in (("LATEST", "1.0"), ("[1,)", "9.0")):
            assert isinstance(found := taken(nothing, "g:lib", wanted, Repositories((("corp", second.url),))), Pin)
            assert found.version == version
        assert isinstance(found := taken(nothing, "g:lib", "[1,)", Repositories(doubts=("a:b may name more",))), Pin)
        assert found.remark == "a:b may name more"
        assert isinstance(taken("<settings/>", "g:lib", "[1,)"), NoPin)


def test_what_a_pom_calls_corp_is_not_the_users_corp(tmp_path: Path) -> None:
    with running(tmp_path / "a") as users, running(tmp_path / "b") as strange:
        users.login.append("ann:secret")
        users.publish("g:lib", "1.0", latest="1.0")
        text = mirrored(users.url, "ann:secret")
        assert isinstance(taken(text, "g:lib", "LATEST"), Pin)
        own = text.replace("<mirrorOf>*<", "<mirrorOf>central<")
        taken(own, "g:lib", "LATEST", Repositories((("all", strange.url),)))
        assert {authorization for _, authorization in strange.requests} == {""}
        encrypted = text.replace(">secret<", ">{COQLCE6DU6GtcS5P=}<")
        refused = taken(encrypted, "g:lib", "LATEST")
        assert isinstance(refused, NoPin)
        assert "401" in refused.why
        assert isinstance(taken(text.replace(">secret<", ">${env.SECRET}<"), "g:lib", "LATEST"), NoPin)


@pytest.mark.parametrize(
    ("pattern", "name", "url", "mirrored_"),
    [
        ("*", "central", "https://x", True), ("central", "central", "https://x", True), ("central", "corp", "https://x", False),
        ("*,!corp", "corp", "https://x", False), ("a, corp", "corp", "https://x", True), ("external:*", "corp", "https://x", True),
        ("external:*", "corp", "http://localhost/x", False), ("external:http:*", "corp", "https://x", False),
        ("external:http:*", "corp", "http://x", True),
    ],
)  # fmt: skip
def test_mirror_patterns(pattern: str, name: str, url: str, mirrored_: bool) -> None:
    text = f"<settings><mirrors><mirror><id>m</id><mirrorOf>{pattern}</mirrorOf><url>https://mirror</url></mirror></mirrors></settings>"
    found = settings_of(text, Repository(name, url)).asked([])[0]
    assert found == (Repository("m", "https://mirror") if mirrored_ else Repository(name, url))


def test_blocked_repository_is_a_reason() -> None:
    text = """<settings><mirrors><mirror><id>blocker</id><mirrorOf>external:http:*</mirrorOf><url>http://0.0.0.0/</url>
    <blocked>true</blocked></mirror></mirrors></settings>"""
    known = settings_of(text, Repository("central", "https://c"))
    assert known.asked([Repository("old", "http://x")]) == ["your Maven blocks old (blocker)", Repository("central", "https://c")]


def test_pom_may_move_central_but_takes_no_credential_along() -> None:
    login = "<servers><server><id>central</id><username>ann</username><password>x</password></server></servers>"
    profile = "<profiles><profile><id>p</id><repositories><repository><id>corp</id><url>https://own</url></repository></repositories></profile>"
    text = f"<settings>{login}{profile}</profiles><activeProfiles><activeProfile>p</activeProfile></activeProfiles></settings>"
    known = settings_of(text, Repository("central", "https://c"))
    own, central = Repository("corp", "https://own"), Repository("central", "https://c", "Basic YW5uOng=")
    assert known.asked([]) == [own, central]
    assert known.asked([Repository("central", "https://strange"), Repository("corp", "https://strange")]) == [
        own, Repository("central", "https://strange"),
    ]  # fmt: skip


def test_ranges_admit_what_their_bounds_say() -> None:
    table = {
        "[1.0,2.0)": "1.0 1.5 2.0-alpha", "(1.0,2.0]": "1.5 2.0-alpha 2.0", "[1.0]": "1.0", "(,1.0)": "0.9", "[2.0,)": "2.0 3",
        "(,0.9],[2.0,3]": "0.9 2.0 3",
    }  # fmt: skip
    for spec, expected in table.items():
        assert [one for one in ("0.9", "1.0", "1.5", "2.0-alpha", "2.0", "3") if admits(spec, one)] == expected.split(), spec
