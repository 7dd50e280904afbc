"""What Kustomize itself makes of images, against what pinlint says it makes: generated trees of a base, a middle and an overlay."""

from __future__ import annotations

import os
import random
import re
import subprocess
from pathlib import Path

import pytest
from conftest import need_kustomize

from pinlint.formats import kustomize
from pinlint.model import Fact
from pinlint.semantics.kustomizations import applied, follow, used
from pinlint.semantics.kustomize_entries import Used
from pinlint.tree import Tree

NAMES = ("app", "app-web", "web/app", "registry.example/app", "registry.example:5000/app", "ghcr.io/acme/app", "a.b/c", "APP")
TAGS = ("1", "v2.0", "latest", "x_y-z.1")
DIGESTS = (*(f"sha256:{character * 64}" for character in "abc"), "sha256:short", "sha:1111")


COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"


def an_image(pick: random.Random) -> str:
    tag = f":{pick.choice(TAGS)}" if pick.random() < 0.6 else ""
    return f"{pick.choice(NAMES)}{tag}" + (f"@{pick.choice(DIGESTS)}" if pick.random() < 0.4 else "")


def an_entry(pick: random.Random) -> str:
    parts = [f"name: '{an_image(pick) if pick.random() < 0.2 else pick.choice(NAMES)}'"]
    if pick.random() < 0.3:
        parts.append(f"newName: {pick.choice(NAMES)}")
    if pick.random() < 0.5:
        parts.append(f'newTag: "{pick.choice(TAGS)}{f"@{pick.choice(DIGESTS)}" if pick.random() < 0.2 else ""}"')
    if pick.random() < 0.3:
        parts.append(f"digest: {pick.choice(DIGESTS)}")
    return f"{{{', '.join(parts)}}}\n"


def a_pod(pick: random.Random, name: str) -> str:
    """A pod, or what carries one; images in every place that Kustomize changes."""
    kind = pick.choice(("Pod", "Deployment", "CronJob", "Rollout"))
    version = {"Pod": "v1", "Deployment": "apps/v1", "CronJob": "batch/v1", "Rollout": "argoproj.io/v1alpha1"}[kind]
    containers = "".join(f"{{name: c{number}, image: '{an_image(pick)}'}}, " for number in range(4))
    spec = f"{{initContainers: [{{name: i, image: '{an_image(pick)}'}}], containers: [{containers}]}}"
    if kind in ("Deployment", "Rollout"):
        spec = f"{{template: {{spec: {spec}}}}}"
    elif kind == "CronJob":
        spec = f"{{jobTemplate: {{spec: {{template: {{spec: {spec}}}}}}}}}"
    return f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {spec}\n"


def a_tree(pick: random.Random) -> dict[str, str]:
    def images() -> str:
        return "images:\n" + "".join(f"- {an_entry(pick)}" for _ in range(pick.randint(1, 5)))

    def a_transformer(name: str) -> str:
        return f"apiVersion: builtin\nkind: ImageTagTransformer\nmetadata: {{name: {name}}}\nimageTag: {an_entry(pick)}"

    files = {"base/pods.yaml": "---\n".join(a_pod(pick, f"p{number}") for number in range(4)), "top/more.yaml": a_pod(pick, "more")}
    files["base/kustomization.yaml"] = "resources: [pods.yaml]\n" + (images() if pick.random() < 0.7 else "")
    files["middle/kustomization.yml"] = "resources: [../base]\n" + (images() if pick.random() < 0.7 else "")
    files["top/Kustomization"] = "resources: [../middle, more.yaml]\n" + images()
    if pick.random() < 0.5:  # two components, the second of which brings a resource that the first does not see
        files["one/kustomization.yaml"] = f"{COMPONENT}components: [../two]\n{images()}"
        files["two/kustomization.yaml"] = f"{COMPONENT}resources: [pod.yaml]\n{images()}"
        files["two/pod.yaml"] = a_pod(pick, "two")
        files["middle/kustomization.yml"] += f"components: [{'../one' if pick.random() < 0.5 else '../two'}]\n"
    if pick.random() < 0.5:
        files["top/change.yaml"] = f"{a_transformer('a')}---\n{a_transformer('b')}"
        inline = a_transformer("c").replace("\n", "\n  ")
        files["top/Kustomization"] += f"transformers:\n- change.yaml\n- |\n  {inline}\n"
    return files


def written(root: Path, files: dict[str, str]) -> Tree:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return Tree(os.fspath(root), lambda: list(files))


def built(folder: Path) -> set[str]:
    """The images of what Kustomize builds."""
    command = ["kubectl", "kustomize", os.fspath(folder)]
    output = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, "HOME": os.fspath(folder)}
    ).stdout
    return {found.strip("\"'") for found in re.findall(r"image: (\S+)$", output, re.MULTILINE)}


def left(path: str, tree: Tree) -> list[tuple[Used, Used]]:
    """Each image before and after the `images:` of a kustomization, as pinlint sees it."""
    taken = used(path, tree)
    return list(zip(taken, follow(taken, applied(path, tree)).after, strict=True))


@pytest.mark.parametrize("seed", range(40))
def test_images_come_out_as_kustomize_builds_them(seed: int, tmp_path: Path) -> None:
    need_kustomize()
    tree = written(tmp_path, a_tree(random.Random(seed)))
    for path in ("base/kustomization.yaml", "middle/kustomization.yml", "top/Kustomization"):
        assert {str(after) for _, after in left(path, tree)} == built((tmp_path / path).parent), path


@pytest.mark.parametrize("seed", range(40))
def test_a_digest_is_said_to_be_taken_away_where_one_is(seed: int, tmp_path: Path) -> None:
    """A fact wherever Kustomize leaves an image without the digest that it had, and nowhere else."""
    tree = written(tmp_path, a_tree(random.Random(seed)))
    for path in ("base/kustomization.yaml", "middle/kustomization.yml", "top/Kustomization"):
        found = [one for one in kustomize.references(tree.read(path), tree) if isinstance(one, Fact)]
        others = [one for one in found if f"that {path} gives" not in one.detail]  # a digest of another entry is lost as well
        lost = [before for before, after in left(path, tree) if before.digest and not after.digest]
        assert found or not lost, (path, lost)
        assert lost or not others, (path, others)


def test_the_generated_trees_hold_what_is_hard(tmp_path: Path) -> None:
    """Each outcome that matters is among the images that are compared, more than once."""
    erased = renamed = kept = twice = 0
    for seed in range(40):
        tree = written(tmp_path / str(seed), a_tree(random.Random(seed)))
        for path in ("base/kustomization.yaml", "middle/kustomization.yml", "top/Kustomization"):
            pairs = left(path, tree)
            erased += sum(bool(before.digest and not after.digest) for before, after in pairs)
            renamed += sum(before.name != after.name and before.tag == after.tag for before, after in pairs)
            kept += sum(before == after for before, after in pairs)
            twice += sum(after.digest != "" and after.tag != "" and before != after for before, after in pairs)
    assert min(erased, renamed, kept, twice) > 30, (erased, renamed, kept, twice)
