"""Mirrors and registries without TLS: by the user's own configuration, as podman and docker read it, and by nothing else."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import need
from servers import registry as servers
from servers.stub import Answer, Asked, Stub, stub
from test_oci_registry import ALICE, INDEX, OTHER, digest, image, served

from pinlint.ecosystems.oci import configuration
from pinlint.ecosystems.oci.configuration import Configuration, Source
from pinlint.ecosystems.oci.credentials import Credential
from pinlint.ecosystems.oci.registry import Registry
from pinlint.http import Client
from pinlint.pins import NoPin, Pin

PYTHON = "docker.io/library/python"


class Home:
    """A user and a machine with the configuration of podman and docker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {"HOME": str(folder / "home")}

    def write(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)

    def sources(self, name: str) -> list[Source]:
        return Configuration(self.environment).sources(name)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setattr(configuration, "_SYSTEM", str(tmp_path / "etc"))
    return Home(tmp_path)


@pytest.fixture
def server() -> Iterator[Stub]:
    with stub() as made:
        yield made


@pytest.fixture
def other() -> Iterator[Stub]:
    with stub() as made:
        yield made


USER, MACHINE = "home/.config/containers/registries.conf", "etc/containers/registries.conf"
DAEMON = "home/.config/docker/daemon.json"


# podman's file


def test_without_any_configuration_an_image_is_where_its_name_says(home: Home) -> None:
    assert home.sources(PYTHON) == [Source(PYTHON)]
    assert not Configuration(home.environment).may_be_plain("registry.example")


def test_mirrors_come_first_and_in_order(home: Home) -> None:
    home.write(
        USER,
        '[[registry]]\nlocation = "docker.io"\n[[registry.mirror]]\nlocation = "one.example/hub/"\ninsecure = true\n'
        '[[registry.mirror]]\nlocation = "two.example:5000"\n',
    )
    assert home.sources(PYTHON) == [
        Source("one.example/hub/library/python", insecure=True), Source("two.example:5000/library/python"), Source(PYTHON),
    ]  # fmt: skip
    assert home.sources("ghcr.io/acme/app") == [Source("ghcr.io/acme/app")]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("registry.example/app", Source("a.example/app")),
        ("registry.example/team/app", Source("b.example/x/app", insecure=True)),
        ("registry.example/teams/app", Source("a.example/teams/app")),
        ("registry.example/team", Source("b.example/x", insecure=True)),
        ("registry.example.evil/team/app", Source("registry.example.evil/team/app")),
        ("sub.wild.example/app", Source("sub.wild.example/app", insecure=True)),
        ("a.b.wild.example:5000/app", Source("a.b.wild.example:5000/app", insecure=True)),
        ("wild.example/app", Source("wild.example/app")),
        ("evilwild.example/app", Source("evilwild.example/app")),
        ("other.example/sub.wild.example/app", Source("other.example/sub.wild.example/app")),
        ("sub.moved.example/app", Source("c.example/app")),
    ],
)
def test_the_longest_prefix_moves_a_name(home: Home, name: str, wanted: Source) -> None:
    home.write(
        USER,
        '[[registry]]\nprefix = "registry.example"\nlocation = "a.example"\n'
        '[[registry]]\nprefix = "registry.example/team"\nlocation = "b.example/x"\ninsecure = true\n'
        '[[registry]]\nprefix = "*.wild.example"\ninsecure = true\n'
        '[[registry]]\nprefix = "*.moved.example"\nlocation = "c.example"\n',
    )
    assert home.sources(name) == [wanted]


