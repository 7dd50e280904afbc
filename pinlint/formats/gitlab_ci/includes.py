"""What a GitLab pipeline includes: files of other projects, addresses and components, and files of the repository itself.

Source: docs.gitlab.com/ci/yaml/#include, /ci/components/#component-versions. An include of the project itself asks for nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING

from pinlint.budget import spend
from pinlint.ecosystems.git.names import ref_verdict
from pinlint.ecosystems.url.names import is_insecure, url_verdict, without_credentials
from pinlint.glob import compiled
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.git_refs import at_ref, filled_ref
from pinlint.syntax.yaml import Unparsable, read, select
from pinlint.text import Unread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinlint.syntax.variables import Filled
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["START", "inclusion", "inclusions", "local_paths", "pipeline_paths"]

#: Where GitLab looks for a project's pipeline.
START = ".gitlab-ci.yml"

_FILES = 150  # that a pipeline may include
_SUFFIXES = (".yml", ".yaml")
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_INTEGRITY = re.compile(r"sha256-[A-Za-z0-9+/]{43}=")
_RANGE = re.compile(r"\d+(?:\.\d+)?")
_OWN_PROJECT = re.compile(r"\$\{?CI_PROJECT_PATH\b|\$\{?CI_PROJECT_NAMESPACE\}?/\$\{?CI_PROJECT_NAME\b")
_OWN_COMPONENT = re.compile(r"[^/]+/(?:\$\{?CI_PROJECT_PATH\b|\$\{?CI_PROJECT_NAMESPACE\}?/\$\{?CI_PROJECT_NAME\b)")


def inclusions(roots: list[Node], *, children: bool = True) -> list[Node]:
    """Every entry of `include`, and (`children`) of the pipelines that jobs start with `trigger`; each place once."""
    found: dict[int, Node] = {}
    for root in roots:
        holders = list(select(root, "include"))
        if children:
            holders += select(root, "*", "trigger", "include")
        for holder in holders:
            for entry in holder.elements if holder.kind == "sequence" else [holder]:
                found[id(entry)] = entry
    return list(found.values())


def inclusion(
    entry: Node, document: Document, fill: Callable[[str], Filled], unset: Callable[[Filled], str]
) -> Iterator[Reference | Fact]:
    """What an entry asks for elsewhere. `fill` says what variables become, `unset` why some of a text have no value."""
    if entry.kind == "scalar":
        if _ADDRESS.match(entry.value):
            yield from _remote(entry, None, unset(fill(entry.value)))
        return
    project, remote, component = entry.get("project"), entry.get("remote"), entry.get("component")
    if remote is not None and remote.kind == "scalar" and remote.value:
        yield from _remote(remote, entry.get("integrity"), unset(fill(remote.value)))
    elif component is not None and component.kind == "scalar" and component.value:
        yield _component(component, document, fill, unset)
    elif project is not None and project.kind == "scalar" and project.value:
        yield _project(project, entry.get("ref"), document, fill, unset)


def _project(
    project: Node, ref: Node | None, document: Document, fill: Callable[[str], Filled], unset: Callable[[Filled], str]
) -> Reference:
    role, path = "included project", _only(fill(project.value)).strip("/")
    artifact = Artifact("git", f"$CI_SERVER_FQDN/{path}", f"https://$CI_SERVER_FQDN/{path}")
    if _OWN_PROJECT.match(path):
        return Reference(
            artifact, ref.value if ref is not None else "", (), "local", project.inner, role, "it is the project itself"
        )
    if ref is None:
        return at_ref(artifact, ref, document, project.inner, role)._replace(site=project.inner, notation="ref-key")
    if "$" not in ref.value:
        return at_ref(artifact, ref, document, project.inner, role)
    filled = fill(ref.value)
    return filled_ref(artifact, ref, filled, role, unset(filled))


def _remote(address: Node, integrity: Node | None, missing: str) -> Iterator[Reference | Fact]:
    url, role = without_credentials(address.value), "included file"
    artifact = Artifact("url", url, address.value)
    if is_insecure(url):
        yield Fact("insecure-transport", address.inner, f"{url} is fetched without TLS")
    if missing:
        yield Reference(artifact, "", (), "unknown", address.inner, role, missing)
        return
    if integrity is None or integrity.is_null:
        verdict, why = url_verdict(url)
        yield Reference(
            artifact, "", (), verdict, address.inner, role, why, site=address.inner,
            notation="include-integrity" if verdict == "floating" else "",
        )  # fmt: skip
    elif _INTEGRITY.fullmatch(integrity.value):
        yield Reference(artifact, "", (integrity.value,), "digest", address.inner, role)
    else:
        why = f"its integrity is {integrity.value[:30]!r}, and GitLab takes sha256- and the hash in base64"
        yield Reference(artifact, "", (integrity.value,), "floating", integrity.inner, role, why)


def _component(node: Node, document: Document, fill: Callable[[str], Filled], unset: Callable[[Filled], str]) -> Reference:
    """`host/path/of/project/component@version`; a component of this server is written with `$CI_SERVER_FQDN`."""
    role = "included component"
    path, _, version = node.value.strip().rpartition("@") if "@" in node.value else (node.value.strip(), "", "")
    path = _only(fill(path))
    project = path.rpartition("/")[0] or path
    artifact = Artifact("git", project, f"https://{project}")
    if _OWN_COMPONENT.match(path):
        return Reference(artifact, version, (), "local", node.inner, role, "it is a component of the project itself")
    filled = fill(version)
    if filled.open:
        return Reference(artifact, version, (), "unknown", node.inner, role, unset(filled))
    verdict, digests, why = _component_verdict(filled.texts[0])
    as_written = document.text[node.inner.start : node.inner.end] == node.value.strip() and "$" not in version and version
    span = Span(node.inner.end - len(version), node.inner.end) if as_written else node.inner
    return Reference(
        artifact, filled.texts[0], digests, verdict, span, role, why, site=span if as_written else None,
        notation="git-commit" if as_written else "",
    )  # fmt: skip


def _component_verdict(version: str) -> tuple[str, tuple[str, ...], str]:
    if not version:
        return "floating", (), "no version, which GitLab refuses"
    if version == "~latest":
        return "floating", (), "~latest is whatever was released last"
    if _RANGE.fullmatch(version):
        return "range", (), f"{version} is the newest release of {version}.x"
    return ref_verdict(version)


def _only(filled: Filled) -> str:
    """The one text, as far as it is known."""
    return (*filled.texts, *filled.open)[0]


def local_paths(roots: list[Node], tree: Tree, *, children: bool = True) -> list[str]:
    """The files of the repository that the entries name, in order. `*` stands for a name, `**` for folders too."""
    found: dict[str, None] = {}
    for entry in inclusions(roots, children=children):
        local = entry if entry.kind == "scalar" else entry.get("local")
        if local is None or local.kind != "scalar" or "$" in local.value or _ADDRESS.match(local.value):
            continue
        path = local.value.strip().lstrip("/")
        if "*" in path:
            found.update(dict.fromkeys(_fitting(path, tree)))
        elif tree.exists(path):
            found[path] = None
    return [path for path in found if path.endswith(_SUFFIXES)]


def _fitting(pattern: str, tree: Tree) -> Iterator[str]:
    """The files that a path with stars in it means, sorted."""
    listed = tree.memo("gitlab_ci.files", "", lambda: sorted(path for path in tree.listed() if path.endswith(_SUFFIXES)))
    before = pattern.partition("*")[0]
    first = bisect_left(listed, before)
    last = bisect_left(listed, f"{before}\U0010ffff", first)
    spend(last - first)
    fits = compiled(pattern, folders=False).match
    return (path for path in listed[first:last] if fits(path))


def pipeline_paths(start: str, tree: Tree) -> list[str]:
    """The files of the pipeline that begins at `start`, each before the one that includes it, as later values win."""
    order: list[str] = []
    seen, waiting = {start}, [(start, False)]
    while waiting:
        path, done = waiting.pop()
        if done:
            order.append(path)
            continue
        waiting.append((path, True))
        for other in reversed(local_paths(mappings(path, tree), tree, children=False)):
            if other not in seen and len(seen) <= _FILES:
                seen.add(other)
                waiting.append((other, False))
    return order


def mappings(path: str, tree: Tree) -> list[Node]:
    """The documents of a file that are mappings; none where it cannot be read."""
    try:
        return [root for root in read(tree.read(path)) if root.kind == "mapping"]
    except (Unread, Unparsable):
        return []
