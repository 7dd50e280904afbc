"""GitHub's review of a pull request: what its REST API takes for one, each comment with lines that a reviewer accepts with a click.

Source: GitHub documentation, "Create a review for a pull request". Nothing is sent.
"""

from __future__ import annotations

from json import JSONEncoder
from typing import TYPE_CHECKING

from pinlint.report.escapes import in_json
from pinlint.report.suggested import LIMIT, comment, rest

if TYPE_CHECKING:
    from typing import TextIO

    from pinlint.report.run import Run

__all__ = ["write"]


def write(run: Run, out: TextIO) -> None:
    """Without anything to suggest there are no `comments`, and nothing is to be sent."""
    [review] = run.reviews
    comments = []
    for one in review.suggestions[:LIMIT]:
        several = {"start_line": one.first, "start_side": "RIGHT"} if one.first < one.last else {}
        place = {"path": one.path, **several, "line": one.last, "side": "RIGHT"}
        comments.append({**place, "body": comment(run, one, "suggestion")})
    made = {"commit_id": review.head, "event": "COMMENT", "body": rest(run), "comments": comments}
    out.write(in_json(JSONEncoder(indent=2).encode(made)) + "\n")
