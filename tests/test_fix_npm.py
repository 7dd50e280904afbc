"""`--fix` on npm locks. Verdaccio is the registry, npm the judge: it wrote the locks that fixing has to bring back, and installs
them."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import httpx
import pytest
from conftest import need
from servers import stub as stubs
from servers.verdaccio import Verdaccio, running, sri, tarball

from pinlint.ecosystems.npm.configuration import Configuration, Locked, settings
from pinlint.ecosystems.npm.registry import Registry
from pinlint.http import Client
from pinlint.pins import NoPin, Pin
from pinlint.question import Question

INTEGRITY = re.compile(r',\r?\n[ \t]*"integrity": "[^"]*"')


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verdaccio]:
    """A registry with a few packages that need one another, in two versions of one of them."""
    with running(tmp_path_factory.mktemp("verdaccio")) as one:
        one.publish("leaf", "1.0.0")
        one.publish("leaf", "2.0.0")
        one.publish("@acme/stem", "1.2.3", dependencies={"leaf": "1.0.0"})
        one.publish("tree", "0.1.0", dependencies={"@acme/stem": "^1.0.0", "leaf": "^2.0.0"})
        one.publish("ancient", "0.0.1", integrity=False)
        one.publish("@private/key", "1.0.0")
        yield one


def environment(home: Path, registry: str = "") -> dict[str, str]:
    """A user with a home of their own, who has npm configured for the registry."""
    home.mkdir(exist_ok=True)
    names = ("PATH", "SYSTEMROOT", "LANG", "SSL_CERT_FILE")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    if registry:
        (home / ".npmrc").write_text(f"registry={registry}/\n")
    return {**kept, "HOME": str(home), "npm_config_cache": str(home / "cache"), "npm_config_globalconfig": str(home / "globalrc")}


def npm(folder: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    need("npm")
    quiet = (
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--omit-lockfile-registry-resolved=false",
        "--no-update-notifier",
        "--fetch-retries=0",
    )
    command = [str(shutil.which("npm")), *arguments, *quiet]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)


def fix(folder: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """The run of `pinlint --fix`. That the registry is on loopback is a finding of its own, which these tests are not about."""
    command = [sys.executable, "-m", "pinlint", "--fix", "--ignore", "SRC202", *arguments, str(folder)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)


def locked(folder: Path, environment: dict[str, str], generation: str, **dependencies: str) -> str:
    """The lock that npm itself writes for the dependencies."""
    folder.mkdir(exist_ok=True)
    (folder / "package.json").write_text(json.dumps({"name": "shop", "version": "1.0.0", "dependencies": dependencies}, indent=2))
    made = npm(folder, environment, "install", "--package-lock-only", "--lockfile-version", generation)
    assert made.returncode == 0, made.stderr
    return (folder / "package-lock.json").read_text()


# --- the registry's answer, as npm writes it -----------------------------------------------------------------------------------


@pytest.mark.parametrize("generation", ["1", "2", "3"])
def test_missing_integrity_is_written_as_npm_would(registry: Verdaccio, tmp_path: Path, generation: str) -> None:
    user = environment(tmp_path / "home", registry.url)
    folder = tmp_path / "shop"
    right = locked(folder, user, generation, tree="^0.1.0", other="npm:leaf@1.0.0")
    stripped = INTEGRITY.sub("", right)
    assert right.count('"integrity"') == {"1": 5, "2": 10, "3": 5}[generation]
    assert "integrity" not in stripped
    (folder / "package-lock.json").write_text(stripped)
    done = fix(folder, user)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "Fixed 5 in 1 file" in done.stdout
    assert (folder / "package-lock.json").read_text() == right
    assert npm(folder, user, "ci").returncode == 0
    assert fix(folder, user).stdout.count("Fixed") == 0
    assert (folder / "package-lock.json").read_text() == right


def test_what_was_fixed_is_what_npm_checks(registry: Verdaccio, tmp_path: Path) -> None:
    user = environment(tmp_path / "home", registry.url)
    folder = tmp_path / "shop"
    right = locked(folder, user, "3", leaf="1.0.0")
    (folder / "package-lock.json").write_text(INTEGRITY.sub("", right))
    fix(folder, user)
    written = json.loads((folder / "package-lock.json").read_text())["packages"]["node_modules/leaf"]["integrity"]
    assert written == sri("sha512", tarball("leaf", "1.0.0"))
    (folder / "package-lock.json").write_text(right.replace(written, sri("sha512", b"tampered")))
    refused = npm(folder, user, "ci")
    assert refused.returncode != 0
    assert "EINTEGRITY" in refused.stderr


def test_an_audit_knows_what_was_deprecated_and_tampered_with(registry: Verdaccio, tmp_path: Path) -> None:
    """Each package is asked for once, and once more where a version of it is missing; of one that was unpublished this registry
    remembers nothing, so nobody can tell."""
    registry.publish("stale", "1.0.0", deprecated="use leaf")
    for version in ("1.0.0", "1.0.1"):
        registry.publish("fallen", version)
    user, folder = environment(tmp_path / "home", registry.url), tmp_path / "shop"
    right = locked(folder, user, "3", stale="1.0.0", fallen="1.0.1", leaf="1.0.0", other="npm:leaf@2.0.0")
    (folder / "package-lock.json").write_text(right.replace(sri("sha512", tarball("leaf", "1.0.0")), sri("sha512", b"tampered")))
    address = f"{registry.url.removeprefix('http:')}/:_authToken={registry.token}\n"
    (tmp_path / "home/.npmrc").write_text(f"registry={registry.url}/\n{address}")
    assert npm(folder, user, "unpublish", "fallen@1.0.1").returncode == 0
    before = len(registry.requests())
    command = [sys.executable, "-m", "pinlint", "verify", "--output-format", "concise", str(folder)]
    done = subprocess.run(command, env=user, capture_output=True, text=True, timeout=120, check=False)
    said = [(line.split()[1:3], line.partition("locked package ")[2]) for line in done.stdout.splitlines() if "lock.json" in line]
    assert [(*rule, text.split(":")[0]) for rule, text in said] == [
        ("error:", "NET904", "leaf 1.0.0"), ("note:", "NET907", "stale 1.0.0"),
    ]  # fmt: skip
    assert "has no version 1.0.1 of fallen" in " ".join(done.stderr.split())
    asked = [one for one in registry.requests()[before:] if one.startswith("GET")]
    assert sorted(asked)[::2] == [
        "GET /-/npm/v1/keys",
        "GET /fallen",
        "GET /fallen",
        "GET /leaf",
        "GET /stale",
    ]  # each is logged twice


@pytest.mark.parametrize("generation", ["2", "3"])
def test_workspace_and_its_mirror(registry: Verdaccio, tmp_path: Path, generation: str) -> None:
    """A workspace's own copy of a package is nested below its link in the part that npm 6 reads."""
    user = environment(tmp_path / "home", registry.url)
    folder = tmp_path / "shop"
    (folder / "parts/cart").mkdir(parents=True)
    cart = {"name": "cart", "version": "1.0.0", "dependencies": {"leaf": "1.0.0"}}
    (folder / "parts/cart/package.json").write_text(json.dumps(cart))
    manifest = {"name": "shop", "version": "1.0.0", "workspaces": ["parts/*"], "dependencies": {"leaf": "2.0.0"}}
    (folder / "package.json").write_text(json.dumps(manifest))
    assert npm(folder, user, "install", "--package-lock-only", "--lockfile-version", generation).returncode == 0
    right = (folder / "package-lock.json").read_text()
    assert "parts/cart/node_modules/leaf" in right
    (folder / "package-lock.json").write_text(INTEGRITY.sub("", right))
    assert fix(folder, user).returncode == 0
    assert (folder / "package-lock.json").read_text() == right


