"""Images pinned against real registries. The consumers judge: skopeo names the digest, buildah builds it, git applies the diff."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from conftest import need
from servers import registry as servers
from servers.registry import DOCKER, PASSWORD, USER, Registry

from pinlint.config import Policy
from pinlint.discover import Found
from pinlint.ecosystems.oci.registry import Registry as Resolving
from pinlint.fix.mend import mend
from pinlint.formats import FORMATS
from pinlint.http import Client

SECRETS = (PASSWORD, base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode())
DOCKERFILE = next(format_ for format_ in FORMATS if format_.name == "dockerfile")


class Ran(NamedTuple):
    """What a run of pinlint left: exit code, both streams. No secret is in them."""

    code: int
    out: str
    err: str


class Project:
    """A repository with a home directory of its own."""

    def __init__(self, folder: Path) -> None:
        self.home, self.folder = folder / "home", folder / "project"
        self.home.mkdir()
        self.folder.mkdir()
        self.environment = servers.environment(HOME=str(self.home), COLUMNS="4000")
        subprocess.run(["git", "init", "-q", self.folder], check=True)

    def write(self, text: str | bytes, name: str = "Dockerfile") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def text(self, name: str = "Dockerfile") -> str:
        return (self.folder / name).read_bytes().decode()

    def run(self, *arguments: str, where: str = ".") -> Ran:
        command = [sys.executable, "-m", "pinlint", *arguments]
        done = subprocess.run(
            command, cwd=self.folder / where, env=self.environment, capture_output=True, text=True, errors="replace", check=False
        )
        assert not any(secret in done.stdout + done.stderr for secret in SECRETS)
        assert "Traceback" not in done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    def login(self, host: str, password: str = PASSWORD) -> None:
        (self.home / ".docker").mkdir(exist_ok=True)
        auth = base64.b64encode(f"{USER}:{password}".encode()).decode()
        (self.home / ".docker/config.json").write_text(json.dumps({"auths": {host: {"auth": auth}}}))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry without any hurdle. team/app is an OCI index, team/tools a Docker list, team/single one image alone."""
    need("docker-registry", "skopeo")
    with servers.registry(tmp_path_factory.mktemp("plain")) as made:
        made.push("team/app", "1")
        made.push("team/app", "latest")
        made.push("team/tools", "2", media=DOCKER)
        made.push("team/tools", "latest", ("linux/amd64", "linux/arm/v6"), media=DOCKER)
        made.push("team/single", "3", ("linux/amd64",))
        made.push("docker/dockerfile", "1")
        made.push("library/python", "3.12-slim")
        made.push("acme/base", "1")
        yield made


def told(image: str, *options: str) -> str:
    """The digest by skopeo and nothing of ours."""
    command = ["skopeo", "inspect", "--raw", *(options or ("--tls-verify=false",)), f"docker://{image}"]
    raw = subprocess.run(command, capture_output=True, check=True, env=servers.environment()).stdout
    return "sha256:" + hashlib.sha256(raw).hexdigest()


EVERY_PLACE = """\
# syntax=HOST/docker/dockerfile:1
ARG TAG=1
ARG BASE="HOST/team/tools"
ARG TWICE=latest
FROM HOST/team/app:${TAG} AS build
from   --platform=linux/arm64 \\
    HOST/team/app:1\tas arm # no comment
FROM HOST/team/app AS floating
RUN --mount=type=bind,from=HOST/team/tools:2,target=/t --network=none true
COPY --link --from=HOST/team/single:3 /data /data
COPY --from=build /data /more
ONBUILD COPY --from=HOST/team/tools:2 /data /x
FROM HOST/team/app:$TWICE
FROM HOST/team/tools:${TWICE}
FROM "HOST/team/single:3"
FROM $BASE AS last
"""


