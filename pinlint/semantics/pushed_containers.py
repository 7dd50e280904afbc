"""Containers that the workflows of a repository push to GitHub's registry as an index with parts that no tag names.

Knows docker/build-push-action, docker/metadata-action and actions/attest; must not know who asks. Looks at the workflows of a
repository once a run. Source: action.yml and README of these actions (provenance is on by default from build-push-action 4 on).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pinlint.semantics.assembled_images import MARKS, assembled
from pinlint.semantics.workflow_names import several
from pinlint.semantics.workflow_outputs import Outputs
from pinlint.semantics.workflow_steps import REPOSITORY, jobs_of, joined, steps_of
from pinlint.syntax.yaml import read
from pinlint.text import Unparsable, Unread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.yaml import Node
    from pinlint.tree import Tree

__all__ = ["Container", "pushed"]

_FOLDER = ".github/workflows/"
_MARKS = (b"build-push-action", b"push-to-registry", *(mark.encode() for mark in MARKS))
_BUILD = re.compile(r"docker/build-push-action@(?:v?(\d{1,3})\b)?")
_OUTPUT = re.compile(r"\$\{\{\s*steps\.([\w-]+)\.outputs\.(?:tags|json)\s*\}\}")
_PUSHED_IMAGE = re.compile(r"(?:^|,)name=([^,\s\"]+)")
_GHCR = "ghcr.io/"
_CACHE = re.compile(r"(?i)cache")


class Container(NamedTuple):
    """A container by the name that GitHub gives its package, in words, the workflow that pushes it, and as what."""

    name: str
    shown: str
    path: str
    why: str


def pushed(tree: Tree) -> list[Container]:
    """Those of the repository, in the order of the files."""
    return tree.memo("containers with parts", "", lambda: list(_pushed(tree)))


def _pushed(tree: Tree) -> Iterator[Container]:
    for path in sorted(path for path in tree.listed() if path.startswith(_FOLDER) and path.endswith((".yml", ".yaml"))):
        try:
            document = tree.read(path)
            if not any(mark in document.data for mark in _MARKS):
                continue
            for root in read(document):
                outputs = Outputs(root)
                for job in jobs_of(root):
                    yield from _of_job(job, outputs, path, document.text)
        except (Unread, Unparsable):
            continue


def _of_job(job: Node, outputs: Outputs, path: str, text: str) -> Iterator[Container]:
    images: dict[str, str] = {}
    driver = False
    for step in steps_of(job):
        uses, given = step.get("uses"), step.get("with")
        action = uses.value if uses is not None and uses.kind == "scalar" else ""
        driver = driver or action.startswith(("docker/setup-buildx-action@", "docker/setup-docker-action@"))
        run = step.get("run")
        if run is not None and run.kind == "scalar":
            found = [outputs.shell(one, job, step) for one in assembled(run.value)]
            yield from _named(found, "as an index of parts by their digests", outputs, job, path)
        if given is None:
            continue
        if action.startswith("docker/metadata-action@"):
            identity = step.get("id")
            images[identity.value if identity is not None else ""] = _text(given, "images")
        elif build := _BUILD.match(action):
            behind = text[uses.end : uses.end + 80].partition("\n")[0] if uses is not None else ""
            why = _parts(given, _major(build, behind), driver=driver, text=text)
            if why:
                yield from _named(_images(given, images), why, outputs, job, path)
        elif (
            action.startswith(("actions/attest", "actions/attest-build-provenance")) and _text(given, "push-to-registry") == "true"
        ):
            yield from _named([_text(given, "subject-name")], "with an attestation", outputs, job, path)


def _text(given: Node, key: str) -> str:
    node = given.get(key)
    return node.value.strip() if node is not None and node.kind == "scalar" else ""


def _major(build: re.Match[str], behind: str) -> int:
    """The major version of the action; 0 where nothing says it."""
    commented = re.search(r"#\s*v?(\d{1,3})\b", behind)
    return int(build[1]) if build[1] and len(build[1]) < 4 else int(commented[1]) if commented else 0


def _parts(given: Node, major: int, *, driver: bool, text: str) -> str:
    """Why what a build pushes has parts; "" where it has none, or pushes nothing."""
    outputs = _text(given, "outputs")
    if _text(given, "push").lower() not in ("true", "") and "${{" not in _text(given, "push"):
        return ""
    if (
        not _text(given, "push")
        and "push=true" not in outputs
        and "push-by-digest=true" not in outputs
        and "type=registry" not in outputs
    ):
        return ""
    platforms = _text(given, "platforms")
    if len(set(re.findall(r"\b[a-z]+/[a-z0-9]+(?:/v\d)?", platforms))) > 1:
        return "for several platforms"
    if "push-by-digest=true" in outputs:
        return "for one platform after another, by digest"
    if _text(given, "provenance").lower() == "false" or "BUILDX_NO_DEFAULT_ATTESTATIONS" in text:
        return "with a list of its contents" if _text(given, "sbom").lower() == "true" and driver else ""
    return "with an attestation, as build-push-action does" if major >= 4 and driver else ""


def _images(given: Node, images: dict[str, str]) -> list[str]:
    """The images that a build pushes, as they are written."""
    tags = _text(given, "tags")
    found = [images[name] for name in _OUTPUT.findall(tags) if name in images]
    found.append(_OUTPUT.sub("", tags))
    found += _PUSHED_IMAGE.findall(_text(given, "outputs"))
    return found


def _named(texts: list[str], why: str, outputs: Outputs, job: Node, path: str) -> Iterator[Container]:
    seen: set[str] = set()
    for text in texts:
        for part in re.split(r"[\s,]+", joined(text)):
            for image in several(part, outputs.root, job, outputs) or several(_untagged(part), outputs.root, job, outputs):
                image = image.removeprefix("name=").partition("@")[0]
                if not image.lower().startswith(_GHCR) or image.count("/") < 2:
                    continue
                name = _untagged(image).split("/", 2)[2]
                if name and name not in seen and not _CACHE.search(name):
                    seen.add(name)
                    shown = "that is called as the repository" if name == REPOSITORY else name.replace(REPOSITORY, "…")
                    yield Container(name, shown, path, why)


def _untagged(image: str) -> str:
    head, slash, last = image.rpartition("/")
    return f"{head}{slash}{last.partition(':')[0]}"
