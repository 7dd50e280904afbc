"""Which repositories a pom and its parents name, for what is asked for in it."""

from __future__ import annotations

from collections.abc import Sequence

from pinlint.ecosystems.maven.registry import Repositories
from pinlint.model import Reference
from pinlint.question import Question
from pinlint.semantics.effective_poms import model
from pinlint.semantics.pom_parents import parent_of
from pinlint.semantics.poms import Pom, load
from pinlint.text import Document
from pinlint.tree import Tree

__all__ = ["questions"]

_PLUGINS = ("plugin", "extension")


def questions(references: Sequence[Reference], document: Document, tree: Tree) -> list[Question]:
    """For each reference with what the pom and its parents in the repository say about where to ask for it."""
    pom = load(tree, document.path) if document.path.rpartition("/")[2] != "extensions.xml" else None
    found = {plugins: _named(pom, plugins, tree) for plugins in (False, True)}
    return [Question.about(one)._replace(directions=found[any(word in one.role for word in _PLUGINS)]) for one in references]


def _named(pom: Pom | None, plugins: bool, tree: Tree) -> Repositories:
    names = ("pluginRepositories", "pluginRepository") if plugins else ("repositories", "repository")
    named: dict[tuple[str, str], None] = {}
    doubts: dict[str, None] = {}
    seen: set[str] = set()
    while pom is not None and pom.path not in seen:
        seen.add(pom.path)
        for repository in pom.root.find(*names):
            if not any(one.text == "false" for one in repository.find("releases", "enabled")):
                url = model(tree, pom).expand(repository.read("url"))
                if url.problem:
                    doubts[url.problem] = None
                else:
                    named[repository.read("id"), url.value] = None
        parent = parent_of(tree, pom)
        if pom.parent and parent is None:
            doubts[f"{pom.parent.group}:{pom.parent.artifact}, outside this repository, may name more repositories"] = None
        pom = parent
    return Repositories(tuple(named), tuple(doubts))
