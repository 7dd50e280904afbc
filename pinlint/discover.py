"""Which files are judged, and as what: from paths on the command line to (root, path, format).

Knows names and ignore rules; opens no file.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from pinlint.errors import PinlintError
from pinlint.executables import lies_in
from pinlint.formats import BY_SHEBANG, FORMATS, SHOWN, Format
from pinlint.roots import keep, root_of

if TYPE_CHECKING:
    from pinlint.commit import Commit
else:
    Commit = tuple  # which it is

__all__ = [
    "CONFIGURATIONS", "EXCLUDED", "NAMED", "Found", "Skipped", "candidates", "discover", "excluder", "format_of", "place", "says",
    "together",
]  # fmt: skip

#: Directories whose files somebody else maintains. A configuration's `exclude` takes the place of this list.
EXCLUDED = ("node_modules", "vendor", "third_party", ".venv", "site-packages")

#: The formats that names lead to, in the order in which they are asked.
_TOLD = tuple(format_ for format_ in FORMATS if not format_.marks)
NAMED = (*_TOLD, *SHOWN)

#: The formats that are known by content are all `*` and one of these, which leads to a line of NAMED.
_ENDS = {pattern.removeprefix("*"): NAMED.index(one) for one in SHOWN if one is not BY_SHEBANG for pattern in one.patterns}
_SUFFIXES = tuple(_ENDS)
#: Folders in which a file without an ending may be a script.
_SCRIPTS = frozenset(pattern.removesuffix("/*") for pattern in BY_SHEBANG.patterns)
_UNTOLD = frozenset(format_.name for format_ in SHOWN)

#: Configuration files, in the order in which a root is asked for them; pyproject.toml comes last.
CONFIGURATIONS = ("pinlint.toml", ".pinlint.toml")


class Found(NamedTuple):
    """The files to judge below one root, in order: (path relative to the root, format). `named` are those that were named one by
    one. With a `commit` its files are meant, not those of the work tree."""

    root: str
    files: list[tuple[str, Format]]
    named: frozenset[str] = frozenset()
    commit: Commit | None = None


class Skipped(NamedTuple):
    """How many files were left out, by reason, so that the summary can say so. `configurations` are configuration files below a
    root, which do not count: a subtree must not weaken the policy. `unrecognised` are files that were named and are of no kind.
    `notes` say what of a directory could not be looked at."""

    excluded: int
    links: int
    unrecognised: tuple[str, ...]
    configurations: tuple[str, ...]
    notes: tuple[str, ...] = ()


def format_of(path: str) -> Format | None:
    """The format that the name of `path` stands for, or None. The first line of the table that fits decides; where only formats fit
    that are known by their content, that is one of SHOWN."""
    folder, _, name = path.rpartition("/")
    found = _by_name(name)
    for number, last in _below(folder):
        if (found is None or number < found) and _fits(last, name) and not _left_out(NAMED[number], name):
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
    return tuple((number, last) for number, above, last in possible if _fits(above, folder))


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
        fits = (could_end and name.endswith(tails)) or name in exact or (name[:1] in first and name.startswith(heads))
        if not fits and could_end and name.endswith(tails_below):
            fits = path[: -len(name) - 1].rpartition("/")[2] in folders or any(one in f"/{path}" for one in above)
        if fits or ("." not in name and name and path[: -len(name) - 1].rpartition("/")[2] in _SCRIPTS):
            yield path


#: What is known of directories: (the root above, where it really is).
_Folders = dict[str, tuple[str | None, str]]


def place(path: str, folders: _Folders | None = None) -> tuple[str, str, Format | None]:
    """(root, path relative to it, format) of a file that is named; `folders` remembers what was seen of directories.

    In a repository a file is matched as it stands below the root, elsewhere by its whole path. A name that says nothing may be a
    link, or lie behind one: then the place where the file really is has its say. No link leads out of a repository; elsewhere one
    is the word of whoever names it.
    """
    folders = {} if folders is None else folders
    full = os.path.abspath(path)
    found = _placed(full, folders)
    root, folder = _folder(full, folders)
    real = os.path.realpath(full) if os.path.islink(full) else os.path.join(folder, os.path.basename(full))
    if real == full or (root is not None and not lies_in(real, root)):
        return found
    other = _placed(real, folders)
    if says(other[2]) and not says(found[2]):
        return other
    return found if root is not None or lies_in(real, found[0]) else (*other[:2], found[2] or other[2])


def says(format_: Format | None) -> bool:
    """Whether a name alone says what a file is."""
    return format_ is not None and format_.name not in _UNTOLD


def _folder(full: str, folders: _Folders) -> tuple[str | None, str]:
    folder = os.path.dirname(full)
    if folder not in folders:
        folders[folder] = root_of(folder), os.path.realpath(folder)
    return folders[folder]


def _placed(full: str, folders: _Folders) -> tuple[str, str, Format | None]:
    root, _ = _folder(full, folders)
    format_ = None
    if root is None:
        format_ = format_of(full.replace(os.sep, "/").lstrip("/"))
        root = _rootless(full, format_)
    name = _relative(full, root)
    return root, name, format_ or format_of(name)


def _rootless(full: str, format_: Format | None) -> str:
    """What stands for a root where there is no repository: the working directory, as for a run over all of it; where the file does
    not lie below that, or has its kind from directories above it, the directory above those. A whole home directory is none."""
    path = full.replace(os.sep, "/")
    depth = max((pattern.count("/") for pattern in format_.patterns if _fits(pattern, path)), default=0) if format_ else 0
    top = full
    for _ in range(depth + 1):
        top = os.path.dirname(top)
    here = os.getcwd()
    inside = top == here or top.startswith(here.rstrip(os.sep) + os.sep)
    return here if inside and not lies_in(os.path.expanduser("~"), here) else top


def discover(
    paths: Iterable[str], excluded: Callable[[str], tuple[str, ...]], *, force_exclude: bool = False
) -> tuple[list[Found], Skipped]:
    """The files to judge, grouped by root, and what was left out.

    `excluded(root)` are the patterns a root excludes. A file that is named is judged although excluded, unless `force_exclude`.
    Raises PinlintError for a path that does not exist.
    """
    search = _Search(excluded, force_exclude=force_exclude)
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
            search.directory(full, path)
        else:
            search.file(full, path)
    return search.found(), search.skipped()


class _Search:
    """What is found below the paths of a run, and what is left out."""

    def __init__(self, excluded: Callable[[str], tuple[str, ...]], *, force_exclude: bool) -> None:
        self._excluded, self._force = excluded, force_exclude
        self._files: dict[str, dict[str, Format]] = {}
        self._named: dict[str, set[str]] = {}
        self._folders: _Folders = {}
        self._excluders: dict[str, Callable[[str], bool]] = {}
        self._hidden = self._links = 0
        self._unrecognised: list[str] = []
        self._nested: list[str] = []
        self._notes: dict[str, None] = {}

    def found(self) -> list[Found]:
        """The files by root, in order."""
        return [Found(root, sorted(files.items()), frozenset(self._named.get(root, ()))) for root, files in self._files.items()]

    def skipped(self) -> Skipped:
        """What was left out."""
        return Skipped(self._hidden, self._links, tuple(self._unrecognised), tuple(self._nested), tuple(self._notes))

    def file(self, full: str, path: str) -> None:
        """A file that was named is judged if it is of any kind."""
        root, name, format_ = place(full, self._folders)
        files = self._files.setdefault(root, {})
        if format_ is None:
            self._unrecognised.append(path)
        elif self._force and self._excludes(root)(name):
            self._hidden += 1
        else:
            self._named.setdefault(root, set()).add(name)
            _add(files, root, name, format_)

    def directory(self, full: str, path: str) -> None:
        """Of a directory those files are judged that are of a kind, not excluded, and really lie below it."""
        from pinlint.listing import listing  # a run over named files lists none

        root, below = _directory(full, path)
        listed = listing(root, below)
        if not below:
            keep(root, listed.paths)
        self._notes.update(dict.fromkeys(listed.notes))
        files, excludes = self._files.setdefault(root, {}), self._excludes(root)
        below_root: dict[str, bool] = {"": True}
        for name in candidates(listed.paths):
            format_ = format_of(name)
            if format_ is None:
                if "/" in name and name[name.rfind("/") + 1 :] in CONFIGURATIONS:
                    self._nested.append(os.path.join(root, name))
            elif excludes(name):
                self._hidden += 1
            elif mode := _mode(f"{root}/{name}"):
                leads = mode == stat.S_IFLNK and not self._tells(root, name, format_)
                if leads or not _unlinked(root, name, below_root):
                    self._links += 1
                else:
                    _add(files, root, name, format_)

    def _tells(self, root: str, link: str, format_: Format) -> bool:
        """Whether a link alone tells what the file is that it leads to: that lies in the repository under a name of no kind."""
        real, top = os.path.realpath(f"{root}/{link}"), os.path.realpath(root)
        if not says(format_) or not lies_in(real, top) or not os.path.isfile(real):
            return False
        name = _relative(real, top)
        return format_of(name) is None and not self._excludes(root)(name)

    def _excludes(self, root: str) -> Callable[[str], bool]:
        if root not in self._excluders:
            self._excluders[root] = excluder(self._excluded(root))
        return self._excluders[root]


def _directory(full: str, path: str) -> tuple[str, str]:
    """(root, path relative to it) of a directory, both as they really are. Raises PinlintError where a repository leads out of
    itself by a link: its author would choose what is looked at."""
    root, real = root_of(full), os.path.realpath(full)
    if root is None:  # then a link is the word of whoever names it
        top = root_of(real)
        return (top, _relative(real, top)) if top else (full, "")
    top = os.path.realpath(root)
    if not lies_in(real, top):
        raise PinlintError(f"{path} leads out of the repository {root} by a link", "name the directory that is meant")
    return root, _relative(real, top)


def _relative(path: str, root: str) -> str:
    return "" if path == root else path[len(root.rstrip(os.sep)) + 1 :].replace(os.sep, "/")


def _unlinked(root: str, name: str, known: dict[str, bool]) -> bool:
    """Whether no directory on the way to a listed file is a link: what git lists need not be what is there now."""
    folder = name.rpartition("/")[0]
    if folder not in known:
        known[folder] = not os.path.islink(f"{root}/{folder}") and _unlinked(root, folder, known)
    return known[folder]


def _mode(path: str) -> int:
    """What kind of thing lies at `path`; 0 where git lists something that is gone. What cannot be looked at counts as a file, so
    that reading it says why."""
    try:
        return stat.S_IFMT(os.lstat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return 0
    except OSError:
        return stat.S_IFREG


def excluder(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Whether one of the patterns covers a path."""
    wild: list[str] = []
    plain: list[str] = []
    for pattern in patterns:
        if any(char in pattern for char in "/*?["):
            wild.append(pattern)
        else:
            plain.append(f"/{pattern}/")
    covering = None
    if wild:
        from pinlint.glob import Paths  # few configurations hold patterns

        covering = Paths(wild).covering

    def excludes(path: str) -> bool:
        framed = f"/{path}/"
        for name in plain:
            if name in framed:
                return True
        return covering is not None and any(True for _ in covering(path))

    return excludes


def together(root: str, name: str, format_: Format) -> list[tuple[str, Format]]:
    """A file, which need not be there, with those that are judged whenever it is; in order."""
    files: dict[str, Format] = {}
    _add(files, root, name, format_)
    return sorted(files.items())


def _add(files: dict[str, Format], root: str, name: str, format_: Format) -> None:
    files[name] = format_
    for partner in format_.partner:  # a lock brings its manifest in, where what they disagree about is reported
        stem = name.rpartition(".")[0]
        beside = f"{name.rpartition('/')[0]}/{partner}".lstrip("/") if partner[0] != "*" else stem
        other = format_of(beside) if beside.endswith(partner.lstrip("*")) else None
        if other is not None and beside not in files and os.path.isfile(os.path.join(root, beside)):
            files[beside] = other
