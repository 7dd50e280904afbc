"""pre-commit's configuration (also prek's, in YAML or TOML): the repositories of hooks, and what hooks install besides.

Source: pre-commit, clientlib.py and languages/*.py (additional dependencies are arguments of pip or npm; an entry of docker_image
begins with the image). `local`, `meta` and `builtin` are no repositories.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.git.names import repository_name
from pinlint.ecosystems.npm.names import argument_verdict
from pinlint.ecosystems.oci.names import image_at
from pinlint.ecosystems.url.names import is_insecure, without_credentials
from pinlint.model import Artifact, Fact, Reference, Span
from pinlint.semantics.git_refs import at_ref
from pinlint.semantics.pip_arguments import requirement
from pinlint.semantics.typed_texts import taken_as_text
from pinlint.syntax import toml, yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["asked_by", "references"]

_NO_REPOSITORY = ("local", "meta", "builtin")
#: Hooks of which everybody knows the language; it stands in their own repository.
_PYTHON = frozenset((
    "autoflake", "bandit", "black", "blacken-docs", "codespell", "docformatter", "docstrfmt", "flake8", "interrogate", "isort",
    "mdformat", "mypy", "pydoclint", "pydocstyle", "pylint", "pyproject-fmt", "pyright", "rstcheck", "ruff", "setup-cfg-fmt",
    "validate-pyproject", "yamllint",
))  # fmt: skip
_NODE = frozenset(("commitlint", "eslint", "markdownlint", "markdownlint-cli2", "prettier", "stylelint"))
_ROLE = "hook dependency"
#: Options of `docker run` that take the next word, and such that take none: those that hooks have need of. Source: its reference.
_VALUED = frozenset((
    "--entrypoint", "--env", "--env-file", "--mount", "--name", "--network", "--platform", "--user", "--volume", "--workdir",
    "-e", "-u", "-v", "-w",
))  # fmt: skip
_SWITCHES = frozenset(("--init", "--interactive", "--privileged", "--read-only", "--rm", "--tty", "-i", "-it", "-t", "-ti"))
#: What only pip, and what only npm takes for a version.
_LIKE_PIP = re.compile(r"[\w.-]+\s*(?:\[[\w\s,.-]*\]\s*)?[=<>~!]")
_LIKE_NPM = re.compile(r"(?:@[\w.-]+/)?[\w.-]+@")
#: An argument of npm has no place for a hash: more than this nobody can write.
_NEVER_REPLACED = "npm, whose registry never replaces a version"


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Each repository at its rev, the images of local hooks, and the additional dependencies of every hook."""
    roots = [toml.read(document)] if document.path.endswith(".toml") else yaml.read(document)
    listed = [root for root in roots if root.kind == "sequence" or root.get("repos") is not None]
    if not listed:
        yield Fact("foreign", Span(0, 0), "no configuration of pre-commit: it lists no repos")
        return
    seen: set[yaml.Node] = set()
    for root in listed:
        for one in yaml.select(root, "*") if root.kind == "sequence" else yaml.select(root, "repos", "*"):
            yield from _repository(one, document, seen)


def _repository(one: yaml.Node, document: Document, seen: set[yaml.Node]) -> Iterator[Reference | Fact]:
    repo = one.get("repo")
    if repo is not None and repo.kind == "scalar" and repo.value and repo.value not in _NO_REPOSITORY:
        if is_insecure(repo.value) and yaml.literal(repo):
            yield Fact("insecure-transport", repo.inner, f"{without_credentials(repo.value)} is cloned without TLS")
        yield _at_rev(repo, one, document)
    for hook in yaml.select(one, "hooks", "*"):
        yield from asked_by(hook, document, seen)


def asked_by(hook: yaml.Node, document: Document, seen: set[yaml.Node]) -> Iterator[Reference]:
    """The image and the additional dependencies of a hook, as a configuration or the hook's own repository writes it."""
    language, name = hook.get("language"), hook.get("id")
    spoken = language.value if language is not None else _known(name.value if name is not None else "")
    entry = hook.get("entry")
    if spoken == "docker_image" and entry is not None and entry.value.split():
        yield _image(entry, document)
    for node in yaml.select(hook, "additional_dependencies", "*"):
        if node.kind == "scalar" and node.value.strip() and node not in seen:
            seen.add(node)  # an alias leads to the same place
            yield _dependency(node, spoken)


def _image(entry: yaml.Node, document: Document) -> Reference:
    """The image that an entry begins with; options of `docker run` may stand before it."""
    valued = False
    for word in re.finditer(r"\S+", entry.value):
        option = word[0]
        if valued:
            valued = False
        elif not option.startswith("-"):
            start = entry.inner.start + word.start()
            found = image_at(option, Span(start, min(start + len(option), entry.inner.end)), "hook image")
            exact = document.text[start : start + len(option)] == option
            return found if exact else found._replace(span=entry.inner).unpinnable()
        elif option in _VALUED:
            valued = True
        elif "=" not in option and option not in _SWITCHES:
            break
    why = "options of docker stand before it, and which of them takes a value is docker's own knowledge"
    return Reference(Artifact("image", entry.value[:100]), "", (), "unknown", entry.inner, "hook image", why)


def _at_rev(repo: yaml.Node, one: yaml.Node, document: Document) -> Reference:
    rev = one.get("rev") or one.get("sha")
    artifact = Artifact("git", repository_name(repo.value), repo.value)
    made = at_ref(artifact, rev, document, repo.inner, "hook repository")
    if repo.value.startswith((".", "/", "file:")):
        return made._replace(verdict="local", why="it lies in this repository or on this machine", site=None)
    if not document.path.endswith(".toml"):
        made = taken_as_text(made, rev)
    return made._replace(notation="git-frozen" if made.site is not None else "")


def _known(hook: str) -> str:
    return "python" if hook.removeprefix("mirrors-") in _PYTHON or hook.startswith("ruff") else "node" if hook in _NODE else ""


def _dependency(node: yaml.Node, language: str) -> Reference:
    """What a hook installs besides: judged where its language is written, known, or shown by the notation."""
    text, span = node.value.strip(), node.inner
    if not language:
        language = "python" if _LIKE_PIP.match(text) else "node" if _LIKE_NPM.match(text) else ""
    if language == "node":
        name, version, verdict, why = argument_verdict(text)
        settled = _NEVER_REPLACED if verdict == "version" else ""
        return Reference(Artifact("npm", name), version, (), verdict, span, _ROLE, why, settled)
    if language == "python":
        return requirement(text, span, _ROLE)
    why = f"pinlint does not know packages of {language} yet" if language else "only the hook's repository says its language"
    return Reference(Artifact("pypi", text), "", (), "unknown", span, _ROLE, why)
