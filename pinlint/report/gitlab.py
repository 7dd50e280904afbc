"""GitLab's Code Quality report: a JSON array of findings with unique fingerprints.

Source: GitLab documentation, "Code Quality report format". GitLab does not show `check_name`, so the description starts with it.
"""

from __future__ import annotations

import os
from json import JSONEncoder
from typing import TYPE_CHECKING

from pinlint.fingerprint import numbered
from pinlint.report.escapes import in_json, visible

if TYPE_CHECKING:
    from typing import TextIO

    from pinlint.report.run import Run

__all__ = ["write"]

_SEVERITY = {"error": "major", "warning": "minor", "note": "info"}


def write(run: Run, out: TextIO) -> None:
    """Suppressed findings are left out. Paths are relative to CI_PROJECT_DIR where the root lies in it, else to the root."""
    encode = JSONEncoder().encode
    below = _below_project(run.root)
    separator = "\n"
    out.write("[")
    for found, fingerprint in numbered(run.reported()):
        entry = {
            "description": f"{found.rule}: {visible(found.message)}",
            "check_name": found.rule,
            "fingerprint": visible(fingerprint),
            "severity": _SEVERITY[run.severity(found)],
            "location": {"path": visible(below + found.path), "lines": {"begin": found.line}},
        }
        out.write(separator + in_json(encode(entry)))
        separator = ",\n"
    out.write("\n]\n" if separator == ",\n" else "]\n")


def _below_project(root: str) -> str:
    """The way from the checkout to the root, "" or ending in "/"."""
    project = os.environ.get("CI_PROJECT_DIR", "")
    if not project:
        return ""
    way = os.path.relpath(os.path.realpath(root), os.path.realpath(project)).replace(os.sep, "/")
    return "" if way == "." or way.split("/")[0] == ".." else f"{way}/"
