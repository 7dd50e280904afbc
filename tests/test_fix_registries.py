"""Everybody who can be asked: by the table, one shape for all, made when the first question comes."""

from __future__ import annotations

from contextlib import closing
from importlib import import_module
from types import SimpleNamespace

import httpx
import pytest

from pinlint.cooldown import Cooldown
from pinlint.ecosystems import ECOSYSTEMS
from pinlint.fix.answers import resolve_all
from pinlint.fix.pip_closed import Need
from pinlint.http import Client
from pinlint.model import Artifact, Reference, Span
from pinlint.pins import NoPin
from pinlint.question import Question, Registry
from pinlint.registries import Registries
from pinlint.ways import Way


def silent(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody is there")


@pytest.mark.parametrize("kind", [kind for kind, one in ECOSYSTEMS.items() if one.registry])
def test_every_registry_answers_any_question_of_its_kind(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that makes no sense, and without a network: an outcome is data."""
    monkeypatch.setenv("CI_SERVER_URL", "")
    with closing(Client(transport=httpx.MockTransport(silent), sleep=lambda _: None)) as client:
        registry: Registry = import_module(f"pinlint.ecosystems.{ECOSYSTEMS[kind].registry}.registry").Registry(client)
        asked = Question(kind, "a.example/b", "https://a.example/b.git", "1.0")
        for question in (
            asked,
            asked._replace(version="^1", loose=True, cooldown=Cooldown(3600)),
            asked._replace(name="https://a.example/x.zip", source="", notation="wrapper-sum"),
            asked._replace(directions=("of another ecosystem",)),
            Question(kind, ""),
        ):
            assert isinstance(registry.resolve(question), NoPin), question


def test_only_who_is_asked_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    registries = Registries()
    try:
        assert registries._made == {}
        assert isinstance(registries.resolve(Question("git", "a", "ssh://git@a.example/b")), NoPin)
        first = dict(registries._made)
        assert isinstance(registries.resolve(Question("action", "a/b", "code.example", "v1")), NoPin)
        assert registries._made == first
        assert list(first) == ["git"], "an action is asked of a git host"
    finally:
        registries.client.close()


def reference(kind: str, name: str, version: str, *digests: str, verdict: str = "tag", notation: str = "") -> Reference:
    return Reference(Artifact(kind, name), version, digests, verdict, Span(0, 0), "a role", notation=notation)


@pytest.mark.parametrize(
    ("asked", "question"),
    [
        pytest.param(reference("image", "a", ""), Question("image", "a", "", "latest"), id="nothing is latest"),
        pytest.param(reference("image", "a", "1@sha256:5f", "sha256:5f"), Question("image", "a", "", "1"), id="what follows a tag"),
        pytest.param(reference("image", "a", "sha256:5f", "sha256:5f"), Question("image", "a", "", "latest"), id="no tag"),
        pytest.param(reference("git", "a", "5f5f5f5", "5f5f5f5"), Question("git", "a", "", "5f5f5f5", ("5f5f5f5",)), id="sha"),
        pytest.param(reference("action", "a/b", "main", verdict="floating"), Question("action", "a/b", "", "main"), id="no choice"),
        pytest.param(reference("action", "A/b/C", "v1"), Question("action", "a/b/c", "", "v1"), id="GitHub tells no case"),
        pytest.param(
            reference("action", "A/b", "v1")._replace(artifact=Artifact("action", "A/b", "https://code.example")),
            Question("action", "A/b", "https://code.example", "v1"), id="another host may tell it",
        ),
        pytest.param(reference("pypi", "a", "", verdict="floating"), Question("pypi", "a", loose=True), id="any release"),
        pytest.param(reference("maven", "g", "[1,)", verdict="range"), Question("maven", "g", "", "[1,)", loose=True), id="range"),
        pytest.param(
            reference("helm", "a", "", verdict="floating", notation="version-key"), Question("helm", "a", "", "*", loose=True),
            id="no version of a chart",
        ),
        pytest.param(
            reference("url", "a", "1", notation="wrapper-sum"), Question("url", "a", "", "1", notation="wrapper-sum"), id="sum"
        ),
        pytest.param(reference("npm", "a", "1", notation="npm-integrity"), Question("npm", "a", "", "1"), id="one answer"),
    ],
)  # fmt: skip
def test_what_is_asked_about_a_reference(asked: Reference, question: Question) -> None:
    assert Question.about(asked) == question


def test_nobody_is_asked_where_nobody_can_be() -> None:
    def resolve(question: Question) -> NoPin:
        raise AssertionError(question)

    why = "the files name several indexes"
    question = Question("pypi", "a", problem=why)
    assert resolve_all([Need(reference("pypi", "a", ""), question)], resolve) == {question: NoPin(why)}


class Tool(Way):
    plain_hosts = frozenset(("plain.example",))

    def authorities(self, place: str) -> list[str]:
        return [f"{place}.crt"]

    def identity(self, place: str) -> tuple[str, str]:
        return ("mine.crt", "mine.key") if place == "mine.example:443" else ("", "")

    def proxy(self, scheme: str, place: str) -> str | None:
        return "" if place == "direct.example:443" else None


def test_a_tool_speaks_of_the_way_once_its_configuration_was_needed() -> None:
    """Until then it says nothing, and nothing of the user's is read for its sake."""
    tool = SimpleNamespace(known=None, resolve=lambda _: NoPin(""))
    registries = Registries()
    registries._made |= {"git": SimpleNamespace(resolve=lambda _: NoPin("")), "tool": tool}
    try:
        before = (
            registries._may_be_plain("plain.example"), registries._authorities("a:1"), registries._identity("mine.example:443"),
            registries._proxy("https", "direct.example:443"),
        )  # fmt: skip
        tool.known = Tool()
        after = (
            registries._may_be_plain("plain.example"), registries._authorities("a:1"), registries._identity("mine.example:443"),
            registries._proxy("https", "direct.example:443"),
        )  # fmt: skip
        assert (before, after) == ((False, [], ("", ""), None), (True, ["a:1.crt"], ("mine.crt", "mine.key"), ""))
        assert registries._identity("other.example:443") == ("", "")
        assert registries._proxy("https", "other.example:443") is None
    finally:
        registries.client.close()