@pytest.mark.parametrize(
    ("host", "plain"),
    [
        ("registry.example:5000", True), ("registry.example:443", False), ("registry.example", False), ("mirror.example", True),
        ("x.wild.example", True), ("wild.example", False), ("safe.example", False), ("10.1.2.3:5000", True), ("10.2.0.1", False),
        ("docker.example:5000", True), ("docker.example", False), ("[fd00::1]:5000", True), ("fd00::1", True),
        ("hub.example", True), ("mirror.example:1", False),
    ],
)  # fmt: skip
def test_which_hosts_may_be_plain(home: Home, host: str, plain: bool) -> None:
    home.write(
        USER,
        '[[registry]]\nlocation = "registry.example:5000/team"\ninsecure = true\n[[registry]]\nlocation = "safe.example"\n'
        '[[registry.mirror]]\nlocation = "mirror.example/x"\ninsecure = true\n'
        '[[registry]]\nprefix = "*.wild.example"\ninsecure = true\n',
    )
    insecure = ["docker.example:5000", "10.1.0.0/16", "fd00::/8", "nonsense/x", 7]
    home.write(DAEMON, json.dumps({"insecure-registries": insecure, "registry-mirrors": ["http://hub.example"]}))
    assert Configuration(home.environment).may_be_plain(host) is plain


def test_a_mirror_for_digests_alone_is_not_asked_for_a_tag(home: Home) -> None:
    mirrors = "".join(
        f'[[registry.mirror]]\nlocation = "{kind}.example"\npull-from-mirror = "{kind}"\n'
        for kind in ("digest-only", "tag-only", "all")
    )
    home.write(USER, f'[[registry]]\nlocation = "quay.io"\n{mirrors}')
    assert [one.name for one in home.sources("quay.io/app")] == ["tag-only.example/app", "all.example/app", "quay.io/app"]
    home.write(USER, f'[[registry]]\nlocation = "quay.io"\nmirror-by-digest-only = true\n{mirrors}')
    assert home.sources("quay.io/app") == [Source("quay.io/app")]


def test_what_is_blocked_is_asked_of_nobody(home: Home) -> None:
    home.write(USER, '[[registry]]\nlocation = "quay.io"\nblocked = true\n[[registry.mirror]]\nlocation = "m.example"\n')
    assert home.sources("quay.io/app") == []
    client = Client(transport=httpx.MockTransport(lambda _: pytest.fail("somebody was asked")))
    said = Registry(client, lambda _: None, Configuration(home.environment).sources).resolve(image("quay.io/app"))
    assert said == NoPin("quay.io/app:1: your registries.conf blocks it")


def test_the_users_file_stands_in_for_the_machines_and_drop_ins_replace(home: Home) -> None:
    def registry(location: str, prefix: str = "quay.io") -> str:
        return f'[[registry]]\nprefix = "{prefix}"\nlocation = "{location}"\n'

    home.write(MACHINE, registry("machine.example"))
    assert home.sources("quay.io/app") == [Source("machine.example/app")]
    home.write(USER, registry("user.example"))
    assert home.sources("quay.io/app") == [Source("user.example/app")]
    home.write("named.conf", registry("named.example"))
    home.environment["CONTAINERS_REGISTRIES_CONF"] = str(home.folder / "named.conf")
    assert home.sources("quay.io/app") == [Source("named.example/app")]
    home.write("etc/containers/registries.conf.d/b.conf", registry("b.example"))
    home.write("etc/containers/registries.conf.d/a.conf", registry("a.example") + registry("c.example", "ghcr.io"))
    home.write("etc/containers/registries.conf.d/z.txt", registry("z.example"))
    assert home.sources("quay.io/app") == [Source("b.example/app")]
    assert home.sources("ghcr.io/app") == [Source("c.example/app")]
    home.write("home/.config/containers/registries.conf.d/a.conf", registry("own.example"))
    assert home.sources("quay.io/app") == [Source("own.example/app")]


# docker's file


