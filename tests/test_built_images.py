"""Which images a repository builds by its commands: what is written in files of every kind, and what is none of its own."""

from __future__ import annotations

import pytest
from clock import seconds

from pinlint.ecosystems.oci.names import image_at
from pinlint.model import Span
from pinlint.semantics.built_images import own
from pinlint.tree import Tree

CASES = [
    ("build.sh", "docker build -t me/app:1.0 .", "me/app:1.0", True),
    ("build.sh", "docker build -t me/app:1.0 .", "me/app:2.0", True),
    ("build.sh", "docker build -t me/app .", "docker.io/me/app:2.0", True),
    ("build.sh", "docker build -t me/app .", "ghcr.io/me/app:2.0", False),
    ("admin/bin/dev-shell", "#!/bin/sh\nif ! docker build $ARGS -t app . >& out; then exit 1; fi", "app", True),
    ("build.sh", "docker build -t app:dev .", "app:dev", True),
    ("build.sh", "docker build -t app .", "app", True),
    ("build.sh", "docker build -t app:dev .", "app:1.0", False),
    ("build.sh", 'docker build -t "app:$TAG" .', "app:1.0", True),
    ("build.sh", "docker build -t python:3 .", "python:3", False),
    ("build.sh", "docker tag python:3 me/x:1", "me/x:1", True),
    ("build.sh", "docker tag me/y:3 me/x:1", "me/y:3", False),
    ("build.sh", "docker run me/x:1", "me/x:1", False),
    ("build.sh", "docker build --tag=me/x .", "me/x:1", True),
    ("build.sh", "docker buildx build --push \\\n  --platform linux/amd64 \\\n  --tag me/x . ", "me/x:1", True),
    ("build.sh", "podman build . -t localhost/x && docker run me/y", "me/y", False),
    ("build.sh", "docker build . -t $REGISTRY/x:1", "me/x:1", False),
    ("build.sh", "REGISTRY=me\ndocker build . -t ${REGISTRY}/x:1", "me/x:1", True),
    ("Makefile", "IMG ?= me/x\nx:\n\tdocker build -t $(IMG):$(V) .", "me/x:1", True),
    ("Makefile", "x:\n\t$(DOCKER) build -t x .\n\tdocker run x", "x", True),
    ("Makefile", "x:\n\t$(OCI_BUILD) $(ARGS) -t x -f a .", "x", True),
    ("build.sh", "${CONTAINER_ENGINE} tag a me/x:1", "me/x:1", True),
    ("Makefile", "x:\n\t$(GO) build -t me/x .", "me/x", False),
    ("tox.ini", "commands =\n    docker build -t x .", "x", True),
    ("docker-bake.hcl", 'target "x" {\n  tags = ["me/x:1"]\n}\n', "me/x:1", True),
    (".github/workflows/x.yml", "- uses: docker/build-push-action@v6\n  with:\n    tags: me/a,me/x:1\n", "me/x:1", True),
    (".github/workflows/x.yml", "- uses: docker/metadata-action@v5\n  with:\n    tags: me/a,me/x:1\n", "me/x:1", False),
    ("compose.yml", "services:\n  a:\n    build: .\n    image: me/x:1\n", "me/x:1", True),
    ("compose.yml", "services:\n  a:\n    image: me/x:1\n  b:\n    build: .\n", "me/x:1", False),
    ("admin/bin/dev-shell", "#!/bin/sh\ndocker build -t x .", "x", True),
    ("README.md", "docker build -t me/x .", "me/x", False),
]


@pytest.mark.parametrize(("path", "text", "image", "is_own"), CASES, ids=[f"{text} - {image}" for _, text, image, _ in CASES])
def test_an_image_that_is_built_here_is_own(path: str, text: str, image: str, is_own: bool) -> None:
    held = {path: f"{text}\n".encode()}
    why = own(image_at(image, Span(0, len(image)), "image"), Tree("/nonexistent", lambda: held, held))
    assert why == (f"{path} builds it" if is_own else "")


@pytest.mark.parametrize(
    "unit",
    [
        "docker build ",
        " ",
        "tags: ",
        "image: a\n build: b\n",
        "-t $A",
        "docker tag a $A\n",
        "$A_docker",
        "$BUILD -t ",
        "A=$A$A$A\n",
        "\\",
    ],
)
def test_a_hostile_script_is_read_in_linear_time(unit: str) -> None:
    held = {
        "compose.sh": b"docker build -t x " + unit.encode() * (400_000 // len(unit)),
        "docker-compose.yml": b"build: " + unit.encode() * 20_000,
    }
    reference = image_at("me/x", Span(0, 4), "image")
    assert seconds(lambda: own(reference, Tree("/nonexistent", lambda: held, held))) < 2
