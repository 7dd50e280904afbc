"""How a pinned thing is used: which part of its repository that means, and what this part itself runs or fetches then.

An action is its action.yml with the Dockerfile and the scripts that this names, a reusable workflow its one file, a hook its
entry in .pre-commit-hooks.yaml, an include the files that are included, a base its kustomization with what that lists, a module
its folder. The workflows, tests and development files of the same repository are run by its authors and by nobody who uses it:
they are not looked at, nor is what a hook's own package asks of an installer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from pinlint.discover import format_of
from pinlint.ecosystems.git.names import repository_name
from pinlint.engine import spans, stream
from pinlint.formats import BY_CONTENT, Format, named
from pinlint.formats.gitlab_ci import included
from pinlint.formats.pre_commit import asked_by
from pinlint.model import Reference, Span
from pinlint.remote import RemoteTree
from pinlint.syntax import toml, yaml
from pinlint.text import Document, Unparsable, Unread
from pinlint.tree import Tree, join

__all__ = ["BASE", "Asked", "Use", "asks", "use_of"]

ACTION, WORKFLOW, HOOK, INCLUDE, COMPONENT, BASE, MODULE = (
    "action", "workflow", "hook", "include", "component", "base", "module",
)  # fmt: skip

#: Files of one use that are looked at.
_FILES = 200
_METADATA = ("action.yml", "action.yaml")
_HOOKS = ".pre-commit-hooks.yaml"
_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
#: Files of the action's own folder that its steps run, by the ways in which they can name it.
_OWN_FILE = re.compile(r"(?:github\.action_path\s{0,9}\}\}|\$\{?GITHUB_ACTION_PATH\}?)[\"']?/([\w./-]{1,200})")
_LOCK = "actions.lock"
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.IGNORECASE)
_NO_BOUNDARY = re.compile(r"[^\s\"'\[\],]*")


class Use(NamedTuple):
    """A pinned thing as something uses it: one of the words above, the repository and its commit, the file or folder in it that is
    meant, what else decides what is run, and what people call it."""

    kind: str
    url: str
    commit: str
    path: str
    more: tuple[str, ...] = ()
    name: str = ""


class Asked(NamedTuple):
    """What a use asks for: a reference, the file and the line that it stands in, the files of the use; or a use of another part of
    the same commit."""

    path: str
    line: int
    reference: Reference
    document: Document
    tree: Tree
    use: Use | None = None


def use_of(reference: Reference, document: Document, url: str) -> Use | None:
    """How a document uses what it pins of the repository at an address; None where pinlint does not know what is run of it."""
    commit, role = next((one.lower() for one in reference.digests if _COMMIT.fullmatch(one)), ""), reference.role
    if reference.verdict != "digest" or not commit:
        return None
    name = f"{reference.artifact.name}@{commit[:7]}"
    if reference.artifact.kind == "action":
        path = reference.artifact.name.removeprefix(f"{reference.artifact.source.partition('://')[2]}/")
        kind = WORKFLOW if role == "reusable workflow" else ACTION
        return Use(kind, url, commit, "/".join(path.split("/")[2:]), name=name)
    if role == "hook repository":
        return Use(HOOK, url, commit, "", tuple(_hooks(reference, document)), name)
    if role == "included project":
        return Use(INCLUDE, url, commit, "", tuple(_included_files(reference, document)), name)
    if role == "included component":
        return Use(COMPONENT, url, commit, _written(reference, document).rpartition("@")[0].rpartition("/")[2], name=name)
    if role in ("kustomize base", "module"):
        text = _written(reference, document).partition("?")[0]
        return Use(BASE if role == "kustomize base" else MODULE, url, commit, _path_in(text, reference.artifact.name), name=name)
    return None


def _written(reference: Reference, document: Document) -> str:
    """The word that a reference's place stands in."""
    span = reference.span if isinstance(reference.span, Span) else Span(0, 0)
    start = span.start
    while start and not document.text[start - 1].isspace() and document.text[start - 1] not in "\"'":
        start -= 1
    match = _NO_BOUNDARY.match(document.text, start)
    return match[0] if match else ""


def _path_in(text: str, name: str) -> str:
    """The folder that an address means in its repository, `name` being that ("host/owner/repo")."""
    rest = re.sub(r"^(?:git::)?(?:[a-z+]+://)?", "", text)
    head, mark, path = rest.partition("//")
    if mark:
        return path.strip("/")
    repository = name.partition("/")[2]
    return head.partition(repository)[2].removeprefix(".git").strip("/") if repository in head else ""


