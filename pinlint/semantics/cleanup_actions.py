"""Actions that delete versions of containers from GitHub's registry: which inputs they have, and what they spare.

Knows actions and their versions; must not know workflows. Read on 2026-11-30 from every tag of each repository: action.yml, and
src/input.ts and src/delete.ts of actions/delete-package-versions 5.0.0.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pinlint.semantics.workflow_steps import joined

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ACTIONS", "Cleanup", "cleanup"]

_Version = tuple[int, ...]
_FOREVER = (10**9,)

_DELETE_1 = "num-old-versions-to-delete owner package-name package-version-ids token"
_DELETE_2 = f"{_DELETE_1} delete-only-pre-release-versions ignore-versions min-versions-to-keep"
_DELETE_4 = f"{_DELETE_2} package-type"
_SNOK_0 = "account-type cut-off image-names org-name timestamp-to-use token"
_SNOK_1_1 = f"{_SNOK_0} skip-tags untagged-only"
_SNOK_1_2 = f"{_SNOK_1_1} keep-at-least"
_SNOK_1_3 = f"{_SNOK_1_2} filter-include-untagged filter-tags"
_SNOK_2_1 = f"{_SNOK_1_3} dry-run"
_SNOK_3 = (
    "account cut-off dry-run image-names image-tags keep-n-most-recent rust-log skip-shas tag-selection timestamp-to-use token"
)
_DATAAXIOM = (
    "delete-ghost-images delete-orphaned-images delete-partial-images delete-tags delete-untagged dry-run exclude-tags "
    "expand-packages github-api-url keep-n-tagged keep-n-untagged log-level name number-untagged older-than owner package "
    "packages registry-url repository tags token use-regex validate"
)
_VLAURIN = (
    "container dry-run keep-last keep-tags keep-tags-regexes keep-younger-than older-than organization prune-tags-regexes "
    "prune-untagged tag-regex token untagged user"
)
_CHIZKIYAHU = "owner_type package_name repository repository_owner token untagged_only"

#: By action, the versions from which on it has other inputs, oldest first, and those inputs.
ACTIONS: dict[str, tuple[tuple[_Version, str], ...]] = {
    "actions/delete-package-versions": (
        ((1,), f"{_DELETE_1} repo"),
        ((2,), f"{_DELETE_2} repo"),
        ((4,), _DELETE_4),
        ((4, 1), f"{_DELETE_4} delete-only-untagged-versions"),
    ),
    "snok/container-retention-policy": (
        ((0,), _SNOK_0),
        ((1, 1), _SNOK_1_1),
        ((1, 2), _SNOK_1_2),
        ((1, 3), _SNOK_1_3),
        ((2, 1), _SNOK_2_1),
        ((2, 2), f"{_SNOK_2_1} token-type"),
        ((3,), _SNOK_3),
    ),
    "dataaxiom/ghcr-cleanup-action": (((1,), _DATAAXIOM),),
    "vlaurin/action-ghcr-prune": (((0,), _VLAURIN),),
    "chizkiyahu/delete-untagged-ghcr-action": (
        ((1,), _CHIZKIYAHU),
        ((2,), f"{_CHIZKIYAHU} except_untagged_multiplatform"),
        ((6,), f"{_CHIZKIYAHU} except_untagged_multiplatform with_sigs"),
    ),
}

_USES = re.compile(r"(?P<name>[\w.-]+/[\w.-]+)@(?P<ref>[^\s@]+)\Z")
_NUMBERED = re.compile(r"v?\.?(\d{1,4}(?:\.\d{1,4}){0,3})(?![\w.])")
_LINE = 200  # characters behind an action in which its version may stand
_YES = ("true", "1", "yes", "on")


class Cleanup(NamedTuple):
    """A step that deletes. `inputs` are its own, in lower case, as written; `version` is that of its action, () where only a commit
    is written and no comment says which it is of."""

    name: str
    version: _Version
    inputs: Mapping[str, str]

    @property
    def known(self) -> frozenset[str]:
        """The inputs that the action has; those of every version where it is not known which runs."""
        table = ACTIONS[self.name]
        if not self.version:
            return frozenset(word for _, words in table for word in words.split())
        whole = self.version if len(self.version) > 2 else (*self.version, *_FOREVER)
        fitting = [words for since, words in table if since <= whole]
        return frozenset((fitting[-1] if fitting else table[0][1]).split())

    def is_on(self, name: str, default: str = "false") -> bool:
        """Whether an input says yes."""
        return self.inputs.get(name, default).strip().lower() in _YES

    @property
    def deletes_untagged(self) -> bool:
        """Whether it deletes what no tag names, and does not look whether an index does."""
        name, inputs = self.name, self.inputs
        if name == "actions/delete-package-versions":
            return self.is_on("delete-only-untagged-versions") and inputs.get("package-type", "").strip().lower() == "container"
        if name == "snok/container-retention-policy":
            unaware = bool(self.version) and (*self.version, *_FOREVER)[:2] < (3, 1) and not inputs.get("skip-shas", "").strip()
            return unaware and (inputs.get("tag-selection", "").strip() == "untagged" or self.is_on("untagged-only"))
        if name == "vlaurin/action-ghcr-prune":
            return self.is_on("prune-untagged") or self.is_on("untagged")
        if name == "chizkiyahu/delete-untagged-ghcr-action":
            spares = "true" if self.version >= (5,) else "false"
            return (
                bool(self.version)
                and self.is_on("untagged_only", "true")
                and not self.is_on("except_untagged_multiplatform", spares)
            )
        return False

    @property
    def containers(self) -> list[str]:
        """What it names the containers, as globs; nothing where it does not say, or means all of them."""
        key = {"snok/container-retention-policy": "image-names", "vlaurin/action-ghcr-prune": "container"}.get(self.name, "")
        key = key or ("package_name" if self.name.startswith("chizkiyahu") else "package-name")
        parts = re.split(r"[\s,]+", joined(self.inputs.get(key, "")))
        return [part.replace("%2F", "/") for part in parts if part and part[0] != "!"]


def cleanup(uses: str, behind: str, inputs: Mapping[str, str]) -> Cleanup | None:
    """The step that `uses` starts, if that is such an action; `behind` is what stands behind it in its line."""
    found = _USES.match(uses.strip())
    if found is None or found["name"].lower() not in ACTIONS:
        return None
    written = _NUMBERED.match(found["ref"]) or re.match(rf"[^\n]*?#[^\n]*?{_NUMBERED.pattern}", behind[:_LINE])
    version: _Version = ()
    if written is not None:
        version = tuple(int(part) for part in written[1].split("."))
    elif found["ref"] in ("main", "master"):
        version = _FOREVER
    return Cleanup(found["name"].lower(), version, {name.lower(): value for name, value in inputs.items()})
