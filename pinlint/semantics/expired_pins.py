"""Images that the files of a repository pin by digest, and that the policy of their own registry deletes.

Knows what a policy deletes, by words that all vendors' policies come down to; must not know any vendor's grammar. Whether a pinned
image lies in a repository, its names prove: nothing is guessed from a name that another account may have, too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pinlint.budget import spend
from pinlint.model import Fact
from pinlint.programs.image_names import is_moved
from pinlint.semantics.pinned_images import pinned
from pinlint.semantics.release_tags import meets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Span
    from pinlint.semantics.asked_images import Asked
    from pinlint.semantics.pinned_images import Pinned
    from pinlint.tree import Tree

__all__ = ["Expiry", "Names", "lost"]


class Expiry(NamedTuple):
    """What a rule deletes: images without a tag, those with a tag that fits one of `tags`, or all of them (`tags` None). `spared`
    are the tags, as globs, of which an image must have none; `after` says in words when it does, `span` where, `remedy` what would
    help."""

    untagged: bool
    after: str
    span: Span
    remedy: str
    tags: tuple[str, ...] | None = None
    spared: tuple[str, ...] = ()

    def takes(self, pin: Pinned) -> bool:
        """Whether it deletes an image that is pinned so, for all that can be known of its other tags."""
        if self.untagged:
            return not pin.tag or is_moved(pin.tag)
        if not pin.tag and (self.spared or self.tags is not None):
            return False
        spend(len(self.spared) + len(self.tags or ()))
        return not any(meets(one, pin.tag) for one in self.spared) and (
            self.tags is None or any(meets(one, pin.tag) for one in self.tags)
        )


class Names(NamedTuple):
    """How images of a repository are written: `patterns` in any file, `local` only in the file or in those of the folder
    `scope`, where a name of the configuration means it. Each is of the whole name."""

    patterns: tuple[str, ...]
    local: tuple[str, ...] = ()
    scope: str = ""

    def fit(self, pin: Pinned | Asked) -> bool:
        """Whether an image lies there."""
        here = self.local if self.scope in (pin.path, pin.path.rpartition("/")[0]) else ()
        return any(re.fullmatch(one, pin.name) for one in (*self.patterns, *here))


def lost(expiries: list[Expiry], names: Names, tree: Tree) -> Iterator[Fact]:
    """What each rule deletes that something pins: the first of it, and how much more there is."""
    if not expiries:
        return
    known = pinned(tree)
    spend(len(known))
    here = [pin for pin in known if names.fit(pin)]
    for one in expiries:
        taken = [pin for pin in here if one.takes(pin)]
        if not taken:
            continue
        also = f", and {len(taken) - 1} more" if len(taken) > 1 else ""
        what = "images without a tag" if one.untagged else "every image" if one.tags is None else f"images tagged {one.tags[0]}"
        once = ", once its tag moves" if one.untagged else ""
        yield Fact("expired-pin", one.span, f"deletes {what} {one.after}, also {taken[0].shown}{once}{also}; {one.remedy}")
