"""Real registries (distribution's, as Debian packages it) on loopback, and a token server of the kind that they send clients to."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import secrets
import socket
import ssl
import subprocess
import tarfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from servers.stub import Answer, Asked, Stub, stub

__all__ = [
    "DOCKER", "OCI", "PASSWORD", "USER", "Registry", "authority", "basic", "bearer", "environment", "free_port", "registry",
    "running",
]  # fmt: skip

USER, PASSWORD = "alice", "s3cret-s3cret"
_JSON = "application/vnd"
OCI = {
    "index": f"{_JSON}.oci.image.index.v1+json",
    "manifest": f"{_JSON}.oci.image.manifest.v1+json",
    "config": f"{_JSON}.oci.image.config.v1+json",
    "layer": f"{_JSON}.oci.image.layer.v1.tar",
}
DOCKER = {
    "index": f"{_JSON}.docker.distribution.manifest.list.v2+json",
    "manifest": f"{_JSON}.docker.distribution.manifest.v2+json",
    "config": f"{_JSON}.docker.container.image.v1+json",
    "layer": f"{_JSON}.docker.image.rootfs.diff.tar",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def running(command: list[str], port: int, log: Path) -> Iterator[None]:
    """A program for the time of a test, from when it listens on `port`."""
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True) as process:
        try:
            for _ in range(500):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                assert process.poll() is None, log.read_text()
                time.sleep(0.02)
            else:
                raise AssertionError(f"{command[0]} does not listen: {log.read_text()}")
            yield
        finally:
            process.kill()


class Registry:
    """A running registry: `host` as images name it. Pushes as USER, where there are users."""

    def __init__(self, host: str, scheme: str, trusted: str = "") -> None:
        self.host = host
        self._http = httpx.Client(base_url=f"{scheme}://{host}/v2/", trust_env=False, verify=_context(trusted), timeout=20)

    def close(self) -> None:
        self._http.close()

    def push(
        self, name: str, tag: str, platforms: tuple[str, ...] = ("linux/amd64", "linux/arm64"), media: dict[str, str] = OCI,
        files: Mapping[str, bytes] | None = None,
    ) -> str:  # fmt: skip
        """An image for each platform under an index (one image alone for a single platform): the digest that the tag then has.
        Everything in `files` may be run."""
        images = [self._image(name, platform, media, files or {}) for platform in platforms]
        top = images[0][1]
        kind = "manifest"
        if len(images) > 1:
            entries = [
                {"mediaType": media["manifest"], **_described(body), "platform": platform} for platform, body in images
            ]  # fmt: skip
            top, kind = _json({"schemaVersion": 2, "mediaType": media["index"], "manifests": entries}), "index"
        self._put(f"{name}/manifests/{tag}", top, media[kind], name)
        return f"sha256:{hashlib.sha256(top).hexdigest()}"

    def _image(self, name: str, platform: str, media: dict[str, str], files: Mapping[str, bytes]) -> tuple[dict[str, str], bytes]:
        system, architecture, *variant = platform.split("/")
        described = {"os": system, "architecture": architecture, **({"variant": variant[0]} if variant else {})}
        layer = _layer({"etc/image": f"{name} for {platform}\n".encode(), "data": b"data\n"}, files)
        config = _json({**described, "config": {}, "rootfs": {"type": "layers", "diff_ids": [_described(layer)["digest"]]}})
        for blob in (layer, config):
            self._blob(name, blob)
        parts = {
            "config": {"mediaType": media["config"], **_described(config)},
            "layers": [{"mediaType": media["layer"], **_described(layer)}],
        }
        body = _json({"schemaVersion": 2, "mediaType": media["manifest"], **parts})
        self._put(f"{name}/manifests/{_described(body)['digest']}", body, media["manifest"], name)
        return described, body

    def _blob(self, name: str, blob: bytes) -> None:
        started = self._asked("POST", f"{name}/blobs/uploads/", name)
        self._asked(
            "PUT", str(httpx.URL(started.headers["location"]).copy_merge_params({"digest": _described(blob)["digest"]})), name, blob
        )

    def _put(self, path: str, body: bytes, media_type: str, name: str) -> None:
        self._asked("PUT", path, name, body, {"Content-Type": media_type})

    def _asked(self, method: str, url: str, name: str, body: bytes = b"", headers: dict[str, str] | None = None) -> httpx.Response:
        answer = self._http.request(method, url, content=body, headers=headers)
        if answer.status_code == 401:
            challenge = answer.headers["www-authenticate"]
            said = {"Authorization": _basic(USER, PASSWORD)}
            if challenge.startswith("Bearer"):
                fields = dict(part.split("=", 1) for part in challenge.removeprefix("Bearer ").replace('"', "").split(",", 2))
                query = {"service": fields["service"], "scope": f"repository:{name}:pull,push"}
                said = {
                    "Authorization": "Bearer "
                    + httpx.get(fields["realm"], params=query, headers=said, trust_env=False).json()["token"]
                }
            answer = self._http.request(method, url, content=body, headers={**(headers or {}), **said})
        assert answer.status_code in (200, 201, 202), answer.text
        return answer


@contextmanager
def registry(folder: Path, auth: str = "", certificate: tuple[Path, Path] | None = None) -> Iterator[Registry]:
    """A registry whose files lie in `folder`; `auth` is a section of its configuration, `certificate` key and chain for TLS."""
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    tls = f", tls: {{certificate: {certificate[1]}, key: {certificate[0]}}}" if certificate else ""
    (folder / "config.yml").write_text(
        "version: 0.1\nlog: {level: warn, accesslog: {disabled: true}}\n"
        f"storage: {{filesystem: {{rootdirectory: {folder}/data}}}}\nhttp: {{addr: '127.0.0.1:{port}'{tls}}}\n{auth}"
    )
    with running(["docker-registry", "serve", str(folder / "config.yml")], port, folder / "log"):
        made = Registry(f"127.0.0.1:{port}", "https" if certificate else "http", str(certificate[1]) if certificate else "")
        try:
            yield made
        finally:
            made.close()


def basic(folder: Path) -> str:
    """The section for USER alone."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["htpasswd", "-Bbc", folder / "htpasswd", USER, PASSWORD], check=True, capture_output=True)
    return f"auth: {{htpasswd: {{realm: pinlint, path: {folder}/htpasswd}}}}\n"


