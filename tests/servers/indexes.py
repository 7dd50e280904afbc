"""Real Python package indexes on loopback: devpi (JSON, PEP 691) and pypiserver (HTML, PEP 503); and the packages to put there."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from servers.verdaccio import free_port


def wheel(name: str, version: str, *requires: str, tag: str = "py3-none-any") -> tuple[str, bytes]:
    """(file name, bytes) of a package with one module, which asks for other packages; always the same."""
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    files = {
        f"{module}.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": _metadata(name, version, "2.1", requires),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    record = [f"{path},sha256={_record(text)},{len(text)}" for path, text in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path), text)
    return f"{module}-{version}-{tag}.whl", packed.getvalue()


def _metadata(name: str, version: str, format_: str, requires: tuple[str, ...]) -> str:
    extras = sorted({one.partition("extra == ")[2].strip("'\"") for one in requires if "extra == " in one})
    fields = [*(f"Provides-Extra: {extra}" for extra in extras), *(f"Requires-Dist: {one}" for one in requires)]
    return "\n".join((f"Metadata-Version: {format_}", f"Name: {name}", f"Version: {version}", *fields, ""))


def _record(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def sdist(name: str, version: str, *requires: str, format_: str = "2.1") -> tuple[str, bytes]:
    """(file name, bytes) of the sources of the same package, with metadata of a version."""
    stem = f"{name.replace('-', '_')}-{version}"
    metadata = _metadata(name, version, format_, requires).encode()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo(f"{stem}/PKG-INFO")
        member.size = len(metadata)
        archive.addfile(member, io.BytesIO(metadata))
    return f"{stem}.tar.gz", packed.getvalue()


def files_of(name: str, *versions: str) -> dict[str, bytes]:
    """The wheel and the sources of each version, by file name."""
    return dict(made for version in versions for made in (wheel(name, version), sdist(name, version)))


def _program(name: str) -> str:
    found = shutil.which(name, path=os.pathsep.join((os.path.dirname(sys.executable), os.environ.get("PATH", ""))))
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{name} is missing")
        pytest.skip(f"{name} is not installed: make test installs it")
    return found


@contextmanager
def _serving(command: list[str], url: str, log: Path) -> Iterator[None]:
    with log.open("ab") as out:
        server = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        try:
            for _ in range(600):
                assert server.poll() is None, log.read_text()
                try:
                    httpx.get(url)
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield
        finally:
            server.terminate()
            server.wait(20)


@contextmanager
def pypiserver(folder: Path, files: Mapping[str, bytes]) -> Iterator[str]:
    """The address of pypiserver's index of the files."""
    packages = folder / "packages"
    packages.mkdir(parents=True)
    for name, data in files.items():
        (packages / name).write_bytes(data)
    port = free_port()
    command = [_program("pypi-server"), "run", "--interface", "127.0.0.1", "-p", str(port), "--disable-fallback", str(packages)]
    with _serving(command, f"http://127.0.0.1:{port}/", folder / "log"):
        yield f"http://127.0.0.1:{port}/simple/"


@contextmanager
def devpi(folder: Path, files: Mapping[str, bytes]) -> Iterator[str]:
    """The address of an index of devpi that holds the files."""
    folder.mkdir(parents=True, exist_ok=True)
    state, log, port = str(folder / "state"), folder / "log", free_port()
    made = [_program("devpi-init"), "--serverdir", state, "--no-root-pypi", "--root-passwd", "secret"]
    subprocess.run(made, capture_output=True, check=True, timeout=120)
    url = f"http://127.0.0.1:{port}"
    with _serving([_program("devpi-server"), "--serverdir", state, "--host", "127.0.0.1", "--port", str(port)], f"{url}/+api", log):
        login = httpx.post(f"{url}/+login", json={"user": "root", "password": "secret"}).json()["result"]["password"]
        headers = {"X-Devpi-Auth": base64.b64encode(f"root:{login}".encode()).decode()}
        assert httpx.put(f"{url}/root/dev", content=json.dumps({"bases": []}), headers=headers).status_code == 200
        for file, data in files.items():
            name, version = file.removesuffix(".tar.gz").split("-")[:2]
            kind = "bdist_wheel" if file.endswith(".whl") else "sdist"
            fields = {":action": "file_upload", "name": name, "version": version, "filetype": kind, "metadata_version": "2.1"}
            answer = httpx.post(f"{url}/root/dev/", data=fields, files={"content": (file, data)}, headers=headers)
            assert answer.status_code == 200, answer.text
        yield f"{url}/root/dev/+simple/"
