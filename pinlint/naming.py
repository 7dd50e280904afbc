"""Which format a name stands for, and which names of a listing stand for any.

Knows the patterns of the table of formats; opens no file, and must not know what is excluded.
"""

from collections.abc import Iterator
from functools import cache

from pinlint.formats import BY_SHEBANG, FORMATS, SHOWN, Format

__all__ = ["CONFIGURATIONS", "NAMED", "candidates", "fits", "format_of"]

#: The formats that names lead to, in the order in which they are asked.
_TOLD = tuple(format_ for format_ in FORMATS if not format_.marks)
NAMED = (*_TOLD, *SHOWN)

#: The formats that are known by content are all `*` and one of these, which leads to a line of NAMED.
_ENDS = {pattern.removeprefix("*"): NAMED.index(one) for one in SHOWN if one is not BY_SHEBANG for pattern in one.patterns}
_SUFFIXES = tuple(_ENDS)
#: Folders in which a file without an ending may be a script.
_SCRIPTS = frozenset(pattern.removesuffix("/*") for pattern in BY_SHEBANG.patterns)

#: Configuration files, in the order in which a root is asked for them; pyproject.toml comes last.
CONFIGURATIONS = ("pinlint.toml", ".pinlint.toml")


def format_of(path: str) -> Format | None:
    """The format that the name of `path` stands for, or None. The first line of the table that fits decides; where only formats fit
    that are known by their content, that is one of SHOWN."""
    folder, _, name = path.rpartition("/")
    found = _by_name(name)
    for number, last in _below(folder):
        if (found is None or number < found) and fits(last, name) and not _left_out(NAMED[number], name):
            found = number
    if found is None and "." not in name and folder[folder.rfind("/") + 1 :] in _SCRIPTS:
        return BY_SHEBANG
    return None if found is None else NAMED[found]


@cache  # a repository may hold thousands of files, which have few names
def _by_name(name: str) -> int | None:
    """Which line of NAMED is the first that a file of this name is of, wherever it lies."""
    whole, heads, headed, tails, tailed = _sieve()
    numbers = list(whole.get(name, ()))
    if name.startswith(heads):
        numbers += [number for head, tail, number in headed if name.startswith(head) and _ends(name, tail, len(head))]
    if name.endswith(tails):
        numbers += [number for tail, number in tailed if name.endswith(tail)]
    if not numbers:
        return _ENDS[name[name.rfind(".") :]] if name.endswith(_SUFFIXES) else None
    for number in sorted(numbers):
        if not _left_out(NAMED[number], name):
            return number
    return _ENDS[name[name.rfind(".") :]] if name.endswith(_SUFFIXES) else None


def _ends(name: str, tail: str, head: int) -> bool:
    return name.endswith(tail) and len(name) >= head + len(tail)


@cache
def _below(folder: str) -> tuple[tuple[int, str], ...]:
    """(line of NAMED, what names must fit) for every pattern that names a directory, and this one."""
    possible = (*_folders().get(folder[folder.rfind("/") + 1 :], ()), *_folders().get("*", ()))
    return tuple((number, last) for number, above, last in possible if fits(above, folder))


@cache
def _folders() -> dict[str, list[tuple[int, str, str]]]:
    """(line of NAMED, directory, what names must fit) by the last segment of the directory, "*" where that holds a star."""
    found: dict[str, list[tuple[int, str, str]]] = {}
    for number, format_ in enumerate(NAMED[:-1]):
        for above, _, last in (pattern.rpartition("/") for pattern in format_.patterns if "/" in pattern):
            segment = above[above.rfind("/") + 1 :]
            found.setdefault("*" if "*" in segment else segment, []).append((number, above, last))
    return found


_Sieve = tuple[dict[str, list[int]], tuple[str, ...], list[tuple[str, str, int]], tuple[str, ...], list[tuple[str, int]]]


@cache
def _sieve() -> _Sieve:
    """Of every format that a name alone shows: whole names, what names begin with (and end with then), what names end with; each
    with the line of NAMED."""
    whole: dict[str, list[int]] = {}
    headed: list[tuple[str, str, int]] = []
    tailed: list[tuple[str, int]] = []
    for number, format_ in enumerate(_TOLD):
        for pattern in format_.patterns:
            head, star, tail = pattern.partition("*")
            if "/" in pattern:
                continue
            if not star:
                whole.setdefault(pattern, []).append(number)
            elif head:
                headed.append((head, tail, number))
            else:
                tailed.append((tail, number))
    return (
        whole,
        tuple(dict.fromkeys(head for head, _, _ in headed)),
        headed,
        tuple(dict.fromkeys(tail for tail, _ in tailed)),
        tailed,
    )


def _left_out(format_: Format, name: str) -> bool:
    return any(fits(pattern, name) for pattern in format_.but_not)


def fits(pattern: str, path: str) -> bool:
    """Whether the trailing segments of `path` fit `pattern`, in which each segment may hold one `*`."""
    depth = pattern.count("/")
    parts = path.rsplit("/", depth + 1)[-depth - 1 :] if depth else [path.rpartition("/")[2]]
    wanted = pattern.split("/")
    if len(parts) != len(wanted):
        return False
    for want, part in zip(wanted, parts, strict=True):
        before, star, after = want.partition("*")
        if (
            not (part.startswith(before) and part.endswith(after) and len(part) >= len(before) + len(after))
            if star
            else part != want
        ):
            return False
    return True


def candidates(blob: str) -> Iterator[str]:
    """The paths of a NUL-separated listing whose last segment could fit any format: a cheap sieve. What ends as the files do that
    are known by their content passes anyway, so that patterns of such names are not tried."""
    patterns = [pattern for format_ in _TOLD for pattern in format_.patterns if not pattern.endswith(_SUFFIXES)]
    split = [pattern.rpartition("/") for pattern in patterns]
    exact = frozenset(CONFIGURATIONS).union(last for _, _, last in split if "*" not in last)
    heads = tuple({last.partition("*")[0] for _, _, last in split if "*" in last[1:]})
    starred = [(folder.rpartition("/")[2], last[1:]) for folder, _, last in split if last.startswith("*")]
    tails = (*_SUFFIXES, *{tail for folder, tail in starred if not folder})
    tails_below = tuple({tail for folder, tail in starred if folder})  # `requirements/*.txt`: many a file is called *.txt
    folders = frozenset(folder for folder, _ in starred if folder)
    above = tuple({f"/{folder.partition('/*')[0]}/" for folder, _, last in split if "*" in folder and last.startswith("*")})
    first, last = {head[0] for head in heads}, {tail[-1] for tail in (*tails, *tails_below)}  # most names have neither
    for path in blob.split("\0"):
        name = path[path.rfind("/") + 1 :]
        could_end = name[-1:] in last
        passes = (could_end and name.endswith(tails)) or name in exact or (name[:1] in first and name.startswith(heads))
        if not passes and could_end and name.endswith(tails_below):
            passes = path[: -len(name) - 1].rpartition("/")[2] in folders or any(one in f"/{path}" for one in above)
        if passes or ("." not in name and name and path[: -len(name) - 1].rpartition("/")[2] in _SCRIPTS):
            yield path
