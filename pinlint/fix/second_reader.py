"""A second, independent reader looks at an edited Dockerfile: dockerfile-parse must see the same structure before and after.

It is no reader for linting (heredoc bodies, byte order marks and columns are beyond it), but its mistakes are the same on both
sides of an edit, so a difference in anything but the images is ours.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable

__all__ = ["dockerfile_difference"]

#: A digest, or what stands in its place.
_DIGEST = re.compile(r"(?::latest)?(?:@[^\s\"',]+|:sha(?:256|384|512):[0-9a-fA-F]+)")


def dockerfile_difference(before: str, after: str, replaced: Iterable[tuple[str, str]] = ()) -> str:
    """What dockerfile-parse sees changed besides digests that were written ("" = nothing). `replaced` are git refs and the commits
    that took their place."""
    texts = sorted({re.escape(text) for pair in replaced for text in pair if text})
    refs = re.compile(rf"(?<=[#=])(?:{'|'.join(texts)})(?=[:&\s\"',\]]|$)" if texts else r"(?!)")
    old, new = _structure(before), _structure(after)
    if len(old) != len(new):
        return f"a second reader sees {len(new)} instructions instead of {len(old)}"
    for (keyword, value), (new_keyword, new_value) in zip(old, new, strict=True):
        if keyword != new_keyword or _bare(refs.sub("", value)) != _bare(refs.sub("", new_value)):
            return f"a second reader sees {new_keyword} changed in more than its image"
    return ""


def _structure(text: str) -> list[tuple[str, str]]:
    from dockerfile_parse import DockerfileParser

    parser = DockerfileParser(fileobj=io.BytesIO(text.encode("utf-8", "replace")))
    return [(one["instruction"], one["value"]) for one in parser.structure]


def _bare(value: str) -> str:
    return _DIGEST.sub("", value).replace(":latest", "")
