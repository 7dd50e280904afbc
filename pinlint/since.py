"""What a change brings: the findings that a commit does not have.

Knows how a finding is told from one of another commit, also where its line moved or its file was renamed; must not know how
findings are made or shown.
"""

from __future__ import annotations

import os
from collections import Counter
from hashlib import new
from typing import TYPE_CHECKING

from pinlint.baseline import subject
from pinlint.commit import Commit, CommitTree, base, commit, renames
from pinlint.config import load
from pinlint.discover import Found
from pinlint.errors import PinlintError
from pinlint.formats import named
from pinlint.model import STRENGTH
from pinlint.schedule import check_all
from pinlint.text import Unread
from pinlint.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pinlint.config import Policy
    from pinlint.engine import Checked
    from pinlint.model import Diagnostic

__all__ = ["AUTO", "brought", "loosened", "revision", "were"]

#: The word for the merge base with the target of the pull request that CI is at.
AUTO = "auto"

#: Variables of CI that name the commit a pull request starts from, and those that name the branch it goes to.
_COMMITS = ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "PULL_BASE_SHA", "BITBUCKET_PR_DESTINATION_COMMIT")
_BRANCHES = (
    "GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "SYSTEM_PULLREQUEST_TARGETBRANCH", "CHANGE_TARGET",
    "BITBUCKET_PR_DESTINATION_BRANCH", "CI_COMMIT_TARGET_BRANCH", "BUILDKITE_PULL_REQUEST_BASE_BRANCH",
)  # fmt: skip


def revision(root: str, asked: str, environment: Mapping[str, str]) -> Commit:
    """The commit to compare with. AUTO is where the change left the branch that it goes to, by the variables of GitHub, GitLab,
    Azure, Jenkins, Bitbucket, Woodpecker, Buildkite and Prow, else by the default branch of `origin`. Raises PinlintError."""
    if asked != AUTO:
        return commit(root, asked)
    if environment.get("GITHUB_BASE_REF") and (merged := _first_parent(root)):
        return merged  # GitHub checks out the change merged into its target
    for name in _COMMITS:
        if value := environment.get(name, ""):
            return base(root, value)
    for name in _BRANCHES:
        if value := environment.get(name, ""):
            return base(root, f"origin/{value.removeprefix('refs/heads/')}")
    try:
        return base(root, "origin/HEAD")
    except PinlintError as error:
        raise PinlintError(
            "--since auto finds no pull request in the variables of CI, and no default branch of origin",
            "name what the change is to be compared with: --since origin/main",
        ) from error


def _first_parent(root: str) -> Commit | None:
    """The first parent of what is checked out, if that is a merge."""
    try:
        commit(root, "HEAD^2")
        return commit(root, "HEAD^1")
    except PinlintError:
        return None


def brought(
    found: Found, checked: list[Checked], diagnostics: list[Diagnostic], before: Commit, policy: Policy, jobs: int
) -> list[Diagnostic]:
    """The findings, with those that the commit has as well marked as suppressed, as often as it has them. Both are judged under
    the same policy."""
    formats = {one.path: one.format for one in checked}
    paths = sorted({one.path for one in diagnostics if not one.suppressed and one.path in formats})
    if not paths:
        return diagnostics
    tree = CommitTree(before)
    names = were(paths, tree, Tree(found.root, list), before)
    files = [(names[path], named(formats[path])) for path in paths if path in names]
    now = {old: path for path, old in names.items()}
    past = check_all(Found(before.root, files, commit=before), policy, "", jobs)
    known = Counter(
        (now[two.path], subject(two)) for one in past for two in one.diagnostics if not two.suppressed and two.path in now
    )
    return list(_marked(diagnostics, known, before))


def _marked(diagnostics: list[Diagnostic], known: Counter[tuple[str, str]], before: Commit) -> Iterator[Diagnostic]:
    for one in diagnostics:
        name = one.path, subject(one)
        if not one.suppressed and known[name] > 0:
            known[name] -= 1
            one = one._replace(suppressed="commit", reason=f"commit {before.id[:12]} has it, too")
        yield one


def were(paths: list[str], tree: CommitTree, now: Tree, before: Commit) -> dict[str, str]:
    """What each path was called in a commit; nothing where there was no such file."""
    known = {path: path for path in paths if tree.exists(path)}
    strange = [path for path in paths if path not in known]
    if not strange:
        return known
    renamed = renames(before)
    gone: dict[str, str] = {}
    for old, entry in tree.entries.items():
        if entry.id not in gone and not now.exists(old):
            gone[entry.id] = old
    for path in strange:
        old = renamed.get(path) or gone.get(_content_id(path, now, before), "")
        if old and old not in known.values():
            known[path] = old
    return known


def _content_id(path: str, now: Tree, before: Commit) -> str:
    """The name that git gives the content of a file."""
    try:
        data = now.bytes(path)
    except Unread:
        return ""
    content = new(before.directory.kind, usedforsecurity=False)
    content.update(b"blob %d\0" % len(data))
    content.update(data)
    return content.hexdigest()


def loosened(before: Commit, root: str) -> list[str]:
    """In what the root's policy asks for less than that of a commit, in words: requirements, rules, files, exceptions."""
    try:
        old, policy = load(before.root, "", CommitTree(before)), load(root)
    except PinlintError:
        return []  # that was no policy
    said = []
    for kind, level in policy.require.items():
        once = old.require.get(kind, old.require.get(kind.partition(":")[0], "any"))
        if STRENGTH.get(level, -1) < STRENGTH.get(once, -1):
            said.append(f"{kind} {once} → {level}")
    for word, now, then in (
        ("ignores", policy.ignore, old.ignore),
        ("excludes", policy.exclude, old.exclude),
        ("exception for", _exceptions(policy), _exceptions(old)),
        ("override for", [", ".join(one.paths) for one in policy.overrides], [", ".join(one.paths) for one in old.overrides]),
    ):
        said += [f"{word} {one}" for one in now if one not in then]
    said += [f"severity {code} {level}" for code, level in policy.severity.items() if old.severity.get(code) != level != "error"]
    if old.fail_on != policy.fail_on and policy.fail_on in ("error", "never") and old.fail_on != "never":
        said.append(f"fails on {old.fail_on} → {policy.fail_on}")
    if policy.baseline and policy.baseline != old.baseline:
        said.append(f"baseline {os.path.basename(policy.baseline)}")
    return said


def _exceptions(policy: Policy) -> list[str]:
    return [" ".join(part for part in (one.rule, one.path, one.artifact) if part) for one in policy.ignores]