@contextmanager
def bearer(folder: Path) -> Iterator[tuple[str, Stub]]:
    """The section for tokens, and the server that gives them: to everybody for pulling public/*, to USER for everything."""
    folder.mkdir(parents=True, exist_ok=True)
    key, chain = authority(folder)
    certificate = chain.read_text().split("-----")[2].replace("\n", "")
    with stub() as server:
        server.answer = lambda asked: _token(asked, key, certificate)
        names = f"service: pinlint, issuer: pinlint-tokens, rootcertbundle: {chain}"
        yield f"auth: {{token: {{realm: '{server.url}/token', {names}}}}}\n", server


def _token(asked: Asked, key: Path, certificate: str) -> Answer:
    told = asked.headers.get("authorization", "")
    if told and told != _basic(USER, PASSWORD):
        return Answer(401)
    query = parse_qs(urlsplit(asked.path).query)
    access = []
    for scope in query.get("scope", []):
        kind, name, actions = scope.split(":")
        granted = actions.split(",") if told else ["pull"] if name.startswith("public/") else []
        access.append({"type": kind, "name": name, "actions": granted})
    now = int(time.time())
    claims = {
        "iss": "pinlint-tokens", "sub": USER if told else "", "aud": query["service"][0], "exp": now + 300, "nbf": now - 60,
        "iat": now, "jti": secrets.token_hex(8), "access": access,
    }  # fmt: skip
    head = {"typ": "JWT", "alg": "RS256", "x5c": [certificate]}
    signed = ".".join(base64.urlsafe_b64encode(_json(part)).rstrip(b"=").decode() for part in (head, claims))
    command = ["openssl", "dgst", "-sha256", "-sign", str(key)]
    signature = subprocess.run(command, input=signed.encode(), capture_output=True, check=True).stdout
    return Answer(body=_json({"token": f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}", "expires_in": 300}))


def authority(folder: Path, *names: str) -> tuple[Path, Path]:
    """(key, certificate): of a new authority; with `names`, of a server under those addresses that vouches for itself."""
    key, chain = folder / "key.pem", folder / "chain.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=pinlint tests"]
    more = ["-addext", "subjectAltName=" + ",".join(names)] if names else []
    subprocess.run([*command, *more, "-keyout", key, "-out", chain], check=True, capture_output=True)
    return key, chain


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _context(trusted: str) -> ssl.SSLContext | bool:
    return ssl.create_default_context(cafile=trusted) if trusted else True


def _json(document: object) -> bytes:
    return json.dumps(document, indent=1).encode()


def _described(blob: bytes) -> dict[str, Any]:
    return {"digest": f"sha256:{hashlib.sha256(blob).hexdigest()}", "size": len(blob)}


def _layer(files: Mapping[str, bytes], programs: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, body in (*files.items(), *programs.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(body), 0o755 if name in programs else 0o644
            archive.addfile(entry, io.BytesIO(body))
    return out.getvalue()


def environment(**more: str) -> dict[str, str]:
    """The environment without anything that tells a client of other registries."""
    dropped = ("proxy", "docker_", "registry_", "xdg_", "ssl_cert", "pinlint")
    return {
        key: value for key, value in os.environ.items() if not key.lower().startswith(dropped) and "proxy" not in key.lower()
    } | more
