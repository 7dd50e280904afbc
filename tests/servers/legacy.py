"""Everything that the projects of tests/legacy ask for, on the servers that their people would have, and a user who knows these.

The files of tests/legacy name hosts under .example and hold `<<sha1 jade@1.11.0>>` where a sum depends on the machine that made the
package; `fill` and `told` go from there to what is on disk and back.
"""

from __future__ import annotations

import base64
import glob
import hashlib
import io
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from conftest import need

from servers import git_http, helm_repository, indexes, maven_repository, verdaccio
from servers import registry as images
from servers.registry import DOCKER, OCI

__all__ = ["Names", "World", "running"]

_SETUP = (
    "[project]\nname = {name!r}\nversion = '1.2'\n[build-system]\nrequires = []\nbuild-backend = 'build'\nbackend-path = ['.']\n"
)
#: A build backend that needs nothing, so that pip can build without any index. The module says which commit it is of.
_BACKEND = """\
import pathlib, zipfile
def build_wheel(folder, *_):
    name = {name!r}
    with zipfile.ZipFile(f"{{folder}}/{{name}}-1.2-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{{name}}.py", "TEXT = '" + pathlib.Path("README").read_text() + "'")
        wheel.writestr(f"{{name}}-1.2.dist-info/METADATA", f"Metadata-Version: 2.1\\nName: {{name}}\\nVersion: 1.2\\n")
        wheel.writestr(f"{{name}}-1.2.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{{name}}-1.2.dist-info/RECORD", "")
    return f"{{name}}-1.2-py3-none-any.whl"
build_editable = build_wheel
"""
_SETTINGS = "<settings><mirrors><mirror><id>all</id><mirrorOf>*</mirrorOf><url>{url}</url></mirror></mirrors></settings>"
#: Docker Hub, as a company mirrors it for everything that reads this file: podman, buildah, skopeo.
_MIRROR = """\
unqualified-search-registries = ["docker.io"]
[[registry]]
location = "docker.io"
[[registry.mirror]]
location = "{host}"
insecure = true
"""
_PLUGIN = "<groupId>com.shop</groupId><artifactId>resolve-maven-plugin</artifactId><version>1</version>"
_GOAL = (
    "<goal>resolve</goal><requiresDependencyResolution>test</requiresDependencyResolution><implementation>com.shop.Resolve</implementation>"
    "<language>java</language><instantiationStrategy>per-lookup</instantiationStrategy>"
)
_WRAPPED = "org/apache/maven/apache-maven/3.6.3/apache-maven-3.6.3-bin.zip"
_PACKAGES = {
    "flask": ("0.12.2", "1.0"), "gunicorn": ("19.7.1", "20.0"), "requests": ("2.18.4",), "redis": ("2.10.6", "3.0.1"),
    "raven": ("6.9.0", "6.10.0"), "pytest": ("3.2.5",), "mock": ("2.0.0",), "celery": ("4.1.0", "4.2.0"), "pytz": ("2017.2",),
}  # fmt: skip


class Names(dict[str, str]):
    """What a placeholder of a tree stands for, in its files and in what is told of them."""

    def fill(self, text: bytes) -> bytes:
        """A file of the tree as it is on disk."""
        for name, value in self.items():
            text = text.replace(name.encode(), value.encode())
        assert b"<<sha" not in text, text
        return text

    def told(self, text: bytes) -> bytes:
        """What is on disk, or what was said of it, as the tree says it."""
        for name, value in sorted(self.items(), key=lambda one: -len(one[1])):
            text = text.replace(value.encode(), name.encode())
        return text


class World(NamedTuple):
    """The servers; `names` has what a placeholder of tests/legacy stands for, `environment` is the user's."""

    images: images.Registry
    maven: maven_repository.MavenRepository
    charts: helm_repository.ChartRepository
    git: git_http.GitHost
    names: Names
    environment: dict[str, str]


@contextmanager
def running(folder: Path) -> Iterator[World]:
    """The world, with a registry of images, of npm packages, of Python packages, of Maven's and of charts, and a host of git."""
    need("docker-registry", "git", "npm", "node")
    with ExitStack() as stack:
        home = folder / "home"
        home.mkdir(parents=True)
        oci = stack.enter_context(images.registry(folder / "images"))
        npm = stack.enter_context(verdaccio.running(folder / "npm"))
        python = {name: data for one, versions in _PACKAGES.items() for version in versions for name, data in _files(one, version)}
        index = stack.enter_context(indexes.pypiserver(folder / "python", python))
        maven = stack.enter_context(maven_repository.running(folder / "maven"))
        charts = stack.enter_context(helm_repository.running(folder / "charts"))
        git = stack.enter_context(git_http.running(folder / "git"))
        environment = _user(home, oci.host, npm.url, index, maven.url)
        names = {
            "https\\://maven.example": maven.url.replace(":", "\\:", 1),
            "https://maven.example": maven.url, "https://charts.example": charts.url, "https://git.example": git.url,
            "https://npm.example": _default_registry(environment), "images.example": oci.host, "git.example": git.url[7:],
        }  # fmt: skip
        names |= _images(oci) | _npm(npm) | _maven(maven, folder) | _charts(charts, folder) | _git(git)
        names |= {f"<<sha256 {name}>>": hashlib.sha256(data).hexdigest() for name, data in python.items()}
        yield World(oci, maven, charts, git, Names(names), environment)