def test_every_place_gets_the_digest_of_the_index(plain: Registry, project: Project) -> None:
    host = plain.host
    text = EVERY_PLACE.replace("HOST", host).replace(" # no comment", "")
    project.write(text)
    ran = project.run("--fix")
    app, tools, newest = (told(f"{host}/team/{name}") for name in ("app:1", "tools:2", "tools:latest"))
    single, syntax, floating = (told(f"{host}/{name}") for name in ("team/single:3", "docker/dockerfile:1", "team/app:latest"))
    wanted = text.replace("dockerfile:1", f"dockerfile:1@{syntax}").replace("ARG TAG=1", f"ARG TAG=1@{app}")
    wanted = wanted.replace('team/tools"', f'team/tools:latest@{newest}"').replace("app:1\tas", f"app:1@{app}\tas")
    wanted = wanted.replace("app AS floating", f"app:latest@{floating} AS floating").replace("tools:2", f"tools:2@{tools}")
    wanted = wanted.replace("single:3", f"single:3@{single}")
    assert project.text() == wanted
    assert ran.code == 1
    assert "Fixed 9 in 1 file\n" in ran.out
    assert "2 × ARG TWICE feeds 2 places: pin each image where it is named" in ran.out
    assert "\r" not in ran.err
    again = project.run("--fix")
    assert project.text() == wanted
    assert "Fixed" not in again.out.replace("Not fixed", "")


