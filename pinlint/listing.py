"""Which files lie below a root: what git tracks or does not ignore, or all of them.

Knows where a repository begins and how to ask git about it; opens none of its files. The repository is taken for hostile: its
root and git's directory are looked for here, and git is told both. Its configuration git never sees, since the directory that
would hold it is one of ours (`nothing/`, with neither settings nor objects nor references); what is left of the repository is its
index, its list of excludes and the .gitignore files of the work tree, none of which can run anything.
"""

import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from pinlint.executables import lies_in, program, without_home_in

if TYPE_CHECKING:
    import subprocess

__all__ = ["Listing", "listing", "root_of", "seen"]

_NOTHING = os.path.join(os.path.dirname(os.path.abspath(__file__)), "nothing")

#: Seconds that git may take: after the first number what it could be waiting for is looked for, after the second it is ended.
_PATIENCE, _LIMIT = 3.0, 60.0
#: Bytes that git may answer. An index of a megabyte can speak of a gigabyte of paths.
_LONGEST = 256 * 1024 * 1024

#: Git's own settings are its user's, and the user may have any of these. None has a use in a listing, and each may start something.
_SETTINGS = (
    "core.fsmonitor=false", "core.untrackedCache=false", f"core.hooksPath={os.devnull}", f"core.attributesFile={os.devnull}",
    "core.quotePath=false", "core.pager=cat", "core.sshCommand=false", "core.askPass=", "credential.helper=", "diff.external=",
    "safe.bareRepository=explicit", "protocol.allow=never", "gc.auto=0", "maintenance.auto=false", "submodule.recurse=false",
)  # fmt: skip
#: What a system whose names know no case, and one that takes letters and their marks apart, writes into each repository's settings.
_OF_SYSTEMS = {"darwin": ("core.ignoreCase=true", "core.precomposeUnicode=true"), "win32": ("core.ignoreCase=true",)}
_ENVIRONMENT = {
    "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "", "GIT_PROTOCOL_FROM_USER": "0", "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_REPLACE_OBJECTS": "1", "GIT_ATTR_NOSYSTEM": "1", "LC_ALL": "C",
}  # fmt: skip
#: Variables of git that say where the user's own settings are; every other one is dropped.
_USERS_OWN = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM")

#: What git reads in its own directory, by how the names begin.
_READ = ("HEAD", "index", "sharedindex.")
_POINTER = rb"gitdir: ([^\0\n]+)\n*"
_SHA256 = rb"(?im)^\s*objectformat\s*=\s*\"?sha256"
#: What git says of a directory; it cuts what is longer than a path may be.
_UNREADABLE = "could not open directory '(.*?)(?:/?': (.*)|$)"


class Listing(NamedTuple):
    """`paths` are relative to the root, POSIX, each with a NUL behind it. `notes` say what could not be looked at, and whether
    .gitignore was heeded where one would think so."""

    paths: str
    notes: tuple[str, ...]


class _Refused(Exception):
    """Git cannot be asked; str() says why."""


class _GitDirectory(NamedTuple):
    """What of git's directory is used: where the index lies, the list of excludes ("" if there is none), the kind of hash."""

    path: str
    excludes: str
    kind: str


def root_of(path: str) -> str | None:
    """The nearest directory at or above `path` (absolute) that holds `.git`, or None. A link by which a repository leads out of
    itself leads to no root: whoever wrote the link does not choose what is looked at."""
    found = None
    while True:
        if found is None and os.path.lexists(os.path.join(path, ".git")):
            found = path
        parent = os.path.dirname(path)
        if parent == path:
            return found
        if found is not None and os.path.islink(path):
            around = root_of(parent)  # which looks at what is above
            return found if around is None or lies_in(found, around) else around
        path = parent


#: What was listed of whole roots, until somebody takes it: git may need seconds to look through a large work tree.
_kept: dict[str, str] = {}


def seen(root: str) -> Callable[[], str]:
    """What lists the files under `root`: what was kept of the first look at it, for the first who asks."""
    known = _kept.pop(root, None)
    return lambda: listing(root).paths if known is None else known


def listing(root: str, below: str = "", *, keep: bool = False) -> Listing:
    """The files under `below` (relative to `root`) that are tracked or not ignored, where git can be asked; else all of them. That
    of a whole root may be kept for whoever asks what was `seen`."""
    found = _listed(root, below)
    if keep and not below:
        _kept[root] = found.paths
    return found


def _listed(root: str, below: str) -> Listing:
    if _is_nothing(os.path.join(root, ".git")):
        unread: list[str] = []
        return Listing(_joined(_walk(root, below, unread)), _unreadable(unread))
    try:
        return _asked(root, below)
    except _Refused as error:
        unread = []
        paths = _joined(_walk(root, below, unread, repositories=False))
        return Listing(paths, (f"git could not be asked: {error}; what .gitignore names was looked at too", *_unreadable(unread)))


