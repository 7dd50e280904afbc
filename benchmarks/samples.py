"""What the benchmarks read: repositories of plausible content, the same for every run, and what there is to see in them.

Knows what the files look like; must not know how they are measured.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from typing import NamedTuple

from manifests_sample import deployment, resource_definition, something_else
from npm_lock_sample import make_lock

__all__ = [
    "DIGEST", "WORKFLOW", "Holds", "dockerfiles", "five_formats", "images", "long_requirements", "long_run", "manifests",
    "many_stages", "npm_lock", "repository", "resource_definitions", "unconcerned", "write",
]  # fmt: skip

DIGEST = "sha256:" + "5f" * 32

#: About as long as most are (half of the workflows of popular repositories have more than fifty lines).
WORKFLOW = """\
name: ci
on: [push]
permissions: {}
jobs:
  test:
    name: test
    runs-on: ubuntu-24.04
    permissions:
      contents: read
    strategy:
      fail-fast: false
      matrix:
        python: ["3.11", "3.12", "3.13", "3.14"]
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with:
          persist-credentials: false
      - uses: actions/setup-python@0b93645e9fea7318ecaed2b359559ac225c90a2b # v5.3.0
        with:
          python-version: ${{ matrix.python }}
      - name: install
        run: python -m pip install -e . -r .ci/requirements/test.txt
      - name: test
        run: make test
      - uses: actions/upload-artifact@6f51ac03b9356f520e9adb1b1b7802705f340c2b # v4.5.0
        if: failure()
        with:
          name: reports-${{ matrix.python }}
          path: reports/
  lint:
    name: lint
    runs-on: ubuntu-24.04
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with:
          persist-credentials: false
      - uses: actions/setup-python@0b93645e9fea7318ecaed2b359559ac225c90a2b # v5.3.0
        with:
          python-version: "3.13"
      - name: lint
        run: |
          make lint
          git diff --exit-code
"""
_POM = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>example.shop</groupId>
  <artifactId>orders</artifactId>
  <version>1.4.0</version>
  <properties>
    <jackson.version>2.17.2</jackson.version>
  </properties>
  <dependencies>
    <dependency>
      <groupId>com.fasterxml.jackson.core</groupId>
      <artifactId>jackson-databind</artifactId>
      <version>${jackson.version}</version>
    </dependency>
  </dependencies>
</project>
"""
_CHART = """\
apiVersion: v2
name: shop
version: 1.0.0
dependencies:
  - name: redis
    version: 21.2.0
    repository: https://charts.example/stable
"""
#: The digest is the one that Helm computes from the dependencies of both files.
_CHART_LOCK = """\
dependencies:
- name: redis
  repository: https://charts.example/stable
  version: 21.2.0
digest: sha256:16f21ae5addc7d23f8260f3af248b6332a68b4320c32d68724cb7d72812e536f
generated: "2025-01-02T03:04:05Z"
"""
_IMAGES = ("python:3.12-slim", "node:22-bookworm", "golang:1.23", "eclipse-temurin:21-jre", "debian:12", "ghcr.io/example/base:4.1")
_COMMANDS = (
    "apt-get update", "apt-get install -y --no-install-recommends ca-certificates curl git", "rm -rf /var/lib/apt/lists/*",
    'pip install --no-cache-dir "wheel==0.44.0"', "npm ci --omit=dev", "go build -trimpath -o /out/server ./cmd/server",
    "mkdir -p /srv/app/data /srv/app/cache", "chown -R app:app /srv/app", 'echo "export PATH=$PATH:/srv/app/bin" >> /etc/profile',
    "useradd --system --home /srv/app app", "ln -sf /dev/stdout /var/log/app.log", 'test -n "$VERSION"',
    'for name in one two three; do install -m 0755 "scripts/$name" /usr/local/bin/; done', "make -j4 install",
)  # fmt: skip


class Holds(NamedTuple):
    """What there is to see: files that are judged, references in them, and findings."""

    files: int
    references: int
    findings: int


def write(folder: str, path: str, text: str) -> str:
    """The path of the file written, with the directories above it."""
    full = os.path.join(folder, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "w", encoding="utf-8") as file:
        file.write(text)
    return full


def repository(folder: str) -> str:
    """An empty git repository."""
    os.makedirs(folder, exist_ok=True)
    subprocess.run(["git", "init", "-q", folder], check=True)
    return folder


def five_formats(folder: str) -> tuple[list[str], Holds]:
    """A small clean file of each of five formats."""
    write(folder, "chart/Chart.lock", _CHART_LOCK)
    files = {
        "Dockerfile": f"FROM python:3.12@{DIGEST}\nCOPY . /srv/app\nRUN pip install --no-cache-dir /srv/app\n",
        "package-lock.json": make_lock(2_000),
        "requirements.txt": "requests==2.32.3\nurllib3==2.2.2\ncertifi==2024.7.4\n",
        "pom.xml": _POM,
        "chart/Chart.yaml": _CHART,
    }
    for path, text in files.items():
        write(folder, path, text)
    return list(files), Holds(5, 1 + files["package-lock.json"].count('"resolved"') + 3 + 1 + 1, 0)


