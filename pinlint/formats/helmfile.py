"""helmfile: the charts of releases, and the states and values that are taken from elsewhere.

Source: helmfile.readthedocs.io (configuration, remote states); helmfile pkg/state/chart_dependency.go: helmfile.lock settles the
charts of repositories.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.git.names import repository_name
from pinlint.ecosystems.helm import names
from pinlint.ecosystems.oci.names import digest_problem
from pinlint.ecosystems.url.names import is_insecure, without_credentials
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.chart_fields import fields
from pinlint.semantics.chart_values import images
from pinlint.semantics.charts import chart
from pinlint.semantics.remote_bases import remote
from pinlint.syntax.go_text import go_text
from pinlint.syntax.yaml import Node, Unparsable, literal, read, select
from pinlint.text import Unread
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_KEYS = ("releases", "helmfiles", "bases", "repositories", "environments", "templates", "helmDefaults", "commonLabels", "values")
#: Where a state names other files, which may lie in another repository.
_PLACES = (("helmfiles", "*"), ("helmfiles", "*", "path"), ("bases", "*"), ("environments", "*", "values", "*"),
           ("environments", "*", "secrets", "*"), ("releases", "*", "values", "*"), ("releases", "*", "secrets", "*"))  # fmt: skip
_ROLE = "release chart"
#: Behind the host, so that no @ behind a user's name counts; `//` begins a folder that go-getter looks into.
_PATH_IN_REPOSITORY = r"(?i)(?:git::)?((?:[a-z][a-z0-9+.-]*://)?(?:[^/@?]*@)?[^/@?]+(?:/[^/@?]+)+)(?://[^@?]*)?@"
_HELD = 20  # versions of one chart that are looked at in a lock


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """The chart of every release with the charts put into it, images in inline values, remote repositories, states and values."""
    roots = read(document)
    if not any(root.get(key) is not None for root in roots for key in _KEYS):
        yield Fact("foreign", Span(0, 0), "no state of helmfile: it has neither releases nor helmfiles")
        return
    repositories = {name.value: url for root in roots for name, url in _repositories(root)}
    for url in repositories.values():
        yield from _repository(url, document)
    locked = _locked(document.path, roots, tree)
    for root in roots:
        for path in _PLACES:
            for node in select(root, *path):
                if node.kind == "scalar" and literal(node) and (found := _remote(node.value, node.inner, "remote state")):
                    yield found if found.artifact.kind != "url" else found._replace(why="")
        for listed in (select(root, "releases", "*"), select(root, "templates", "*")):
            for release in listed:
                yield from _release(release, repositories, locked, document, tree)


def _release(
    release: Node, repositories: dict[str, Node], locked: dict[str, list[str]], document: Document, tree: Tree
) -> Iterator[Reference]:
    for owner in (release, *select(release, "dependencies", "*")):
        named = owner.get("chart")
        if named is not None and named.kind == "scalar" and named.value.strip():
            yield _chart(named, owner.get("version"), repositories, locked, document, tree)
    for values in select(release, "values", "*"):
        if values.kind == "mapping":
            yield from images(values, document)


def _chart(
    named: Node, version: Node | None, repositories: dict[str, Node], locked: dict[str, list[str]], document: Document, tree: Tree
) -> Reference:
    written = document.text[named.inner.start : named.inner.end]
    if found := _remote(named.value, named.inner, _ROLE):
        return found
    prefix, slash, name = named.value.partition("/")
    if literal(named) and not named.value.startswith("oci://"):
        if prefix in (".", "..", "") or (
            prefix not in repositories and tree.exists(join(document.path, f"{named.value}/Chart.yaml"))
        ):
            why = f"a chart of this repository, at {named.value}"
            return Reference(Artifact("helm", written), "", (), "local", named.inner, _ROLE, why)
        if not slash:
            why = "it names no repository, so only a folder of this name can be meant"
            return Reference(Artifact("helm", written), "", (), "unknown", named.inner, _ROLE, why)
    url = repositories[prefix].value if prefix in repositories else ""
    source, digest = (written, "") if not url else (url, "")
    tag = ""
    if named.value.startswith("oci://"):
        source, _, name = written.rpartition("/")
        name, _, digest = name.partition("@")
        name, _, tag = name.partition(":")
    if version is not None and "@sha256:" in version.value:
        digest = version.value.partition("@")[2]
    if digest or (tag and version is None):
        return _addressed(Artifact("helm", name, names.public_source(source)), tag, digest, version, named)
    unknown = "a template fills in the chart" if not literal(named) else ""
    asked = go_text(version) if version is not None else ""
    source = source if url or named.value.startswith("oci://") else ""
    found = chart(name or written, source, version, document, named.inner, _ROLE, beside=literal(named))
    if unknown and found.verdict == "floating":
        return found._replace(verdict="unknown", why=unknown, artifact=Artifact("helm", written))
    if found.verdict in ("range", "floating"):
        held = next((one for one in locked.get(name, ())[:_HELD] if not asked or names.allows(asked, one)), "")
        return found._replace(settled_by=f"helmfile.lock: {held}") if held else found
    return found


def _addressed(artifact: Artifact, tag: str, digest: str, version: Node | None, named: Node) -> Reference:
    """A chart whose digest, or version, stands behind its address or its version, as for an image."""
    at = version if version is not None and digest in version.value else named
    asked = version.value.partition("@")[0] if version is not None else tag
    verdict = names.classify(asked) or "unknown"
    held = "@".join(part for part in (asked, digest) if part)
    if not digest:
        why = "" if verdict != "unknown" else f"{asked[:80]!r} is no version and no range that Helm understands"
        return Reference(artifact, held, (), verdict, at.inner, _ROLE, why)
    if problem := digest_problem(digest):
        return Reference(artifact, held, (digest,), "floating", at.inner, _ROLE, f"it looks pinned, but {problem}")
    return Reference(artifact, held, (digest,), "digest", at.inner, _ROLE)


def _remote(text: str, span: Span, role: str) -> Reference | None:
    """What `git::https://host/team/repository@path/in/it?ref=v1` fetches: an @ in the path ends the address of the repository.

    Source: helmfile pkg/remote/remote.go (Parse).
    """
    found = remote(text, span, role)
    at = re.match(_PATH_IN_REPOSITORY, text)
    if found is None or at is None or found.artifact.kind != "git" or ".git/" in at[1]:
        return found
    return found._replace(artifact=Artifact("git", repository_name(at[1]), without_credentials(at[1])))


def _repositories(root: Node) -> Iterator[tuple[Node, Node]]:
    for entry in select(root, "repositories", "*"):
        name, url = entry.get("name"), entry.get("url")
        if name is not None and url is not None and url.kind == "scalar":
            yield name, url


def _repository(url: Node, document: Document) -> Iterator[Reference | Fact]:
    """A repository that is a git repository at a ref, or one that is read without TLS."""
    if url.value.startswith("git+") and literal(url) and document.text[url.inner.start : url.inner.end] == url.value:
        found = _remote(f"git::{url.value[4:]}", Span(url.inner.start - 1, url.inner.end), "chart repository")
        if found is not None:
            yield found._replace(span=found.span if found.site is not None else url.inner)
    elif is_insecure(url.value) and literal(url):
        plain = names.public_source(url.value)
        yield Fact("insecure-transport", url.inner, f"the chart repository {plain} is read without TLS")


def _locked(path: str, roots: list[Node], tree: Tree) -> dict[str, list[str]]:
    """The versions that the lock beside a state holds, by chart."""
    name = path.rpartition("/")[2].partition(".yaml")[0]
    given = next((node.value for root in roots for node in select(root, "lockFilePath")), f"{name}.lock")
    held: dict[str, list[str]] = {}
    try:
        locks = read(tree.read(join(path, given)))
    except (Unread, Unparsable):
        return held
    for lock in locks:
        for entry in select(lock, "dependencies", "*"):
            told = fields(entry)
            if "name" in told and "version" in told:
                held.setdefault(told["name"].value, []).append(told["version"].value)
    return held
