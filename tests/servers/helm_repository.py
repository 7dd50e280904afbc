"""A static chart repository on loopback, its charts packed and its index written by the real Helm SDK."""

from __future__ import annotations

import base64
import functools
import importlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest

__all__ = ["ChartRepository", "Helm", "running", "sdk"]


class Helm(NamedTuple):
    """The modules of the SDK."""

    chart: Any
    registry: Any
    errors: Any


def sdk() -> Helm:
    """The Helm SDK; the test is skipped where it is missing, and fails under CI=true."""
    try:
        return Helm(*(importlib.import_module(f"helm_python.{name}") for name in ("chart", "registry", "errors")))
    except ImportError:
        if os.environ.get("CI") == "true":
            pytest.fail("helm-python-sdk is missing")
        pytest.skip("helm-python-sdk is not installed")


class ChartRepository(NamedTuple):
    """A running repository. `requests` lists path and Authorization of each; with a `login` nobody else is let in."""

    helm: Helm
    folder: Path
    url: str
    requests: list[tuple[str, str]]
    login: list[str]

    def publish(self, name: str, *versions: str) -> None:
        """Packs a chart in some versions and writes the index anew."""
        for version in versions:
            source = self.folder / "source" / name
            source.mkdir(parents=True, exist_ok=True)
            (source / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name!r}\nversion: {version!r}\n")
            self.helm.chart.package(source, destination=self.folder / "served")
        self.helm.registry.repo_index_generate(self.folder / "served", base_url=self.url)


@contextmanager
def running(folder: Path) -> Iterator[ChartRepository]:
    """A repository that keeps its charts in `folder`."""
    helm = sdk()
    (folder / "served").mkdir(parents=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, directory=str(folder / "served")))
    one = ChartRepository(helm, folder, f"http://127.0.0.1:{server.server_port}", [], [])
    server.repository = one  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield one
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        repository: ChartRepository = self.server.repository  # type: ignore[attr-defined]
        authorization = self.headers.get("Authorization", "")
        repository.requests.append((self.path, authorization))
        if repository.login and authorization != "Basic " + base64.b64encode(repository.login[0].encode()).decode():
            self.send_error(401)
        else:
            super().do_GET()
