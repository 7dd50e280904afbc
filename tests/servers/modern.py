"""Everything that the repository of tests/modern asks for, on the servers that its people would have, and a user who knows these.

Files name hosts under .example and hold `<<nginx:1.27>>` where a digest or commit depends on the run: see `servers.legacy`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from conftest import need

from servers import git_http, helm_repository
from servers import registry as images
from servers.legacy import Names
from servers.registry import DOCKER, OCI
from servers.stub import Answer, Asked, Stub, stub

__all__ = ["IMAGES", "World", "running"]

#: By the registry that the files name; everything else is one registry here.
IMAGES = {
    "docker.io": (
        "library/node:20-bookworm", "library/node:22-bookworm", "library/postgres:16.4-alpine", "library/redis:7",
        "library/redis:latest", "library/nginx:1.27", "library/busybox:latest", "library/busybox:1.36.1",
        "library/opensearch:2.17.0", "library/rabbitmq:3.13", "library/traefik:v3.1", "hadolint/hadolint:latest",
        "library/postgres:latest", "cimg/node:20.17", "plugins/slack:latest", "koalaman/shellcheck:v0.10.0",
    ),
    "ghcr.io": (
        "acme/reporter:3", "acme/worker:4.2", "acme/reloader:1.0", "acme/busybox:1.36.1", "acme/shop:2.4", "acme/exporter:v0.15.0",
        "acme/policies:1.4", "devcontainers/features/docker-in-docker:2",
    ),
    "gcr.io": ("cloud-builders/docker:latest", "buildpacks/builder:v1"),
    "mcr.example": ("playwright:v1.47.0-noble", "devcontainers/javascript-node:1-20"),
}  # fmt: skip
#: The tags and branches of each repository; each ref is a commit of its own unless "=" names the one it shares.
_REPOSITORIES = {
    "actions/checkout": ("v4", "v4.2.2=v4"),
    "actions/setup-node": ("v4.0.3", "v4", "v4.1.0=v4"),
    "actions/cache": ("v4", "v4.0=v4", "v4.0.2=v4"),
    "acme/lint": ("v1.4.2", "v1=v1.4.2"),
    "acme/toolbox": ("v0.1.0",),
    "acme/both": ("v2", "branch:v2"),
    "acme/workflows": ("v1", "v1.2.0=v1"),
    "platform/ci": ("v2.1.0",),
    "platform/deploy": (),
    "platform/scanner": ("1.2.0", "1.3.0"),
    "platform/monitoring": ("v0.9.1",),
    "platform/quota": (),
    "platform/skaffold": ("v1",),
    "platform/conf.git": ("v3",),
    "hooks/tidy": ("v1.3.0",),
    "hooks/spell": ("v2.0", "v3.0"),
    "hooks/edge": (),
}
_HOOKS = "- {{id: {name}, name: {name}, language: system, entry: echo {name} ran, pass_filenames: false}}\n"
_OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n"
_ORBS = {"circleci/node@5.1": "5.1.3", "circleci/slack@4": "4.13.3", "acme/deploy@volatile": "0.4.1"}
_SECRETS = b"secrets:\n  image: $CI_REGISTRY_IMAGE\n  script: [scan]\n"


class World(NamedTuple):
    """The servers; `names` has what a placeholder of tests/modern stands for, `environment` is the user's."""

    images: images.Registry
    charts: helm_repository.ChartRepository
    git: git_http.GitHost
    web: Stub
    names: Names
    environment: dict[str, str]


