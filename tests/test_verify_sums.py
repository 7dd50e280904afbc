"""NET904 of downloads with a sum in the repository: wrappers of Maven and Gradle, included CI files; agreeing, not, and unknown."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import NamedTuple

import pytest
from fences import Block
from servers.answers import Answers, user
from servers.maven_repository import archive
from servers.stub import stub

from pinlint import cli

ZIP, INCLUDED = archive("apache-maven-3.9.9/bin/mvn", "#!/bin/sh\n"), b"build: {script: make}\n"
SUM, OTHER = hashlib.sha256(ZIP).hexdigest(), "5f" * 32
MAVEN = "https://registry.example/maven/org/apache/maven/apache-maven/3.9.9/apache-maven-3.9.9-bin.zip"
JAR = "https://registry.example/maven/org/apache/maven/wrapper/maven-wrapper/3.3.2/maven-wrapper-3.3.2.jar"
GRADLE = "https://registry.example/distributions/gradle-8.10.2-bin.zip"
FILE = "https://registry.example/ci.yml"
#: A 404 or another refusal in place of a body.
GONE, FORBIDDEN = b"404", b"403"


class Download(NamedTuple):
    """What a repository holds, what is answered at which address, and what is said: a part of the message, "true", or what could
    not be checked."""

    text: str
    answers: dict[str, bytes]
    said: str
    code: int = 0


def maven(sum_: str = SUM, more: str = "") -> str:
    return f"distributionUrl={MAVEN}\ndistributionSha256Sum={sum_}\n{more}"


def gradle(sum_: str = SUM) -> str:
    return f"distributionUrl={GRADLE.replace(':', chr(92) + ':')}\ndistributionSha256Sum={sum_}\n"


def included(data: bytes = INCLUDED) -> str:
    return f"include:\n  - remote: {FILE}\n    integrity: sha256-{base64.b64encode(hashlib.sha256(data).digest()).decode()}\n"


def beside(sum_: str) -> bytes:
    return f"{sum_}  apache-maven-3.9.9-bin.zip\n".encode()


TRUE, SUMS = "true: 1 × NET904", {f"{MAVEN}.{algorithm}": GONE for algorithm in ("sha512", "sha256", "sha1")}
DOWNLOADS = {
    "maven": Download(maven(), {f"{MAVEN}.sha256": beside(SUM)}, TRUE),
    "maven-sum-in-capitals": Download(maven(), {f"{MAVEN}.sha256": SUM.upper().encode()}, TRUE),
    "maven-other-sum-published": Download(
        maven(OTHER), {f"{MAVEN}.sha256": beside(SUM)},
        f"{MAVEN}: the sha256 sum published beside it is {SUM[:12]}…, the one in the file 5f5f5f5f5f5f…", 1,
    ),
    "maven-of-bytes": Download(maven(), {**SUMS, MAVEN: ZIP, f"{MAVEN}.sha512": hashlib.sha512(ZIP).hexdigest().encode()}, TRUE),
    "maven-nothing-published": Download(maven(), {**SUMS, MAVEN: ZIP}, TRUE),
    "maven-other-bytes": Download(maven(OTHER), {**SUMS, MAVEN: ZIP}, f"of what the address leads to is {SUM[:12]}…", 1),
    "maven-published-and-other-bytes": Download(
        maven(), {**SUMS, MAVEN: ZIP, f"{MAVEN}.sha512": b"0" * 128}, "sum that is published beside it is that of another", 1
    ),
    "maven-page-of-a-login": Download(maven(), {f"{MAVEN}.sha256": b"<html>", MAVEN: b"<html>"}, "neither a zip nor a tar.gz"),
    "maven-gone": Download(maven(), {f"{MAVEN}.sha256": GONE, MAVEN: GONE}, "Could not be checked 1"),
    "maven-forbidden": Download(maven(), {f"{MAVEN}.sha256": FORBIDDEN, MAVEN: FORBIDDEN}, "Could not be checked 1"),
    "jar": Download(
        maven(more=f"wrapperUrl={JAR}\nwrapperSha256Sum={OTHER}\n"),
        {f"{MAVEN}.sha256": beside(SUM), f"{JAR}.sha256": beside(SUM)}, "NET904 Maven wrapper jar", 1,
    ),
    "gradle": Download(gradle(), {f"{GRADLE}.sha256": SUM.encode()}, TRUE),
    "gradle-other-sum-published": Download(gradle(OTHER), {f"{GRADLE}.sha256": SUM.encode()}, "NET904 Gradle distribution", 1),
    "gradle-nothing-published": Download(gradle(), {f"{GRADLE}.sha256": GONE}, "no sha256 sum is published beside it"),
    "gradle-page-of-a-login": Download(gradle(), {f"{GRADLE}.sha256": b"<html>"}, "no sha256 sum is published beside it"),
    "gradle-sum-of-another-kind": Download(gradle(), {f"{GRADLE}.sha256": b"0" * 40}, "no sha256 sum is published beside it"),
    "include": Download(included(), {FILE: INCLUDED}, TRUE),
    "include-other-bytes": Download(included(b"x"), {FILE: INCLUDED}, "NET904 included file", 1),
    "include-page-of-a-login": Download(included(), {FILE: b"<html>"}, "Could not be checked 1"),
}  # fmt: skip
PATHS = {"gradle": "gradle/wrapper/gradle-wrapper.properties", "include": ".gitlab-ci.yml"}


def audit(folder: Path, path: str, text: str, *options: str) -> int:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text)
    return cli.main(["verify", "--select", "NET904", "--output-format", "concise", *options])


@pytest.mark.parametrize("case", DOWNLOADS)
def test_a_sum_is_compared_with_the_one_that_is_published(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    download = DOWNLOADS[case]
    given = Answers(
        Block(body.decode(), "answers", "", url, "", 0, 0)
        if body in (GONE, FORBIDDEN)
        else Block("base64", "answers", "", url, base64.b64encode(body).decode(), 0, 0)
        for url, body in download.answers.items()
    )
    user(tmp_path / "home", given, monkeypatch)
    monkeypatch.chdir(tmp_path)
    code = audit(tmp_path, PATHS.get(case.partition("-")[0], ".mvn/wrapper/maven-wrapper.properties"), download.text)
    told = capsys.readouterr()
    assert (code, given.unknown) == (download.code, set()), told
    assert download.said in told.out + " ".join(told.err.split()), told
    assert set(given.unused) <= set(SUMS)  # the first that is published is enough


JAR_SUM, JAR_AT = hashlib.sha256(b"jar").hexdigest(), "https://registry.example/distributions/gradle-8.10.2-wrapper.jar.sha256"
JARS = {
    "of-this-version": (JAR_SUM.encode(), "true: 2 × NET904"),
    "of-another-version": (OTHER.encode(), "the wrapper's jar is not the one of Gradle 8.10.2, and may be that of another version"),
    "nothing-published": (GONE, "the wrapper's jar: no sha256 sum is published beside it"),
}


@pytest.mark.parametrize("case", JARS)
def test_a_committed_jar_is_the_one_of_its_version_or_nobody_can_tell(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    body, said = JARS[case]
    sums = [Block("text", "answers", "", f"{GRADLE}.sha256", SUM, 0, 0)]
    sums.append(Block("404" if body == GONE else "text", "answers", "", JAR_AT, body.decode(), 0, 0))
    given = Answers(sums)
    user(tmp_path / "home", given, monkeypatch)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gradle/wrapper").mkdir(parents=True)
    (tmp_path / "gradle/wrapper/gradle-wrapper.jar").write_bytes(b"jar")
    assert (audit(tmp_path, PATHS["gradle"], gradle()), given.unknown, given.unused) == (0, set(), [])
    assert said in " ".join(capsys.readouterr().err.split())


def test_an_address_in_a_repository_does_not_lead_to_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    with stub() as server:
        texts = [text.replace("https://registry.example", server.url) for text in (maven(), gradle(), included())]
        for path, text in zip((".mvn/wrapper/maven-wrapper.properties", *PATHS.values()), texts, strict=True):
            code = audit(tmp_path, path, text)
        assert (code, server.asked) == (0, [])
    assert "Could not be checked 3" in capsys.readouterr().err
