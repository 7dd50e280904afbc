"""`--fix` on Helm's locks for charts in OCI registries: the Helm SDK pushes them, writes the same lock, and builds."""

from __future__ import annotations

import json
import random
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from conftest import need
from servers import registry as servers
from servers.helm_repository import Helm, sdk
from servers.registry import PASSWORD, USER
from servers.stub import Answer, Asked, Stub, stub
from test_fix_helm import EXTRAS, RANGES, asked, chart, fix, planned, user, without_time
from trees import root_at

from pinlint.ecosystems.helm.configuration import logins
from pinlint.ecosystems.helm.registry import Registry
from pinlint.ecosystems.oci.credentials import Credential, Keyring
from pinlint.ecosystems.oci.registry import Registry as Oci
from pinlint.http import Client
from pinlint.pins import NoPin, Pin

__all__ = ["user"]

VERSIONS = ("1.2.3", "1.10.0", "1.3.0", "2.0.0", "2.1.0-rc.1", "2.1.0-rc.1+build.5", "1.11.0+build.7")


@pytest.fixture(scope="module")
def helm() -> Helm:
    need("docker-registry")
    return sdk()


@pytest.fixture(scope="module")
def registry(helm: Helm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An OCI registry with charts, as the SDK pushes them, and with tags that are no versions."""
    folder = tmp_path_factory.mktemp("oci")
    with servers.registry(folder / "registry") as made:
        for name in ("red", "green"):
            for version in VERSIONS:
                push(helm, folder, made.host, name, version)
            made.push(f"charts/{name}", "latest", ("linux/amd64",))
            made.push(f"charts/{name}", "v3.0.0", ("linux/amd64",))
            made.push(f"charts/{name}", "3.0", ("linux/amd64",))
        yield made.host


def push(helm: Helm, folder: Path, host: str, name: str, version: str, login: Path | None = None) -> None:
    source = folder / "source" / name
    source.mkdir(parents=True, exist_ok=True)
    (source / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: {version}\n")
    packed = helm.chart.package(source, destination=folder / "packed")
    with helm.registry.RegistryClient(plain_http=True, credentials_file=login or folder / "none") as client:
        client.push(packed, f"oci://{host}/charts")


def of(client: Client) -> Registry:
    return Registry(client, list, Oci(client, lambda _: None).tags)


def test_locks_are_the_ones_that_helm_writes(helm: Helm, registry: str, tmp_path: Path) -> None:
    draw, client, written = random.Random("oci"), Client(), 0
    for number in range(30):
        listed = f"dependencies:\n- {{name: red, version: ^1, repository: 'oci://{registry}/charts'}}\n"
        for alias in range(draw.randrange(1, 4)):
            constraint = draw.choice([*RANGES, "^1.11", "1.11.0+build.7", "'>=2'"])
            entry = [
                f"name: {draw.choice(['red', 'green'])}",
                f"repository: oci://{registry}/charts",
                f"version: {constraint}",
                f"alias: a{alias}",
            ]
            listed += "- " + "\n  ".join([*entry, *(one for one in draw.sample(EXTRAS, 2) if draw.random() < 0.2)]) + "\n"
        folder = chart(tmp_path / str(number) / "top", listed)
        made = planned(tmp_path / str(number), "top/Chart.yaml", of(client))
        why = made.fixes[0].why
        if "rank the same" in why:
            continue
        written += not why
        with pytest.raises(helm.errors.HelmError) if why else nullcontext():
            helm.registry.dependency_update(folder, plain_http=True)
        assert why or without_time(made.new.decode()) == without_time((folder / "Chart.lock").read_text()), listed
    client.close()
    assert 15 < written < 30


def test_helm_builds_from_the_lock_and_each_chart_is_asked_for_once(
    helm: Helm, registry: str, tmp_path: Path, user: dict[str, str]
) -> None:
    entry = f"- {{name: red, version: ^1, repository: 'oci://{registry}/charts', alias: A}}\n"
    folder = chart(tmp_path / "repo/top", "dependencies:\n" + entry + entry.replace("A", "B"))
    root_at(tmp_path / "repo")
    done = fix(tmp_path / "repo", user, "--fix", "--unsafe-fixes")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert (folder / "Chart.lock").read_text().count("version: 1.11.0+build.7\n") == 2
    helm.registry.dependency_build(folder, plain_http=True)
    assert (folder / "charts/red-1.11.0+build.7.tgz").exists()
    assert "ixed" not in fix(tmp_path / "repo", user, "--fix", "--unsafe-fixes").stdout


def test_a_login_of_helm_is_used(helm: Helm, tmp_path: Path, user: dict[str, str]) -> None:
    need("htpasswd")
    with servers.registry(tmp_path / "registry", servers.basic(tmp_path / "registry")) as made:
        login = Path(logins(user))
        with helm.registry.RegistryClient(credentials_file=tmp_path / "login.json", plain_http=True) as client:
            client.login(made.host, USER, PASSWORD, plain_http=True)
        push(helm, tmp_path, made.host, "red", "1.2.3", tmp_path / "login.json")
        folder = chart(
            tmp_path / "repo/top", f"dependencies:\n- name: red\n  version: ^1\n  repository: oci://{made.host}/charts\n"
        )
        root_at(tmp_path / "repo")
        done = fix(tmp_path / "repo", user, "--fix", "--unsafe-fixes")
        said = " ".join(done.stdout.split())
        assert f"charts/red: the registry answers 401, no such image, or not logged in (docker login {made.host})" in said
        login.parent.mkdir(parents=True)
        login.write_bytes((tmp_path / "login.json").read_bytes())
        done = fix(tmp_path / "repo", user, "--fix", "--unsafe-fixes")
        assert done.returncode == 0, done.stdout
        assert "version: 1.2.3\n" in (folder / "Chart.lock").read_text()
        assert PASSWORD not in done.stdout + done.stderr


def test_where_helm_keeps_logins(tmp_path: Path) -> None:
    assert logins({"HELM_REGISTRY_CONFIG": "F", "HOME": "H"}) == "F"
    assert logins({"HELM_CONFIG_HOME": "D", "HOME": "H"}) == "D/registry/config.json"
    assert logins({"HOME": "H"}) == "H/.config/helm/registry/config.json"
    (tmp_path / "first.json").write_text('{"auths": {"a.example": {"username": "helm", "password": "x"}}}')
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker/config.json").write_text('{"auths": {"a.example": {"username": "docker", "password": "x"}}}')
    assert Keyring({"HOME": str(tmp_path)}, str(tmp_path / "first.json"))("a.example/x") == Credential("helm", "x")
    assert Keyring({"HOME": str(tmp_path)}, str(tmp_path / "none.json"))("a.example/x") == Credential("docker", "x")


# --- what a registry answers --------------------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[Stub]:
    with stub() as made:
        yield made


def tags(*names: str, after: str = "") -> Answer:
    link = (("Link", f'<{after}>; rel="next"'),) if after else ()
    return Answer(headers=link, body=json.dumps({"name": "charts/red", "tags": names}).encode())


def resolve(server: Stub, answer: Callable[[Asked], Answer], constraint: str = "^1") -> Pin | NoPin:
    server.answer = lambda one: answer(one) if "/tags/list" in one.path else Answer(404)
    client = Client(sleep=lambda _: None, deadline=5)
    try:
        return of(client).resolve(asked(constraint, f"oci://{server.host}/charts"))
    finally:
        client.close()


@pytest.mark.parametrize(
    "link", ["/v2/charts/red/tags/list?last={}&n=1", "list?n=1&last={}", "URL/v2/charts/red/tags/list?last={}"]
)
def test_every_page_is_read(server: Stub, link: str) -> None:
    names = ["1.0.0", "1.2.0", "1.1.0", "latest", "2.0.0"]

    def answer(one: Asked) -> Answer:
        last = re.search(r"last=(\d+)", one.path)
        at = int(last[1]) if last else 0
        return tags(names[at], after=link.format(at + 1).replace("URL", server.url) if at < 4 else "")

    found = resolve(server, answer)
    assert isinstance(found, Pin)
    assert (found.version, found.proof) == ("1.2.0", f"oci://{server.host}/charts")
    assert len([path for path in server.paths() if "/tags/list" in path]) == 5


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(404), "the registry knows no such repository"),
        (Answer(401), "401, no such image, or not logged in"),
        (Answer(503), "answers 503"),
        (Answer(body=b"<html>"), "no list of tags"),
        (Answer(body=b"[" * 100_000), "no list of tags"),
        (Answer(body=b"[]"), "no list of tags"),
        (Answer(body=b'{"tags": {"1.0.0": 1}}'), "no list of tags"),
        (Answer(body=b'{"tags": [1]}'), "no list of tags"),
        (Answer(body=b'{"tags": null}'), "no version in oci://"),
        (tags("1.0.0", after="http://127.0.0.1:1/v2/charts/red/tags/list"), "leads astray"),
        (tags("1.0.0", after="https://evil.example/v2/"), "leads astray"),
        (tags("1.0.0", after="file:///etc/passwd"), "not file"),
        (tags("1.0.0", after="http://["), "malformed"),
        (tags("1.0.0", after="/v2/charts/red/tags/list"), "leads astray"),
        (tags("1.0.0_a", "1.0.0_b"), "rank the same"),
        (tags("v1.0.0", "1.0", "01.0.0", "1.0.0_a_b", "1.0.0\u2028", "latest"), "no version in oci://"),
    ],
)
def test_a_registry_that_answers_wrongly_is_a_reason(server: Stub, answer: Answer, why: str) -> None:
    found = resolve(server, lambda _: answer)
    assert isinstance(found, NoPin)
    assert why in found.why
    assert found.why.startswith("red: ")


def test_a_full_version_is_its_own_tag(server: Stub) -> None:
    listed = tags("1.2.3", "1.2.4_b.1", "v2.0.0")
    for constraint in ("1.2.3", "1.2.4+b.1", "v2.0.0"):
        assert isinstance(found := resolve(server, lambda _: listed, constraint), Pin)
        assert found.version == constraint
    for constraint in ("1.2", "1.2.4", "2.0.0"):
        assert isinstance(missing := resolve(server, lambda _: listed, constraint), NoPin)
        assert f"has no tag {constraint}" in missing.why
    assert isinstance(resolve(server, lambda _: Answer(403), "1.2"), Pin)


def test_pages_without_an_end_are_left(server: Stub) -> None:
    count = iter(range(10_000))
    found = resolve(server, lambda _: tags("1.0.0", after=f"list?last={next(count)}"))
    assert isinstance(found, NoPin)
    assert "more than 500 pages" in found.why


@pytest.mark.parametrize(
    "source",
    [
        "", "/x", "a@b", "user:s3cret@h.example/c", "h.example/UPPER", "h.example/../x", "h.example/a?b", "h.example/a#b",
        "h.example/a b", "h.example/a/",
    ],
)  # fmt: skip
def test_addresses_that_are_none_are_asked_of_nobody(source: str) -> None:
    found = of(Client(sleep=lambda _: pytest.fail("somebody was asked"))).resolve(asked("^1", f"oci://{source}"))
    assert found == NoPin("red: its address is none of a repository in an OCI registry")


def test_many_threads_ask_once(server: Stub) -> None:
    server.answer = lambda one: tags("1.0.0") if "/tags/list" in one.path else Answer(404)
    client = Client()
    resolving = of(client)
    threads = [threading.Thread(target=resolving.resolve, args=(asked("^1", f"oci://{server.host}/charts"),)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client.close()
    assert len([path for path in server.paths() if "/tags/list" in path]) == 1
