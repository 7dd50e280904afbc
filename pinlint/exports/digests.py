"""Every name and tag with its digest, one JSON object a line: `{"kind","name","source","version","digest","from"}`, sorted.
`source` is the registry or index where the file names one, `from` the file that holds the digest, or "registry" where it was asked.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from pinlint.exports import Asked, Digests, Made
from pinlint.report.escapes import in_json, visible

__all__ = ["made"]


def made(everything: Sequence[Asked], digests: Digests) -> Made:
    """The lines; what has neither a digest nor one that is known is left out."""
    lines: dict[tuple[str, ...], str] = {}
    left = 0
    for one in everything:
        if one.reference.verdict in ("local", "unknown"):
            continue
        known = digests.get(one.key, "")
        for digest in one.reference.digests if one.digest else (known,) if known else ():
            lines.setdefault((*one.key, digest), one.path if one.digest else "registry")
        left += not one.digest and not known
    words = ("kind", "name", "source", "version", "digest")
    told = (
        json.dumps({**dict(zip(words, map(visible, key), strict=True)), "from": visible(where)})
        for key, where in sorted(lines.items())
    )
    return Made("".join(f"{in_json(line)}\n" for line in told), {"no digest is known": left} if left else {})
