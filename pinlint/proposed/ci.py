"""The job that judges a repository in the CI that it uses.

Knows by which files each CI is told, and how its job is written (the files beside this one); must not know what else is proposed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pinlint.git import small
from pinlint.proposed import Proposal
from pinlint.proposed.hook import with_entry
from pinlint.semantics.own_repository import origin
from pinlint.syntax.yaml import documents
from pinlint.text import Unparsable, Unread

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinlint.proposed.source import Source
    from pinlint.tree import Tree

__all__ = ["job", "written"]

#: A word that a file of CI holds which runs pinlint: as an action, a hook's id, a command, a component.
_USED = rb"(?i)\bpinlint\b"
_READ = 1 << 20


class _Server(NamedTuple):
    """A CI: the word in the host of an origin that tells it, the files that do, how the job is written and where."""

    word: str
    told_by: str
    template: str
    path: str


_SERVERS = (
    _Server("github", r"\.github/workflows/[^/]+\.ya?ml", "github.yml", ".github/workflows/pinlint.yml"),
    _Server("gitlab", r"\.gitlab-ci\.yml", "gitlab.yml", ".gitlab/pinlint.gitlab-ci.yml"),
    _Server("azure", r"(?:\.?azure-pipelines/.*|\.?azure-pipelines[^/]*)\.ya?ml", "azure.yml", ".azure-pipelines/pinlint.yml"),
    _Server("jenkins", r"Jenkinsfile", "jenkins.groovy", "pinlint.Jenkinsfile"),
)
_SAID = {
    "github": "a push is judged as a whole, a pull request by what it brings",
    "gitlab": "the default branch is judged as a whole, a merge request by what it brings",
    "azure": "make a pipeline of it on the server; a pull request is judged by what it brings",
    "jenkins": "make a multibranch project with this script path, or take its stage over into yours",
}


def job(tree: Tree, paths: Iterable[str], source: Source) -> list[Proposal]:
    """The job for the CI that the repository uses: the one of its origin, else the first that its files tell; none where pinlint
    runs there already, or nothing tells."""
    paths = list(paths)
    told = [one for one in _SERVERS if any(re.fullmatch(one.told_by, path) for path in paths)]
    host = origin(tree).partition("/")[0]
    chosen = next((one for one in told if one.word in host), told[0] if told else None)
    if chosen is None or any(_uses(tree, path) for one in _SERVERS for path in paths if re.fullmatch(one.told_by, path)):
        return []
    if any(tree.exists(path) for path in (chosen.path, chosen.path.removesuffix("yml") + "yaml")):
        return []
    text = written(chosen.template, source, _branch(tree.root))
    if chosen.word == "gitlab":
        text = text.replace("  rules:", f"  stage: {stage}\n  rules:", 1) if (stage := _stage(tree)) else text
        return [Proposal(chosen.path, None, text.encode(), _SAID["gitlab"]), *_included(tree, chosen.path)]
    path = chosen.path.removesuffix("yml") + "yaml" if _long(paths, chosen) else chosen.path
    return [Proposal(path, None, text.encode(), _SAID[chosen.word])]


def _long(paths: list[str], chosen: _Server) -> bool:
    """Whether most files of the kind are called .yaml here."""
    ends = [path.rpartition(".")[2] for path in paths if re.fullmatch(chosen.told_by, path)]
    return chosen.path.endswith(".yml") and ends.count("yaml") > ends.count("yml")


def _stage(tree: Tree) -> str:
    """The stage that the job needs to be told, because the one that it would be in is none here; "" for none."""
    try:
        roots = documents(tree.read(".gitlab-ci.yml").text)
    except (Unread, Unparsable):
        return ""
    stages = [one.value for root in roots for key, value in root.raw_pairs if key.value == "stages" for one in value.raw_elements]
    return stages[0] if stages and "test" not in stages and re.fullmatch(r"[\w.-]+", stages[0]) else ""


def _uses(tree: Tree, path: str) -> bool:
    try:
        return re.search(_USED, tree.bytes(path)) is not None
    except Unread:
        return False


def written(template: str, source: Source, branch: str) -> str:
    """A job that fetches pinlint from its source; on GitHub as an action where that is the same server."""
    from importlib.resources import files

    host, _, path = source.name.partition("/")
    if template == "github.yml" and host != "github.com":
        template = "github-elsewhere.yml"
    text = files("pinlint.proposed").joinpath(template).read_text("utf-8")
    for mark, value in (("@SOURCE@", source.address), ("@COMMIT@", source.commit), ("@ACTION@", path), ("@BRANCH@", branch)):
        text = text.replace(mark, value)
    return text


def _branch(root: str) -> str:
    """The branch that is checked out, as the one that is pushed to; `main` where its name cannot be told or would need quotes."""
    from pinlint.commit import repository
    from pinlint.errors import PinlintError

    try:
        head = small(f"{repository(root).path}/HEAD").decode("ascii", "replace")
    except PinlintError:
        return "main"
    found = re.fullmatch(r"ref: refs/heads/([A-Za-z][\w./-]*)\n?", head)
    return found[1] if found else "main"


def _included(tree: Tree, path: str) -> list[Proposal]:
    """GitLab reads one file, which has to name the other."""
    try:
        document = tree.read(".gitlab-ci.yml")
    except Unread:
        return []
    why = "the one file that GitLab reads names the job"
    if not re.search(r"(?m)^include\s*:", document.text):
        text = document.text
        newline = "\r\n" if "\r\n" in text else "\n"
        made = text + ("" if text.endswith("\n") or not text else newline) + f"{newline}include:{newline}  - local: {path}{newline}"
        return [Proposal(".gitlab-ci.yml", document.data, document.encode(made), why)]
    new = with_entry(document, "include", [f"local: {path}"])
    if new is None:
        return [Proposal("", None, b"", f"add `local: {path}` to `include` of .gitlab-ci.yml")]
    return [Proposal(".gitlab-ci.yml", document.data, new, why)]