def dockerfiles(folder: str, count: int) -> tuple[list[str], Holds]:
    """Dockerfiles with one to three stages, of which about one base image in four has a digest."""
    choose = random.Random(2500)
    paths, references, findings = [], 0, 0
    for number in range(count):
        lines, seen, found = _dockerfile(choose)
        path = f"team-{number % 25}/service-{number}/Dockerfile"
        write(folder, path, "\n".join(lines) + "\n")
        paths.append(path)
        references += seen
        findings += found
    return paths, Holds(count, references, findings)


def _dockerfile(choose: random.Random) -> tuple[list[str], int, int]:
    """The lines of a Dockerfile, its references and its findings."""
    lines = [f"# Service {choose.randrange(10**6)}, built in stages.", "ARG VERSION=1.0"]
    stages, findings, copied = choose.randint(1, 3), 0, 0
    for stage in range(stages):
        pinned = choose.random() < 0.25
        findings += not pinned
        lines += [f"FROM {choose.choice(_IMAGES)}{'@' + DIGEST if pinned else ''} AS stage{stage}", "ARG VERSION"]
        lines.append(f'ENV MODE=production LEVEL="{stage}" RELEASE=$VERSION')
        for _ in range(choose.randint(1, 3)):
            commands = [choose.choice(_COMMANDS) for _ in range(choose.randint(2, 8))]
            lines += ["RUN " + " \\\n    && ".join(commands)]
        lines.append("COPY --chown=app:app package.json requirements.txt ./")
        for earlier in range(stage):
            lines.append(f"COPY --from=stage{earlier} /srv/app/out /srv/app/out{earlier}")
            copied += 1
    lines += ["EXPOSE 8080", "USER app", "HEALTHCHECK CMD curl -f http://localhost:8080/health", 'CMD ["server", "--port", "8080"]']
    return lines, stages + copied, findings


def images(registry: str, count: int, different: int, first: int = 0) -> str:
    """A Dockerfile of `count` stages, each from one of so many `different` images of a registry, beginning with number `first`."""
    return "".join(f"FROM {registry}/team/image-{n % different}:1.{n % different}\n" for n in range(first, first + count))


def many_stages(count: int) -> tuple[str, Holds]:
    """A Dockerfile of `count` lines: half of them stages, half copying from the stage before."""
    stages = count // 2
    text = "".join(f"FROM python:3.12@{DIGEST} AS s{n}\nCOPY --from=s{max(n - 1, 0)} /a /b\n" for n in range(stages))
    return text, Holds(1, 2 * stages, 0)


def long_run(count: int) -> tuple[str, Holds]:
    """A Dockerfile whose one RUN goes on for `count` lines."""
    commands = "".join(f" \\\n    && echo 'line {n} of many' >> /etc/lines" for n in range(count))
    return f"FROM python:3.12@{DIGEST}\nRUN true{commands}\n", Holds(1, 1, 0)


def long_requirements(count: int) -> tuple[str, Holds]:
    """Requirements of `count` lines, all with an exact version."""
    return "".join(f"package-{n}=={n % 9}.{n % 17}.{n % 5}\n" for n in range(count)), Holds(1, count, 0)


def npm_lock(folder: str, size: int, bare: int = 0, *options: str) -> Holds:
    """A lock of about `size` characters at `folder`/package-lock.json, and what it holds.

    The first `bare` packages have no integrity.

    Written by another process: the peak memory of a command is never less than that of the process that starts it.
    """
    os.makedirs(folder, exist_ok=True)
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "npm_lock_sample.py")
    file = os.path.join(folder, "package-lock.json")
    command = [sys.executable, script, file, "--size", str(size), "--bare", str(bare), *options]
    entries = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return Holds(1, entries, min(entries, bare))


def manifests(folder: str, count: int) -> tuple[list[str], Holds]:
    """A git repository of `count` YAML files, of which one in a hundred names an image, and no other file; their paths in it."""
    repository(folder)
    paths = []
    for number in range(count):
        paths.append(f"team-{number % 20}/part-{number // 20 % 25}/file-{number}.yaml")
        write(folder, paths[-1], something_else(number) if number % 100 else deployment(number // 100))
    return paths, Holds(count // 100, count // 100, count // 100)


def resource_definitions(size: int) -> str:
    """One file of about `size` characters of custom resource definitions, and a deployment of one image after them."""
    documents: list[str] = []
    written = 0
    while written < size:
        documents.append(resource_definition(len(documents)))
        written += len(documents[-1]) + 4
    return "---\n".join([*documents, deployment(0)])


def unconcerned(folder: str, count: int) -> None:
    """A git repository of `count` committed files, none of which is of a kind that pinlint reads."""
    repository(folder)
    suffixes = ("py", "go", "java", "ts", "md", "json", "yaml", "txt", "xml", "sh")
    for number in range(count):
        suffix = suffixes[number % len(suffixes)]
        where = os.path.join(folder, f"area-{number % 20}", f"module-{number // 20 % 25}")
        if number < 500:
            os.makedirs(where, exist_ok=True)
        with open(os.path.join(where, f"part_{number}.{suffix}"), "w", encoding="ascii") as file:
            file.write(f"{suffix}\n")
    for command in (["add", "."], ["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", "all"]):
        subprocess.run(["git", "-C", folder, *command], check=True)
