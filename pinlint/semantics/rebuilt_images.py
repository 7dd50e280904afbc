"""Images that the workflows of a repository build once for each environment, from the same files.

Knows which steps build and push, and by what an environment is told: the job's own word, else the tags, else what file and job are
called. What differs in more than its environment is another image. Looks at the workflows of a repository once a run. Source: the
inputs of docker/build-push-action v6; the helps of docker, az and gcloud.
"""

from __future__ import annotations

import re
from collections import ChainMap
from typing import TYPE_CHECKING, NamedTuple

from pinlint.model import Fact, Script, Span
from pinlint.programs.acts import acts
from pinlint.programs.image_names import environment_words, test_registry
from pinlint.programs.reading import invocations
from pinlint.programs.words import Context
from pinlint.semantics.scripts import deployed_to, plain_values, script
from pinlint.semantics.test_grounds import is_test
from pinlint.semantics.workflow_steps import steps_of
from pinlint.syntax.yaml import read, select
from pinlint.text import Unparsable, Unread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.programs.acts import Act
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["rebuilt"]

_FOLDER = ".github/workflows/"
#: Words for environments by how late an image comes there.
_STAGES = (
    ("dev", "develop", "development", "sandbox", "int"),
    ("test", "testing", "tst", "qa", "uat", "acc", "acceptance"),
    ("stage", "staging", "stg"),
    ("preprod", "preproduction"),
    ("prod", "prd", "production", "live"),
)
_STAGE = {word: number for number, words in enumerate(_STAGES) for word in words}
_BUILDS = re.compile(r"(?i)(?:[\w.-]+/)(?:docker-)?build-push-action@")
#: Arguments that differ with every build and change nothing that matters.
_STAMP = re.compile(r"(?i)commit|sha|rev|date|time|version|vcs|ref|build_?(?:number|num|id|tag)|release|cache|tag")
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
_UNKNOWN = re.compile(r"\$|\{\{|`")
_COMMANDS = re.compile(r"\b(?:build|builds|buildx|deploy)\b")
#: Words of names of files and jobs that mean more often what is done than where.
_AMBIGUOUS = frozenset(("test", "testing", "int", "live"))
_PULLS = frozenset(("pull_request", "pull_request_target", "merge_group"))


class _Build(NamedTuple):
    """A build that is pushed: where it stands, of which job, what it is made of, and for which environment."""

    path: str
    span: Span
    job: str
    context: str
    made_of: tuple[str, str, str, frozenset[str]]
    stage: int
    word: str


def rebuilt(document: Document, tree: Tree) -> Iterator[Fact]:
    """The builds of a workflow that make again, for a later environment, what another job makes for an earlier one."""
    if is_test(document.path):
        return
    for one, before in tree.memo("images built again", "", lambda: _again(tree)).get(document.path, ()):
        what = f"builds {one.context} again for {one.word}: what {before.word} tested ({before.path}) was another build"
        yield Fact("rebuilt-image", one.span, f"{what}; push it once and promote its digest")


def _again(tree: Tree) -> dict[str, list[tuple[_Build, _Build]]]:
    """By workflow the last build, by environment, of what several are made of, and the one before."""
    groups: dict[tuple[str, str, str, frozenset[str]], list[_Build]] = {}
    for build in _builds(tree):
        groups.setdefault(build.made_of, []).append(build)
    found: dict[str, list[tuple[_Build, _Build]]] = {}
    for builds in groups.values():
        last = max(builds, key=lambda one: one.stage)
        before = [one for one in builds if one.stage < last.stage and (one.path, one.job) != (last.path, last.job)]
        if before:
            found.setdefault(last.path, []).append((last, max(before, key=lambda one: one.stage)))
    return found


def _builds(tree: Tree) -> Iterator[_Build]:
    for path in sorted(path for path in tree.listed() if path.startswith(_FOLDER) and path.endswith((".yml", ".yaml"))):
        try:
            document = tree.read(path)
            roots = read(document)
        except (Unread, Unparsable):
            continue
        for root in roots:
            if not is_test(path) and not _on_pulls(root):
                yield from _of_workflow(root, document, tree)


def _on_pulls(root: Node) -> bool:
    """Whether only proposals of changes start a workflow."""
    events = root.get("on")
    if events is None:
        return False
    names = (
        [key.value for key, _ in events.items()] if events.kind == "mapping" else [one.value for one in events.elements or [events]]
    )
    return bool(names) and _PULLS.issuperset(names)


def _of_workflow(root: Node, document: Document, tree: Tree) -> Iterator[_Build]:
    for held in select(root, "jobs"):
        for key, job in held.items():
            if next(select(job, "strategy", "matrix"), None) is None:
                reader = _Reader(root, key.value, job, document, tree)
                yield from reader.by_action()
                yield from reader.by_command()