def _user(home: Path, mirror: str, npm: str, index: str, maven: str) -> dict[str, str]:
    """Somebody whose tools know the servers, and nothing else."""
    (home / ".config/containers").mkdir(parents=True)
    (home / ".config/containers/registries.conf").write_text(_MIRROR.format(host=mirror))
    (home / ".npmrc").write_text(f"registry={npm}/\n")
    (home / ".config/pip").mkdir()
    (home / ".config/pip/pip.conf").write_text(f"[global]\nindex-url = {index}\n")
    (home / ".m2").mkdir()
    (home / ".m2/settings.xml").write_text(_SETTINGS.format(url=maven))
    (home / "policy.json").write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
    path = os.pathsep.join((os.path.dirname(sys.executable), os.environ.get("PATH", "")))
    kept = {name: os.environ[name] for name in ("LANG", "SSL_CERT_FILE", "JAVA_HOME") if name in os.environ}
    own = {"npm_config_cache": str(home / "cache"), "npm_config_globalconfig": str(home / "globalrc"), "PIP_NO_CACHE_DIR": "1"}
    own["MVNW_REPOURL"] = maven  # without it no wrapper may name this machine
    return {**kept, **own, "PATH": path, "HOME": str(home), "XDG_CONFIG_DIRS": str(home / "none")}


def _default_registry(environment: Mapping[str, str]) -> str:
    """What locks name as the source: npm's own default, for which npm takes the registry that its user has configured."""
    command = ["npm", "config", "get", "registry", "--userconfig", os.devnull]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip().rstrip("/")


def _files(name: str, version: str) -> Iterator[tuple[str, bytes]]:
    """A wheel and a zip of sources: unlike a tar.gz, always the same bytes."""
    yield indexes.wheel(name, version)
    yield f"{name}-{version}.zip", maven_repository.archive(f"{name}-{version}/PKG-INFO", f"Name: {name}\nVersion: {version}\n")


def _images(registry: images.Registry) -> dict[str, str]:
    shell = _shell("npm", "mkdocs", "pip")
    node = {**shell, "src/dist/index.html": b"<html/>"}
    python = {**shell, "site/index.html": b"<html/>", "install/bin/gunicorn": b"#!/usr/bin/python3\n"}
    pushed = {
        "docker/dockerfile:1": registry.push("docker/dockerfile", "1"),
        "node:10-alpine": registry.push("library/node", "10-alpine", files=node),
        "python:3.6-slim": registry.push("library/python", "3.6-slim", media=DOCKER, files=python),
        "nginx:latest": registry.push("nginx", "latest", files={"etc/nginx/nginx.conf": b""}),
        "nginx:1.14": registry.push("library/nginx", "1.14", media=DOCKER, files={"etc/nginx/mime.types": b"types {}"}),
        "tools/dockerize:latest": registry.push("tools/dockerize", "latest", ("linux/amd64",), OCI, {"dockerize": b"#!"}),
    }
    return {f"<<{name}>>": digest.removeprefix("sha256:") for name, digest in pushed.items()}


def _shell(*programs: str) -> dict[str, bytes]:
    """This machine's shell with the libraries it needs, and programs that do nothing."""
    said = subprocess.run(["ldd", "/bin/sh"], capture_output=True, text=True, check=True).stdout
    files = {path.strip("/"): Path(path).read_bytes() for path in ("/bin/sh", *re.findall(r"/\S+", said))}
    return files | {f"bin/{name}": b"#!/bin/sh\necho done\n" for name in programs}


