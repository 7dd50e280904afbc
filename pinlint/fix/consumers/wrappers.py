"""Who writes the properties of Gradle's wrapper anew: the task `wrapper`, which refuses to drop a sum that nobody tells it again.

Source: Gradle, Wrapper.java: "gradle-wrapper.properties contains distributionSha256Sum property, but the wrapper configuration does
not have one".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.fix.consumers.index import is_script
from pinlint.fix.consumers.site import Objection
from pinlint.text import Unread

if TYPE_CHECKING:
    from pinlint.fix.consumers.site import Site
    from pinlint.tree import Tree

__all__ = ["written_anew"]

_COMMAND = re.compile(r"(?<![\w-])gradlew?(?:\.bat)?[ \t\"'](?:[^\n;|&]{0,200}[ \t\"'])?:?wrapper(?=[\s\"';&|]|\Z)[^\n]{0,400}")
_LARGEST, _ALL = 2**20, 2**26


def written_anew(site: Site) -> Objection | None:
    """An objection where a script runs the task without a sum."""
    where = site.tree.memo("writes the wrapper", "", lambda: _runs(site.tree))
    return Objection(f"{where} runs Gradle's task `wrapper`, which fails where it is not told the sum, too") if where else None


def _runs(tree: Tree) -> str:
    """`FILE:LINE` of the first such command, "" where there is none."""
    left = _ALL
    for path in sorted(filter(is_script, tree.listed())):
        try:
            data = tree.bytes(path)
        except Unread:
            continue
        left -= len(data)
        if left < 0:
            break
        if b"wrapper" not in data or len(data) > _LARGEST or path.rpartition("/")[2].startswith("gradlew"):
            continue
        text = data.decode("utf-8", "replace")
        for found in _COMMAND.finditer(text):
            if "sha256-sum" not in found[0]:
                return f"{path}:{text.count(chr(10), 0, found.start()) + 1}"
    return ""
