"""The policy that fits a repository: what it attains already, what is its own, what is only test data, and what is set aside.

Knows findings and how a configuration is written; must not know how a file is judged.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pinlint.baseline import DEFAULT
from pinlint.config import DEFAULT_REQUIRE, OFF
from pinlint.ecosystems import ECOSYSTEMS
from pinlint.proposed import Proposal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pinlint.model import Diagnostic

__all__ = ["policy"]

#: With fewer findings than that, mending them is less work than keeping a list of them.
_MUCH = 20
#: References of a kind that make a habit, and findings in a folder that make a nuisance.
_HABIT, _NUISANCE = 5, 10
#: Folders that hold what programs are tried on.
_TRIED = ("fixtures", "__fixtures__", "testdata", "test-data", "test_data", "test-fixtures", "__snapshots__")
_DIGESTS = ("digest", "local", "unknown")


def policy(
    findings: Sequence[Diagnostic], pins: Iterable[tuple[str, str, str, int]], repository: str
) -> tuple[Proposal | None, list[Diagnostic]]:
    """(the configuration, None where the defaults fit; what is found under it). `repository` is the one's own, `host/path` or "";
    `pins` say how firmly what is asked for (see `commands.inventory.pins`)."""
    folders = list(_folders(findings))
    own = dict(_own(findings, repository))
    left = [
        one
        for one in findings
        if not any(folder in one.path.split("/")[:-1] for folder, _ in folders)
        and not (one.verdict == "tag" and any(f"{one.kind}:{one.name}/".startswith(pattern[:-1]) for pattern in own))
    ]
    require = [f'"{pattern}" = "tag"  # your own: {said}' for pattern, said in own.items()]
    require += [f'{kind} = "digest"  # as all {count:,} are' for kind, count in _attained(pins)]
    lines = []
    if len(left) > _MUCH:
        fixable = sum(one.fixable for one in left)
        lines.append(f'baseline = "{DEFAULT}"  # {len(left):,} findings of today, {fixable:,} of which `pinlint --fix` can mend')
    if folders:
        names = ", ".join(f'"{folder}/"' for folder, _ in folders)
        lines.append(f"extend-exclude = [{names}]  # {sum(count for _, count in folders):,} findings in what programs are tried on")
    if require:
        lines += [*([""] if lines else []), "[require]", *require]
    if not lines:
        return None, left
    head = "# How firmly what must be pinned; `pinlint --show-settings` prints all of it.\n"
    if OFF:
        head += f"# Off by default, and switched on by extend-select: {', '.join(OFF)}.\n"
    text = head + "\n".join(lines) + "\n"
    return Proposal("pinlint.toml", None, text.encode(), "what is judged, and how strictly, where the defaults do not fit"), left


def _folders(findings: Iterable[Diagnostic]) -> Iterator[tuple[str, int]]:
    counts = Counter(
        next(part for part in one.path.split("/") if part in _TRIED)
        for one in findings
        if not set(_TRIED).isdisjoint(one.path.split("/")[:-1])
    )
    for folder in sorted(counts):
        if counts[folder] >= _NUISANCE:
            yield folder, counts[folder]


def _own(findings: Iterable[Diagnostic], repository: str) -> Iterator[tuple[str, str]]:
    """(pattern, what it covers): images and actions of whoever owns the repository, which have a tag."""
    host, _, path = repository.partition("/")
    owner = path.partition("/")[0].lower()
    if not owner:
        return
    registry = {"github.com": "ghcr.io", "gitlab.com": "registry.gitlab.com"}.get(host)
    starts = [("image", f"{registry}/{owner}/")] if registry else []
    starts += [("action", f"{owner}/")] if host == "github.com" else []
    for kind, start in starts:
        count = sum(one.kind == kind and one.verdict == "tag" and one.name.lower().startswith(start) for one in findings)
        if count:
            yield f"{kind}:{start}*", f"{count:,} {kind}{'s' * (count != 1)}"


def _attained(pins: Iterable[tuple[str, str, str, int]]) -> Iterator[tuple[str, int]]:
    """(kind, references) of what is pinned more firmly throughout than it would have to be."""
    verdicts: dict[str, Counter[str]] = {}
    for kind, _, verdict, count in pins:
        verdicts.setdefault(kind, Counter())[verdict] += count
    for kind, counts in sorted(verdicts.items()):
        more = ECOSYSTEMS[kind].firmest == "digest" and DEFAULT_REQUIRE[kind] not in ("digest", "any")
        if more and counts["digest"] >= _HABIT and not set(counts) - set(_DIGESTS):
            yield kind, counts["digest"]
