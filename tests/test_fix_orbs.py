"""Orbs: what CircleCI is asked, by whom, and what of its answers gets into a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from servers.stub import Answer, Asked, stub

from pinlint.cooldown import Cooldown
from pinlint.ecosystems.orb.configuration import Server, server
from pinlint.ecosystems.orb.registry import Registry
from pinlint.http import Client
from pinlint.pins import NoPin, Pin
from pinlint.question import Question


def orb(version: str, cooldown: Cooldown) -> Question:
    return Question("orb", "circleci/node", "", version, loose=True, cooldown=cooldown)


#: 2024-05-01, in seconds since 1970.
DAY = 1714521600.0


def told(**fields: Any) -> Answer:
    return Answer(200, body=json.dumps({"data": {"orbVersion": fields or None}}).encode())


def resolved(
    answer: Answer | Callable[[Asked], Answer],
    version: str = "5.1",
    cooldown: Cooldown = Cooldown(),  # noqa: B008 - a constant
) -> tuple[Pin | NoPin, list[Asked]]:
    with stub() as host, closing(Client(sleep=lambda _: None)) as client:
        host.answer = answer if callable(answer) else lambda _: answer
        found = Registry(client, Server(f"{host.url}/graphql-unstable", "token")).resolve(orb(version, cooldown))
        return found, host.asked


def test_a_range_becomes_the_version_that_it_stands_for() -> None:
    found, asked = resolved(told(version="5.1.3", createdAt="2024-05-01T10:00:00Z"))
    assert isinstance(found, Pin)
    assert (found.version, found.digests) == ("5.1.3", ())
    assert found.unsafe.startswith("5.1 is 5.1.3 today")
    (one,) = asked
    assert (one.method, one.path, one.headers["authorization"]) == ("POST", "/graphql-unstable", "token")
    body = json.loads(one.body)
    assert body["variables"] == {"ref": "circleci/node@5.1"}
    assert "orbVersion(orbVersionRef: $ref)" in body["query"]


@pytest.mark.parametrize(
    ("answer", "version", "why"),
    [
        (told(), "5.1", "knows no such orb or version"),
        (told(version="5.2.0"), "5.1", "which is no version of it"),
        (told(version="5.10.0"), "5.1", "which is no version of it"),
        (told(version="5.1"), "5.1", "which is no version of it"),
        (told(version="5.1.3\n- run: evil"), "5.1", "which is no version of it"),
        (told(version={"a": 1}), "5.1", "which is no version of it"),
        (told(version="1.2.3"), "dev:abc", "a development version is never exact"),
        (Answer(401), "5.1", "a private orb needs a token"),
        (Answer(503), "5.1", "answers 503"),
        (Answer(200, body=b"<html>"), "5.1", "something that is no orb"),
        (Answer(200, body=b'{"data": [], "errors": []}'), "5.1", "something that is no orb"),
        (Answer(200, body=b"[" * 100_000), "5.1", "something that is no orb"),
    ],
)
def test_what_cannot_be_told_has_a_reason(answer: Answer, version: str, why: str) -> None:
    found, _ = resolved(answer, version)
    assert isinstance(found, NoPin)
    assert found.why.startswith("circleci/node: ")
    assert why in found.why
    assert "token" not in found.why.replace("needs a token", "")


def test_what_is_published_last_may_be_too_fresh() -> None:
    day = {"version": "0.4.1", "createdAt": "2024-05-01T10:00:00Z"}
    assert isinstance(resolved(told(**day), "volatile", Cooldown(since=DAY + 86400))[0], Pin)
    for cooldown, fields in ((Cooldown(since=DAY), day), (Cooldown(3600), {"version": "0.4.1"})):
        found, _ = resolved(told(**fields), "volatile", cooldown)
        assert isinstance(found, NoPin)
        assert "write an older version" in found.why


HOST = "https://circle.example"


@pytest.mark.parametrize(
    ("written", "environment", "url", "secret"),
    [
        ("", {}, "https://circleci.com/graphql-unstable", ""),
        ("token: t\n", {}, "https://circleci.com/graphql-unstable", "t"),
        (f"host: {HOST}/\ntoken: t\n", {}, f"{HOST}/graphql-unstable", "t"),
        (f"host: {HOST}\ntoken: t\nendpoint: /api\n", {}, f"{HOST}/api", "t"),
        ("token: t\n", {"CIRCLECI_CLI_HOST": HOST}, f"{HOST}/graphql-unstable", ""),
        (f"host: {HOST}\ntoken: t\n", {"CIRCLECI_CLI_HOST": "https://other.example"}, "https://other.example/graphql-unstable", ""),
        ("", {"CIRCLECI_CLI_TOKEN": "e"}, "https://circleci.com/graphql-unstable", "e"),
        ("", {"CIRCLECI_CLI_HOST": HOST, "CIRCLECI_CLI_TOKEN": "e"}, f"{HOST}/graphql-unstable", "e"),
        (f"host: {HOST}\n", {"CIRCLECI_CLI_TOKEN": "e"}, f"{HOST}/graphql-unstable", ""),
        ("host: http://circle.example\ntoken: t\n", {}, "http://circle.example/graphql-unstable", ""),
        ("token: [\n", {}, "https://circleci.com/graphql-unstable", ""),
        ("- a\n", {}, "https://circleci.com/graphql-unstable", ""),
        ("token: {a: b}\nhost:\n", {}, "https://circleci.com/graphql-unstable", ""),
    ],
)
def test_a_token_goes_to_the_host_that_it_is_for(
    tmp_path: Path, written: str, environment: dict[str, str], url: str, secret: str
) -> None:
    (tmp_path / ".circleci").mkdir()
    (tmp_path / ".circleci/cli.yml").write_text(written)
    assert server({"HOME": str(tmp_path), **environment}) == Server(url, secret)
