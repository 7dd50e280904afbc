"""Real git repositories over smart HTTP on loopback: `git http-backend` behind a small server."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from conftest import need

__all__ = ["GitHost", "git", "running"]

_NOBODY = {
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "Ann", "GIT_AUTHOR_EMAIL": "ann@example.org",
    "GIT_COMMITTER_NAME": "Ann", "GIT_COMMITTER_EMAIL": "ann@example.org",
}  # fmt: skip


def git(folder: Path, *arguments: str) -> str:
    """What a git command says, run by nobody in particular. It has to succeed."""
    need("git")
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=folder, env={**os.environ, **_NOBODY}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class GitHost:
    """A running host. `requests` lists METHOD, path and Authorization of each; `moved` maps the first folder of a path to where it
    went; `ancient` hosts know only the protocol of old; folders in `private` want the name and password `ann:secret`."""

    def __init__(self, root: Path, url: str) -> None:
        self.root, self.url = root, url
        self.requests: list[tuple[str, str, str]] = []
        self.moved: dict[str, str] = {}
        self.private: set[str] = set()
        self.ancient = False

    def repository(self, name: str, *, objects: str = "sha1") -> Path:
        """A new repository with one commit on its branch `main`: its work tree, whose .git is served as `name`."""
        tree = self.root / f"{name}.tree"
        tree.mkdir(parents=True)
        git(tree, "init", "-q", "-b", "main", f"--object-format={objects}", f"--separate-git-dir={self.root / name}")
        self.commit(tree, "first")
        return tree

    def commit(self, tree: Path, message: str) -> str:
        """A new commit on the branch that is checked out."""
        (tree / "README").write_text(message)
        git(tree, "add", ".")
        git(tree, "commit", "-q", "-m", message)
        return git(tree, "rev-parse", "HEAD")


@contextmanager
def running(root: Path) -> Iterator[GitHost]:
    """A host that serves every repository below `root`."""
    need("git")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    host = server.host = GitHost(root, f"http://127.0.0.1:{server.server_port}")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        host: GitHost = self.server.host  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        authorization = self.headers.get("Authorization", "")
        host.requests.append((self.command, self.path, authorization))
        first = self.path.split("/")[1]
        if first in host.moved:
            self._send(301, [("Location", self.path.replace(first, host.moved[first], 1))], b"")
        elif first in host.private and authorization != "Basic " + base64.b64encode(b"ann:secret").decode():
            self._send(401, [("WWW-Authenticate", 'Basic realm="git"')], b"")
        else:
            self._backend(host, body)

    do_POST = do_GET  # noqa: N815 - the name is the library's

    def _backend(self, host: GitHost, body: bytes) -> None:
        url = urlsplit(self.path)
        environment = {
            **os.environ, **_NOBODY, "GIT_PROJECT_ROOT": str(host.root), "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": unquote(url.path),
            "QUERY_STRING": url.query, "REQUEST_METHOD": self.command, "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)), "REMOTE_ADDR": "127.0.0.1",
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": "" if host.ancient else self.headers.get("Git-Protocol", ""),
        }  # fmt: skip
        done = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True, check=False)
        head, _, data = done.stdout.partition(b"\r\n\r\n")
        fields = [(name, value) for name, _, value in (line.partition(": ") for line in head.decode().split("\r\n"))]
        status = next((int(value.split()[0]) for name, value in fields if name == "Status"), 200 if done.stdout else 500)
        self._send(status, [(name, value) for name, value in fields if name not in ("Status", "")], data)

    def _send(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