# --- old evidence ---------------------------------------------------------------------------------------------------------------


def with_integrity(folder: Path, user: dict[str, str], old: str, package: str = "leaf", version: str = "1.0.0") -> str:
    """A lock with `old` as the integrity of its only package; the one that npm wrote."""
    right = locked(folder, user, "2", **{package: version})
    integrity = json.loads(right)["packages"][f"node_modules/{package}"]["integrity"]
    (folder / "package-lock.json").write_text(right.replace(integrity, old))
    return right


def test_sha1_becomes_sha512_where_the_registry_has_the_same_sha1(registry: Verdaccio, tmp_path: Path) -> None:
    user = environment(tmp_path / "home", registry.url)
    right = with_integrity(tmp_path / "shop", user, sri("sha1", tarball("leaf", "1.0.0")))
    assert fix(tmp_path / "shop", user).returncode == 0
    assert (tmp_path / "shop/package-lock.json").read_text() == right
    assert npm(tmp_path / "shop", user, "ci").returncode == 0


def test_registry_without_integrity_is_downloaded_from(registry: Verdaccio, tmp_path: Path) -> None:
    """Packages of old clients have a sha1 only: the tarball is compared with it and hashed here."""
    user = environment(tmp_path / "home", registry.url)
    with_integrity(tmp_path / "shop", user, sri("sha1", tarball("ancient", "0.0.1")), "ancient", "0.0.1")
    assert fix(tmp_path / "shop", user).returncode == 0
    assert sri("sha512", tarball("ancient", "0.0.1")) in (tmp_path / "shop/package-lock.json").read_text()
    assert npm(tmp_path / "shop", user, "ci").returncode == 0


