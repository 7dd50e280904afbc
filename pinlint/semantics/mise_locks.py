"""mise's lock: which tools it holds in which version, and what their bytes have to be.

Knows how mise names its lock and what a platform's entry says; must not know what a file asks for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pinlint.ecosystems.tool.names import named
from pinlint.semantics.python_locks import table
from pinlint.syntax.toml_values import Unparsable, load
from pinlint.text import Unread

if TYPE_CHECKING:
    from pinlint.tree import Tree

__all__ = ["locked_tools", "sums"]

_SUM = re.compile(r"(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}|blake3:[0-9a-f]{64})", re.IGNORECASE).fullmatch
_WEAK = re.compile(r"(?:sha1:[0-9a-f]{40}|md5:[0-9a-f]{32})", re.IGNORECASE).fullmatch
_NAME = re.compile(r"\.?mise\.(?P<environment>.+)\.toml")


def locked_tools(path: str, tree: Tree) -> tuple[str, frozenset[str]]:
    """(the name of the lock that mise reads with the file at `path`, the tools in it); nothing without one that can be read."""
    folder, _, name = path.rpartition("/")
    found = _NAME.fullmatch(name)
    lock = f"mise.{found['environment']}.lock" if found else "mise.lock"
    if folder.endswith("/conf.d") or folder == "conf.d":
        folder, lock = folder.rpartition("/")[0], "mise.lock"
    at = f"{folder}/{lock}".lstrip("/")
    return (lock, tree.memo("mise lock", at, lambda: _held(at, tree)))


def _held(path: str, tree: Tree) -> frozenset[str]:
    if not tree.exists(path):
        return frozenset()
    try:
        lock = load(tree.read(path).text)
    except Unread:
        return frozenset()
    tools = {} if isinstance(lock, Unparsable) else table(lock.get("tools"))
    return frozenset(named(name) for name, entries in tools.items() if isinstance(entries, list))


def sums(entry: dict[str, Any]) -> tuple[str, tuple[str, ...], str]:
    """(verdict, digests, why) of what a lock says of one version of a tool: the platform that says least decides."""
    platforms = [value for key, value in entry.items() if key.startswith("platforms.") and isinstance(value, dict)]
    platforms += [value for value in table(entry.get("platforms")).values() if isinstance(value, dict)]
    said = [str(one.get("checksum") or "") for one in platforms]
    digests = tuple(dict.fromkeys(one for one in said if one))
    if said and all(_SUM(one) for one in said):
        return "digest", digests, ""
    if said and all(_SUM(one) or _WEAK(one) for one in said):
        return "weak-digest", tuple(one for one in digests if _WEAK(one)), ""
    if not said or not digests:
        return "version", (), "mise keeps no sum of what this backend installs"
    return "version", (), "the lock has no sum for some platforms"