class _Reader:
    """Reads the builds of one job."""

    def __init__(self, root: Node, name: str, job: Node, document: Document, tree: Tree) -> None:
        self.root, self.name, self.job, self.document, self.tree = root, name, job, document, tree

    def by_action(self) -> Iterator[_Build]:
        for step in steps_of(self.job):
            uses, given = step.get("uses"), step.get("with")
            if uses is None or given is None or uses.kind != "scalar" or not _BUILDS.match(uses.value) or not _pushes(given):
                continue
            lines = [*_lines(given, "build-args"), *(f"context {one}" for one in _lines(given, "build-contexts"))]
            made = _Recipe(
                _text(given, "context") or ".", _text(given, "file"), _text(given, "target"), lines, _text(given, "platforms")
            )
            yield from self.made(made, _lines(given, "tags"), uses.span)

    def by_command(self) -> Iterator[_Build]:
        """What the commands of a job build and push, also where one builds and another one pushes."""
        done = [pair for step in steps_of(self.job) for pair in self.acts_of(step)]
        pushes = [act for act, _ in done if act.verb == "push"]
        builds = [(act, folder) for act, folder in done if act.verb == "build" and act.targets]
        pushed = {image.written for act in pushes for _, image in act.images}
        for act, folder in builds if pushes and not any(map(test_registry, pushed)) else ():
            own = [image.written for _, image in act.images]
            if folder is None or not (len(builds) == 1 or pushed.intersection(own)) or any(map(test_registry, own)):
                continue
            context = _below(folder, act.targets[0].written)
            file = act.value("-f", "--file")
            target, platform = act.value("--target"), act.value("--platform")
            arguments = [word.text for name, word in act.options if name == "--build-arg"]
            made = _Recipe(
                context, _below(folder, file.text) if file is not None else "", target.text if target is not None else "",
                arguments, platform.text if platform is not None else "",
            )  # fmt: skip
            yield from self.made(made, own + (list(pushed) if len(builds) == 1 else []), act.call.span)

    def acts_of(self, step: Node) -> Iterator[tuple[Act, str | None]]:
        """What a step's script does to images, with the folder that it starts in; None where that cannot be told."""
        run = step.get("run")
        if run is None or run.kind != "scalar" or not _COMMANDS.search(run.value):
            return
        variables = ChainMap(*(plain_values(one.get("env"), "${{") for one in (step, self.job, self.root)))
        place = Script("", [], "sh", "ci", f"job {self.name}", foreign="github")
        calls = invocations(script(run, self.document, place, variables), self.document)
        folder = self.folder(step)
        if any(call.program in ("cd", "pushd") for call in calls):
            folder = None
        for act in acts(Context(self.document, self.tree, calls, known={})):
            yield act, folder

    def folder(self, step: Node) -> str | None:
        for holder, keys in ((step, ()), (self.job, ("defaults", "run")), (self.root, ("defaults", "run"))):
            for node in select(holder, *keys, "working-directory"):
                return None if node.kind != "scalar" or _UNKNOWN.search(node.value) else node.value
        return ""

    def made(self, recipe: _Recipe, tags: list[str], span: Span) -> Iterator[_Build]:
        """A build of which all is known that decides what it makes."""
        arguments = [one for one in recipe.arguments if not _STAMP.search(one.partition("=")[0])]
        written = [recipe.context, recipe.file, recipe.target, recipe.platforms, *arguments]
        if any(_UNKNOWN.search(one) for one in written) or "://" in recipe.context:
            return
        stages = {_STAGE[word]: word for word in self.words(tags) if word in _STAGE}
        if len(stages) != 1:
            return
        ((stage, word),) = stages.items()
        context = _plain(recipe.context)
        made_of = context, _plain(recipe.file or f"{context}/Dockerfile"), recipe.target, frozenset([*arguments, recipe.platforms])
        yield _Build(self.document.path, span, self.name, context, made_of, stage, word)

    def words(self, tags: list[str]) -> frozenset[str]:
        """The words that tell the environment."""
        own = deployed_to(self.job)
        if self.job.get("environment") is not None:
            return frozenset() if "$" in own else environment_words(own)
        found = frozenset(word for tag in tags for word in environment_words(_EXPRESSION.sub("", tag)))
        if found:
            return found
        called = f"{self.document.path.rpartition('/')[2].rpartition('.')[0]} {self.name}"
        return environment_words(called.replace("/", " ")) - _AMBIGUOUS


class _Recipe(NamedTuple):
    """What decides what a build makes."""

    context: str
    file: str
    target: str
    arguments: list[str]
    platforms: str


def _pushes(given: Node) -> bool:
    """Whether a build is pushed, at least sometimes."""
    outputs = _text(given, "outputs")
    return _text(given, "push").lower() not in ("", "false") or "push=true" in outputs or "type=registry" in outputs


def _text(given: Node, key: str) -> str:
    node = given.get(key)
    return node.value.strip() if node is not None and node.kind == "scalar" and not node.is_null else ""


def _lines(given: Node, key: str) -> list[str]:
    return [line.strip() for line in re.split(r"[\n,]" if key == "tags" else r"\n", _text(given, key)) if line.strip()]


def _plain(path: str) -> str:
    """A path of a build as all of its writings have it."""
    path = path.replace("{{defaultContext}}:", "").replace("{{defaultContext}}", ".")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    return "/".join(parts) or "."


def _below(folder: str, path: str) -> str:
    return f"{folder}/{path}" if folder and not path.startswith("/") else path