# --- who is told a secret --------------------------------------------------------------------------------------------------------


def test_login_of_the_user_opens_what_is_private(registry: Verdaccio, tmp_path: Path) -> None:
    user = environment(tmp_path / "home", registry.url)
    entry = {"version": "1.0.0", "resolved": f"{registry.url}/@private/key/-/key-1.0.0.tgz"}
    text = json.dumps({"lockfileVersion": 3, "packages": {"node_modules/@private/key": entry}}, indent=2)
    (tmp_path / "package-lock.json").write_text(text)
    refused = fix(tmp_path, user)
    assert "not logged in or not allowed" in refused.stdout
    assert (tmp_path / "package-lock.json").read_text() == text
    user["SECRET"] = registry.token
    with (tmp_path / "home/.npmrc").open("a") as file:
        file.write(f"{registry.url[5:]}/:_authToken=${{SECRET}}\n")
    done = fix(tmp_path, user)
    assert done.returncode == 0
    assert sri("sha512", tarball("@private/key", "1.0.0")) in (tmp_path / "package-lock.json").read_text()
    assert registry.token not in done.stdout + done.stderr + refused.stdout + refused.stderr


class Stub(BaseHTTPRequestHandler):
    """Answers every packument with one version of it; keeps what it was asked and told."""

    asked: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        type(self).asked.append((self.path, self.headers.get("Authorization", "")))
        name = self.path[1:].replace("%2F", "/")
        dist = {"integrity": sri("sha512", name.encode()), "shasum": hashlib.sha1(name.encode()).hexdigest()}
        body = json.dumps({"name": name, "versions": {"1.0.0": {"dist": {**dist, "tarball": f"http://h/{name}/-/x-1.0.0.tgz"}}}})
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def stub() -> Iterator[str]:
    Stub.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_project_cannot_send_a_secret_anywhere(stub: str, tmp_path: Path) -> None:
    """The user's login is for another host, and neither the project's own tokens nor its variables are used."""
    user = environment(tmp_path / "home")
    user["SECRET"] = "hunter2"
    own = f"registry=https://registry.example/\n//registry.example/:_authToken=hunter3\n@mine:registry={stub}/\n"
    (tmp_path / "home/.npmrc").write_text(own)
    host = stub.partition(":")[2]
    project = f"registry={stub}/\n{host}/:_authToken=${{SECRET}}\n{host}/:_auth=aHVudGVy\n//registry.example/:_authToken=own\n"
    (tmp_path / ".npmrc").write_text(project)
    packages = {"node_modules/a": {"version": "1.0.0"}, "node_modules/@b/c": {"version": "1.0.0"}}
    (tmp_path / "package-lock.json").write_text(json.dumps({"lockfileVersion": 3, "packages": packages}))
    assert fix(tmp_path, user).returncode == 0
    assert sorted(Stub.asked) == [("/@b%2Fc", ""), ("/a", "")]
    (tmp_path / ".npmrc").write_text(f"registry={stub}/${{SECRET}}/\n")
    (tmp_path / "package-lock.json").write_text(json.dumps({"lockfileVersion": 3, "packages": packages}))
    done = fix(tmp_path, user)
    assert "a variable, which pinlint does not expand" in " ".join(done.stdout.split())
    assert len(Stub.asked) == 2