@contextmanager
def running(folder: Path) -> Iterator[World]:
    """The world, with a registry of images, a host of git, one of charts, and one that answers for a web server and CircleCI."""
    need("docker-registry", "git")
    with ExitStack() as stack:
        home = folder / "home"
        home.mkdir(parents=True)
        oci = stack.enter_context(images.registry(folder / "images"))
        charts = stack.enter_context(helm_repository.running(folder / "charts"))
        git = stack.enter_context(git_http.running(folder / "git"))
        web = stack.enter_context(stub())
        web.answer = _page
        names = Names({
            "https://charts.example": charts.url, "https://git.example": git.url, "https://ci.example": web.url,
            "git.example": git.url[7:],
        })  # fmt: skip
        names.update(_pushed(oci) | _committed(git))
        names["<<integrity of secrets.yml>>"] = base64.b64encode(hashlib.sha256(_SECRETS).digest()).decode()
        charts.publish("redis", "18.0.0", "19.5.0", "19.5.5", "19.6.1", "20.0.0")
        charts.publish("rabbitmq", "14.7.0", "15.0.0-rc.1")
        charts.publish("postgresql", "15.5.0", "15.5.1")
        yield World(oci, charts, git, web, names, _user(home, oci.host, git.url, web.url))


def _user(home: Path, registry: str, git: str, web: str) -> dict[str, str]:
    """Somebody whose company mirrors every registry and runs its own servers of git."""
    (home / ".config/containers").mkdir(parents=True)
    mirrored = 'unqualified-search-registries = ["docker.io"]\n'
    for name in IMAGES:
        mirrored += f'[[registry]]\nlocation = "{name}"\n[[registry.mirror]]\nlocation = "{registry}/{name}"\ninsecure = true\n'
    (home / ".config/containers/registries.conf").write_text(mirrored)
    path = os.pathsep.join((os.path.dirname(sys.executable), os.environ.get("PATH", "")))
    kept = {name: os.environ[name] for name in ("LANG", "SSL_CERT_FILE") if name in os.environ}
    known = {"GITHUB_SERVER_URL": git, "CI_SERVER_URL": git, "CIRCLECI_CLI_HOST": web}
    return {**kept, **known, "PATH": path, "HOME": str(home), "XDG_CONFIG_DIRS": str(home / "none"), "GIT_CONFIG_NOSYSTEM": "1"}


def _pushed(registry: images.Registry) -> dict[str, str]:
    digests = {}
    for host, names in IMAGES.items():
        for number, name in enumerate(names):
            repository, _, tag = name.partition(":")
            pushed = registry.push(f"{host}/{repository}", tag, media=DOCKER if number % 2 else OCI)
            digests[f"<<{name.removeprefix('library/')}>>"] = pushed.removeprefix("sha256:")
    return digests


def _committed(host: git_http.GitHost) -> dict[str, str]:
    commits = {}
    for name, refs in _REPOSITORIES.items():
        tree = host.repository(name)
        kind = name.rpartition("/")[2]
        if name.startswith("hooks/"):
            (tree / ".pre-commit-hooks.yaml").write_text(_HOOKS.format(name="tidy" if kind == "edge" else kind))
        if kind in ("monitoring", "quota"):
            (tree / "base").mkdir()
            (tree / "base/kustomization.yaml").write_text("resources: [object.yaml]\n")
            (tree / "base/object.yaml").write_text(_OBJECT.format(name=kind))
        for ref in refs:
            tag, _, same = ref.partition("=")
            if tag.startswith("branch:"):
                git_http.git(tree, "branch", tag.removeprefix("branch:"))
            elif same:
                git_http.git(tree, "tag", tag, f"{same}^{{}}")
            else:
                commits[f"<<{name} {tag}>>"] = host.commit(tree, f"{name} {tag}")
                git_http.git(tree, *(("tag", "-a", "-m", "released") if "." in tag and kind != "tidy" else ("tag",)), tag)
        commits[f"<<{name} main>>"] = host.commit(tree, f"{name} since then")
    return commits


def _page(asked: Asked) -> Answer:
    if asked.path == "/secrets.yml":
        return Answer(200, body=_SECRETS)
    if asked.path == "/graphql-unstable" and asked.method == "POST":
        found = _ORBS.get(json.loads(asked.body)["variables"]["ref"])
        body = {"data": {"orbVersion": {"version": found} if found else None}}
        return Answer(200, (("Content-Type", "application/json"),), json.dumps(body).encode())
    return Answer(404)
