"""Workflows that push images unsigned in a repository whose other workflows sign what they push.

Knows what signs or attests an image in a workflow, and what may do so unseen; must not know how a push is found. Looks at the
workflows of a repository once a run. Silent where anything may sign that the files do not show: another repository's workflow, a
tool that is told to elsewhere, a registry that signs what it gets. Sources: actions/attest v3, notation-action v1,
slsa-github-generator v2, goreleaser's `docker_signs`, ECR's PutSigningConfiguration (2026-11).
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from pinlint.model import Fact, Span
from pinlint.programs.image_names import test_registry
from pinlint.semantics.test_grounds import is_test
from pinlint.semantics.workflow_steps import jobs_of, joined, named, steps_of
from pinlint.syntax.yaml import read, select
from pinlint.text import Unparsable, Unread
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["ASIDE", "SIGNS", "may_sign", "pushed_by_command", "signed_unseen", "unsigned"]

_FOLDER = ".github/workflows/"
_WORKFLOW = (".yml", ".yaml")
#: Commands and actions that sign or attest an image, and not files.
SIGNS = re.compile(r"(?m)^(?!\s*(?:#|echo\b)).*?\b(?:cosign\s+(?:sign|attest)|notation\s+sign)(?![\w-])")
_ACTIONS = ("notaryproject/notation-action/sign@",)
_ATTESTS = ("actions/attest@", "actions/attest-build-provenance@", "actions/attest-sbom@")
_GENERATORS = "slsa-framework/slsa-github-generator/.github/workflows/generator_container_slsa3.yml@"
#: What a file holds that may sign, by its own word or by a tool that does when it is told to.
_MAY_SIGN = re.compile(
    rb"(?i)cosign|notation|attest|sigstore|slsa|\bsign(?:s|ed|er|ing|atures?)?(?![a-z])|goreleaser|\bko\b|setup-ko|chains|github-builder|content_trust"
)
_ELSEWHERE = re.compile(r"(?:^|/)\.?goreleaser[\w.-]*\.ya?ml$|(?:^|/)\.ko\.ya?ml$")
_TOLD = re.compile(rb"signs\b|attest")
_SIGNING_REGISTRY = re.compile(rb"signing_configuration|ECR::SigningConfiguration")
#: Scripts beside the workflows, what starts them, and what a signing one holds.
_SCRIPTS = re.compile(r"(?:^|/)(?:GNU)?[Mm]akefile$|\.(?:mk|sh|bash)$|(?:^|/)\.?[Jj]ustfile$|(?:^|/)[Tt]askfile\.ya?ml$")
_STARTS = re.compile(rb"\b(?:make|just|task|bash|sh|mage|bazel|earthly|dagger)\b|\./[\w./-]+")
_SIGNING_SCRIPT = re.compile(rb"cosign\W+(?:sign|attest)|notation\W+sign")
_FILES = 500
#: Commands that push an image, or that build one and may, and the rest of such a command, which may go on in the next line.
_PUSH = re.compile(
    r"(?<![\w./-])(?P<call>(?:docker|podman|nerdctl|buildah)[ \t]+(?:(?:image[ \t]+)?push|(?:buildx[ \t]+)?build)(?![\w-]))"
)
_NO_COMMAND, _BEFORE = re.compile(r"#|\becho\b"), 200
_REST = re.compile(r"(?:[^\n\\;&|]|\\(?:\r\n|.))*", re.DOTALL)
#: Tags and images that nobody runs for long.
ASIDE = re.compile(
    r"(?i)cache|(?:^|[/_-])(?:ci|test|tests|tmp|dev|devcontainer|preview|pr)(?:[:/_.-]|$)|:pr-|:\$\{\{ github\.event\.number"
)


class _Workflow(NamedTuple):
    """A workflow: whether it signs images, whether something in it may, the workflows and local actions that it calls, the names of
    workflows on whose end it starts, its own name, whether only others call it, and whether only proposals of changes start it."""

    path: str
    signs: bool
    may: bool
    calls: frozenset[str]
    after: frozenset[str]
    name: str
    called: bool
    tried: bool


class _Signers(NamedTuple):
    """The workflows and local actions of a repository by path; which of them sign, or may, by themselves or by what they call."""

    workflows: dict[str, _Workflow]
    sure: set[str]
    may: set[str]


def _signer_beside(path: str, tree: Tree) -> str:
    """The workflow that signs what it pushes, beside one at `path` that signs nothing; "" where there is none, or where it may be
    that one's images are signed after all."""
    known = tree.memo("workflows that sign", "", lambda: _signers(tree))
    own = known.workflows.get(path)
    if own is None or own.tried or is_test(path) or path in known.may:
        return ""
    if any(own.name in one.after or "*" in one.after for one in known.workflows.values() if one.signs or one.may):
        return ""
    callers = [one.path for one in known.workflows.values() if path in one.calls]
    if (own.called and not callers) or not known.may.isdisjoint(callers):
        return ""
    signer = next((one for one in known.workflows if one in known.sure and not is_test(one)), "")
    return "" if signer and tree.memo("images that something signs unseen", "", lambda: signed_unseen(tree)) else signer


