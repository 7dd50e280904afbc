"""Skaffold: the images that builds and tests run in, charts and configurations from elsewhere. What it builds is its own.

Source: skaffold.dev/docs/references/yaml (v4beta and the older schemas that real files have).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.git.names import ref_verdict, repository_name
from pinlint.ecosystems.oci.names import parse_image
from pinlint.ecosystems.url.names import without_credentials
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.chart_values import images
from pinlint.semantics.charts import chart
from pinlint.semantics.images import image, local_image
from pinlint.semantics.remote_bases import remote
from pinlint.syntax.yaml import Node, literal, read, select

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

#: Where images stand, below a configuration or one of its profiles, and what they are for.
_IMAGES = (
    (("build", "artifacts", "*", "buildpacks", "builder"), "builder image"),
    (("build", "artifacts", "*", "buildpacks", "runImage"), "run image"),
    (("build", "artifacts", "*", "buildpack", "builder"), "builder image"),
    (("build", "artifacts", "*", "jib", "fromImage"), "base image"),
    (("build", "artifacts", "*", "ko", "fromImage"), "base image"),
    (("build", "artifacts", "*", "kaniko", "image"), "builder image"),
    (("build", "artifacts", "*", "kaniko", "initImage"), "builder image"),
    (("build", "googleCloudBuild", "*Image"), "builder image"),
    (("verify", "*", "container", "image"), "test image"),
    (("customActions", "*", "containers", "*", "image"), "action image"),
    (("test", "*", "custom", "*", "container", "image"), "test image"),
)
_CLOUD_BUILD = ("dockerImage", "kanikoImage", "mavenImage", "gradleImage", "packImage", "koImage", "bazelImage")
_KUSTOMIZE = (("manifests", "kustomize", "paths", "*"), ("deploy", "kustomize", "paths", "*"), ("deploy", "kustomize", "path"),
              ("manifests", "rawYaml", "*"), ("deploy", "kubectl", "manifests", "*"))  # fmt: skip


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """Required configurations, builder and test images, charts, values and manifests from elsewhere, each once."""
    roots = read(document)
    roots = [root for root in roots if (version := root.get("apiVersion")) is not None and version.value.startswith("skaffold/")]
    if not roots:
        yield Fact("foreign", Span(0, 0), "no configuration of Skaffold: its apiVersion is another")
        return
    seen: set[tuple[object, str, str]] = set()
    for root in roots:
        built = _built(root)
        for config in (root, *select(root, "profiles", "*")):
            for found in _config(config, built, document, tree):
                if (key := (found.span, found.artifact.name, found.version)) not in seen:
                    seen.add(key)
                    yield found


def _built(root: Node) -> set[str]:
    """The images that a configuration and its profiles build."""
    paths = (("build", "artifacts", "*", "image"), ("profiles", "*", "build", "artifacts", "*", "image"))
    return {parse_image(node.value).name for path in paths for node in select(root, *path) if node.kind == "scalar" and node.value}


def _config(config: Node, built: set[str], document: Document, tree: Tree) -> Iterator[Reference]:
    for git in select(config, "requires", "*", "git"):
        yield from _required(git, document)
    for path, role in _IMAGES:
        for node in _selected(config, path):
            if node.kind == "scalar" and node.value and parse_image(node.value).name in built:
                yield local_image(node, document, role, f"{node.value} is built by this configuration")
            elif (found := image(node, document, role)) is not None:
                yield found
    for artifact in select(config, "build", "artifacts", "*"):
        yield from _given(artifact, built, document, tree)
    for place in _KUSTOMIZE:
        for node in select(config, *place):
            if node.kind == "scalar" and literal(node) and (base := remote(node.value, node.inner, "manifest")):
                yield base if base.artifact.kind != "url" else base._replace(why="")
    for stage in ("deploy", "manifests"):
        for release in select(config, stage, "helm", "releases", "*"):
            yield from _release(release, document)


def _given(artifact: Node, built: set[str], document: Document, tree: Tree) -> Iterator[Reference]:
    """The base images that an artifact chooses by its build arguments."""
    for builder in (*select(artifact, "docker"), *select(artifact, "kaniko")):
        if (arguments := builder.get("buildArgs")) is None:
            continue
        from pinlint.semantics.builds import dockerfile_of, given_bases, given_scalar, settled  # few builds are given any

        given = {key.value: given_scalar(value, document) for key, value in arguments.items() if not value.is_null}
        context, file = (node.value if node is not None else "" for node in (artifact.get("context"), builder.get("dockerfile")))
        path = dockerfile_of(document.path, context, file, tree)
        own = lambda image: "this configuration builds it" if parse_image(image).name in built else ""  # noqa: E731
        yield from settled(given_bases(path, given, tree, own))


def _selected(config: Node, path: tuple[str, ...]) -> Iterator[Node]:
    names = _CLOUD_BUILD if path[-1] == "*Image" else path[-1:]
    for name in names:
        yield from select(config, *path[:-1], name)


def _required(git: Node, document: Document) -> Iterator[Reference]:
    """A configuration of another repository."""
    repo, ref = git.get("repo"), git.get("ref")
    if repo is None or repo.kind != "scalar" or not repo.value:
        return
    written = ref.value if ref is not None and ref.kind == "scalar" and not ref.is_null else ""
    verdict, digests, why = ref_verdict(written, repository_name(repo.value))
    at = ref if ref is not None and written else repo
    if not literal(repo) or not literal(at):
        verdict, digests, why = "unknown", (), "a template fills it in"
    site = at.inner if written and verdict != "unknown" and document.text[at.inner.start : at.inner.end] == written else None
    sync = git.get("sync")
    if verdict in ("tag", "floating") and (sync is None or sync.value != "false"):
        # From the second run on it resets to `origin/REF`, which there is of branches alone (pkg/skaffold/git/gitutil.go).
        site, why = None, f"{why or f'{written} can be moved'}; Skaffold takes a commit with `sync: false` beside it"
    artifact = Artifact("git", repository_name(repo.value), without_credentials(repo.value))
    notation = "git-commit" if site else ""
    yield Reference(artifact, written, digests, verdict, at.inner, "required configuration", why, site=site, notation=notation)


def _release(release: Node, document: Document) -> Iterator[Reference]:
    """The chart of a release, if it is not of this repository (`chartPath`), and the images in its values."""
    named, repo = release.get("remoteChart"), release.get("repo")
    if named is None and (remote_ := release.get("remote")) is not None and remote_.value == "true":
        named = release.get("chartPath")
    if named is not None and named.kind == "scalar" and named.value:
        source, _, name = named.value.rpartition("/") if named.value.startswith("oci://") else ("", "", named.value)
        if repo is not None and repo.value:
            source = repo.value
        yield chart(name, source, release.get("version"), document, named.inner, "release chart", beside=literal(named))
    for values in (*select(release, "setValues"), *select(release, "overrides")):
        yield from images(values, document)
