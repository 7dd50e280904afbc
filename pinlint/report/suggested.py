"""What a comment says that suggests other lines, in the Markdown that GitHub and GitLab share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.report.step_summary import cell

if TYPE_CHECKING:
    from pinlint.report.run import Run
    from pinlint.review import Suggestion

__all__ = ["LIMIT", "comment", "rest"]

#: Comments that somebody reads.
LIMIT = 50


def comment(run: Run, one: Suggestion, opening: str) -> str:
    """What is found, then the lines, between more backticks than they hold in a row themselves."""
    said = [f"**{found.rule}** {run.pages[found.rule].name}: {cell(found.message)}" for found in one.findings]
    fence = "`" * max(3, 1 + max((len(ticks) for ticks in re.findall("`+", one.text)), default=0))
    return "\n\n".join([*dict.fromkeys(said), f"{fence}{opening}\n{one.text}\n{fence}"])


def rest(run: Run) -> str:
    """What a review says besides its comments."""
    [review] = run.reviews
    left = len(review.left) + sum(len(one.findings) for one in review.suggestions[LIMIT:])
    count = sum(len(one.findings) for one in review.suggestions[:LIMIT])
    others = (
        f" Of {left:,} more that this change brings nothing can be suggested here; `pinlint --diff` says what and why."
        if left
        else ""
    )
    return f"pinlint suggests what pins {count:,} finding{'s' * (count != 1)} of this change.{others}"
