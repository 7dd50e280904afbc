"""Which files are judged, and as what: from paths on the command line to (root, path, format).

Asks git where there is a work tree, walks otherwise. Knows names and ignore rules; opens no file.
"""

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import NamedTuple

from pinlint.errors import PinlintError
from pinlint.formats import BY_CONTENT, FORMATS, Format

__all__ = [
    "CONFIGURATIONS",
    "EXCLUDED",
    "NAMED",
    "Found",
    "Skipped",
    "discover",
    "format_of",
    "listing",
    "matches",
    "root_of",
    "seen",
]

#: Directories whose files somebody else maintains. A configuration's `exclude` takes the place of this list.
EXCLUDED = ("node_modules", "vendor", "third_party", ".venv", "site-packages")

#: The formats that names lead to, in the order in which they are asked.
NAMED = (*(format_ for format_ in FORMATS if not format_.marks), BY_CONTENT)

#: The formats that are known by content are all `*` and one of these.
_SUFFIXES = tuple(pattern.removeprefix("*") for pattern in BY_CONTENT.patterns)

#: Configuration files, in the order in which a root is asked for them; pyproject.toml comes last.
CONFIGURATIONS = ("pinlint.toml", ".pinlint.toml")


class Found(NamedTuple):
    """The files to judge below one root, in order: (path relative to the root, format).."""

    root: str
    files: list[tuple[str, Format]]


class Skipped(NamedTuple):
    """How many files were left out, by reason, so that the summary can say so. `configurations` are configuration files below a
    root, which do not count: a subtree must not weaken the policy."""

    excluded: int
    links: int
    unrecognised: int
    configurations: tuple[str, ...]


def format_of(path: str) -> Format | None:
    """The format that the name of `path` stands for, or None. The first line of the table that fits decides; where only formats fit
    that are known by their content, that is BY_CONTENT."""
    folder, _, name = path.rpartition("/")
    found = _by_name(name)
    for number, last in _below(folder):
        if (found is None or number < found) and _fits(last, name) and not _left_out(NAMED[number], name):
            found = number
    return None if found is None else NAMED[found]


@cache  # a repository may hold thousands of files, which have few names
def _by_name(name: str) -> int | None:
    """Which line of NAMED is the first that a file of this name is of, wherever it lies."""
    whole, heads, tails = _sieve()
    if not (name in whole or name.startswith(heads) or name.endswith(tails)):
        return len(NAMED) - 1 if name.endswith(_SUFFIXES) else None
    for number, format_ in enumerate(NAMED):
        if any("/" not in pattern and _fits(pattern, name) for pattern in format_.patterns) and not _left_out(format_, name):
            return number
    return None


@cache
def _below(folder: str) -> tuple[tuple[int, str], ...]:
    """(line of NAMED, what names must fit) for every pattern that names a directory, and this one."""
    possible = (*_folders().get(folder[folder.rfind("/") + 1 :], ()), *_folders().get("*", ()))
    return tuple((number, last) for number, above, last in possible if _fits(above, folder))


@cache
def _folders() -> dict[str, list[tuple[int, str, str]]]:
    """(line of NAMED, directory, what names must fit) by the last segment of the directory, "*" where that holds a star."""
    found: dict[str, list[tuple[int, str, str]]] = {}
    for number, format_ in enumerate(NAMED):
        for above, _, last in (pattern.rpartition("/") for pattern in format_.patterns if "/" in pattern):
            segment = above[above.rfind("/") + 1 :]
            found.setdefault("*" if "*" in segment else segment, []).append((number, above, last))
    return found


@cache
def _sieve() -> tuple[frozenset[str], tuple[str, ...], tuple[str, ...]]:
    """(whole names, what names begin with, what they end with) of every format that a name alone shows: few files are of any."""
    patterns = {pattern for format_ in NAMED[:-1] for pattern in format_.patterns if "/" not in pattern}
    starred = [pattern.partition("*") for pattern in patterns if "*" in pattern]
    heads, tails = (head for head, _, _ in starred if head), (tail for head, _, tail in starred if not head)
    return frozenset(pattern for pattern in patterns if "*" not in pattern), tuple(heads), tuple(tails)


def _left_out(format_: Format, name: str) -> bool:
    return any(_fits(pattern, name) for pattern in format_.but_not)


def _fits(pattern: str, path: str) -> bool:
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


def _candidates(blob: str) -> Iterator[str]:
    """The paths of a NUL-separated listing whose last segment could fit any format: a cheap sieve. What ends as the files do that
    are known by their content passes anyway, so that patterns of such names are not tried."""
    patterns = [pattern for format_ in NAMED[:-1] for pattern in format_.patterns if not pattern.endswith(_SUFFIXES)]
    split = [pattern.rpartition("/") for pattern in patterns]
    exact = frozenset(CONFIGURATIONS).union(last for _, _, last in split if "*" not in last)
    heads = tuple({last.partition("*")[0] for _, _, last in split if "*" in last[1:]})
    starred = [(folder.rpartition("/")[2], last[1:]) for folder, _, last in split if last.startswith("*")]
    tails = (*_SUFFIXES, *{tail for folder, tail in starred if not folder})
    tails_below = tuple({tail for folder, tail in starred if folder})  # `requirements/*.txt`: many a file is called *.txt
    folders = frozenset(folder for folder, _ in starred if folder)
    for path in blob.split("\0"):
        name = path[path.rfind("/") + 1 :]
        fits = name.endswith(tails) or name in exact or name.startswith(heads)
        if fits or (name.endswith(tails_below) and path[: -len(name) - 1].rpartition("/")[2] in folders):
            yield path


