"""A registry of images and npm packages that takes its time to answer, in a process of its own.

It knows every image, in any tag, and every package of `npm_lock_sample`; at /counted it says what it was asked since it was last
asked that. It must cost little: it shares the machine with what is measured.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import unquote

from npm_lock_sample import packument

__all__ = ["Counted", "SlowRegistry", "digest", "slow_registry"]

_INDEX = "application/vnd.oci.image.index.v1+json"
_MANIFEST = re.compile(r"/v2/(.+)/manifests/[^/]+\Z")


class Counted(NamedTuple):
    """What was asked: requests that were answered, connections, and the seconds from the first word that a client sent to the last
    answer."""

    requests: int
    connections: int
    seconds: float


class SlowRegistry:
    """The running registry: `host` as images name it."""

    def __init__(self, port: int) -> None:
        self.host = f"127.0.0.1:{port}"

    def counted(self) -> Counted:
        """What was asked since this was last called."""
        with urllib.request.urlopen(f"http://{self.host}/counted", timeout=10) as answer:
            return Counted(*json.load(answer))


@contextmanager
def slow_registry(latency: float) -> Iterator[SlowRegistry]:
    """A registry that answers each request after `latency` seconds."""
    command = [sys.executable, __file__, str(latency)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield SlowRegistry(int(process.stdout.readline()))
        process.stdin.close()  # at the end of its input it ends


class _Tally:
    """What was asked since the last reset."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.requests = self.connections = 0
        self.first = self.last = 0.0


class _Connection(asyncio.Protocol):
    """One request after the other, each answered when its time has come."""

    def __init__(self, latency: float, tally: _Tally) -> None:
        self._latency, self._tally = latency, tally
        self._held, self._fresh = b"", True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._held += data
        if self._held.startswith(b"GET /counted "):
            self._say_counted()
            return
        tally = self._tally
        tally.first = tally.first or time.monotonic()
        tally.connections += self._fresh
        self._fresh = False
        if not self._held[:1].isupper():  # who wants to speak TLS hears at once that nobody does
            self._transport.close()
        elif self._held.endswith(b"\r\n\r\n"):
            method, path, _ = self._held.split(b"\r\n", 1)[0].decode("ascii").split(" ")
            self._held = b""
            asyncio.get_running_loop().call_later(self._latency, self._answer, method, path)

    def _answer(self, method: str, path: str) -> None:
        self._tally.requests += 1
        image = _MANIFEST.match(path)
        body = _manifest(image[1]) if image else packument(unquote(path[1:]), f"http://{self._host()}")
        headers = "application/json"
        if image:
            headers = f"{_INDEX}\r\nDocker-Content-Digest: sha256:{hashlib.sha256(body).hexdigest()}"
        self._say(headers, body, b"" if method == "HEAD" else body)
        self._tally.last = time.monotonic()

    def _host(self) -> str:
        host, port = self._transport.get_extra_info("sockname")[:2]
        return f"{host}:{port}"

    def _say(self, headers: str, body: bytes, sent: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {headers}\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode("ascii") + sent)

    def _say_counted(self) -> None:
        tally = self._tally
        body = json.dumps([tally.requests, tally.connections, tally.last - tally.first]).encode()
        tally.reset()
        self._say("application/json\r\nConnection: close", body, body)
        self._transport.close()


def digest(name: str) -> str:
    """The digest that every tag of an image has."""
    return f"sha256:{hashlib.sha256(_manifest(name)).hexdigest()}"


def _manifest(name: str) -> bytes:
    images = [
        {"mediaType": "application/vnd.oci.image.manifest.v1+json", "size": 1_000 + len(name),
         "digest": f"sha256:{hashlib.sha256(f'{name} {architecture}'.encode()).hexdigest()}",
         "platform": {"os": "linux", "architecture": architecture}}
        for architecture in ("amd64", "arm64", "s390x", "ppc64le")
    ]  # fmt: skip
    return json.dumps({"schemaVersion": 2, "mediaType": _INDEX, "manifests": images}).encode()


async def _serve(latency: float) -> None:
    loop, tally = asyncio.get_running_loop(), _Tally()
    server = await loop.create_server(lambda: _Connection(latency, tally), "127.0.0.1", 0, backlog=128)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
