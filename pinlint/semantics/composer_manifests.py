"""composer.json: what a lock says belongs to it, as Composer computes it, and whether it certainly is an application.

Knows composer.json and composer.lock; must not know how firm a version is. Source: Composer, Package/Locker.php, `getContentHash`.
"""

import json
import re
from typing import Any

from pinlint.syntax.json import load
from pinlint.text import Unread
from pinlint.tree import Tree

__all__ = ["application", "content_hash", "object_at"]

_Json = dict[str, Any]
_RELEVANT = (
    "conflict", "extra", "minimum-stability", "name", "prefer-stable", "provide", "replace", "repositories", "require",
    "require-dev", "version",
)  # fmt: skip
_DEEPEST = 100
_PLAIN = re.compile(r"-?[0-9]{1,14}\.[0-9]{1,14}").fullmatch
#: Scripts of what is copied to begin another project: whoever does so gets the lock.
_BEGINS = ("post-create-project-cmd", "post-root-package-install")


class _Untellable(Exception):
    """What PHP writes otherwise than it can be told here."""


def object_at(tree: Tree, path: str) -> _Json | None:
    """The object in a file; None where none is, or none that can be read."""
    return tree.memo("composer", path, lambda: _object_at(tree, path)) if tree.exists(path) else None


def _object_at(tree: Tree, path: str) -> _Json | None:
    try:
        found = load(tree.read(path).text)
    except Unread:
        return None
    return found if isinstance(found, dict) else None


def content_hash(manifest: _Json) -> str:
    """What `content-hash` of a lock must be; "" where that cannot be told."""
    from hashlib import md5  # only beside a lock

    relevant = {key: manifest[key] for key in _RELEVANT if key in manifest}
    config = manifest.get("config")
    if isinstance(config, dict) and config.get("platform") is not None:
        relevant["config"] = {"platform": config["platform"]}
    try:
        made = _as_php({key: relevant[key] for key in sorted(relevant)}, 0)
        text = json.dumps(made, separators=(",", ":")).replace("/", "\\/")
        text = re.sub(r"(?<!\\)((?:\\\\)*)\\u007f", "\\1\x7f", text)  # the one that Python escapes and PHP does not
        return md5(text.encode("ascii"), usedforsecurity=False).hexdigest()
    except (_Untellable, UnicodeError):
        return ""


def _as_php(value: Any, depth: int) -> Any:
    """A value as PHP's json_encode writes it when json_decode made arrays of the objects. Raises _Untellable."""
    if depth > _DEEPEST:
        raise _Untellable
    if isinstance(value, dict):
        made = {_sound(key): _as_php(below, depth + 1) for key, below in value.items()}
        listed = all(key == str(number) for number, key in enumerate(made))
        return list(made.values()) if listed else made
    if isinstance(value, list):
        return [_as_php(below, depth + 1) for below in value]
    if isinstance(value, float):
        if not _PLAIN(repr(value)) or value == 0:
            raise _Untellable
        return int(value) if value == int(value) else value
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**63:
        raise _Untellable
    return _sound(value) if isinstance(value, str) else value


def _sound(text: str) -> str:
    """A text that PHP takes: one with half a character it refuses."""
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise _Untellable
    return text


def application(manifest: _Json) -> bool:
    """Whether a manifest certainly is an application's: a project, and none from which others are begun."""
    scripts = manifest.get("scripts")
    return manifest.get("type") == "project" and not (isinstance(scripts, dict) and any(name in scripts for name in _BEGINS))
