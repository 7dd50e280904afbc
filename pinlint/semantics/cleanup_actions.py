"""Actions that delete versions of containers from GitHub's registry: which inputs they have, and what they spare.

Knows actions and their versions; must not know workflows. Their tables, and where they were read, are in
`vendors.cleanup_inputs`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pinlint.semantics.vendors.cleanup_inputs import ACTIONS
from pinlint.semantics.workflow_steps import joined

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinlint.semantics.vendors.cleanup_inputs import Version

__all__ = ["Cleanup", "cleanup"]

_FOREVER = (10**9,)
_USES = re.compile(r"(?P<name>[\w.-]+/[\w.-]+)@(?P<ref>[^\s@]+)\Z")
_NUMBERED = re.compile(r"v?\.?(\d{1,4}(?:\.\d{1,4}){0,3})(?![\w.])")
_LINE = 200  # characters behind an action in which its version may stand
_YES = ("true", "1", "yes", "on")


class Cleanup(NamedTuple):
    """A step that deletes. `inputs` are its own, in lower case, as written; `version` is that of its action, () where only a commit
    is written and no comment says which it is of."""

    name: str
    version: Version
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
    version: Version = ()
    if written is not None:
        version = tuple(int(part) for part in written[1].split("."))
    elif found["ref"] in ("main", "master"):
        version = _FOREVER
    return Cleanup(found["name"].lower(), version, {name.lower(): value for name, value in inputs.items()})
