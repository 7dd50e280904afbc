"""What came of fixing, as a report needs it: the findings that are left, the patch, the records.

Knows findings and patches; must not know how either is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter

from pinlint.config import Policy
from pinlint.engine import broken
from pinlint.fix.contradictions import contradictions
from pinlint.fix.mend import Mended
from pinlint.model import Diagnostic
from pinlint.report import fixes

__all__ = ["Outcome"]


class Outcome:
    """What became of the files of every root, `written` or only planned."""

    def __init__(self, mended: Sequence[Mended], *, written: bool) -> None:
        self.mended = list(mended)
        self.written = written

    @property
    def changes(self) -> bool:
        """Whether something would be written that was not."""
        return not self.written and any(patch.new != patch.old for one in self.mended for patch in one.patches)

    def findings(self, root: str, left: list[Diagnostic], policy: Policy, wanted: str) -> list[Diagnostic]:
        """The findings of a root: those that are `left`, with what would mend them where nothing was written, and those that the
        registries' answers make."""
        mine = [one for one in self.mended if one.root == root]
        if self.written:  # what is left now is what could not be fixed
            left = [one._replace(fixable=False) for one in left]
        else:
            remedies = {key: remedy for one in mine for key, remedy in fixes.remedies(one)}
            left = [one._replace(remedy=remedies.get(fixes.key(one))) for one in left]
        found = [found for one in mine for found in contradictions(one, policy, wanted, written=self.written)]
        known = {one.path for one in left if one.rule == "PIN903"}
        failed = [(path, why) for one in mine for path, why in one.failed.items() if path not in known]
        found += [told for path, why in failed for told in broken(path, policy, why, "fixed")]
        return sorted([*left, *found], key=attrgetter("path", "line", "column", "rule")) if found else left

    def diff(self, shown: Callable[[str, str], str]) -> Iterator[bytes]:
        """The lines of a patch; `shown(root, path)` is the name of a file in it."""
        for one in self.mended:
            for patch in one.patches:
                yield from fixes.diff(patch, shown(one.root, patch.path))

    def records(self, shown: Callable[[str, str], str]) -> list[dict[str, object]]:
        """Every fix and every failure to fix for programs."""
        return fixes.records(self.mended, shown)
