"""Which files are judged, and as what: from paths on the command line to (root, path, format).

Knows names and ignore rules; opens no file.
"""

import os
import stat
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from pinlint.errors import PinlintError
from pinlint.executables import lies_in
from pinlint.formats import SHOWN, Format
from pinlint.naming import CONFIGURATIONS, NAMED, candidates, fits, format_of
from pinlint.roots import keep, root_of

if TYPE_CHECKING:
    from pinlint.commit import Commit
    from pinlint.entries import EntryTree
else:
    Commit, EntryTree = tuple, object  # which they are

__all__ = [
    "CONFIGURATIONS", "EXCLUDED", "NAMED", "Found", "Skipped", "candidates", "discover", "excluder", "format_of", "place", "says",
    "together",
]  # fmt: skip

#: Directories whose files somebody else maintains. A configuration's `exclude` takes the place of this list.
EXCLUDED = ("node_modules", "vendor", "third_party", ".venv", "site-packages")

_UNTOLD = frozenset(format_.name for format_ in SHOWN)


class Found(NamedTuple):
    """The files to judge below one root, in order: (path relative to the root, format). `named` are those that were named one by
    one. With a `commit`, or the tree of one, its files are meant, not those of the work tree."""

    root: str
    files: list[tuple[str, Format]]
    named: frozenset[str] = frozenset()
    commit: Commit | EntryTree | None = None


class Skipped(NamedTuple):
    """How many files were left out, by reason, so that the summary can say so. `configurations` are configuration files below a
    root, which do not count: a subtree must not weaken the policy. `unrecognised` are files that were named and are of no kind.
    `notes` say what of a directory could not be looked at."""

    excluded: int
    links: int
    unrecognised: tuple[str, ...]
    configurations: tuple[str, ...]
    notes: tuple[str, ...] = ()


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
    depth = max((pattern.count("/") for pattern in format_.patterns if fits(pattern, path)), default=0) if format_ else 0
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