def _npm(registry: verdaccio.Verdaccio) -> dict[str, str]:
    packages = {
        "@shop/theme@2.0.3": registry.publish("@shop/theme", "2.0.3"),
        "express@4.16.4": registry.publish("express", "4.16.4", dependencies={"ms": "2.0.0"}),
        "ms@2.0.0": registry.publish("ms", "2.0.0"),
        "ms@2.1.1": registry.publish("ms", "2.1.1"),
        "gulp@3.9.1": registry.publish("gulp", "3.9.1", integrity=False),
        "jade@1.11.0": registry.publish("jade", "1.11.0", dependencies={"ms": "2.1.1"}),
        "semver@5.7.1": registry.publish("semver", "5.7.1"),
        "other bytes": b"other bytes",
    }
    return {
        f"<<{algorithm} {name}>>": base64.b64encode(hashlib.new(algorithm, data).digest()).decode()
        for name, data in packages.items()
        for algorithm in ("sha1", "sha512")
    }


def _maven(repository: maven_repository.MavenRepository, folder: Path) -> dict[str, str]:
    wrapped = maven_repository.archive("apache-maven-3.6.3/bin/mvn", "#!/bin/sh\n")
    repository.put(_WRAPPED, wrapped, "sha512")
    repository.publish("com.shop:shop-parent", "1.0", "1.4", "2.0", pom=True)
    repository.publish("com.pdf:pdf-writer", "5.5", "5.5.13", "6.1")
    repository.publish("org.json:jackson", "2.8.0", "2.9.3", latest="2.9.3", release="2.9.3")
    repository.publish("com.shop:shop-model", "3.0", "3.1", "3.2-SNAPSHOT", latest="3.2-SNAPSHOT", release="3.1")
    repository.publish("com.shop:ledger", "0.3-SNAPSHOT", latest="0.3-SNAPSHOT")
    repository.publish("junit:junit", "4.12", "4.13")
    repository.publish("org.codehaus.plexus:plexus-utils", "1.1")  # Maven gives it to every plugin
    _plugin(repository, folder)
    return {"<<sha256 apache-maven-3.6.3-bin.zip>>": hashlib.sha256(wrapped).hexdigest()}


def _plugin(repository: maven_repository.MavenRepository, folder: Path) -> None:
    """A plugin whose only goal makes Maven resolve what a project depends on."""
    need("javac")
    jars = ":".join(glob.glob("/usr/share/maven/lib/*.jar") + glob.glob("/opt/maven/lib/*.jar"))
    source = Path(__file__).parent.parent / "java/Resolve.java"
    subprocess.run(["javac", "-nowarn", "-d", str(folder), "-cp", jars, str(source)], check=True, capture_output=True)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as jar:
        jar.write(folder / "com/shop/Resolve.class", "com/shop/Resolve.class")
        jar.writestr("META-INF/maven/plugin.xml", f"<plugin>{_PLUGIN}<mojos><mojo>{_GOAL}</mojo></mojos></plugin>")
    pom = f"<project><modelVersion>4.0.0</modelVersion>{_PLUGIN}<packaging>maven-plugin</packaging></project>"
    for end, data in (("jar", packed.getvalue()), ("pom", pom.encode())):
        repository.put(f"com/shop/resolve-maven-plugin/1/resolve-maven-plugin-1.{end}", data, "sha1")


def _charts(repository: helm_repository.ChartRepository, folder: Path) -> dict[str, str]:
    """The digest of charts/shop/Chart.lock is from before a condition was added; newer charts came after it, too."""
    repository.publish("redis", "9.0.0", "9.5.5", "10.5.3")
    repository.publish("postgresql", "8.1.0")
    shop, mail = (
        (Path(__file__).parent.parent / f"legacy/before/charts/{name}/Chart.yaml").read_text() for name in ("shop", "mail")
    )
    charts = {"shop before": shop.replace("      condition: postgresql.enabled\n", ""), "shop after": shop, "mail": mail}
    digests = {}
    for name, text in charts.items():
        chart = folder / "locked" / name
        chart.mkdir(parents=True)
        (chart / "Chart.yaml").write_text(text.replace("https://charts.example", repository.url))
        repository.helm.registry.dependency_update(chart)
        digests[f"<<digest of {name}>>"] = (chart / "Chart.lock").read_text().partition("sha256:")[2][:64]
    repository.publish("redis", "10.5.7", "10.6.0")
    repository.publish("postgresql", "8.9.0")
    return digests


def _git(host: git_http.GitHost) -> dict[str, str]:
    commits = {}
    for name, ref in (("shoplib", "v1.2"), ("reports", "master")):
        tree = host.repository(f"{name}.git")
        (tree / "pyproject.toml").write_text(_SETUP.format(name=name))
        (tree / "build.py").write_text(_BACKEND.format(name=name))
        commits[f"<<{name} {ref}>>"] = host.commit(tree, ref)
        git_http.git(tree, *(("tag", "-a", "-m", "signed off") if ref == "v1.2" else ("branch",)), ref)
        host.commit(tree, "since then")
    return commits