def test_dockers_mirrors_stand_for_docker_hub_alone(home: Home) -> None:
    mirrors = ["https://m.example", "http://n.example:5000/", "https://user:pw@o.example", "https://p.example/path", "ftp://q", 7]
    home.write("etc/docker/daemon.json", json.dumps({"registry-mirrors": mirrors}))
    assert home.sources(PYTHON) == [
        Source("m.example/library/python"),
        Source("n.example:5000/library/python", True),
        Source(PYTHON),
    ]
    assert home.sources("quay.io/app") == [Source("quay.io/app")]
    home.write("home/.docker/daemon.json", "{}")
    assert home.sources(PYTHON) == [Source(PYTHON)]


def test_dockers_insecure_registries(home: Home) -> None:
    home.write(DAEMON, json.dumps({"insecure-registries": ["a.example:5000", "10.0.0.0/8"]}))
    assert home.sources("a.example:5000/app") == [Source("a.example:5000/app", insecure=True)]
    assert home.sources("a.example/app") == [Source("a.example/app")]
    assert home.sources("10.9.8.7:80/app") == [Source("10.9.8.7:80/app", insecure=True)]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"registry-mirrors": {}, "insecure-registries": 7}', "[" * 100_000, "\x00", "[[registry]]\nx = [["]
)  # fmt: skip
def test_files_that_hold_nonsense_count_as_absent(home: Home, text: str) -> None:
    for path in (USER, DAEMON, "home/.config/containers/registries.conf.d/x.conf"):
        home.write(path, text)
    assert home.sources(PYTHON) == [Source(PYTHON)]


@pytest.mark.parametrize(
    "text",
    [
        "registry = 7", "registry = [7]", "[[registry]]\nlocation = 7", "[[registry]]\nlocation = ''",
        "[[registry]]\nprefix = 'quay.io'",
        "[[registry]]\nlocation = 'quay.io'\nmirror = 7", "[[registry]]\nlocation = 'quay.io'\n[[registry.mirror]]\nlocation = []",
        "[[registry]]\nlocation = 'quay.io'\ninsecure = 'true'\nblocked = 'yes'", "[registry]\nlocation = 'm.example'",
    ],
)  # fmt: skip
def test_fields_of_another_type_say_nothing(home: Home, text: str) -> None:
    home.write(USER, text)
    assert home.sources("quay.io/app") == [Source("quay.io/app")]


# Who is asked, and told what


def resolve(sources: list[Source], credential: dict[str, Credential] | None = None, **more: Any) -> Pin | NoPin:
    client = Client(sleep=lambda _: None, deadline=3, **more)
    registry = Registry(client, lambda name: (credential or {}).get(name.partition("/")[0]), lambda _: sources)
    try:
        return registry.resolve(image(PYTHON))
    finally:
        client.close()


def test_a_mirror_that_answers_is_enough(server: Stub, other: Stub) -> None:
    server.answer = lambda _: served(INDEX)
    pin = resolve([Source(f"{server.host}/hub/library/python"), Source(f"{other.host}/library/python")])
    assert isinstance(pin, Pin)
    assert (pin.digests, other.asked) == ((digest(INDEX),), [])
    assert pin.proof == f"{server.url}/v2/hub/library/python/manifests/1"


@pytest.mark.parametrize(
    "answer", [Answer(404), Answer(401), Answer(500), served(b"<html>"), served(OTHER, **{"Docker-Content-Digest": digest(INDEX)})]
)
def test_a_mirror_that_fails_is_passed_over(server: Stub, other: Stub, answer: Answer) -> None:
    server.answer, other.answer = lambda _: answer, lambda _: served(INDEX)
    pin = resolve([Source(f"{server.host}/library/python"), Source(f"{other.host}/library/python")])
    assert isinstance(pin, Pin)
    assert pin.digests == (digest(INDEX),)
    assert server.asked


def test_where_all_fail_each_is_named_and_the_registry_first(server: Stub, other: Stub) -> None:
    server.answer = lambda _: Answer(500)
    said = resolve([Source(f"{server.host}/m/python"), Source(f"{other.host}/python")])
    assert said == NoPin(
        f"{other.host}/python:1: the registry knows no such image or tag; {server.host}/m/python:1: the registry answers 500",
        retry=True,
    )


