"""GitLab's discussions of a merge request: one object each as its REST API takes it, with lines to accept with a click.

Source: GitLab documentation, "Discussions API" (a new thread in the merge request diff) and "Suggest changes". Nothing is sent.
"""

from __future__ import annotations

import os
from json import JSONEncoder
from typing import TYPE_CHECKING

from pinlint.report.escapes import in_json
from pinlint.report.suggested import LIMIT, comment

if TYPE_CHECKING:
    from typing import TextIO

    from pinlint.report.run import Run

__all__ = ["write"]

#: Lines below the first that a suggestion may be about.
_BELOW = 100


def write(run: Run, out: TextIO) -> None:
    """One object a line."""
    [review] = run.reviews
    start = os.environ.get("CI_MERGE_REQUEST_TARGET_BRANCH_SHA") or review.base
    base = os.environ.get("CI_MERGE_REQUEST_DIFF_BASE_SHA") or review.base
    encode = JSONEncoder().encode
    for one in [one for one in review.suggestions if one.last - one.first <= _BELOW][:LIMIT]:
        place = {
            "position_type": "text", "base_sha": base, "start_sha": start, "head_sha": review.head, "old_path": one.old_path,
            "new_path": one.path, "new_line": one.first, **({"old_line": one.old_line} if one.old_line else {}),
        }  # fmt: skip
        body = comment(run, one, f"suggestion:-0+{one.last - one.first}")
        out.write(in_json(encode({"body": body, "position": place})) + "\n")