def _hooks(reference: Reference, document: Document) -> Iterator[str]:
    """The hooks that a configuration takes from a repository, each as its id and the keys that the configuration itself gives."""
    roots = [toml.read(document)] if document.path.endswith(".toml") else yaml.read(document)
    for root in roots:
        for one in yaml.select(root, "*") if root.kind == "sequence" else yaml.select(root, "repos", "*"):
            repo, rev = one.get("repo"), one.get("rev") or one.get("sha")
            if (
                repo is None
                or rev is None
                or repository_name(repo.value) != reference.artifact.name
                or rev.value != reference.version
            ):
                continue
            for hook in yaml.select(one, "hooks", "*"):
                if (id_ := hook.get("id")) is not None:
                    given = [key for key in ("additional_dependencies", "entry", "language") if hook.get(key) is not None]
                    yield " ".join([id_.value, *given])


def _included_files(reference: Reference, document: Document) -> Iterator[str]:
    """The files that the include of a project names."""
    for root in yaml.read(document):
        for holder in (*yaml.select(root, "include"), *yaml.select(root, "*", "trigger", "include")):
            for entry in holder.elements if holder.kind == "sequence" else [holder]:
                project, ref, file = entry.get("project"), entry.get("ref"), entry.get("file")
                if project is None or file is None or ref is None or ref.value != reference.version:
                    continue
                if reference.artifact.name.endswith(f"/{project.value.strip('/')}"):
                    yield from (one.value for one in (file.elements if file.kind == "sequence" else [file]))


def asks(use: Use, tree: Tree) -> Iterator[Asked]:
    """What a use runs or fetches. Raises Unread where a part that is meant cannot be read: behind what could be."""
    if use.kind == HOOK:
        yield from _hook_entries(use, tree)
    files = dict(islice(_ASKING[use.kind](use, tree), _FILES + 1))
    if len(files) > _FILES:
        raise Unread(f"it is made of more than {_FILES} files")
    if isinstance(tree, RemoteTree):
        tree.fetch(files)
    alone = tree.beneath(list(files))  # what else its repository builds or locks is not at hand where the thing is used
    for path, format_ in files.items():
        yield from _asked(use, path, format_, alone)


def _asked(use: Use, path: str, format_: Format, tree: Tree) -> Iterator[Asked]:
    """What one file asks for."""
    document = tree.read(path, format_.decoding)
    items = [item for item in stream(document, format_, tree) if isinstance(item, Reference)]
    places = spans(document, format_, [one.span for one in items])
    document.parsed = None
    for one in items:
        if _LOCK in one.settled_by:
            one = one._replace(settled_by="")
        yield Asked(path, document.position(places[one.span].start)[0], one, document, tree, _local(use, one, path))


def _local(use: Use, reference: Reference, path: str) -> Use | None:
    """The use of another part of the same commit that a reference is. What a step calls by ./ lies in the workspace of whoever runs
    it, and not here."""
    if reference.verdict != "local":
        return None
    name = reference.artifact.name
    if reference.role == "reusable workflow" and name.startswith(("./", "$/")):
        return use._replace(kind=WORKFLOW, path=name[2:], name=name)
    if reference.role == "step action" and name.startswith("$/"):
        return use._replace(kind=ACTION, path=name[2:], name=name)
    if reference.role == "module" and name.startswith(("./", "../")):
        where = join(path, name)
        return use._replace(path=where, name=name) if not where.startswith("..") else None
    return None


_Files = Iterator[tuple[str, Format]]


def _of_action(use: Use, tree: Tree) -> _Files:
    """The metadata of an action with the Dockerfile and the scripts that it names; without any, a Dockerfile alone."""
    start = f"{use.path}/" if use.path else ""
    path = next((start + name for name in _METADATA if tree.exists(start + name)), "")
    if not path:
        if not tree.exists(f"{start}Dockerfile"):
            raise Unread(f"it has no {start}action.yml")
        yield f"{start}Dockerfile", named("dockerfile")
        return
    yield path, named("github_action")
    document = tree.read(path)
    try:
        roots = yaml.read(document)
    except Unparsable as error:
        raise Unread(f"{path}: {error}") from None
    for image in (node for root in roots for node in yaml.select(root, "runs", "image")):
        if "://" not in image.value and "${" not in image.value:
            if not tree.exists(join(path, image.value)):
                raise Unread(f"it has no {join(path, image.value)}")
            yield join(path, image.value), named("dockerfile")
    for name in dict.fromkeys(_OWN_FILE.findall(document.text)):
        where = join(path, name)
        format_ = None if where.startswith("..") else format_of(where)
        if format_ is not None and tree.exists(where):
            yield where, format_