def unsigned(root: Node, document: Document, tree: Tree) -> Iterator[Fact]:
    """The first push of each job that nothing signs."""
    signer = None
    for job in jobs_of(root):
        for place, image in _pushed(job, document):
            signer = _signer_beside(document.path, tree) if signer is None else signer
            full = named(image, root, job) or image
            if signer and not ASIDE.search(full) and not test_registry(full):
                what = image[:100] if image else "an image"
                why = f"pushes {what} and signs nothing, where {signer} signs images; sign its digest here, too"
                yield Fact("unsigned-build", place, why)
                break


def _pushed(job: Node, document: Document) -> Iterator[tuple[Span, str]]:
    """(where a step pushes an image, its first name as far as it is known) by the action or by commands."""
    for step in steps_of(job):
        uses, given, run = step.get("uses"), step.get("with"), step.get("run")
        if uses is not None and given is not None and uses.value.startswith("docker/build-push-action@") and _pushes(given):
            yield uses.inner, _image(given)
        if run is not None and run.kind == "scalar":
            yield from pushed_by_command(document, run.start, run.end)


def pushed_by_command(document: Document, start: int, end: int) -> Iterator[tuple[Span, str]]:
    """(where a command pushes an image, its name as far as it is known) in a stretch of a document."""
    for found in _PUSH.finditer(document.text, start, end):
        line = document.text[max(start, found.start() - _BEFORE) : found.start()].rpartition("\n")[2]
        image = None if _NO_COMMAND.search(line) else _told(found["call"], document.text, found.end())
        if image is not None:
            yield Span(*found.span("call")), "" if image.startswith("$") else image


def _told(call: str, text: str, at: int) -> str | None:
    """The image that a command names which goes on at a place, "" where it names none; None for a build that pushes nothing."""
    rest = _REST.match(text, at)
    words = [word.strip("\"'") for word in joined(rest[0] if rest is not None else "").split()]
    if call.endswith("push"):
        return next((word for word in words if not word.startswith(("-", "\\"))), "")
    if "--push" not in words:
        return None
    tags = [word.removeprefix("--tag=") for word in words if word.startswith("--tag=")]
    return next((after for word, after in pairwise(words) if word in ("-t", "--tag")), tags[0] if tags else "")


def _pushes(given: Node) -> bool:
    push, outputs = given.get("push"), given.get("outputs")
    said = push.value.strip() if push is not None else ""
    return said == "true" or "${{" in said or (outputs is not None and "push=true" in outputs.value)


def _image(given: Node) -> str:
    """The first image that a build tags, "" where the file does not say."""
    tags = given.get("tags")
    first = next(iter(re.split(r"[\s,]+", joined(tags.value).strip())), "") if tags is not None else ""
    return first if "steps." not in first and "needs." not in first else ""


def _signers(tree: Tree) -> _Signers:
    known = _workflows(tree)
    callers: dict[str, list[str]] = {}
    for one in known.values():
        for path in one.calls:
            callers.setdefault(path, []).append(one.path)
    signing = [one.path for one in known.values() if one.signs]
    unsure = [one.path for one in known.values() if one.may]
    unread = callers.keys() - known.keys()
    return _Signers(known, _calling(signing, callers), _calling([*signing, *unsure, *unread], callers))


