"""Patterns of paths as regular expressions that never go back: `*` and `?` within a name, `**` across folders.

What stands between two stars is taken where it first fits and kept (an atomic group): the next star takes up whatever is left over,
so another place could not help. The time is that of pattern times path, however many stars there are.
"""

import re
from functools import lru_cache

__all__ = ["compiled"]

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
