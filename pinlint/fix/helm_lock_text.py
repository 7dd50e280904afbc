"""Chart.lock and requirements.lock as Helm writes them: the same bytes but for the time.

Follows `writeLock` of Helm's pkg/downloader: sigs.k8s.io/yaml, keys sorted, scalars quoted as go-yaml does. Knows dependencies
as plain data; must not know how versions were chosen.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from pinlint.semantics.chart_lock import digest
from pinlint.syntax.yaml import Unparsable, documents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinlint.semantics.chart_lock import Dependency

__all__ = ["generated", "lock_text", "scalar"]

_NOT_FIRST = frozenset(",[]{}#&*!|>'\"%@`")
_BASE60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z")
_TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:\Z|[Tt ])")


def lock_text(asked: Sequence[Dependency], locked: Sequence[Dependency], moment: str) -> str:
    """The content of the lock in which `locked` answers to `asked`, written at `moment`."""
    lines = ["dependencies:"]
    for one in locked:
        lines += [f"- name: {scalar(str(one['name']))}", f"  repository: {scalar(str(one['repository']))}"]
        lines += [f"  version: {scalar(str(one['version']))}"] if one["version"] else []
    return "\n".join([*lines, f"digest: {digest(asked, locked)}", f'generated: "{moment}"', ""])


def generated(nanoseconds: int) -> str:
    """A moment since the epoch as Go writes it: RFC 3339 in the machine's zone, fraction without trailing zeros."""
    seconds, rest = divmod(nanoseconds, 10**9)
    local = time.localtime(seconds)
    fraction = f".{rest:09d}".rstrip("0").rstrip(".")
    offset = local.tm_gmtoff // 60
    zone = f"{'-' if offset < 0 else '+'}{abs(offset) // 60:02d}:{abs(offset) % 60:02d}" if offset else "Z"
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', local)}{fraction}{zone}"


def scalar(text: str) -> str:
    """A text as go-yaml writes it: bare where it stays a text, in double quotes where YAML would read something else, in single
    quotes where it is no bare text at all. Raises ValueError for what no name, address or version holds."""
    if not text.isprintable() or not text.isascii():
        raise ValueError("it holds characters that pinlint does not write into a lock")
    bare = text[:1] not in _NOT_FIRST and not re.match(r"[-?:](?:\s|\Z)|---|\.\.\.", text)
    bare = bare and ": " not in text and " #" not in text and not text.endswith(":") and text.strip() == text
    if not bare:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"' if not text or _BASE60.match(text) or _TIMESTAMP.match(text) or not _stays_text(text) else text


def _stays_text(text: str) -> bool:
    try:
        node = documents(f"- {text}")[0].elements[0]
    except (Unparsable, IndexError):
        return True  # nothing that YAML takes for a number or a word
    return isinstance(node.resolved, str)
