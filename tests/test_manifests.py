"""Kubernetes objects and what surrounds them: schemas left out, templates survived, the repository itself recognised."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pinlint.config import load
from pinlint.errors import PinlintError
from pinlint.formats import FORMATS, argo_cd, flux, kinds, kubernetes, kustomize, named
from pinlint.model import Fact, Reference, Span
from pinlint.syntax.manifest import family, objects
from pinlint.syntax.yaml import documents, read, walk
from pinlint.text import Document
from pinlint.tree import Tree

SCHEMA = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec:\n  default:\n  - image: never:judged\n"
POD = """\
apiVersion: v1
kind: Pod
spec:
  containers:
  - image: redis:8
    args:
    - |
      kind: CustomResourceDefinition
"""
PLAIN = "# a comment\nkind: Other\nnote: |\n  CustomResourceDefinition\n\n"


def tree_of(root: Path, **contents: str) -> Tree:
    return Tree(os.fspath(root), lambda: list(contents), {path: text.encode() for path, text in contents.items()})


def read_as(module: object, path: str, tree: Tree) -> list[Reference | Fact]:
    return list(module.references(tree.read(path), tree))  # type: ignore[attr-defined]


@given(st.lists(st.sampled_from([SCHEMA, POD, PLAIN]), min_size=1, max_size=5), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_a_schema_is_left_out_and_nothing_else_moves(parts: list[str], end: str, marked: bool) -> None:
    text = ("---\n" if marked else "") + "---\n".join(parts)
    text = text.replace("\n", end)
    kept = [node for root in read(Document("a.yaml", text.encode())) for node in walk(root) if node.value or node.kind != "scalar"]
    roots = documents(text)
    wanted = [
        node
        for root in roots
        if (kind := root.get("kind")) is None or kind.value != "CustomResourceDefinition"
        for node in walk(root)
    ]
    assert [(node.kind, node.start, node.end, node.value) for node in kept] == [
        (node.kind, node.start, node.end, node.value) for node in wanted if node.value or node.kind != "scalar"
    ]


def test_a_block_below_an_action_is_read() -> None:
    text = "spec: {{ include 'x' . | nindent 2 }}\n\n  image: redis:8\n  other: {{ x }}\n  - not\n"
    roots = read(Document("a.yaml", text.replace("  - not\n", "").encode()))
    spec = roots[0].get("spec")
    assert spec is not None
    image = spec.get("image")
    assert image is not None
    assert text[image.start : image.end] == "redis:8"


@pytest.mark.parametrize("name", ["kubernetes", "tekton", "argo_workflows", "argo_cd", "flux"])
def test_every_family_is_the_name_of_a_format_and_every_object_is_of_one(name: str) -> None:
    example = {
        "kubernetes": ("apps/v1", "Deployment"),
        "tekton": ("tekton.dev/v1", "Task"),
        "argo_workflows": ("argoproj.io/v1alpha1", "CronWorkflow"),
        "argo_cd": ("argoproj.io/v1alpha1", "ApplicationSet"),
        "flux": ("source.toolkit.fluxcd.io/v1", "GitRepository"),
    }[name]
    text = f"apiVersion: {example[0]}\nkind: {example[1]}\nspec: {{image: x, repoURL: y}}\n"
    (one,) = objects(documents(text))
    assert family(one) == name
    assert named(name) in kinds(named("by_content"), text.encode())
    assert named(name) in FORMATS


def test_no_image_is_told_twice_by_two_formats(tmp_path: Path) -> None:
    """A file of every family: each place once, whichever formats read the file."""
    texts = [
        "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: a}]}\n",
        "apiVersion: tekton.dev/v1\nkind: Task\nspec: {steps: [{image: b}], containers: [{image: x}]}\n",
        (
            "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\n"
            "spec: {templates: [{container: {image: c}, initContainers: [{image: d}]}]}\n"
        ),
        (
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n"
            "spec: {values: {image: {repository: e, tag: f}, containers: [{image: 'g:1'}]}}\n"
        ),
    ]
    tree = tree_of(tmp_path, **{"all.yaml": "---\n".join(texts)})
    document = tree.read("all.yaml")
    spans: list[Span] = []
    for format_ in kinds(named("by_content"), document.data):
        for one in import_module(f"pinlint.formats.{format_.name}").references(document, tree):
            assert isinstance(one, Reference)
            assert isinstance(one.span, Span)
            spans.append(one.span)
    assert len(spans) == len(set(spans)) == 6


def test_the_repository_itself_is_nothing_from_outside(tmp_path: Path) -> None:
    url = "https://github.com/Acme/Deploy"
    app = f"apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {{source: {{repoURL: '{url}', targetRevision: HEAD}}}}\n"
    source = f"apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nspec: {{url: '{url}'}}\n"
    upstream = '[core]\n\tbare = false\n[remote "upstream"]\n\turl = https://github.com/other/deploy\n'
    config = f'{upstream}[remote "origin"]\n\turl = git@github.com:Acme/Deploy.git\n\tfetch = +refs/heads/*\n[branch "main"]\n'
    for text, module in ((app, argo_cd), (source, flux)):
        (without,) = read_as(module, "a.yaml", tree_of(tmp_path, **{"a.yaml": text}))
        (own,) = read_as(module, "a.yaml", tree_of(tmp_path, **{"a.yaml": text, ".git/config": config}))
        other = config.replace("Acme", "Else")
        (foreign,) = read_as(module, "a.yaml", tree_of(tmp_path, **{"a.yaml": text, ".git/config": other}))
        assert [one.verdict for one in (without, own, foreign) if isinstance(one, Reference)] == ["floating", "local", "floating"]


def test_kustomizations_that_take_in_each_other_come_to_an_end(tmp_path: Path) -> None:
    ring = {f"{n}/kustomization.yaml": f"resources: [../{(n + 1) % 50}]\nimages: [{{name: a, newName: b}}]\n" for n in range(50)}
    tree = tree_of(tmp_path, **ring, **{"0/pod.yaml": POD})
    found = [one for path in ring for one in read_as(kustomize, path, tree)]
    assert {one.verdict for one in found if isinstance(one, Reference)} == {"unknown"}
    assert len(read_as(kubernetes, "0/pod.yaml", tree)) == 1


def test_real_yaml_agrees_about_which_images_containers_have(tmp_path: Path) -> None:
    """PyYAML's own loader and a walk over plain data name the same images."""
    folder = Path(__file__).parent.parent / "fixtures" / "kubernetes" / "pods" / "web.yaml"
    plain: set[str] = set()

    def descend(value: object) -> None:
        if isinstance(value, dict):
            for key in ("containers", "initContainers", "ephemeralContainers"):
                plain.update(one["image"] for one in value.get(key) or () if "image" in one)
            for one in value.values():
                descend(one)
        elif isinstance(value, list):
            for one in value:
                descend(one)

    text = folder.read_text(encoding="utf-8")
    for data in yaml.safe_load_all(text):
        descend(data)
    tree = tree_of(tmp_path, **{"web.yaml": text})
    found = [one for one in read_as(kubernetes, "web.yaml", tree) if isinstance(one, Reference)]
    assert len(plain) == len([one for one in found if one.role != "image volume"])


@pytest.mark.parametrize("path", ["spec/image", "", ":spec.image", "Kind:", "spec..image", "spec.**", "A:B:c", "spec.image."])
def test_a_path_that_could_never_lead_anywhere_is_a_mistake(tmp_path: Path, path: str) -> None:
    (tmp_path / "pinlint.toml").write_text(f'[kubernetes]\nimage-paths = ["spec.image", "{path}"]\n')
    with pytest.raises(PinlintError, match="image-paths") as raised:
        load(os.fspath(tmp_path))
    assert repr(path) in str(raised.value)


@pytest.mark.parametrize("path", ["spec.image", "Kind:spec.image", "*", "spec.nodes.*.image", "Kind:*.my-image_1"])
def test_every_form_of_a_path_is_taken(tmp_path: Path, path: str) -> None:
    (tmp_path / "pinlint.toml").write_text(f'[kubernetes]\nimage-paths = ["{path}"]\n')
    assert load(os.fspath(tmp_path)).settings == {"kubernetes.image-paths": (path,)}