def root_of(path: str) -> str | None:
    """The nearest directory at or above `path` (absolute) that holds `.git`, or None."""
    while True:
        if os.path.lexists(os.path.join(path, ".git")):
            return path
        parent = os.path.dirname(path)
        if parent == path:
            return None
        path = parent


def listing(root: str) -> str:
    """Every file under `root` that is tracked or not ignored, relative to it, NUL-terminated.

    In a work tree git is asked (the only program that linting starts, with its file system monitor off, because the
    repository's own configuration must not run anything); elsewhere, or where git refuses, the directory is walked.
    """
    if root_of(root) is not None:
        import subprocess  # 10 ms that a run over named files does not need

        command = ["git", "-c", "core.fsmonitor=false", "-c", "core.quotepath=false", "ls-files", "-zco", "--exclude-standard"]
        try:
            done = subprocess.run(command, cwd=root, capture_output=True, check=False)  # noqa: S603
        except OSError:
            done = None
        if done is not None and done.returncode == 0:
            return os.fsdecode(done.stdout)
    return "".join(f"{path}\0" for path in _walk(root))


#: What `discover` saw of each root, until somebody takes it: git may need seconds to look through a large work tree.
_seen: dict[str, str] = {}


def seen(root: str) -> Callable[[], str]:
    """What lists the files under `root`: what was seen there when the files to judge were looked for, for the first who asks."""
    known = _seen.pop(root, None)
    return lambda: listing(root) if known is None else known


def _walk(root: str) -> Iterator[str]:
    pending = [""]
    while pending:
        below = pending.pop()
        try:
            entries = sorted(os.scandir(os.path.join(root, below)), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            path = f"{below}/{entry.name}" if below else entry.name
            if entry.is_dir(follow_symlinks=False):
                if entry.name != ".git":
                    pending.append(path)
            elif not entry.is_dir():
                yield path


def matches(pattern: str, path: str) -> bool:
    """Whether a configured path pattern covers `path`: a name or path of any parent, with `*`, `**` and `?` as in .gitignore."""
    pattern = pattern.rstrip("/")
    anchored = "/" in pattern
    source = re.escape(pattern.lstrip("/")).replace(r"\*\*/", "(?:.*/)?").replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    source = source.replace(r"\?", "[^/]")
    return re.search(f"{'^' if anchored else '(?:^|/)'}{source}(?:/|$)", path) is not None


def discover(
    paths: Iterable[str], excluded: Callable[[str], tuple[str, ...]], *, force_exclude: bool = False
) -> tuple[list[Found], Skipped]:
    """The files to judge, grouped by root, and what was left out.

    `excluded(root)` are the patterns a root excludes. A file that is named is judged although excluded, unless `force_exclude`.
    Raises PinlintError for a path that does not exist.
    """
    found: dict[str, dict[str, Format]] = {}
    roots: dict[str, str] = {}
    excluders: dict[str, Callable[[str], bool]] = {}
    rows: Iterable[tuple[str, bool]]
    hidden = links = unrecognised = 0
    nested: list[str] = []
    for path in paths:
        full = os.path.abspath(path)
        try:
            status = os.stat(full)
        except (OSError, ValueError) as error:
            reason = (
                "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read: {getattr(error, 'strerror', error)}"
            )
            raise PinlintError(
                f"{os.fsencode(path).decode('utf-8', 'replace')} {reason}", "name a file or a directory that exists"
            ) from None
        if stat.S_ISDIR(status.st_mode):
            root = root_of(full) or full
            inside = os.path.relpath(full, root).replace(os.sep, "/")
            prefix = "" if inside == "." else f"{inside}/"
            blob = listing(full)
            if not prefix:
                _seen[root] = blob
            rows = ((prefix + name, False) for name in _candidates(blob))
        else:
            folder = os.path.dirname(full)
            root = roots.get(folder) or roots.setdefault(folder, root_of(folder) or folder)
            rows = [(full[len(root.rstrip(os.sep)) + 1 :].replace(os.sep, "/"), True)]
        files = found.setdefault(root, {})
        excludes = excluders.get(root) or excluders.setdefault(root, _excluder(excluded(root)))
        for name, named in rows:
            format_ = format_of(name)
            if format_ is None:
                unrecognised += named
                if not named and name.rpartition("/")[2] in CONFIGURATIONS and "/" in name:
                    nested.append(os.path.join(root, name))
            elif (not named or force_exclude) and excludes(name):
                hidden += 1
            elif not named and (mode := _mode(f"{root}/{name}")) in (0, stat.S_IFLNK):
                links += mode == stat.S_IFLNK
            else:
                _add(files, root, name, format_)
    return [Found(root, sorted(files.items())) for root, files in found.items()], Skipped(
        hidden, links, unrecognised, tuple(nested)
    )


def _mode(path: str) -> int:
    """What kind of thing lies at `path`; 0 where git lists something that is gone."""
    try:
        return stat.S_IFMT(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return 0


def _excluder(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Whether one of the patterns covers a path."""
    wild = [pattern for pattern in patterns if any(char in pattern for char in "/*?[")]
    plain = [f"/{pattern}/" for pattern in patterns if pattern not in wild]

    def excludes(path: str) -> bool:
        framed = f"/{path}/"
        for name in plain:
            if name in framed:
                return True
        return any(matches(pattern, path) for pattern in wild) if wild else False

    return excludes


def _add(files: dict[str, Format], root: str, name: str, format_: Format) -> None:
    files[name] = format_
    for partner in format_.partner:  # a lock brings its manifest in, where what they disagree about is reported
        beside = f"{name.rpartition('/')[0]}/{partner}".lstrip("/")
        other = format_of(beside)
        if other is not None and beside not in files and os.path.isfile(os.path.join(root, beside)):
            files[beside] = other
