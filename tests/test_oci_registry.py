"""Registries that answer wrongly, and who is told which password: a reason each time, never a wrong pin and never a leak."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers.stub import Answer, Asked, Stub, stub

from pinlint.ecosystems.oci import credentials
from pinlint.ecosystems.oci.credentials import Credential, Keyring
from pinlint.ecosystems.oci.registry import Registry
from pinlint.http import Client
from pinlint.model import Artifact, Reference, Span
from pinlint.pins import NoPin, Pin
from pinlint.question import Question

SECRET = "s3cret-s3cret"
ALICE = Credential("alice", SECRET)
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"


def manifest(*platforms: str, **more: object) -> bytes:
    keys = ("os", "architecture", "variant")
    named = [dict(zip(keys, one.split("/"), strict=False)) for one in platforms]
    entries = [{"digest": "sha256:" + "0" * 64, "size": 2, "platform": one} for one in named]
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": entries, **more}, indent=3).encode()


INDEX = manifest("linux/amd64", "linux/arm64/v8", "unknown/unknown")
OTHER = manifest("linux/amd64", "linux/s390x")


def digest(body: bytes) -> str:
    return "sha256:" + hashlib.sha256(body).hexdigest()


def served(body: bytes, **headers: str) -> Answer:
    announced = (("Docker-Content-Digest", digest(body)), ("Content-Type", INDEX_TYPE))
    return Answer(headers=tuple(headers.items()) or announced, body=body)


@pytest.fixture
def server() -> Iterator[Stub]:
    with stub() as made:
        yield made


@pytest.fixture
def other() -> Iterator[Stub]:
    with stub() as made:
        yield made


def image(name: str, version: str = "1", *digests: str) -> Question:
    return Question.about(Reference(Artifact("image", name), version, digests, "tag", Span(0, 1), "base image"))


def resolve(
    server: Stub, answer: Callable[[Asked], Answer] | None = None, found: Credential | None = None, version: str = "1"
) -> Pin | NoPin:
    """What the registry is understood to say; without a secret, whatever happens."""
    if answer is not None:
        server.answer = answer
    client = Client(sleep=lambda _: None, deadline=3)
    registry = Registry(client, lambda _: found)
    try:
        said = registry.resolve(image(f"{server.host}/team/app", version))
    finally:
        client.close()
    if found:
        assert found.secret not in repr(said)
        assert base64.b64encode(f"{found.username}:{found.secret}".encode()).decode() not in repr(said)
    return said


def reason(server: Stub, answer: Callable[[Asked], Answer] | None = None, found: Credential | None = None) -> str:
    said = resolve(server, answer, found)
    assert isinstance(said, NoPin)
    # A contradiction is a finding, which names its subject itself.
    assert said.rule or said.why.startswith(f"{server.host}/team/app:1: ")
    assert (said.rule == "NET904") == ("… and sends sha256:" in said.why), "a refusal is no contradiction"
    return said.why


def by(method: str, then: Answer, otherwise: Answer) -> Callable[[Asked], Answer]:
    return lambda asked: then if asked.method == method else otherwise


# What is written


def test_the_digest_is_the_one_of_the_bytes(server: Stub) -> None:
    pin = resolve(server, lambda _: served(INDEX))
    assert isinstance(pin, Pin)
    assert (pin.version, pin.digests, pin.platforms) == ("1", (digest(INDEX),), ("linux/amd64", "linux/arm64/v8"))
    assert server.paths() == ["/v2/team/app/manifests/1", f"/v2/team/app/manifests/{digest(INDEX)}"]
    assert [one.method for one in server.asked] == ["HEAD", "GET"]
    for one in server.asked:
        assert one.headers["accept"].count("vnd.") == 4
        assert one.headers["accept-encoding"] == "identity"


def test_nothing_written_is_latest(server: Stub) -> None:
    pin = resolve(server, lambda _: served(INDEX), version="")
    assert isinstance(pin, Pin)
    assert pin.version == "latest"


def test_a_digest_alone_is_no_tag(server: Stub) -> None:
    server.answer = lambda _: served(INDEX)
    client = Client()
    broken = image(f"{server.host}/team/app", "sha256:abc", "sha256:abc")
    pin = Registry(client, lambda _: None).resolve(broken)
    client.close()
    assert isinstance(pin, Pin)
    assert pin.version == "latest"


def test_without_the_header_the_digest_is_asked_back(server: Stub) -> None:
    pin = resolve(server, lambda _: served(INDEX, Other="x"))
    assert isinstance(pin, Pin)
    assert pin.digests == (digest(INDEX),)
    assert server.paths("GET")[-1].endswith(digest(INDEX))


@pytest.mark.parametrize("status", [404, 405])
def test_a_registry_may_not_know_head(server: Stub, status: int) -> None:
    pin = resolve(server, by("HEAD", Answer(status), served(INDEX)))
    assert isinstance(pin, Pin)
    assert pin.digests == (digest(INDEX),)


# What is not


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda _: Answer(404), "knows no such image or tag"),
        (lambda _: Answer(403), "403, no such image, or not logged in (docker login 127.0.0.1:"),
        (lambda _: Answer(401), "401, no such image, or not logged in (docker login 127.0.0.1:"),
        (lambda _: Answer(418), "answers 418"),
        (lambda _: Answer(503), "answers 503"),
        (lambda _: Answer(429), "had enough of us for now"),
        (lambda _: Answer(429, (("Retry-After", "7200"),)), "had enough of us for now"),
        (by("HEAD", served(INDEX), served(OTHER)), "announces sha256:"),
        (by("HEAD", served(INDEX), Answer(404)), "was moved while pinlint asked"),
        (by("HEAD", served(INDEX), Answer(500)), "answers 500"),
        (lambda _: served(INDEX, **{"Docker-Content-Digest": "sha512:" + "a" * 128}), "no sha256 digest but one of sha512"),
        (lambda _: served(INDEX, **{"Docker-Content-Digest": "sha256:abc"}), "no sha256 digest"),
        (lambda _: served(INDEX, **{"Docker-Content-Digest": "../../../v2/evil/manifests/x"}), "no sha256 digest"),
        (lambda _: served(b"<html><body>Sign in"), "something that is no manifest"),
        (lambda _: served(b""), "something that is no manifest"),
        (lambda _: served(b'{"schemaVersion": 2, '), "something that is no manifest"),
        (lambda _: served(b"[" * 100_000), "something that is no manifest"),
        (lambda _: served(b"\xff\xfe{}"), "something that is no manifest"),
        (lambda _: served(b"[]"), "something that is no manifest"),
        (lambda _: served(b'{"errors": []}'), "something that is no manifest"),
        (lambda _: served(b'{"schemaVersion": 2, "manifests": []}'), "something that is no manifest"),
        (lambda _: served(b'{"schemaVersion": 2, "manifests": 7}'), "something that is no manifest"),
        (lambda _: served(b'{"schemaVersion": 1, "name": "app", "fsLayers": []}'), "schema 1"),
        (lambda _: Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{}"), "broke off"),
        (by("HEAD", served(INDEX), Answer(headers=(("Content-Length", str(2**30)),))), "announces 1024 MiB"),
        (by("HEAD", served(INDEX), Answer(302, (("Location", "file:///etc/passwd"),))), "not file"),
        (by("HEAD", served(INDEX), Answer(302, (("Location", "http://169.254.169.254/latest"),))), "no registry lives"),
        (lambda _: Answer(302, (("Location", "/v2/"),)), "redirects more than"),
    ],
)
def test_a_registry_that_answers_wrongly_is_a_reason(server: Stub, answer: Callable[[Asked], Answer], why: str) -> None:
    for found in (None, ALICE):
        assert why in reason(server, answer, found) or (found and "credential for it was refused" in reason(server, answer, found))


def test_a_registry_that_says_something_new_each_time_is_a_reason(server: Stub) -> None:
    """Missing header, and another manifest at each question: the digest that was computed is not what the registry knows."""
    count = iter(range(100))
    assert "announces no digest" in reason(server, lambda _: served(manifest("linux/amd64", serial=next(count)), Other="x"))


def test_an_error_that_passes_is_not_the_end(server: Stub) -> None:
    answers = [Answer(500), Answer(503), Answer(429)]
    pin = resolve(server, lambda asked: answers.pop() if answers and "manifests" in asked.path else served(INDEX))
    assert isinstance(pin, Pin)


_PLATFORM = st.none() | st.dictionaries(st.sampled_from(["os", "architecture"]), st.none() | st.text())
_ENTRIES = st.lists(st.none() | st.dictionaries(st.just("platform"), _PLATFORM))
_KEYS = st.sampled_from(["schemaVersion", "manifests", "config"])


@given(st.dictionaries(_KEYS, st.none() | st.integers(1, 2) | _ENTRIES))
def test_any_json_is_a_pin_or_a_reason(document: dict[str, Any]) -> None:
    body = json.dumps(document).encode()

    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Docker-Content-Digest": digest(body)}, stream=httpx.ByteStream(body))

    client = Client(transport=httpx.MockTransport(respond), sleep=lambda _: None)
    said = Registry(client, lambda _: None).resolve(image("ghcr.io/acme/app"))
    assert isinstance(said, NoPin) or said.digests == (digest(body),)


# Who is told what


def asks_for(*challenges: str) -> Answer:
    return Answer(401, tuple(("WWW-Authenticate", challenge) for challenge in challenges))


def guarded(challenge: Callable[[], Answer], wanted: str) -> Callable[[Asked], Answer]:
    return lambda asked: served(INDEX) if asked.headers.get("authorization") == wanted else challenge()


BEARER = 'Bearer realm="{}/token?x=1",service="the, registry",scope="repository:team/app:pull"'


@pytest.mark.parametrize(
    "challenges",
    [
        ['Basic realm="here"'],
        ["basic"],
        ['Negotiate, Basic realm="a, b"'],
        ["Negotiate abc==", 'Basic realm="x"'],
        ['Digest realm="x", nonce="Bearer realm=y", Basic realm="z"'],
    ],
)
def test_basic(server: Stub, challenges: list[str]) -> None:
    assert isinstance(resolve(server, guarded(lambda: asks_for(*challenges), ALICE.basic), ALICE), Pin)
    assert "no such image, or not logged in" in reason(server)
    assert "credential for it was refused" in reason(server, found=Credential("bob", SECRET))


@pytest.mark.parametrize("key", ["token", "access_token"])
@pytest.mark.parametrize("around", [[], ["Basic realm=x"], ["Negotiate"]])
@pytest.mark.parametrize("joined", [True, False])
def test_bearer(server: Stub, other: Stub, key: str, around: list[str], joined: bool) -> None:
    challenges = [*around, BEARER.format(other.url)]
    server.answer = guarded(lambda: asks_for(*([", ".join(challenges)] if joined else challenges)), "Bearer t0ken")
    other.answer = lambda _: Answer(body=json.dumps({key: "t0ken"}).encode())
    assert isinstance(resolve(server), Pin)
    assert isinstance(resolve(server, found=ALICE), Pin)
    assert other.asked[0].path == "/token?x=1&service=the%2C+registry&scope=repository%3Ateam%2Fapp%3Apull"
    assert ["authorization" in one.headers for one in other.asked] == [False, True]
    assert other.asked[1].headers["authorization"] == ALICE.basic
    assert all(one.headers.get("authorization") != ALICE.basic for one in server.asked)


def test_an_identity_token_is_exchanged(server: Stub, other: Stub) -> None:
    server.answer = guarded(lambda: asks_for(BEARER.format(other.url)), "Bearer t0ken")
    other.answer = lambda _: Answer(body=b'{"access_token": "t0ken"}')
    assert isinstance(resolve(server, found=Credential("", SECRET)), Pin)
    assert other.asked[0].method == "POST"
    assert f"refresh_token={SECRET}" in other.asked[0].body.decode()
    assert SECRET not in other.asked[0].path


def test_an_expired_token_is_renewed(server: Stub, other: Stub) -> None:
    tokens = iter(("first", "second"))
    good = ["Bearer first"]
    server.answer = lambda asked: (
        served(INDEX) if asked.headers.get("authorization") == good[0] else asks_for(BEARER.format(other.url))
    )
    other.answer = lambda _: Answer(body=json.dumps({"token": next(tokens)}).encode())
    client = Client()
    registry = Registry(client, lambda _: None)
    assert isinstance(registry.resolve(image(f"{server.host}/team/app")), Pin)
    good[0] = "Bearer second"
    assert isinstance(registry.resolve(image(f"{server.host}/team/app")), Pin)
    client.close()


def test_a_loop_of_401_ends(server: Stub, other: Stub) -> None:
    other.answer = lambda _: Answer(body=b'{"token": "t0ken"}')
    assert "401" in reason(server, lambda _: asks_for(BEARER.format(other.url)), ALICE)
    assert len(server.asked) < 6


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(401), "refused"),
        (Answer(403), "refused"),
        (Answer(404), "the token server of 127.0.0.1"),
        (Answer(500), "the token server of 127.0.0.1"),
        (Answer(429, (("Retry-After", "9999"),)), "the token server of 127.0.0.1"),
        (Answer(body=b"<html>"), "answers with no token"),
        (Answer(body=b"[]"), "answers with no token"),
        (Answer(body=b"[" * 100_000), "answers with no token"),
        (Answer(body=b"{}"), "answers with no token"),
        (Answer(body=b'{"token": ""}'), "answers with no token"),
        (Answer(body=b'{"token": 7}'), "answers with no token"),
        (Answer(body=b'{"token": "a\\r\\nX: y"}'), "answers with no token"),
        (Answer(body=b'{"token": "\\u00e9"}'), "answers with no token"),
        (Answer(body=b'{"token": "' + b"a" * 2**21 + b'"}'), "MiB"),
        (Answer(302, (("Location", "http://169.254.169.254/"),)), "no registry lives"),
    ],
)
def test_a_token_server_that_answers_nonsense_is_a_reason(server: Stub, other: Stub, answer: Answer, why: str) -> None:
    other.answer = lambda _: answer
    for found in (ALICE, Credential("", SECRET)):
        assert why in reason(server, lambda _: asks_for(BEARER.format(other.url)), found)


def test_a_token_server_elsewhere_gets_the_password_as_docker_has_it() -> None:
    """The registry could ask for it itself; its token server may be anywhere but on this machine, and must have TLS."""
    told: dict[str, str] = {}

    def respond(request: httpx.Request) -> httpx.Response:
        told[request.url.host] = request.headers.get("authorization", "")
        realm = {"registry.example": "https://auth.elsewhere.example/token", "sly.example": "https://127.0.0.1:9/token"}
        challenge = {"WWW-Authenticate": f'Bearer realm="{realm.get(request.url.host, "")}"'}
        return httpx.Response(401, headers=challenge, stream=httpx.ByteStream(b""))

    client = Client(transport=httpx.MockTransport(respond))
    Registry(client, lambda _: ALICE).resolve(image("registry.example/acme/app"))
    assert told == {"registry.example": "", "auth.elsewhere.example": ALICE.basic}
    said = Registry(client, lambda _: ALICE).resolve(image("sly.example/acme/app"))
    assert isinstance(said, NoPin)
    assert "sly.example leads to this machine" in said.why
    assert "127.0.0.1" not in told


def test_pages_of_tags_have_a_limit_of_size(monkeypatch: pytest.MonkeyPatch, server: Stub) -> None:
    """However small each is, and however many more there are."""
    monkeypatch.setattr("pinlint.ecosystems.oci.registry._LARGEST_LIST", 2**20)
    body = b'{"tags": [' + b'"a",' * 50_000 + b'"b"]}'
    server.answer = lambda asked: Answer(headers=(("Link", f'</v2/a/tags/list?n={len(server.asked)}>; rel="next"'),), body=body)
    client = Client()
    said = Registry(client, lambda _: None).tags(f"{server.url.partition('//')[2]}/a")
    assert isinstance(said, NoPin)
    client.close()
    assert said.why.endswith("has more than 1 MiB of tags")
    assert len(server.asked) < 10


@pytest.mark.parametrize(
    ("realm", "why"),
    [
        ("http://169.254.169.254", "no registry lives"),
        ("http://[fe80::1%25eth0]", "no registry lives"),
        ("http://auth.example", "without TLS"),
        ("file:///etc", "not file"),
        ("", "malformed"),
        ("http://[", "malformed"),
        ("//auth.example", "malformed"),
    ],
)
def test_a_realm_that_leads_astray_is_told_nothing(server: Stub, realm: str, why: str) -> None:
    assert why in reason(server, lambda _: asks_for(BEARER.format(realm)), ALICE)


@pytest.mark.parametrize("found", [ALICE, Credential("", SECRET), None])
@pytest.mark.parametrize("realm", ["http://auth.example/token", "http://127.0.0.1:9/token"])
def test_a_registry_with_tls_needs_a_token_server_with_tls(realm: str, found: Credential | None) -> None:
    asked: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(401, headers={"WWW-Authenticate": f'Bearer realm="{realm}"'}, stream=httpx.ByteStream(b""))

    client = Client(transport=httpx.MockTransport(respond), may_be_plain=lambda host: host == "auth.example")
    said = Registry(client, lambda _: found).resolve(image("ghcr.io/acme/app"))
    assert isinstance(said, NoPin)
    assert "ghcr.io names a token server without TLS" in said.why
    assert asked == ["https://ghcr.io/v2/acme/app/manifests/1"]


@pytest.mark.parametrize("challenge", ['Basic realm="x"', BEARER])
def test_who_answers_for_a_registry_after_a_redirect_gets_no_password(server: Stub, other: Stub, challenge: str) -> None:
    server.answer = lambda asked: Answer(307, (("Location", f"{other.url}{asked.path}"),))
    other.answer = lambda _: asks_for(challenge.format(other.url))
    for found in (ALICE, Credential("", SECRET)):
        assert "401" in reason(server, found=found)
    everything = [*server.asked, *other.asked]
    assert everything
    assert not any("authorization" in one.headers or one.body or "token" in one.path for one in everything)


def test_a_token_does_not_follow_a_redirect(server: Stub, other: Stub) -> None:
    """As registries send to the store where their blobs lie."""
    server.answer = lambda asked: (
        Answer(307, (("Location", f"{other.url}/blob"),)) if asked.headers.get("authorization") else asks_for("Basic realm=x")
    )
    other.answer = lambda _: served(INDEX)
    assert isinstance(resolve(server, found=ALICE), Pin)
    assert not any("authorization" in one.headers for one in other.asked)


def test_a_self_signed_registry_is_not_asked_again_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.scheme)
        raise httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_ssl.c:1)")

    said = Registry(Client(transport=httpx.MockTransport(respond)), lambda _: ALICE).resolve(image("localhost:5000/app"))
    assert isinstance(said, NoPin)
    assert "its certificate is not trusted" in said.why
    assert set(asked) == {"https"}


# Where credentials come from

AUTH = base64.b64encode(f"alice:{SECRET}".encode()).decode()


class Home:
    """A home directory with the configuration of docker and podman."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {"HOME": str(folder), "PATH": str(folder / "bin")}
        (folder / "bin").mkdir()

    def write(self, path: str, document: object) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(document if isinstance(document, str) else json.dumps(document))

    def helper(self, name: str, script: str) -> None:
        path = self.folder / "bin" / f"docker-credential-{name}"
        notes = f'echo "$@" >> {self.folder}/argv\nread -r server\necho "$server" >> {self.folder}/servers'
        path.write_text(f"#!/bin/sh\n{notes}\n{script}\n")
        path.chmod(0o755)

    def asked(self) -> list[str]:
        path = self.folder / "servers"
        return path.read_text().split() if path.exists() else []

    def find(self, name: str) -> Credential | None:
        return Keyring(self.environment)(name)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


