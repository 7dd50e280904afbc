"""A server that answers as a test says, and remembers what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

__all__ = ["Answer", "Asked", "Stub", "stub"]


class Asked(NamedTuple):
    """A request as it came: `headers` by lower-case name."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Answer(NamedTuple):
    """What is sent back. `raw` is written as it stands (no status line is made); `pieces` come after the body, one at a time, for
    as long as the other side listens. A Content-Length is sent unless `headers` hold one or there are pieces."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    raw: bytes = b""
    pieces: Callable[[], Iterator[bytes]] | None = None


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # of five, the sixth would wait a second
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Clients that leave in the middle are what a stub is for."""


class Stub:
    """The server; `answer` may be replaced at any time, `asked` lists the requests in order, `connections` counts what they came
    by."""

    def __init__(self) -> None:
        self.answer: Callable[[Asked], Answer] = lambda _: Answer(404)
        self.asked: list[Asked] = []
        self.connections = 0
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 10

            def setup(self) -> None:
                stub.connections += 1
                super().setup()

            def log_message(self, *_: object) -> None:
                pass

            def _serve(self) -> None:
                size = int(self.headers.get("content-length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, self.path, headers, self.rfile.read(size))
                stub.asked.append(asked)
                self._send(stub.answer(asked))

            def _send(self, answer: Answer) -> None:
                try:
                    if answer.raw:
                        self.wfile.write(answer.raw)
                    else:
                        self._head(answer)
                        if self.command != "HEAD":
                            self.wfile.write(answer.body)
                    for piece in answer.pieces() if answer.pieces else ():
                        self.wfile.write(piece)
                        self.wfile.flush()
                except OSError:
                    self.close_connection = True
                if answer.raw or answer.pieces:
                    self.close_connection = True

            def _head(self, answer: Answer) -> None:
                self.send_response(answer.status)
                for name, value in answer.headers:
                    self.send_header(name, value)
                if not answer.pieces and not any(name.lower() == "content-length" for name, _ in answer.headers):
                    self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()

            do_GET = do_HEAD = do_POST = do_CONNECT = _serve  # noqa: N815 - the names that http.server looks for

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def paths(self, method: str = "") -> list[str]:
        """The paths asked for, in order."""
        return [one.path for one in self.asked if not method or one.method == method]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def stub() -> Iterator[Stub]:
    """A stub for the time of a test."""
    server = Stub()
    try:
        yield server
    finally:
        server.close()