def test_short_names_stay_short(plain: Registry, tmp_path: Path) -> None:
    """Docker Hub under its own name, answered by a registry here."""

    class Forwarded(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            assert (request.url.scheme, request.url.host) == ("https", "registry-1.docker.io")
            return super().handle_request(
                httpx.Request(request.method, f"http://{plain.host}{request.url.path}", headers=request.headers)
            )

    (tmp_path / "Dockerfile").write_text("FROM python:3.12-slim\nCOPY --from=docker.io/acme/base:1 /data /\n")
    transport = Forwarded()
    client = Client(transport=transport)
    resolving = Resolving(client, lambda _: None)
    found = [Found(str(tmp_path), [("Dockerfile", DOCKERFILE)])]
    mend(found, lambda _: Policy(), resolving.resolve, (), unsafe=False, write=True)
    transport.close()
    python, base = told(f"{plain.host}/library/python:3.12-slim"), told(f"{plain.host}/acme/base:1")
    wanted = f"FROM python:3.12-slim@{python}\nCOPY --from=docker.io/acme/base:1@{base} /data /\n"
    assert (tmp_path / "Dockerfile").read_text() == wanted


def test_a_list_of_docker_is_not_cut_down_to_one_platform(plain: Registry, project: Project) -> None:
    """Which this registry does for whoever does not ask for lists."""
    project.write(f"FROM {plain.host}/team/tools:2\n")
    assert project.run("--fix").code == 0
    alone = httpx.get(
        f"http://{plain.host}/v2/team/tools/manifests/2", headers={"Accept": DOCKER["manifest"]}, trust_env=False
    )  # fmt: skip
    written = project.text().strip().rpartition("@")[2]
    assert written == told(f"{plain.host}/team/tools:2")
    assert written != alone.headers["docker-content-digest"]


# Who may pull


def test_a_password_of_docker_is_used(tmp_path: Path, project: Project) -> None:
    need("docker-registry", "htpasswd")
    with servers.registry(tmp_path / "registry", servers.basic(tmp_path / "registry")) as made:
        digest = made.push("team/app", "1")
        line = f"FROM {made.host}/team/app:1"
        project.write(f"{line}\n")
        for password in ("", "wrong-s3cret"):
            if password:
                project.login(made.host, password)
            ran = project.run("--fix")
            assert project.text() == f"{line}\n"
            assert ran.code == 1
            assert f"401, {'the credential for it was refused' if password else 'no such image, or not logged in'}" in ran.out
            assert f"(docker login {made.host})" in ran.out
            assert "wrong-s3cret" not in ran.out + ran.err
        project.login(made.host)
        assert project.run("--fix").code == 0
        assert project.text() == f"{line}@{digest}\n"


def test_tokens_are_fetched_where_the_registry_says(tmp_path: Path, project: Project) -> None:
    need("docker-registry", "openssl")
    with (
        servers.bearer(tmp_path / "tokens") as (section, tokens),
        servers.registry(tmp_path / "registry", section) as made,
    ):
        public, private = made.push("public/app", "1"), made.push("team/app", "1")
        project.write(f"FROM {made.host}/public/app:1\nFROM {made.host}/team/app:1\n")
        ran = project.run("--fix")
        assert project.text() == f"FROM {made.host}/public/app:1@{public}\nFROM {made.host}/team/app:1\n"
        assert "1 × the registry answers 401, no such image, or not logged in" in ran.out
        project.login(made.host, "wrong-s3cret")
        assert "401, the credential for it was refused" in project.run("--fix").out
        project.login(made.host)
        tokens.asked.clear()
        assert project.run("--fix").code == 0
        assert project.text().endswith(f"/team/app:1@{private}\n")
        assert len(tokens.asked) == 1


@pytest.mark.parametrize("way", ["SSL_CERT_FILE", "docker", "containers"])
def test_a_private_authority(tmp_path: Path, project: Project, way: str) -> None:
    need("docker-registry", "openssl")
    (tmp_path / "tls").mkdir()
    certificate = servers.authority(tmp_path / "tls", "IP:127.0.0.1")
    with servers.registry(tmp_path / "registry", certificate=certificate) as made:
        digest = made.push("team/app", "1")
        project.write(f"FROM {made.host}/team/app:1\n")
        ran = project.run("--fix")
        assert "its certificate is not trusted, self-signed certificate (SSL_CERT_FILE can name your own CA)" in ran.out
        assert (project.text(), ran.code) == (f"FROM {made.host}/team/app:1\n", 1)
        if way == "SSL_CERT_FILE":
            project.environment[way] = str(certificate[1])
        else:
            folder = project.home / ".config" / way / "certs.d" / made.host
            folder.mkdir(parents=True)
            (folder / "ca.crt").write_bytes(certificate[1].read_bytes())
        assert project.run("--fix").code == 0
        assert project.text() == f"FROM {made.host}/team/app:1@{digest}\n"


def test_a_cache_before_a_registry(plain: Registry, tmp_path: Path, project: Project) -> None:
    """The digest is the one behind it, and the name of the cache stays."""
    with servers.registry(tmp_path / "cache", f"proxy: {{remoteurl: 'http://{plain.host}'}}\n") as cache:
        project.write(f"FROM {cache.host}/team/tools:2\nFROM {cache.host}/team/none:1\n")
        assert "the registry knows no such image or tag" in project.run("--fix").out
        assert (
            project.text()
            == f"FROM {cache.host}/team/tools:2@{told(f'{plain.host}/team/tools:2')}\nFROM {cache.host}/team/none:1\n"
        )


@pytest.mark.parametrize("way", ["podman", "docker"])
def test_a_mirror_of_the_users_own_configuration(plain: Registry, tmp_path: Path, project: Project, way: str) -> None:
    """A cache stands in for docker.io; skopeo, which reads the same configuration, sees the same digest. A repository's own files
    of those names are not read."""
    podman = '[[registry]]\nlocation = "docker.io"\n[[registry.mirror]]\nlocation = "HOST"\ninsecure = true\n'
    docker = '{"registry-mirrors": ["http://HOST"]}'
    written = {"podman": (".config/containers/registries.conf", podman), "docker": (".config/docker/daemon.json", docker)}
    path, text = written[way]
    with servers.registry(tmp_path / "cache", f"proxy: {{remoteurl: 'http://{plain.host}'}}\n") as cache:
        project.environment["HTTPS_PROXY"] = "http://127.0.0.1:9"  # docker.io itself is out of reach
        project.write("FROM python:3.12-slim\n")
        for name in (path, path.rpartition("/")[2]):
            project.write(text.replace("HOST", cache.host), name)
        assert "Nobody could be reached (the proxy 127.0.0.1:9)" in project.run("--fix").out
        (project.home / path).parent.mkdir(parents=True)
        (project.home / path).write_text(text.replace("HOST", cache.host))
        assert project.run("--fix").code == 0
        digest = project.text().strip().rpartition("@")[2]
        assert project.text() == f"FROM python:3.12-slim@{digest}\n"
        assert digest == told(f"{plain.host}/library/python:3.12-slim")
        if way == "podman":
            command = ["skopeo", "inspect", "--raw", "docker://docker.io/library/python:3.12-slim"]
            raw = subprocess.run(command, capture_output=True, check=True, env=project.environment).stdout
            assert digest == "sha256:" + hashlib.sha256(raw).hexdigest()


def test_a_mirror_is_logged_in_to_under_its_own_name(plain: Registry, tmp_path: Path, project: Project) -> None:
    need("docker-registry", "htpasswd")
    with servers.registry(tmp_path / "mirror", servers.basic(tmp_path / "mirror")) as mirror:
        digest = mirror.push("hub/library/python", "3.12-slim")
        (project.home / ".config/containers").mkdir(parents=True)
        (project.home / ".config/containers/registries.conf").write_text(
            f'[[registry]]\nlocation = "docker.io"\n[[registry.mirror]]\nlocation = "{mirror.host}/hub"\n'
        )
        project.environment["HTTPS_PROXY"] = "http://127.0.0.1:9"
        project.write("FROM python:3.12-slim\n")
        project.login("docker.io")
        why = "the registry answers 401, no such image, or not logged in"
        assert why in " ".join(project.run("--fix").out.split())
        project.login(mirror.host)
        assert project.run("--fix").code == 0
        assert project.text() == f"FROM python:3.12-slim@{digest}\n"


def test_who_speaks_for_another_host_hears_no_password(plain: Registry, project: Project) -> None:
    """The password is bound to one registry, a hostile Dockerfile names another."""
    from servers.stub import Answer, stub

    with stub() as server:
        server.answer = lambda _: Answer(401, (("WWW-Authenticate", 'Basic realm="registry"'),))
        project.login(plain.host)
        project.write(f"FROM {server.host}/team/app:1\n")
        assert "401, no such image, or not logged in" in project.run("--fix").out
        assert server.asked
        assert not any("authorization" in one.headers for one in server.asked)


# What is shown


def test_a_diff_is_what_a_fix_writes(plain: Registry, project: Project) -> None:
    host = plain.host
    texts = {
        "Dockerfile": f"FROM {host}/team/app:1",
        "a b/Dockerfile": f"FROM {host}/team/app:1\n",
        'q"\\\t\xe9/Dockerfile': f"FROM {host}/team/app\n#\xe9\n",
        "sub/crlf.Dockerfile": f"FROM {host}/team/app:1\r\nRUN x\r\n",
        "sub/bom.Dockerfile": f"\ufeffFROM {host}/team/app:1\n\n\n\n\n\nCOPY --from={host}/team/single:3 . .\n",
    }
    names = list(texts)
    for name, text in texts.items():
        project.write(text, name)
    project.write(f"FROM {host}/team/app:1\n# caf\xe9\n".encode("latin-1"), "latin/Dockerfile")
    names.append("latin/Dockerfile")
    before = [(project.folder / name).read_bytes() for name in names]
    for where in (".", "sub"):
        diff = project.run("--diff", "..", where=where) if where != "." else project.run("--diff")
        assert diff.code == 1
        assert [(project.folder / name).read_bytes() for name in names] == before
        assert diff.out.startswith("diff --git ")
        assert "Would fix 7 in 6 files" in diff.err
    raw = subprocess.run(
        [sys.executable, "-m", "pinlint", "--diff"], cwd=project.folder, env=project.environment, capture_output=True, check=False
    ).stdout
    command = ["git", "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn"]
    subprocess.run(command, cwd=project.folder, input=raw, check=True)
    applied = [(project.folder / name).read_bytes() for name in names]
    assert applied != before
    for name, data in zip(names, before, strict=True):
        (project.folder / name).write_bytes(data)
    from_below = subprocess.run(
        [sys.executable, "-m", "pinlint", "--diff", ".."], cwd=project.folder / "sub", env=project.environment, capture_output=True,
        check=False,
    ).stdout  # fmt: skip
    assert from_below == raw
    assert project.run("--fix").code == 0
    assert [(project.folder / name).read_bytes() for name in names] == applied
    nothing = project.run("--diff")
    assert (nothing.code, nothing.out, nothing.err) == (0, "", "nothing to fix\n")


def test_exit_codes_and_selection(plain: Registry, project: Project) -> None:
    host = plain.host
    text = f"FROM {host}/team/app:1\nFROM {host}/team/app\nFROM {host}/team/none:1\n"
    project.write(text)
    assert project.run("--fix", "--fix-only", "PIN001").code == 1
    assert project.text().count("@sha256:") == 1
    assert project.text().startswith(f"FROM {host}/team/app:1\n")
    left = project.run("--fix")
    assert left.code == 1
    assert "1 × the registry knows no such image or tag" in left.out
    assert project.run("--fix", "--exit-zero").code == 0
    assert project.run("--fix", "--fix-only", "NOPE").code == 2
    assert project.run("--diff", "--ignore", "PIN003").code == 0


def test_a_file_that_cannot_be_written_is_a_reason(plain: Registry, project: Project) -> None:
    path = project.write(f"FROM {plain.host}/team/app:1\n")
    path.chmod(0o444)
    ran = project.run("--fix")
    assert ran.code == 1
    assert "Not fixed 1\n  1 × it is read-only\n      Dockerfile:1  " in ran.out
    assert project.text() == f"FROM {plain.host}/team/app:1\n"


# Who builds it


@pytest.mark.slow
def test_buildah_builds_what_was_written_and_refuses_another_digest(plain: Registry, project: Project) -> None:
    need("buildah")
    host = plain.host
    project.write(
        f"ARG BASE={host}/team/app:1\nFROM {host}/team/tools:2 AS first\nFROM ${{BASE}}\nCOPY --from=first /data /first\n"
        f"COPY --from={host}/team/single:3 /etc/image /single\n"
    )
    (project.home / "policy.json").write_text('{"default": [{"type": "insecureAcceptAnything"}]}')

    def build() -> subprocess.CompletedProcess[str]:
        storage = ["--storage-driver", "vfs", "--root", str(project.home / "root"), "--runroot", str(project.home / "run")]
        options = [
            "--isolation",
            "chroot",
            "--tls-verify=false",
            "--pull-always",
            "--signature-policy",
            str(project.home / "policy.json"),
        ]
        command = ["buildah", *storage, "bud", *options, "-t", "built", "."]
        return subprocess.run(command, cwd=project.folder, env=project.environment, capture_output=True, text=True, check=False)

    before = build()
    assert before.returncode == 0, before.stderr
    assert project.run("--fix").code == 0
    assert project.text().count("@sha256:") == 3
    after = build()
    assert after.returncode == 0, after.stderr
    for place in re.finditer("@sha256:(.)", project.text()):
        right = project.text()
        wrong = right[: place.start(1)] + ("0" if place[1] != "0" else "1") + right[place.end(1) :]
        project.write(wrong)
        refused = build()
        assert refused.returncode != 0
        assert wrong[place.start() : place.end(0) + 63] in refused.stderr
        project.write(right)
