"""Update bots: what they make of a commit in the place of a tag.

Source: Renovate's managers flux (`ref.commit` goes before `ref.tag`, and without a version beside it the default branch is
followed), argocd, gitlabci-include, kustomize and pip_requirements (a commit is no version there: the dependency is skipped).
"""

from __future__ import annotations

from pinlint.fix.consumers import index
from pinlint.fix.consumers.site import REMARK, UNSAFE, Objection, Site

__all__ = ["follow_default_branch", "see_no_version"]


def follow_default_branch(site: Site) -> Objection | None:
    """Flux takes a `commit` before a `tag`, and Renovate updates it to the newest of the default branch."""
    if site.reference.verdict != "tag":
        return None
    config = index.of(site.tree).renovate
    if config:
        return Objection(
            f"Renovate ({config}) would move the commit with the default branch from then on, whatever the tag says", UNSAFE
        )
    return Objection("Renovate would move the commit with the default branch, whatever the tag says", REMARK)


def see_no_version(site: Site) -> Objection | None:
    """Where no bot reads a version behind a commit, none proposes the next one."""
    if site.reference.verdict != "tag":
        return None
    return Objection("update bots see a commit there and propose no newer version", REMARK)