DOCKER, PODMAN = ".docker/config.json", ".config/containers/auth.json"


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("ghcr.io", "ghcr.io/acme/app"),
        ("https://ghcr.io", "ghcr.io/acme/app"),
        ("https://ghcr.io/v2/", "ghcr.io/acme/app"),
        ("ghcr.io/acme", "ghcr.io/acme/app"),
        ("ghcr.io/acme/app", "ghcr.io/acme/app"),
        ("localhost:5000", "localhost:5000/app"),
        ("https://index.docker.io/v1/", "docker.io/library/python"),
        ("docker.io", "docker.io/library/python"),
    ],
)
def test_the_entry_of_a_registry(home: Home, key: str, name: str) -> None:
    home.write(DOCKER, {"auths": {key: {"auth": AUTH}}})
    assert home.find(name) == ALICE


@pytest.mark.parametrize(
    "key", ["evil.example", "ghcr.io.evil.example", "ghcr.io/acm", "ghcr.io:8443", "cr.io", "https://index.docker.io/v1/", ""]
)
def test_the_entry_of_another_registry(home: Home, key: str) -> None:
    home.write(DOCKER, {"auths": {key: {"auth": AUTH}}})
    assert home.find("ghcr.io/acme/app") is None


def test_the_longest_namespace_wins(home: Home) -> None:
    entries = {"ghcr.io": {"auth": AUTH}, "ghcr.io/acme": {"username": "bob", "password": "pw"}}
    home.write(PODMAN, {"auths": entries})
    assert home.find("ghcr.io/acme/app") == Credential("bob", "pw")
    assert home.find("ghcr.io/other/app") == ALICE


