"""Patterns of paths as regular expressions that never go back: `*` and `?` within a name, `**` across folders.

What stands between two stars is taken where it first fits and kept (an atomic group): the next star takes up whatever is left over,
so another place could not help. The time is that of pattern times path, however many stars there are.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

__all__ = ["Paths", "compiled", "matches"]

_TOKEN = re.compile(r"\*\*+/|\*\*+|\*|\?|[^*?]+", re.DOTALL)
#: Characters of a pattern; no path of a file system is longer.
_LONGEST = 4096


@lru_cache(maxsize=1 << 14)  # a configuration asks for each of its patterns at every file
def compiled(pattern: str, *, start: str = "", end: str = r"\Z", folders: bool = True) -> re.Pattern[str]:
    """The pattern, to be searched from where `start` fits to where `end` does. With `folders`, `**/` stands for no folder, too."""
    chunks: list[tuple[str, list[str]]] = [("", [""])]  # what may stand before each, and its parts, between which there are stars
    for found in _TOKEN.finditer(pattern[:_LONGEST]):
        word, parts = found[0], chunks[-1][1]
        if word.startswith("**"):
            whole = folders and word.endswith("/") and pattern[: found.start()].endswith(("", "/")[found.start() > 0])
            chunks.append((r"(?:.*?/)??" if whole else ".*?", ["/" if word.endswith("/") and not whole else ""]))
        elif word == "*":
            parts.append("")
        else:
            parts[-1] += "[^/]" if word == "?" else re.escape(word)
    chunks[-1][1][-1] += end
    return re.compile(f"(?s){start}" + "".join(f"(?>{before}{_parts(parts)})" for before, parts in chunks))


def _parts(parts: list[str]) -> str:
    return parts[0] + "".join(f"(?>[^/]*?{part})" for part in parts[1:])


def matches(pattern: str, path: str) -> bool:
    """Whether a configured path pattern covers `path`: a name or path of any parent, with `*`, `**` and `?` as in .gitignore."""
    pattern = pattern.rstrip("/")
    start = "^" if "/" in pattern else "(?:^|/)"
    return compiled(pattern.lstrip("/"), start=start, end=r"(?:/|\Z)").search(path) is not None


class Paths:
    """Patterns of paths, each with its longest word without a wildcard."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = [(max(re.split(r"[*?/]+", pattern), key=len), pattern) for pattern in patterns]

    def covering(self, path: str) -> Iterator[int]:
        """The numbers of the patterns that cover a path, in order."""
        for index, (word, pattern) in enumerate(self._patterns):
            if word in path and matches(pattern, path):
                yield index