def _is_nothing(marker: str) -> bool:
    """Whether there is no `.git`, or an empty directory which only marks the root: then there is nothing to ask git about."""
    try:
        return not os.path.islink(marker) and not os.listdir(marker)
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False


def _joined(paths: Iterator[str]) -> str:
    return "".join(f"{path}\0" for path in paths)


def _unreadable(folders: list[str]) -> tuple[str, ...]:
    if not folders:
        return ()
    more = f" and {len(folders) - 3} more" if folders[3:] else ""
    shown = [one if len(one) <= 200 else f"{one[:100]}…{one[-99:]}" for one in folders[:3]]
    return (f"not looked into: {', '.join(shown)}{more}",)


def _walk(
    root: str, below: str = "", unread: list[str] | None = None, *, repositories: bool = True, marks: bool = False
) -> Iterator[str]:
    """Every file and link under a directory, links not followed; `unread` gets the directories that cannot be read. Without
    `repositories`, those inside (submodules and the like) are left out, as git does; with `marks`, directories that are called
    .git are said too."""
    pending = [below]
    while pending:
        below = pending.pop()
        try:
            with os.scandir(os.path.join(root, below)) as scanned:
                entries = sorted(scanned, key=lambda entry: entry.name)
        except OSError as error:
            if unread is not None:
                unread.append(f"{below or '.'} ({error.strerror})")
            continue
        if not repositories and below and any(entry.name == ".git" for entry in entries):
            continue
        for entry in entries:
            path = f"{below}/{entry.name}" if below else entry.name
            if not entry.is_dir(follow_symlinks=False):
                yield path
            elif entry.name != ".git":
                pending.append(path)
            elif marks:
                yield path


