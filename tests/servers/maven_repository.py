"""A static Maven repository on loopback: distributions, poms, jars and metadata with their sums."""

from __future__ import annotations

import base64
import functools
import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

__all__ = ["MavenRepository", "archive", "running"]


def archive(name: str, text: str) -> bytes:
    """A zip with one file, always the same for the same arguments."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr(zipfile.ZipInfo(name), text)
    return packed.getvalue()


class MavenRepository(NamedTuple):
    """A running repository. `requests` lists path and Authorization of each; with a `login` nobody else is let in."""

    folder: Path
    url: str
    requests: list[tuple[str, str]]
    login: list[str]

    def put(self, path: str, data: bytes, *sums: str) -> str:
        """Serves `data` at `path`, with the sums of it that are named beside it; its address."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        for algorithm in sums:
            (file.parent / f"{file.name}.{algorithm}").write_text(f"{hashlib.new(algorithm, data).hexdigest()}  {file.name}\n")
        return f"{self.url}/{path}"

    def publish(
        self, name: str, *versions: str, latest: str = "", release: str = "", updated: str = "20260102030405", pom: bool = False
    ) -> None:
        """Serves a library (`group:artifact`; a parent or BOM with `pom`) in some versions, and the metadata that says so."""
        group, _, artifact = name.partition(":")
        folder = f"{group.replace('.', '/')}/{artifact}"
        for version in versions:
            named = f"<groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version>"
            packaging = "pom" if pom else "jar"
            text = f"<project><modelVersion>4.0.0</modelVersion>{named}<packaging>{packaging}</packaging></project>"
            self.put(f"{folder}/{version}/{artifact}-{version}.pom", text.encode(), "sha1")
            self.put(f"{folder}/{version}/{artifact}-{version}.jar", archive("a.txt", version), "sha1")
        listed = "".join(f"<version>{version}</version>" for version in versions)
        said = f"<latest>{latest}</latest>" * bool(latest) + f"<release>{release}</release>" * bool(release)
        text = (
            f"<metadata><groupId>{group}</groupId><artifactId>{artifact}</artifactId><versioning>{said}"
            f"<versions>{listed}</versions><lastUpdated>{updated}</lastUpdated></versioning></metadata>"
        )
        self.put(f"{folder}/maven-metadata.xml", text.encode(), "sha1")


@contextmanager
def running(folder: Path) -> Iterator[MavenRepository]:
    """A repository that serves what lies in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, directory=str(folder)))
    one = MavenRepository(folder, f"http://127.0.0.1:{server.server_port}", [], [])
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
        repository: MavenRepository = self.server.repository  # type: ignore[attr-defined]
        authorization = self.headers.get("Authorization", "")
        repository.requests.append((self.path, authorization))
        if repository.login and authorization != "Basic " + base64.b64encode(repository.login[0].encode()).decode():
            self.send_error(401)
        else:
            super().do_GET()