def test_a_project_cannot_name_this_machine(stub: str, tmp_path: Path) -> None:
    """Whatever listens here is not for a repository to ask; the user's own configuration may name it."""
    user = environment(tmp_path / "home", "https://registry.example")
    (tmp_path / ".npmrc").write_text(f"registry={stub}/\n")
    packages = {
        "node_modules/a": {"version": "1.0.0"},
        "node_modules/b": {"version": "1.0.0", "resolved": f"{stub}/b/-/b-1.0.0.tgz"},
    }
    (tmp_path / "package-lock.json").write_text(json.dumps({"lockfileVersion": 3, "packages": packages}))
    assert "the repository leads to this machine" in fix(tmp_path, user).stdout
    assert Stub.asked == []


@pytest.mark.parametrize("config", ["", "@mine:registry=https://files.example/\n//files.example/:_authToken=hunter2\n"])
@pytest.mark.parametrize("place", ["http://127.0.0.1:{port}", "http://0x7f.1:{port}", "https://files.example"])
def test_what_a_registry_names_gets_no_login_and_is_not_this_machine(tmp_path: Path, place: str, config: str) -> None:
    """A tarball elsewhere is fetched without the user's login for that place, and never from here."""
    asked: list[tuple[str, str]] = []
    data = b"bytes of a tarball"
    address = f"{place.format(port=9)}/a-1.0.0.tgz"
    dist = {"shasum": hashlib.sha1(data, usedforsecurity=False).hexdigest(), "tarball": address}

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append((str(request.url), request.headers.get("authorization", "")))
        body = data if request.url.path.endswith(".tgz") else json.dumps({"versions": {"1.0.0": {"dist": dist}}}).encode()
        return httpx.Response(200, stream=httpx.ByteStream(body))

    (tmp_path / ".npmrc").write_text(f"registry=https://registry.example/\n//registry.example/:_authToken=t\n{config}")
    client = Client(transport=httpx.MockTransport(respond))
    registry = Registry(client, Configuration({"HOME": str(tmp_path), "PATH": ""}))
    found = registry.resolve(Question("npm", "a", "", "1.0.0"))
    assert asked[0] == ("https://registry.example/a", "Bearer t")
    if "files.example" in place:
        assert isinstance(found, Pin)
        assert asked[1:] == [(address, "")]
    else:
        assert isinstance(found, NoPin)
        assert found.why == "registry.example leads to this machine, where only your own configuration may lead"
        assert asked[1:] == []


def test_one_lookup_a_package_however_many_entries(stub: str, tmp_path: Path) -> None:
    user = environment(tmp_path / "home", stub)
    packages = {f"node_modules/p{n % 500}" + f"/node_modules/q{n % 100}" * (n // 500): {"version": "1.0.0"} for n in range(2000)}
    (tmp_path / "package-lock.json").write_text(json.dumps({"lockfileVersion": 3, "packages": packages}, indent=1))
    done = fix(tmp_path, user)
    count = len(packages)
    assert f"Fixed {count:,} in 1 file" in done.stdout
    names = [path for path, _ in Stub.asked]
    assert len(names) == len(set(names)) == 600
    fixed = json.loads((tmp_path / "package-lock.json").read_text())["packages"]
    assert all(entry["integrity"] == sri("sha512", key.rpartition("/")[2].encode()) for key, entry in fixed.items())


# --- hostile answers and addresses -----------------------------------------------------------------------------------------------


def attempt(server: stubs.Stub, tmp_path: Path, packument: bytes) -> str:
    """What is said of a package with this packument; its entry must stay as it is."""
    server.answer = lambda _: stubs.Answer(body=packument)
    text = json.dumps({"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0"}}})
    (tmp_path / "package-lock.json").write_text(text)
    done = fix(tmp_path, environment(tmp_path / "home", server.url))
    assert (done.returncode, done.stderr) == (1, "")
    assert (tmp_path / "package-lock.json").read_text() == text
    return done.stdout