def test_a_mirror_hears_its_own_password_and_no_other(server: Stub, other: Stub) -> None:
    def guarded(asked: Asked) -> Answer:
        told = asked.headers.get("authorization")
        return served(INDEX) if told == ALICE.basic else Answer(401, (("WWW-Authenticate", "Basic realm=x"),))

    server.answer = other.answer = guarded
    sources = [Source(f"{server.host}/hub/python"), Source(f"{other.host}/python")]
    assert isinstance(resolve(sources, {other.host: ALICE, "docker.io": ALICE}), Pin)
    assert server.asked
    assert not any("authorization" in one.headers for one in server.asked)
    other.asked.clear()
    assert isinstance(resolve(sources, {server.host: ALICE}), Pin)
    assert other.asked == []


def test_plain_http_to_another_machine_only_where_the_source_allows_it(server: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads here, but is not this machine's by itself."""
    here = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: here)
    server.answer = lambda _: served(INDEX)
    host = f"registry.example:{server.port}"
    for insecure in (True, False):
        said = resolve([Source(f"{host}/app", insecure)], may_be_plain=lambda one: one == host)
        assert isinstance(said, Pin if insecure else NoPin)
    said = resolve([Source(f"{host}/app", insecure=True)])
    assert isinstance(said, NoPin)
    assert "asked without TLS, which only your own configuration can allow" in said.why


def test_a_configuration_is_read_once(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[int] = []
    real = configuration._of_docker

    def counted(environment: Mapping[str, str]) -> tuple[list[Source], list[str]]:
        reads.append(1)
        return real(environment)

    monkeypatch.setattr(configuration, "_of_docker", counted)
    found = Configuration(home.environment)
    threads = [threading.Thread(target=found.sources, args=(PYTHON,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert reads == [1]


# podman's own reading is the judge


def test_skopeo_asks_the_same_places(home: Home, server: Stub, other: Stub) -> None:
    """Each name by skopeo and by us: the same paths of the same servers."""
    need("skopeo")
    server.answer = other.answer = lambda asked: Answer(200 if asked.path == "/v2/" else 404)
    mirror = '[[registry.mirror]]\nlocation = "{}/{}"\ninsecure = true\n'
    text = '[[registry]]\nlocation = "quay.io"\nblocked = true\n'
    text += f'[[registry]]\nprefix = "*.wild.example"\nlocation = "{server.host}/wild"\ninsecure = true\n'
    for number, prefix in enumerate(("docker.io", "ghcr.io/acme", "ghcr.io/acme/app", f"{other.host}/x")):
        text += f'[[registry]]\nprefix = "{prefix}"\nlocation = "{other.host}/{number}"\ninsecure = true\n'
        text += mirror.format(server.host, f"m{number}") + mirror.format(server.host, f"n{number}")
    home.write(USER, text)
    names = ["docker.io/library/python", "ghcr.io/acme/app", "ghcr.io/acme/app/sub", "ghcr.io/acme/other", "quay.io/app",
             "a.wild.example/app", "a.b.wild.example/team/app", f"{other.host}/x/y"]  # fmt: skip
    for name in names:
        server.asked.clear()
        other.asked.clear()
        environment = servers.environment(HOME=home.environment["HOME"])
        subprocess.run(["skopeo", "inspect", "--raw", f"docker://{name}:1"], env=environment, capture_output=True, check=False)
        theirs = manifests(server), manifests(other)
        assert any(theirs) or name.startswith("quay.io")
        server.asked.clear()
        other.asked.clear()
        client = Client(sleep=lambda _: None)
        Registry(client, lambda _: None, Configuration(home.environment).sources).resolve(image(name))
        client.close()
        assert (manifests(server), manifests(other)) == theirs, name


def manifests(one: Stub) -> list[str]:
    return list(dict.fromkeys(path for path in one.paths() if "/manifests/" in path))
