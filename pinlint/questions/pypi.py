"""Which indexes requirements files and uv's settings beside them name, for the requirements of the files."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from pinlint.ecosystems.pypi.uv import Indexes, indexes, table_at
from pinlint.formats.requirements.sets import FileSet, items_of
from pinlint.model import Reference, Span
from pinlint.question import VERSION, Question
from pinlint.text import Document, Unread
from pinlint.toml import loads
from pinlint.tree import Tree, join

__all__ = ["about", "directions", "questions", "settings_of_uv"]


def questions(references: Sequence[Reference], document: Document, tree: Tree) -> list[Question]:
    """For requirements of a file that are to be given a version and no hash."""
    told, problem = directions([FileSet(document, items_of(document.text), tree)], tree)
    if document.path.endswith(".in"):
        problem = "the versions of an input file belong into what is compiled from it: run pip-compile --generate-hashes"
    return [about(reference, document, told, problem)._replace(wanted=VERSION) for reference in references]


def about(reference: Reference, document: Document, told: Indexes, problem: str) -> Question:
    """What is asked about one of the requirements: a version cannot be chosen for a Python that is not the user's."""
    asked = Question.about(reference)._replace(directions=told, problem=problem)
    site = reference.site
    marker = document.text[site.start : site.end].partition(";")[2] if isinstance(site, Span) else ""
    if asked.loose and "python" in marker and not problem:
        return asked._replace(problem=f"the marker of {asked.name} may speak of another Python than yours")
    return asked


def directions(sets: Sequence[FileSet], tree: Tree) -> tuple[Indexes, str]:
    """(what the lines of the files say about indexes, and the project's settings of uv where no line takes the default's place; why
    pinlint cannot follow them: "" = it can). Only plain addresses are followed: no variable, no login, no local place."""
    members = {member.path: member for whole in sets for member in whole.members}
    lines = [item.line for member in members.values() for item in member.items if not item.requirement and not item.include]
    options = [option for line in lines for option in line.options]
    first = list(dict.fromkeys(option.value for option in options if option.name == "index-url"))
    more = list(dict.fromkeys(option.value for option in options if option.name == "extra-index-url"))
    settings = dict.fromkeys(indexes(settings_of_uv(path, tree)[1], {}) for path in members)
    if not first:
        first = list(dict.fromkeys(one.first for one in settings if one.first))
    more = list(dict.fromkeys((*more, *(url for one in settings for url in one.more))))
    problem = ""
    if any(option.name in ("no-index", "find-links") for option in options):
        problem = "the files say where pip looks (--no-index, --find-links), and pinlint does not: `pip hash FILE` prints a hash"
    elif len(first) > 1:
        problem = "the files name several indexes to take the place of the default one: leave one"
    elif any("${" in url for url in (*first, *more)):
        problem = "the files name an index by a variable, which pinlint does not expand: name it in pip.conf"
    elif any(not url.startswith(("https://", "http://")) or url.split() != [url] for url in (*first, *more)):
        problem = "the files name an index that is no http(s) address: name one in pip.conf"
    elif any("?" in url or "#" in url for url in (*first, *more)):
        problem = "the files name an index with a query or a fragment, behind which no project has a page: correct it"
    return Indexes(first[0] if first else "", tuple(more)), problem


def settings_of_uv(path: str, tree: Tree) -> tuple[str, dict[str, Any]]:
    """(the file, its table of settings) that counts for a file of a repository: uv.toml or [tool.uv] in pyproject.toml, of the
    nearest directory; ("", {}) where there is none."""
    folder = path
    while folder:
        folder = folder.rpartition("/")[0]
        for name in ("uv.toml", "pyproject.toml"):
            where, table = join(f"{folder}/x" if folder else "x", name), {}
            with suppress(Unread, ValueError, RecursionError):
                table = loads(tree.read(where).text)
            if name == "pyproject.toml":
                table = table_at(table_at(table, "tool"), "uv")
            if table:
                return where, table
    return "", {}