def test_an_identity_token_has_no_user(home: Home) -> None:
    home.write(DOCKER, {"auths": {"ghcr.io": {"auth": AUTH, "identitytoken": "id"}}})
    assert home.find("ghcr.io/app") == Credential("", "id")


@pytest.mark.parametrize("variable", ["DOCKER_AUTH_CONFIG", "REGISTRY_AUTH_FILE", "DOCKER_CONFIG", "XDG_RUNTIME_DIR"])
def test_variables_name_other_places(home: Home, variable: str) -> None:
    document = {"auths": {"ghcr.io": {"auth": AUTH}}}
    names = {"REGISTRY_AUTH_FILE": "my.json", "DOCKER_CONFIG": "other/config.json", "XDG_RUNTIME_DIR": "run/containers/auth.json"}
    if variable == "DOCKER_AUTH_CONFIG":
        home.environment[variable] = json.dumps(document)
    else:
        home.write(names[variable], document)
        value = {"REGISTRY_AUTH_FILE": "my.json", "DOCKER_CONFIG": "other", "XDG_RUNTIME_DIR": "run"}[variable]
        home.environment[variable] = str(home.folder / value)
    assert home.find("ghcr.io/app") == ALICE


def test_the_order_of_places(home: Home) -> None:
    def entry(user: str) -> dict[str, object]:
        return {"auths": {"ghcr.io": {"username": user, "password": "x"}}}

    home.write(PODMAN, entry("podman"))
    assert home.find("ghcr.io/app") == Credential("podman", "x")
    home.write("file.json", entry("file"))
    home.environment["REGISTRY_AUTH_FILE"] = str(home.folder / "file.json")
    assert home.find("ghcr.io/app") == Credential("file", "x")
    home.write(DOCKER, entry("docker"))
    assert home.find("ghcr.io/app") == Credential("docker", "x")
    home.environment["DOCKER_AUTH_CONFIG"] = json.dumps(entry("variable"))
    assert home.find("ghcr.io/app") == Credential("variable", "x")


