"""Steps of workflows that delete versions of containers: inputs that do not do what they say, and what tags lead to that goes with
them.

Knows the steps of workflows and actions; what an action takes and spares is in `cleanup_actions`, what a repository pushes in
`pushed_containers`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.budget import spend
from pinlint.model import Fact
from pinlint.semantics.cleanup_actions import cleanup
from pinlint.semantics.workflow_steps import REPOSITORY, jobs_of, steps_of
from pinlint.syntax.yaml import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Span
    from pinlint.semantics.cleanup_actions import Cleanup
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["cleanups"]

#: Names of three versions of a container, one of which any pattern meets that means some of them.
_NAMES = tuple(f"sha256:{digits}" for digits in ("0123456789abcdef" * 4, "fedcba9876543210" * 4, "a3c5e7f9b1d20468" * 4))
_LONGEST, _QUANTIFIERS = 200, 3
_STEPS = 2_000  # of an account, for a pattern that is tried
_DRY = ("dry-run", "dry_run", "dryrun")


def cleanups(root: Node, document: Document, tree: Tree) -> Iterator[Fact]:
    """What is wrong with the steps of a workflow or an action that delete."""
    for job in jobs_of(root):
        for step in steps_of(job):
            uses = step.get("uses")
            if uses is None or uses.kind != "scalar" or not literal(uses):
                continue
            given = step.get("with")
            items = given.items() if given is not None else ()
            pairs = [(key, value) for key, value in items if key.kind == value.kind == "scalar"]
            behind = document.text[uses.end : document.text.find("\n", uses.end) + 1 or len(document.text)]
            found = cleanup(uses.value, behind, {key.value: value.value for key, value in pairs})
            if found is not None:
                yield from _inputs(found, pairs)
                yield from _pins(found, uses.inner, root, job, tree)


def _inputs(found: Cleanup, pairs: list[tuple[Node, Node]]) -> Iterator[Fact]:
    """Inputs that the action does not have, and such that do something else."""
    for key, _ in pairs:
        name = key.value.lower()
        if name not in found.known and literal(key):
            what = "it deletes all the same" if name in _DRY else "it goes on as if nothing stood there"
            detail = f"{found.name} has no input {key.value[:60]}, so {what}; take it out{_instead(found, name)}"
            yield Fact("contrary-retention", key.inner, detail)
    if found.name != "actions/delete-package-versions":
        return
    values = {key.value.lower(): value for key, value in pairs}
    container = found.inputs.get("package-type", "").strip().lower() == "container"
    ignored = values.get("ignore-versions")
    if container and ignored is not None and _never(ignored.value) and not found.is_on("delete-only-pre-release-versions"):
        detail = (
            "ignores nothing: versions of a container are called sha256:…, and no tag is looked at; take an action that keeps tags"
        )
        yield Fact("contrary-retention", ignored.inner, detail)
    before = values.get("delete-only-pre-release-versions")
    if container and before is not None and found.is_on("delete-only-pre-release-versions"):
        detail = (
            "deletes releases, too: versions of a container are called sha256:…, so none is taken for a release; take an action "
            "that keeps tags"
        )
        yield Fact("contrary-retention", before.inner, detail)
    yield from _together(found, values)


def _instead(found: Cleanup, name: str) -> str:
    """What a later version calls an input that earlier ones had."""
    later = {
        "keep-at-least": "keep-n-most-recent", "skip-tags": "image-tags with a ! before each", "filter-tags": "image-tags",
        "untagged-only": "tag-selection", "account-type": "account", "org-name": "account",
        "filter-include-untagged": "tag-selection",
    }  # fmt: skip
    return f", or write {later[name]}" if found.name == "snok/container-retention-policy" and name in later else ""


def _together(found: Cleanup, values: dict[str, Node]) -> Iterator[Fact]:
    """Inputs that the action refuses side by side (src/input.ts, checkInput)."""
    count = found.inputs.get("num-old-versions-to-delete", "").strip()
    if not re.fullmatch(r"\d{1,9}", count) or int(count) < 2:
        return
    keeps = re.fullmatch(r"\d{1,9}", found.inputs.get("min-versions-to-keep", "").strip())
    untagged = found.is_on("delete-only-untagged-versions") and found.inputs.get("package-type", "").strip().lower() == "container"
    beside = (
        "min-versions-to-keep" if keeps
        else "delete-only-untagged-versions" if untagged
        else "delete-only-pre-release-versions" if found.is_on("delete-only-pre-release-versions")
        else ""
    )  # fmt: skip
    if beside:
        detail = f"the action refuses num-old-versions-to-delete beside {beside} (Invalid input combination); take one of them out"
        yield Fact("refused-retention", values["num-old-versions-to-delete"].inner, detail)


def _never(pattern: str) -> bool:
    """Whether a pattern meets the name of no version of a container; only of patterns that cost little to try."""
    if "${{" in pattern or not pattern or len(pattern) > _LONGEST or pattern == "^$":
        return False
    if re.search(r"\)[*+{]", pattern) or any(len(re.findall(r"[*+{]", one)) > _QUANTIFIERS for one in pattern.split("|")):
        return False
    spend(_STEPS)
    try:
        compiled = re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return not any(compiled.search(name) for name in _NAMES)


def _pins(found: Cleanup, place: Span, root: Node, job: Node, tree: Tree) -> Iterator[Fact]:
    """The parts of images that the step deletes."""
    if not found.deletes_untagged:
        return
    from pinlint.semantics.own_repository import origin  # few clean-ups are careless
    from pinlint.semantics.pushed_containers import pushed
    from pinlint.semantics.workflow_names import several
    from pinlint.semantics.workflow_outputs import Outputs

    own = origin(tree).rpartition("/")[2].lower() or REPOSITORY
    outputs = Outputs(root)
    wanted = [name.replace(REPOSITORY, own).lower() for one in found.containers for name in several(one, root, job, outputs)]
    if not wanted and not (found.name.startswith("chizkiyahu") and not found.containers):
        return
    containers = pushed(tree)
    spend(len(containers) * max(1, len(wanted)))
    for container in containers:
        name = container.name.replace(REPOSITORY, own).lower()
        if any(_fits(name, one) for one in wanted) or not wanted:
            how = f"{container.path} pushes {container.why}"
            why = "no tag names them, and pulls by tag or digest fail without them"
            what = "take an action that spares what a tag leads to"
            detail = f"deletes parts of the container {container.shown}, which {how}: {why}; {what}"
            yield Fact("retention-of-pins", place, detail)
            return


def _fits(name: str, pattern: str) -> bool:
    if "*" not in pattern:
        return name == pattern
    return re.fullmatch(".*".join(map(re.escape, re.split(r"\*+", pattern)[:20])), name) is not None