def _asked(root: str, below: str) -> Listing:
    """What git lists. Raises _Refused where it cannot be asked or does not answer."""
    import subprocess  # 10 ms that a run over named files does not need
    import sys

    git = program("git", os.environ, root)
    if not git:
        raise _Refused("there is no git on PATH")
    found = _git_directory(root)
    settings = [word for setting in (*_SETTINGS, *_OF_SYSTEMS.get(sys.platform, ())) for word in ("-c", setting)]
    command = [git, f"--git-dir={found.path}", f"--work-tree={root}", "--literal-pathspecs", *settings]
    command += ["ls-files", "-zco", "--exclude-standard", *(["-X", found.excludes] if found.excludes else []), "--", below or "."]
    environment = {**_clean(os.environ, root), **_ENVIRONMENT, "PATH": os.path.dirname(git)}
    with _nothing(found.kind) as nothing:
        try:
            process = subprocess.Popen(  # noqa: S603 - an absolute path, no shell, from where no repository is found
                command, cwd=os.path.abspath(os.sep), env={**environment, "GIT_COMMON_DIR": nothing}, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise _Refused(f"{git}: {error.strerror}") from None
        with process:
            try:
                out, err = _output(process, root)
            finally:
                if process.poll() is None:
                    process.kill()
    said = os.fsdecode(err)
    if process.returncode != 0:
        raise _Refused(said.strip().partition("\n")[0].removeprefix("fatal: ") or f"it ended with {process.returncode}")
    unread = [f"{match[1]} ({match[2] or 'its path is too long'})" for match in re.finditer(_UNREADABLE, said, re.MULTILINE)]
    return Listing(_below(os.fsdecode(out)), _unreadable(unread))


@contextmanager
def _nothing(kind: str) -> Iterator[str]:
    """A directory that git takes for a repository's own and that holds nothing. Where pinlint itself lies in an archive, such a one
    is made for the time being."""
    folder = os.path.join(_NOTHING, kind)
    if os.path.isdir(folder):
        yield folder
        return
    import tempfile

    with tempfile.TemporaryDirectory(prefix="pinlint-") as folder:
        for name in ("objects", "refs"):
            os.mkdir(os.path.join(folder, name))
        with open(os.path.join(folder, "config"), "w", encoding="ascii") as file:
            file.write(f"[core]\nrepositoryFormatVersion = 1\n[extensions]\nobjectFormat = {kind}\n")
        yield folder


def _clean(environment: "os._Environ[str]", root: str) -> dict[str, str]:
    """The environment without what leads git elsewhere: its own variables, and a home directory that lies in the repository."""
    clean = {name: value for name, value in environment.items() if not name.startswith("GIT_") or name in _USERS_OWN}
    clean.pop("SSH_ASKPASS", None)
    return without_home_in(clean, root)


def _output(process: "subprocess.Popen[bytes]", root: str) -> tuple[bytes, bytes]:
    """(standard output, start of standard error) of git, which must not take for ever or answer without end."""
    import selectors
    import time

    began, patient = time.monotonic(), True
    read: dict[str, list[bytes]] = {"out": [], "err": []}
    size = 0
    with selectors.DefaultSelector() as selector:
        for name, stream in (("out", process.stdout), ("err", process.stderr)):
            assert stream is not None
            selector.register(stream, selectors.EVENT_READ, name)
        while selector.get_map():
            passed = time.monotonic() - began
            if passed > _LIMIT:
                raise _Refused(f"it took longer than {_LIMIT:.0f} seconds")
            if patient and passed > _PATIENCE:
                patient = False
                _nothing_to_wait_for(root)
            for key, _ in selector.select((_PATIENCE if patient else _LIMIT) - passed + 0.01):
                chunk = os.read(key.fd, 1 << 20)
                if not chunk:
                    selector.unregister(key.fileobj)
                elif key.data == "out" or len(read["err"]) < 16:
                    read[key.data].append(chunk)
                    size += len(chunk)
            if size > _LONGEST:
                raise _Refused(f"it lists more than {_LONGEST >> 20} MiB of paths")
    process.wait()
    return b"".join(read["out"]), b"".join(read["err"])


def _nothing_to_wait_for(root: str) -> None:
    """Raises _Refused where git waits for a writer that never comes: where a .gitignore is a pipe or the like, or the HEAD of a
    repository inside, at which git looks to tell whether it is one."""
    for path in _walk(root, marks=True):
        name, full = path.rpartition("/")[2], os.path.join(root, path)
        if name == ".git" and (pointer := re.fullmatch(_POINTER, _small(full))):
            full = os.path.join(os.path.dirname(full), os.fsdecode(pointer[1]), "HEAD")
        elif name == ".git":
            full = os.path.join(full, "HEAD")
        elif name != ".gitignore":
            continue
        if os.path.lexists(full) and not _is_file(full, links=True):
            raise _Refused(f"{path} is or leads to what is no regular file, and git waits for it")


def _git_directory(root: str) -> _GitDirectory:
    """Where `.git` of a root leads. Raises _Refused where that is none of git's directories, or one that knows nothing of the root.

    A worktree's own directory says where the worktree is. A submodule's lies below that of the repository around it. A link or a
    file that leads anywhere else may have been put there by anybody.
    """
    marker = os.path.join(root, ".git")
    if os.path.islink(marker):
        raise _Refused(".git is a link")
    if os.path.isdir(marker):
        return _used(marker, marker)
    pointer = re.fullmatch(_POINTER, _small(marker))
    if not pointer:
        raise _Refused(".git is neither a directory nor a file that leads to one")
    path = os.path.realpath(os.path.join(root, os.fsdecode(pointer[1])))
    common, kind = os.path.dirname(os.path.dirname(path)), os.path.basename(os.path.dirname(path))
    if kind == "worktrees":
        back = os.fsdecode(_small(os.path.join(path, "gitdir")).rstrip(b"\n"))
        if back and "\0" not in back and os.path.realpath(os.path.join(path, back)) == os.path.realpath(marker):
            return _used(path, common)
    elif around := root_of(os.path.dirname(root)):
        modules = os.path.join(os.path.realpath(_git_directory(around).path), "modules", "")
        if path.startswith(modules):
            return _used(path, path)
    raise _Refused(".git leads to a directory that does not lead back")


def _used(path: str, common: str) -> _GitDirectory:
    """Git's directory, `common` being where its settings are. Raises _Refused where git would open something else than a file."""
    try:
        with os.scandir(path) as entries:
            files = {entry.name: entry.is_file(follow_symlinks=False) for entry in entries if entry.name.startswith(_READ)}
    except OSError as error:
        raise _Refused(f"its directory cannot be read: {error.strerror}") from None
    if not files.get("HEAD"):
        raise _Refused("its directory holds no HEAD")
    if strange := [name for name, is_file in files.items() if not is_file]:
        raise _Refused(f"{strange[0]} in its directory is no regular file")
    excludes = os.path.join(common, "info", "exclude")
    known = not os.path.islink(os.path.dirname(excludes)) and _is_file(excludes)
    kind = "sha256" if re.search(_SHA256, _small(os.path.join(common, "config"))) else "sha1"
    return _GitDirectory(path, excludes if known else "", kind)


def _small(path: str) -> bytes:
    """The first bytes of a regular file that is no link; nothing where there is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError):
        return b""
    try:
        return os.read(descriptor, 65536) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def _is_file(path: str, *, links: bool = False) -> bool:
    """Whether a regular file lies there; with `links`, or a link, which is not followed."""
    try:
        mode = os.lstat(path).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(mode) or (links and stat.S_ISLNK(mode))


def _below(paths: str) -> str:
    """The listed paths without any that git itself would refuse to add: absolute, leading upwards, or into git's own directory."""
    framed = f"\0{paths}".lower()
    if not any(sign in framed for sign in ("\0/", "//", "./", ".git/")):  # one of them is in each of the signs below
        return paths
    if not any(sign in framed for sign in ("\0/", "//", "\0./", "\0../", "/./", "/../", "\0.git/", "/.git/")):
        return paths
    strange = {"", ".", "..", ".git"}
    return "".join(f"{path}\0" for path in paths.split("\0") if path and strange.isdisjoint(path.lower().rstrip("/").split("/")))