def _calling(some: list[str], callers: dict[str, list[str]]) -> set[str]:
    """These, and whatever calls one of them, by others or itself."""
    found, waiting = set(some), list(some)
    while waiting:
        for path in callers.get(waiting.pop(), ()):
            if path not in found:
                found.add(path)
                waiting.append(path)
    return found


def _workflows(tree: Tree) -> dict[str, _Workflow]:
    """The workflows and the local actions of a repository, by path."""
    found: dict[str, _Workflow] = {}
    for path in sorted(tree.listed()):
        action = path.endswith(("action.yml", "action.yaml"))
        if not ((path.startswith(_FOLDER) and path.endswith(_WORKFLOW)) or action) or len(found) == _FILES:
            continue
        try:
            document = tree.read(path)
            root = next(iter(read(document)), None)
        except (Unread, Unparsable):
            continue
        if root is not None:
            found[path] = _workflow(path, root, may_sign(document.data, tree))
    return found


def may_sign(data: bytes, tree: Tree) -> bool:
    """Whether a workflow of these bytes may sign: by itself, or by a script of the repository."""
    if _MAY_SIGN.search(data):
        return True
    return _STARTS.search(data) is not None and tree.memo("scripts that sign", "", lambda: _scripts_sign(tree))


def _scripts_sign(tree: Tree) -> bool:
    return any(_holds(path, _SIGNING_SCRIPT, tree) for path in tree.listed() if _SCRIPTS.search(path))


def _holds(path: str, pattern: re.Pattern[bytes], tree: Tree) -> bool:
    try:
        return pattern.search(tree.bytes(path)) is not None
    except Unread:
        return False


def _workflow(path: str, root: Node, may: bool) -> _Workflow:
    steps = [step for job in jobs_of(root) for step in steps_of(job)]
    jobs = [called.value for job in jobs_of(root) if (called := job.get("uses")) is not None]
    used = [*jobs, *(one.value for step in steps if (one := step.get("uses")) is not None)]
    events = root.get("on")
    named = [key.value for key, _ in events.items()] if events is not None and events.kind == "mapping" else []
    named += [one.value for one in select(root, "on", "*")] if not named else []
    named += [events.value] if events is not None and events.kind == "scalar" else []
    after = frozenset(one.value for one in select(root, "on", "workflow_run", "workflows", "*"))
    if "registry_package" in named:
        after = frozenset("*")
    name = root.get("name")
    may = may or any(not one.startswith("./") for one in jobs)
    return _Workflow(
        path, any(map(_signing, steps)) or any(one.startswith(_GENERATORS) for one in jobs), may, frozenset(_called(used)), after,
        name.value if name is not None else path, set(named) == {"workflow_call"},
        bool(named) and set(named) <= {"pull_request", "pull_request_target", "merge_group"},
    )  # fmt: skip


def _called(used: list[str]) -> Iterator[str]:
    """The files of the repository that a workflow or an action calls."""
    for one in used:
        if one.startswith("./"):
            at = join("x", one[2:])
            yield at if at.endswith(_WORKFLOW) else f"{at.rstrip('/')}/action.yml"


def _signing(step: Node) -> bool:
    """Whether a step signs or attests an image."""
    uses, given, run = step.get("uses"), step.get("with"), step.get("run")
    if run is not None and run.kind == "scalar" and SIGNS.search(run.value):
        return True
    if uses is None or uses.kind != "scalar":
        return False
    return uses.value.startswith(_ACTIONS) or (
        uses.value.startswith(_ATTESTS) and given is not None and given.get("subject-name") is not None
    )


def signed_unseen(tree: Tree) -> bool:
    """Whether something signs images that no workflow tells to."""
    for path in tree.listed():
        tool = _ELSEWHERE.search(path) is not None
        if not tool and not path.endswith((".tf", "ecr.yml", "ecr.yaml", "ecr.json")):
            continue
        if "ko." in path or _holds(path, _TOLD if tool else _SIGNING_REGISTRY, tree):
            return True
    return False
