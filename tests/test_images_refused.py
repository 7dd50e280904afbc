"""An image that every tool refuses is an error wherever it is named, and nothing is written there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from planning import read_in, run_in

from pinlint.checks import judge
from pinlint.config import Policy
from pinlint.discover import format_of
from pinlint.engine import stream
from pinlint.fix.attempts import attempts
from pinlint.model import Fact, Reference
from pinlint.text import Document
from pinlint.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from pinlint.formats import Format

#: For every format that names images a file that names one in each place.
FILES = {
    "Dockerfile": "# syntax=IMAGE\nFROM IMAGE\nCOPY --from=IMAGE a b\nRUN --mount=from=IMAGE,target=/x y\n",
    "compose.yaml": (
        "services:\n  a: {image: 'IMAGE'}\n  b: {build: {additional_contexts: {x: 'docker-image://IMAGE'}}}\n"
        '  c: {build: {dockerfile_inline: "FROM IMAGE\\n"}}\n'
    ),
    ".gitlab-ci.yml": "image: 'IMAGE'\njob: {image: {name: 'IMAGE'}, services: ['IMAGE', {name: 'IMAGE'}], script: [x]}\n",
    ".circleci/config.yml": (
        "version: 2.1\njobs: {a: {docker: [{image: 'IMAGE'}], steps: []}}\nexecutors: {e: {docker: [{image: 'IMAGE'}]}}\n"
    ),
    "azure-pipelines.yml": (
        "resources: {containers: [{container: a, image: 'IMAGE'}]}\njobs: [{job: a, container: 'IMAGE', steps: [{script: x}]}]\n"
    ),
    ".drone.yml": "kind: pipeline\ntype: docker\nsteps: [{name: a, image: 'IMAGE'}]\nservices: [{name: b, image: 'IMAGE'}]\n",
    ".woodpecker/a.yml": "steps: [{name: a, image: 'IMAGE', commands: [x]}]\n",
    "bitbucket-pipelines.yml": (
        "image: 'IMAGE'\npipelines: {default: [{step: {image: {name: 'IMAGE'}, script: [{pipe: 'docker://IMAGE'}]}}]}\n"
    ),
    "cloudbuild.yaml": "steps: [{name: 'IMAGE'}]\n",
    "k8s/pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: 'IMAGE'}]}\n",
    "k8s/task.yaml": "apiVersion: tekton.dev/v1\nkind: Task\nspec: {steps: [{image: 'IMAGE'}], sidecars: [{image: 'IMAGE'}]}\n",
    "k8s/flow.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec: {templates: [{container: {image: 'IMAGE'}}]}\n",
    "docker-bake.hcl": ('target "a" {\n  contexts = { x = "docker-image://IMAGE" }\n  dockerfile-inline = "FROM IMAGE\\n"\n}\n'),
    "docker-bake.json": '{"target": {"a": {"contexts": {"x": "docker-image://IMAGE"}, "dockerfile-inline": "FROM IMAGE\\n"}}}\n',
    "skaffold.yaml": "apiVersion: skaffold/v4beta11\nverify: [{name: a, container: {name: a, image: 'IMAGE'}}]\n",
    ".devcontainer/devcontainer.json": '{"image": "IMAGE", "features": {"ghcr.io/a/IMAGE": {}}}\n',
    "Jenkinsfile": "pipeline { agent { docker { image 'IMAGE' } } stages { stage('a') { agent { docker 'IMAGE' } } } }\n",
    ".pre-commit-config.yaml": "repos: [{repo: local, hooks: [{id: a, language: docker_image, entry: 'IMAGE x'}]}]\n",
    ".github/workflows/a.yml": (
        "on: push\njobs:\n  a:\n    container: 'IMAGE'\n    services: {a: 'IMAGE', b: {image: 'IMAGE'}}\n"
        "    steps: [{uses: 'docker://IMAGE'}]\n"
    ),
    "action.yml": "runs: {using: docker, image: 'docker://IMAGE'}\n",
}
DIGEST = "sha256:" + "0123456789abcdef" * 4


def judged(path: str, image: str) -> tuple[list[str], list[str]]:
    """(the rules that a file's images break, what could be written)."""
    document, tree, kind = Document(path, FILES[path].replace("IMAGE", image).encode()), Tree("/nowhere", list), format_of(path)
    assert kind is not None
    format_: Format = kind
    found = [one for one in stream(document, format_, tree) if not isinstance(one, Fact)]
    images = [one for one in found if isinstance(one, Reference) and one.artifact.kind == "image"]
    run = run_in(tree)
    rules = [said[0] for one in images if (said := judge(one, Policy()))]
    return rules, [one.place.message for one in attempts(read_in(run, document, format_), run) if not one.refused]


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize(
    ("image", "rule"),
    [("nginx:", "PIN901"), ("nginx:1@", "PIN901"), (f"nginx:@{DIGEST}", "PIN005"), ("nginx@1.29", "PIN005")],
    ids=["tag", "digest", "tag-before-digest", "version-behind-at"],
)
def test_an_image_that_nobody_takes_is_an_error(path: str, image: str, rule: str) -> None:
    assert judged(path, image) == ([rule] * FILES[path].count("IMAGE"), [])


@pytest.mark.parametrize("path", FILES)
def test_capitals_are_an_error(path: str) -> None:
    """But in the name of a feature, which the dev containers' CLI puts in lower case."""
    rules, _ = judged(path, "Nginx:1")
    assert rules.count("PIN901") == FILES[path].count("IMAGE") - FILES[path].count("features")


@pytest.mark.parametrize("text", ["IMAGE_HERE", "IMAGE:TAG", "ghcr.io/ORG/app:1", "yourImage:1", "MyApp", "Foo:VERSION"])
def test_a_place_for_an_image_is_no_misspelt_one(text: str) -> None:
    assert "PIN901" not in judged("Dockerfile", text)[0]


def test_what_kustomize_puts_another_in_the_place_of_may_be_called_anything(tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(FILES["k8s/pod.yaml"].replace("IMAGE", "Web:1"))
    (tmp_path / "kustomization.yaml").write_text("resources: [pod.yaml]\nimages: [{name: Web, newName: nginx, newTag: '1'}]\n")
    kind = format_of("pod.yaml")
    assert kind is not None
    document = Document("pod.yaml", (tmp_path / "pod.yaml").read_bytes())
    (found,) = stream(document, kind, Tree(str(tmp_path), lambda: ["kustomization.yaml", "pod.yaml"]))
    assert isinstance(found, Reference)
    assert (found.verdict, found.why) == ("local", "kustomization.yaml puts another one in its place")


@pytest.mark.parametrize("path", FILES)
def test_the_same_files_with_a_digest_are_silent(path: str) -> None:
    rules, written = judged(path, f"nginx@{DIGEST}")
    assert (set(rules) - {"PIN008"}, written) == (set(), [])
