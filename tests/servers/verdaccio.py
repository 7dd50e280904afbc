"""A real npm registry on loopback: verdaccio, without any registry behind it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import shutil
import socket
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from conftest import need

_PROGRAM = Path(__file__).parent.parent.parent / ".cache/oracles/npm/node_modules/.bin/verdaccio"
_CONFIG = """\
storage: {folder}/storage
auth:
  htpasswd: {{file: {folder}/htpasswd, max_users: 10}}
uplinks: {{}}
packages:
  '@private/*': {{access: $authenticated, publish: $authenticated}}
  '**': {{access: $all, publish: $all}}
log: {{type: stdout, format: json, level: http}}
"""


def free_port() -> int:
    """A port of loopback that nobody uses now."""
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def tarball(name: str, version: str, **fields: object) -> bytes:
    """The bytes of a package, always the same for the same arguments."""
    manifest = json.dumps({"name": name, "version": version, **fields}).encode()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path, data in (("package/package.json", manifest), ("package/index.js", f"// {name} {version}\n".encode())):
            member = tarfile.TarInfo(path)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return gzip.compress(packed.getvalue(), mtime=0)


def sri(algorithm: str, data: bytes) -> str:
    """The integrity of some bytes."""
    return f"{algorithm}-{base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


class Verdaccio(NamedTuple):
    """A running registry: its address, a token of its only user, and the file it logs requests to."""

    url: str
    token: str
    log: Path

    def publish(self, name: str, version: str, *, integrity: bool = True, **fields: object) -> bytes:
        """Publishes a package; without `integrity`, as clients did before 2017: with a shasum only. Returns the tarball."""
        data = tarball(name, version, **fields)
        file = f"{name.rpartition('/')[2]}-{version}.tgz"
        dist = {"shasum": hashlib.sha1(data).hexdigest(), "tarball": f"{self.url}/{name}/-/{file}"}
        if integrity:
            dist["integrity"] = sri("sha512", data)
        one = {"name": name, "version": version, "dist": dist, **fields}
        attachment = {"content_type": "application/octet-stream", "data": base64.b64encode(data).decode(), "length": len(data)}
        document = {"_id": name, "name": name, "dist-tags": {"latest": version}, "versions": {version: one}}
        document["_attachments"] = {file: attachment}
        address = f"{self.url}/{name.replace('/', '%2f')}"
        answer = httpx.put(address, json=document, headers={"Authorization": f"Bearer {self.token}"})
        assert answer.status_code == 201, answer.text
        return data

    def requests(self) -> list[str]:
        """METHOD and path of every request so far."""
        found = []
        for line in self.log.read_text().splitlines():
            record: Any = json.loads(line) if line.startswith("{") else {}
            if "request" in record and "status" in record:
                found.append(f"{record['request']['method']} {record['request']['url']}")
        return found


@contextmanager
def running(folder: Path) -> Iterator[Verdaccio]:
    """A registry that keeps its packages in `folder`; it asks for a login for the scope @private."""
    need("node", "npm")
    if not _PROGRAM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("verdaccio is missing")
        pytest.skip("verdaccio is not installed: make test does that")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(_CONFIG.format(folder=folder))
    url = f"http://127.0.0.1:{free_port()}"
    log = folder / "log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [str(shutil.which("node")), str(_PROGRAM), "--config", str(folder / "config.yaml"), "--listen", url],
            stdout=out, stderr=subprocess.STDOUT, cwd=folder,
        )  # fmt: skip
        try:
            _wait(url, server)
            user = {"name": "ann", "password": "correct horse", "type": "user", "roles": []}
            answer = httpx.put(f"{url}/-/user/org.couchdb.user:ann", json=user)
            assert answer.status_code == 201, answer.text
            yield Verdaccio(url, answer.json()["token"], log)
        finally:
            server.terminate()
            server.wait(20)


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert server.poll() is None, "verdaccio ended"
        try:
            if httpx.get(f"{url}/-/ping").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("verdaccio does not answer")
