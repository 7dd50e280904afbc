"""The way to a registry by the user's .npmrc: proxy, own authority, client certificate. npm itself goes the same way."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from conftest import need
from servers.registry import authority
from servers.verdaccio import tarball
from test_fix_npm import environment, fix, npm

from pinlint.ecosystems.npm.configuration import Configuration

TARBALL = tarball("leaf", "1.0.0")
DIST = {
    "tarball": "https://registry.example/leaf/-/leaf-1.0.0.tgz",
    "shasum": hashlib.sha1(TARBALL, usedforsecurity=False).hexdigest(),
    "integrity": "sha512-" + base64.b64encode(hashlib.sha512(TARBALL).digest()).decode(),
}
PACKUMENT = {
    "name": "leaf",
    "dist-tags": {"latest": "1.0.0"},
    "versions": {"1.0.0": {"name": "leaf", "version": "1.0.0", "dist": DIST}},
}


class _Registry(BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        body = TARBALL if self.path.endswith(".tgz") else json.dumps(PACKUMENT).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Proxy(BaseHTTPRequestHandler):
    """Leads every tunnel to the registry, wherever it is meant to go."""

    def log_message(self, *_: object) -> None:
        pass

    def do_CONNECT(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()
        with socket.create_connection(("127.0.0.1", self.server.leads_to)) as there:  # type: ignore[attr-defined]
            back = threading.Thread(target=_copied, args=(there, self.connection), daemon=True)
            back.start()
            _copied(self.connection, there)
            back.join(5)


def _copied(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext | None = None) -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[ThreadingHTTPServer]:
    """A proxy to registry.example, which has a certificate of nobody's and lets only in who shows one of its own."""
    need("openssl")
    for name in ("server", "client"):
        (tmp_path / name).mkdir()
        authority(tmp_path / name, "DNS:registry.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server/chain.pem", tmp_path / "server/key.pem")
    context.load_verify_locations(tmp_path / "client/chain.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    with serving(_Registry, context) as registry, serving(_Proxy) as made:
        made.leads_to, made.asked = registry.server_port, []  # type: ignore[attr-defined]
        yield made


def test_npm_and_pinlint_go_the_same_way(proxy: ThreadingHTTPServer, tmp_path: Path) -> None:
    need("npm")
    user = environment(tmp_path / "home", "https://registry.example")
    folder = tmp_path / "project"
    folder.mkdir()
    settings = [
        f"https-proxy=http://127.0.0.1:{proxy.server_port}", f"cafile={tmp_path}/server/chain.pem",
        f"//registry.example/:certfile={tmp_path}/client/chain.pem", f"//registry.example/:keyfile={tmp_path}/client/key.pem",
    ]  # fmt: skip
    (folder / "package.json").write_text('{"name": "a", "version": "1.0.0", "dependencies": {"leaf": "1.0.0"}}')
    npmrc = tmp_path / "home/.npmrc"
    npmrc.write_text("\n".join([npmrc.read_text(), *settings]))
    done = npm(folder, user, "install", "--fetch-retries=0")
    assert done.returncode == 0, done.stderr
    lock = folder / "package-lock.json"
    whole = lock.read_text()
    proxy.asked.clear()  # type: ignore[attr-defined]
    lock.write_text(re.sub(r',\s*"integrity": "[^"]*"', "", whole))
    for left_out in settings:
        npmrc.write_text("\n".join(["registry=https://registry.example/", *(one for one in settings if one != left_out)]))
        (folder / ".npmrc").write_text(left_out)  # a project's own has no say in it
        assert fix(folder, user).returncode == 1
        assert lock.read_text() != whole
    npmrc.write_text("\n".join(["registry=https://registry.example/", *settings]))
    fixed = fix(folder, user)
    assert fixed.returncode == 0, fixed.stdout
    assert lock.read_text() == whole
    assert set(proxy.asked) == {"registry.example:443"}  # type: ignore[attr-defined]


def of(tmp_path: Path, *settings: str, **variables: str) -> Configuration:
    (tmp_path / ".npmrc").write_text(
        "\n".join(["registry=https://registry.example/npm/", "@a:registry=http://a.example:81/", *settings])
    )
    return Configuration({"HOME": str(tmp_path), "PATH": str(tmp_path), **variables})


def test_proxies_are_for_the_users_registries(tmp_path: Path) -> None:
    found = of(tmp_path, "proxy=http://p:1", "https-proxy=http://s:2", "noproxy=b.example, .example.org")
    assert found.proxy("https", "registry.example:443") == "http://s:2"
    assert found.proxy("http", "a.example:81") == "http://p:1"
    assert found.proxy("https", "ghcr.io:443") is None
    assert found.proxy("https", "registry.example:444") is None
    assert of(tmp_path, "proxy=http://p:1").proxy("https", "registry.example:443") == "http://p:1"
    assert of(tmp_path).proxy("https", "registry.example:443") is None
    assert of(tmp_path, "proxy=null").proxy("https", "registry.example:443") == ""
    for direct in ("registry.example", ".example", "x, example ,y"):
        assert of(tmp_path, "proxy=http://p:1", f"noproxy={direct}").proxy("https", "registry.example:443") == ""
    assert of(tmp_path, "proxy=http://p:1", "noproxy=gistry.example").proxy("https", "registry.example:443") == "http://p:1"
    assert of(tmp_path, npm_config_https_proxy="http://v:3").proxy("https", "registry.example:443") == "http://v:3"


def test_certificates_are_for_their_own_host(tmp_path: Path) -> None:
    found = of(
        tmp_path,
        "cafile=~/ca.pem",
        "//registry.example/:certfile=~/c",
        "//registry.example/:keyfile=/k",
        "//b.example/:certfile=/c",
    )
    assert found.authorities("registry.example:443") == [str(tmp_path / "ca.pem")]
    assert found.authorities("ghcr.io:443") == []
    assert found.identity("registry.example:443") == (str(tmp_path / "c"), "/k")
    assert found.identity("registry.example:8443") == ("", "")
    assert found.identity("b.example:443") == ("", "")
    assert of(tmp_path, "cafile=null").authorities("registry.example:443") == []


def test_a_certificate_that_cannot_be_read_is_a_reason(proxy: ThreadingHTTPServer, tmp_path: Path) -> None:
    user = environment(tmp_path / "home", "https://registry.example")
    folder = tmp_path / "project"
    folder.mkdir()
    entry = {"version": "1.0.0", "resolved": DIST["tarball"]}
    (folder / "package-lock.json").write_text(
        json.dumps({"name": "a", "lockfileVersion": 3, "packages": {"node_modules/leaf": entry}})
    )
    command = [
        "openssl",
        "rsa",
        "-aes256",
        "-passout",
        "pass:x",
        "-in",
        str(tmp_path / "client/key.pem"),
        "-out",
        str(tmp_path / "locked"),
    ]
    subprocess.run(command, check=True, capture_output=True)
    for key in ("/none", str(tmp_path / "locked")):
        (tmp_path / "home/.npmrc").write_text(
            f"registry=https://registry.example/\nhttps-proxy=http://127.0.0.1:{proxy.server_port}\n"
            f"//registry.example/:certfile={tmp_path}/client/chain.pem\n//registry.example/:keyfile={key}\n"
        )
        assert "client/chain.pem or its key cannot be read" in " ".join(fix(folder, user).stdout.split())