def test_a_helper_is_asked_once_for_each_registry(home: Home) -> None:
    home.helper("store", f'echo \'{{"ServerURL":"x","Username":"alice","Secret":"{SECRET}"}}\'')
    home.write(DOCKER, {"credsStore": "store"})
    keyring = Keyring(home.environment)
    threads = [threading.Thread(target=keyring, args=(f"ghcr.io/acme/app{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert keyring("ghcr.io/acme/app") == ALICE
    assert keyring("docker.io/library/python") == ALICE
    assert home.asked() == ["ghcr.io", "https://index.docker.io/v1/"]
    assert set((home.folder / "argv").read_text().split()) == {"get"}


def test_the_helper_of_a_host_comes_before_the_store(home: Home) -> None:
    home.helper("one", 'echo \'{"Username":"one","Secret":"x"}\'')
    home.helper("two", 'echo \'{"Username":"<token>","Secret":"x"}\'')
    home.write(DOCKER, {"credsStore": "one", "credHelpers": {"ghcr.io": "two"}})
    assert home.find("ghcr.io/app") == Credential("", "x")
    assert home.find("quay.io/app") == Credential("one", "x")


@pytest.mark.parametrize(
    "script",
    [
        "echo credentials not found in native keychain; exit 1",
        "echo garbage",
        "printf '\\377\\376'",
        "head -c 3000000 /dev/zero | tr '\\0' '['",
        "echo '[]'",
        "echo '{}'",
        'echo \'{"Username": 1, "Secret": null}\'',
        'echo \'{"Username": "alice", "Secret": ""}\'',
        "kill -9 $$",
    ],
)
def test_a_helper_that_talks_nonsense_says_nothing(home: Home, script: str, capfd: pytest.CaptureFixture[str]) -> None:
    home.environment["PATH"] += os.pathsep + os.environ["PATH"]
    home.helper("store", f"echo {SECRET} >&2\n{script}")
    home.write(DOCKER, {"credsStore": "store", "auths": {"ghcr.io": {"auth": AUTH}, "quay.io": {}}})
    assert home.find("quay.io/app") is None
    assert home.find("ghcr.io/app") == ALICE
    assert home.asked()
    assert capfd.readouterr() == ("", "")


def test_a_helper_that_dawdles_says_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "_HELPER_SECONDS", 0.2)
    home.environment["PATH"] += os.pathsep + os.environ["PATH"]
    home.helper("store", f'/bin/sleep 5\necho \'{{"Username":"alice","Secret":"{SECRET}"}}\'')
    home.write(DOCKER, {"credsStore": "store"})
    assert home.find("ghcr.io/app") is None


@pytest.mark.parametrize("name", ["../store", "sh -c x", "", "a;b", "-x", 7, None, ["store"]])
def test_a_helper_is_a_plain_name(home: Home, name: object) -> None:
    home.helper("store", "echo {}")
    home.write(DOCKER, {"credsStore": name})
    assert home.find("ghcr.io/app") is None
    assert home.asked() == []


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "7", '{"auths": []}', '{"auths": {"ghcr.io": 7}}', '{"auths": {"ghcr.io": {"auth": 7}}}', "[" * 100_000,
        '{"auths": {"ghcr.io": {"auth": "\u00e9"}}}', '{"auths": {"ghcr.io": {"auth": "////"}}}', '{"credHelpers": []}',
        '{"auths": {"ghcr.io": {"auth": "YWxpY2U="}}}', '{"credHelpers": {"ghcr.io": {}}}',
    ],
)  # fmt: skip
def test_a_configuration_that_holds_nonsense_counts_as_absent(home: Home, text: str) -> None:
    home.write(DOCKER, text)
    assert home.find("ghcr.io/app") is None
    home.environment["DOCKER_AUTH_CONFIG"] = text
    home.write(PODMAN, {"auths": {"ghcr.io": {"auth": AUTH}}})
    assert home.find("ghcr.io/app") == ALICE


def test_a_credential_does_not_show_its_secret() -> None:
    assert SECRET not in repr(ALICE) + str(ALICE) + f"{ALICE}"
    try:
        raise RuntimeError(ALICE)
    except RuntimeError:
        assert SECRET not in traceback.format_exc()


def test_certificates_of_a_registry(home: Home) -> None:
    assert credentials.authorities("registry.example:443", home.environment) == []
    for path in ("containers/certs.d/registry.example/b", "docker/certs.d/registry.example:443/a", "docker/certs.d/x:1/c"):
        home.write(f".config/{path}.crt", "")
    home.write(".config/containers/certs.d/registry.example/client.key", "")
    found = credentials.authorities("registry.example:443", home.environment)
    assert [os.path.relpath(path, home.folder / ".config") for path in found] == [
        "containers/certs.d/registry.example/b.crt",
        "docker/certs.d/registry.example:443/a.crt",
    ]
