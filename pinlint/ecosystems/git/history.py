"""Whether a commit lies in the history of a repository's branches or tags: those that only somebody with the right to push makes.

A host hands out any commit that it has, also those of forks and of pull requests, which anybody makes. What is asked is what the
tips have and the commit's own history has not: commits alone, without folders or files. The commit lies in the history of a tip
exactly if it is one, or if one of these names it as a parent. (git's own "ready" is no answer: it counts the commit's parents as
had, and those of a fork's commit are real.) Where GitHub's own page answers that a branch has it, nothing more is asked; that
nothing has it, that page is not believed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pinlint.ecosystems.git.credentials import server
from pinlint.ecosystems.git.packs import Broken, parents, peeled
from pinlint.ecosystems.git.protocol import HISTORY, Host, Missing, Unable
from pinlint.http import Client, Failed, loaded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinlint.ecosystems.git.registry import Found

__all__ = ["BRANCH", "GONE", "OUTSIDE", "TAG", "is_behind", "place_of"]

BRANCH, TAG, OUTSIDE, GONE = "branch", "tag", "outside", "gone"

#: Bytes of history that are looked through: some thirty thousand commits since the one that is asked about.
_LARGEST = 32 << 20
#: Tips that one question names.
_TIPS = 20_000
_HEADS, _TAGS = "refs/heads/", "refs/tags/"


def place_of(commit: str, url: str, refs: Sequence[Found], host: Host, client: Client, *, thorough: bool = False) -> str:
    """BRANCH, TAG, OUTSIDE or GONE. The word of a tag that is at the commit is taken unless `thorough`: whoever may push can tag
    the commit of a fork. Raises Failed where it cannot be told."""
    tips = _Tips(refs)
    commit = tips.commit(commit)
    if commit in tips.branches or (commit in tips.tags and not thorough):
        return BRANCH if commit in tips.branches else TAG
    if _shown(commit, url, client):
        return BRANCH
    try:
        there = host.fetch(url, [commit], "deepen 1", HISTORY)
        commit = tips.commit(peeled(commit, there))  # an annotated tag that no ref names any more
    except Missing:
        return GONE
    except Broken as error:
        raise Failed(str(error)) from None
    if commit in tips.branches or (commit in tips.tags and not thorough):
        return BRANCH if commit in tips.branches else TAG
    for word, some in ((BRANCH, tips.branches[:1]), (BRANCH, tips.branches[1:]), (TAG, tips.tags)):
        if some and _holds(commit, some, url, host):
            return word
    return TAG if commit in tips.tags else OUTSIDE


def is_behind(commit: str, tip: str, url: str, host: Host) -> bool:
    """Whether a commit lies in the history of another one. Raises Failed where it cannot be told."""
    try:
        return _holds(commit, [tip], url, host)
    except (Missing, Broken) as error:
        raise Failed(str(error)) from None


class _Tips:
    """The commits that branches and tags are at, the default branch's first."""

    def __init__(self, refs: Sequence[Found]) -> None:
        head = [one.commit for one in refs if one.name == "HEAD"]
        self.branches = list(dict.fromkeys((*head, *(one.commit for one in refs if one.name.startswith(_HEADS)))))
        tags = [one for one in refs if one.name.startswith(_TAGS)]
        self.tags = list(dict.fromkeys(one.commit for one in tags))
        self._objects = {one.object: one.commit for one in tags}

    def commit(self, name: str) -> str:
        """What a name leads to: the id of an annotated tag is as good as its commit."""
        return self._objects.get(name, name)


def _shown(commit: str, url: str, client: Client) -> bool:
    """Whether GitHub's page of a commit says that a branch has it; no login, and no quota."""
    if not url.startswith(f"{server()}/"):
        return False
    try:
        answer = client.request(
            "GET", f"{url.removesuffix('.git')}/branch_commits/{commit}", {"Accept": "application/json"}, tries=1
        )
        found = loaded(answer.body) if answer.status == 200 else {}
    except (Failed, ValueError, RecursionError):
        return False
    branches = found.get("branches") if isinstance(found, dict) else None
    return isinstance(branches, list) and bool(branches)


def _holds(commit: str, tips: Sequence[str], url: str, host: Host) -> bool:
    """Whether the commit lies in the history of one of the tips. Raises Failed where that is too long to look through."""
    if len(tips) > _TIPS:
        raise Unable(f"{urlsplit(url).hostname}{urlsplit(url).path} has {len(tips):,} tips, too many to look through")
    found = host.fetch(url, tips, f"have {commit}", HISTORY, largest=_LARGEST)
    return any(commit in parents(one.content) for one in found.values() if one.kind == "commit")