@pytest.fixture
def server() -> Iterator[stubs.Stub]:
    with stubs.stub() as one:
        yield one


@pytest.mark.parametrize(
    "raw", [b"[" * 100_000, b'{"versions": {"1.0.0": {"dist": [' + b"[]," * 2_000_000 + b"0]}}}"], ids=["deep", "many"]
)
def test_a_packument_without_end_is_a_reason(server: stubs.Stub, tmp_path: Path, raw: bytes) -> None:
    assert "no package metadata" in attempt(server, tmp_path, raw)


# --- configuration ---------------------------------------------------------------------------------------------------------------


def test_settings_are_read_as_npm_reads_them() -> None:
    text = '; a comment\n# another\nregistry = https://a.example/ ; and more\n@b:registry="https://b.example/"\n//c/:_authToken=${A}-${B?}-${C}\nflag\n'
    assert settings(text, {"A": "1"}) == {
        "registry": "https://a.example/", "@b:registry": "https://b.example/", "//c/:_authToken": "1--${C}",
    }  # fmt: skip
    assert settings("x=${A}")["x"] == "${A}"


def test_login_is_for_its_host_and_path_only(tmp_path: Path) -> None:
    basic = base64.b64encode(b"ann:pw").decode()
    password = base64.b64encode(b"pw").decode()
    (tmp_path / ".npmrc").write_text(
        f"//a.example/npm/:_authToken=t1\n//a.example/open:_authToken=t2\n//a.example/npm/deep/:_auth={basic}\n//b.example:8443/:username=ann\n//b.example:8443/:_password={password}\n"
    )
    user = Configuration({"HOME": str(tmp_path), "PATH": ""})
    assert user.authorization("https://a.example/npm/x") == "Bearer t1"
    assert user.authorization("https://a.example/open/x") == "Bearer t2"
    assert user.authorization("https://a.example/npm/deep/x") == f"Basic {basic}"
    assert user.authorization("https://b.example:8443/x") == f"Basic {basic}"
    for url in (
        "https://a.example/x",
        "https://a.example/npmx",
        "https://a.example/openx",
        "https://b.example/x",
        "https://a.example.evil.example/npm/x",
    ):
        assert user.authorization(url) == "", url
    assert user.authorization("https://a.example@evil.example/npm/x") == ""


def test_order_of_the_layers(tmp_path: Path) -> None:
    (tmp_path / ".npmrc").write_text("registry=http://user.example/\n@s:registry=https://user-scope.example/\n")
    (tmp_path / "globalrc").write_text("registry=https://global.example/\n@g:registry=https://global-scope.example/\n")
    layers = {"HOME": str(tmp_path), "PATH": "", "npm_config_globalconfig": str(tmp_path / "globalrc")}
    user = Configuration(layers)
    assert user.registry("a", Locked()) == "http://user.example/"
    assert user.registry("a", Locked(registry="https://project.example/")) == "https://project.example/"
    assert user.registry("@s/a", Locked(registry="https://project.example/")) == "https://user-scope.example/"
    assert user.registry("@s/a", Locked(scoped="https://project.example/")) == "https://project.example/"
    assert user.registry("@g/a", Locked()) == "https://global-scope.example/"
    assert user.plain_hosts == {"user.example"}
    forced = Configuration({**layers, "NPM_CONFIG_REGISTRY": "https://forced.example/"})
    assert forced.registry("a", Locked(registry="https://project.example/")) == "https://forced.example/"


def test_npm_is_asked_for_its_own_default(tmp_path: Path) -> None:
    need("npm")
    said = npm(tmp_path, environment(tmp_path / "h"), "config", "get", "registry")
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / ".npmrc").write_text("registry=https://project.example/\n")
    assert Configuration(environment(tmp_path / "h")).registry("a", Locked()) == said.stdout.strip()
