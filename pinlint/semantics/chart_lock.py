"""The digest of Chart.lock and requirements.lock: SHA-256 over Go's JSON of what was asked for and what was locked.

Follows `HashReq` and `HashV2Req` of Helm's internal/resolver. It covers what the two files say, never the bytes of a chart.
Knows dependencies as plain data; must not know files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Dependency", "agrees", "digest", "helm2_digest", "is_alias"]

#: A dependency as Helm reads it: only what is not empty, but always `name` and `repository`; unknown keys left out.
Dependency = dict[str, object]

_FIELDS = ("name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias")
_ALWAYS = ("name", "repository")
# Go writes these so that JSON may stand in HTML and JavaScript; all others as Python does.
_GO_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def digest(asked: Sequence[Dependency] | None, locked: Sequence[Dependency] | None) -> str:
    """What Helm 3 and 4 write into a lock; None stands for a list that is not there."""
    return _sha256([_records(asked), _records(locked)])


def helm2_digest(asked: Sequence[Dependency] | None) -> str:
    """What Helm 2 wrote into requirements.lock: it covers the requirements alone."""
    return _sha256({"dependencies": _records(asked)})


def agrees(written: str, asked: Sequence[Dependency] | None, locked: Sequence[Dependency], helm2: bool) -> bool:
    """Whether the digest `written` in a lock belongs to these dependencies. `helm2` admits Helm 2's algorithm too.

    Helm replaces `@name` and `alias:name` by the URL that the machine knows under that name, before it computes and before it
    writes: the lock's own URL is therefore tried in their place. Newer versions clean control characters out of texts first.
    """
    if written in (digest(asked, locked), digest(_cleaned(asked), locked)):
        return True
    if asked and any(is_alias(one) for one in asked) and len(asked) == len(locked):
        pairs = zip(asked, locked, strict=True)
        there = [{**one, "repository": other.get("repository", "")} if is_alias(one) else one for one, other in pairs]
        if written in (digest(there, locked), digest(_cleaned(there), locked)):
            return True
    return helm2 and written in (helm2_digest(asked), helm2_digest(_cleaned(asked)))


def is_alias(dependency: Dependency) -> bool:
    """Whether the repository is a name that only the machine's own Helm configuration explains."""
    return str(dependency.get("repository", "")).startswith(("@", "alias:"))


def _records(dependencies: Sequence[Dependency] | None) -> list[Dependency] | None:
    if dependencies is None:
        return None
    return [{field: one.get(field, "") for field in _FIELDS if field in _ALWAYS or one.get(field)} for one in dependencies]


def _sha256(value: object) -> str:
    import hashlib  # a chart without a lock has no digest, and OpenSSL takes 2 ms to load
    import json

    text = json.dumps(_sorted(value), separators=(",", ":"), ensure_ascii=False).translate(_GO_ESCAPES)
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _sorted(value: object) -> object:
    """`value` with the keys of import-values in Go's order; the fields of a dependency keep theirs."""
    if isinstance(value, dict):
        return {key: _by_key(inner) if key == "import-values" else _sorted(inner) for key, inner in value.items()}
    return [_sorted(inner) for inner in value] if isinstance(value, list) else value


def _by_key(value: object) -> object:
    if isinstance(value, dict):
        return {key: _by_key(value[key]) for key in sorted(value)}
    return [_by_key(inner) for inner in value] if isinstance(value, list) else value


def _cleaned(dependencies: Sequence[Dependency] | None) -> list[Dependency] | None:
    """As Helm's `sanitizeString` leaves them: every white space a blank, what cannot be printed gone."""
    if dependencies is None:
        return None
    fields = ("name", "version", "repository", "condition", "tags")
    return [{key: _clean(value) if key in fields else value for key, value in one.items()} for one in dependencies]


def _clean(value: object) -> object:
    if isinstance(value, list):
        return [_clean(one) for one in value]
    if not isinstance(value, str):
        return value
    return "".join(" " if letter.isspace() else letter for letter in value if letter.isspace() or letter.isprintable())
