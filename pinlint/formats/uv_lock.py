"""uv's lock of a project, a workspace or a script: every package with its files. The manifest is judged beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.model import Fact, KeyPath
from pinlint.semantics.python_locks import Written, insecure, judged, tables, toml, unreadable
from pinlint.semantics.uv_locks import entries, is_readable, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Reference
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """Every package, and what of the lock uv would refuse or install unchecked."""
    written = Written("uv", _command(document.path), ("sha1", "sha224", "sha3_256", "sha3_512"))
    lock = toml(document.text, written)
    if isinstance(lock, Fact):
        yield lock
        return
    if why := refusal(lock):
        yield unreadable(document.text, why, written)
        return
    packages = list(tables(lock.get("package")))
    bad = next((number for number, one in packages if not is_readable(one)), None)
    if bad is not None:
        why = f"a package without a name or a source that uv knows: it refuses the lock; run `{written.command}`"
        yield Fact("unreadable-lock", KeyPath(("package", bad)), why)
    locked = entries(lock)
    yield from judged(locked, written)
    yield from insecure(locked)


def _command(path: str) -> str:
    """What writes the lock anew; that of a script lies beside it, `.lock` behind its name."""
    name = path.rpartition("/")[2]
    return "uv lock" if name == "uv.lock" else f"uv lock --script {name.removesuffix('.lock')}"