def _of_workflow(use: Use, tree: Tree) -> _Files:
    if not tree.exists(use.path):
        raise Unread(f"it has no {use.path}")
    yield use.path, named("github_workflow")


def _of_include(use: Use, tree: Tree) -> _Files:
    """The files that are included, and what these include of the same repository."""
    waiting = [path.strip().lstrip("/") for path in use.more]
    if use.kind == COMPONENT:
        places = (f"templates/{use.path}.yml", f"templates/{use.path}/template.yml")
        waiting = [next((path for path in places if tree.exists(path)), places[0])]
    seen: dict[str, None] = {}
    for path in waiting:  # grows on the way
        if path in seen or "$" in path:
            continue
        seen[path] = None
        if not tree.exists(path):
            raise Unread(f"it has no {path}")
        yield path, named("gitlab_ci")
        waiting += included(tree.read(path), tree)


def _of_base(use: Use, tree: Tree) -> _Files:
    """A kustomization, and every file and folder of the repository that it lists."""
    waiting, seen = [use.path], set[str]()
    for place in waiting:  # grows on the way
        if place in seen:
            continue
        seen.add(place)
        start = f"{place}/" if place else ""
        path = next((start + name for name in _KUSTOMIZATIONS if tree.exists(start + name)), "")
        if not path and tree.exists(place):
            yield place, format_of(place) or BY_CONTENT
            continue
        if not path:
            raise Unread(f"it has no kustomization in {place or 'its root'}")
        yield path, named("kustomize")
        try:
            roots = yaml.read(tree.read(path))
        except Unparsable as error:
            raise Unread(f"{path}: {error}") from None
        for key in ("resources", "bases", "components", "patchesStrategicMerge"):
            for node in (node for root in roots for node in yaml.select(root, key, "*")):
                where = join(path, node.value)
                plain = node.kind == "scalar" and "\n" not in node.value and "://" not in node.value and "?" not in node.value
                if plain and not where.startswith(("..", "/")):
                    waiting.append(where)


def _of_module(use: Use, tree: Tree) -> _Files:
    start = f"{use.path}/" if use.path else ""
    found = [
        path
        for path in tree.listed()
        if path.startswith(start) and "/" not in path[len(start) :] and path.endswith((".tf", ".tofu"))
    ]
    if not found:
        raise Unread(f"it has no module in {use.path or 'its root'}")
    for path in sorted(found):
        yield path, named("terraform")


def _of_hook(use: Use, tree: Tree) -> _Files:
    """A hook that is a Dockerfile is built where it is used."""
    wanted = {one.partition(" ")[0]: one for one in use.more}
    for hook in _entries(tree):
        id_, language = hook.get("id"), hook.get("language")
        given = wanted.get(id_.value, "") if id_ is not None else ""
        if given and language is not None and language.value == "docker" and " language" not in given:
            if not tree.exists("Dockerfile"):
                raise Unread("it has no Dockerfile")
            yield "Dockerfile", named("dockerfile")
            return


def _entries(tree: Tree) -> list[yaml.Node]:
    if not tree.exists(_HOOKS):
        raise Unread(f"it has no {_HOOKS}")
    try:
        return [hook for root in yaml.read(tree.read(_HOOKS)) for hook in yaml.select(root, "*")]
    except Unparsable as error:
        raise Unread(f"{_HOOKS}: {error}") from None


def _hook_entries(use: Use, tree: Tree) -> Iterator[Asked]:
    """What the entries of the hooks that are used ask for, unless the configuration that uses them says otherwise."""
    wanted = {one.partition(" ")[0]: one.split(" ")[1:] for one in use.more}
    document = tree.read(_HOOKS)
    for hook in _entries(tree):
        id_ = hook.get("id")
        if id_ is None or id_.value not in wanted:
            continue
        for one in asked_by(hook, document, set()):
            given = "additional_dependencies" if one.role == "hook dependency" else "entry"
            if given not in wanted[id_.value] and isinstance(one.span, Span):
                yield Asked(_HOOKS, document.position(one.span.start)[0], one, document, tree)


_ASKING = {
    ACTION: _of_action, WORKFLOW: _of_workflow, HOOK: _of_hook, INCLUDE: _of_include, COMPONENT: _of_include, BASE: _of_base,
    MODULE: _of_module,
}  # fmt: skip
