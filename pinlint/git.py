"""How git is asked about a repository that is taken for hostile.

Its root and git's directory are looked for here, and git is told both. Its configuration git never sees, since the directory that
would hold it is one of ours (`nothing/`, with neither settings nor objects nor references), and what may be asked is data alone:
no hook, filter, monitor, helper, lazy fetch or protocol. Knows how to ask; must not know what for.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from pinlint.executables import program, without_home_in
from pinlint.roots import root_of

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["POINTER", "Directory", "Refused", "answer", "bare", "directory", "is_file", "small", "started"]

_NOTHING = os.path.join(os.path.dirname(os.path.abspath(__file__)), "nothing")

#: Seconds that git may take: after the first number what it could be waiting for is looked for, after the second it is ended.
PATIENCE, LIMIT = 3.0, 60.0
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
POINTER = rb"gitdir: ([^\0\n]+)\n*"
_SHA256 = rb"(?im)^\s*objectformat\s*=\s*\"?sha256"


class Refused(Exception):
    """Git cannot be asked; str() says why."""


class Directory(NamedTuple):
    """What of git's directory is used: where the index lies, the list of excludes ("" if there is none), the kind of hash; and
    `common`, where the branches and objects are that all work trees share."""

    path: str
    excludes: str
    kind: str
    common: str = ""


@contextmanager
def started(
    found: Directory, words: Sequence[str], *, root: str = "", work_tree: str = "", objects: bool = False, asking: bool = False
) -> Iterator[subprocess.Popen[bytes]]:
    """Git at work on a command, ended afterwards. It sees the objects of the repository only where that is said, and its branches
    never (`refs` knows those); with `asking` its standard input is open. No program of `root` is started. Raises Refused
    where there is no git."""
    import subprocess  # 10 ms that a run over named files does not need

    root = root or work_tree
    git = program("git", os.environ, root)
    if not git:
        raise Refused("there is no git on PATH")
    settings = [word for setting in (*_SETTINGS, *_OF_SYSTEMS.get(sys.platform, ())) for word in ("-c", setting)]
    command = [git, f"--git-dir={found.path}", *([f"--work-tree={work_tree}"] if work_tree else []), "--literal-pathspecs"]
    environment = {**_clean(os.environ, root), **_ENVIRONMENT, "PATH": os.path.dirname(git)}
    if objects:
        environment |= {"GIT_OBJECT_DIRECTORY": os.path.join(found.common, "objects")}
        environment |= {"GIT_SHALLOW_FILE": os.path.join(found.common, "shallow")}
    with _nothing(found.kind) as common:
        try:
            process = subprocess.Popen(  # noqa: S603 - an absolute path, no shell, from where no repository is found
                [*command, *settings, *words], cwd=os.path.abspath(os.sep), env={**environment, "GIT_COMMON_DIR": common},
                stdin=subprocess.PIPE if asking else subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE if not asking else subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise Refused(f"{git}: {error.strerror}") from None
        with process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()


def answer(
    found: Directory, words: Sequence[str], waits: Callable[[], None], *, root: str = "", work_tree: str = "", objects: bool = False
) -> tuple[bytes, str]:
    """(standard output, start of standard error) of a command of git. Raises Refused where it fails, takes for ever or answers
    without end; `waits` is called where it takes long, and raises it where git waits for what never comes."""
    with started(found, words, root=root, work_tree=work_tree, objects=objects) as process:
        out, err = _output(process, waits)
    said = os.fsdecode(err)
    if process.returncode != 0:
        raise Refused(said.strip().partition("\n")[0].removeprefix("fatal: ") or f"it ended with {process.returncode}")
    return out, said


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


def _clean(environment: os._Environ[str], root: str) -> dict[str, str]:
    """The environment without what leads git elsewhere: its own variables, and a home directory that lies in the repository."""
    clean = {name: value for name, value in environment.items() if not name.startswith("GIT_") or name in _USERS_OWN}
    clean.pop("SSH_ASKPASS", None)
    return without_home_in(clean, root)


def _output(process: subprocess.Popen[bytes], waits: Callable[[], None]) -> tuple[bytes, bytes]:
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
            if passed > LIMIT:
                raise Refused(f"it took longer than {LIMIT:.0f} seconds")
            if patient and passed > PATIENCE:
                patient = False
                waits()
            for key, _ in selector.select((PATIENCE if patient else LIMIT) - passed + 0.01):
                chunk = os.read(key.fd, 1 << 20)
                if not chunk:
                    selector.unregister(key.fileobj)
                elif key.data == "out" or len(read["err"]) < 16:
                    read[key.data].append(chunk)
                    size += len(chunk)
            if size > _LONGEST:
                raise Refused(f"it answers with more than {_LONGEST >> 20} MiB")
    process.wait()
    return b"".join(read["out"]), b"".join(read["err"])


def directory(root: str) -> Directory:
    """Where `.git` of a root leads. Raises Refused where that is none of git's directories, or one that knows nothing of the root.

    A worktree's own directory says where the worktree is. A submodule's lies below that of the repository around it. A link or a
    file that leads anywhere else may have been put there by anybody.
    """
    marker = os.path.join(root, ".git")
    if os.path.islink(marker):
        raise Refused(".git is a link")
    if os.path.isdir(marker):
        return _used(marker, marker)
    pointer = re.fullmatch(POINTER, small(marker))
    if not pointer:
        raise Refused(".git is neither a directory nor a file that leads to one")
    path = os.path.realpath(os.path.join(root, os.fsdecode(pointer[1])))
    common, kind = os.path.dirname(os.path.dirname(path)), os.path.basename(os.path.dirname(path))
    if kind == "worktrees":
        back = os.fsdecode(small(os.path.join(path, "gitdir")).rstrip(b"\n"))
        if back and "\0" not in back and os.path.realpath(os.path.join(path, back)) == os.path.realpath(marker):
            return _used(path, common)
    elif around := root_of(os.path.dirname(root)):
        modules = os.path.join(os.path.realpath(directory(around).path), "modules", "")
        if path.startswith(modules):
            return _used(path, path)
    raise Refused(".git leads to a directory that does not lead back")


def bare(path: str) -> Directory | None:
    """A directory that is a repository itself, without a work tree; None for any other."""
    parts = (os.path.join(path, name) for name in ("objects", "refs"))
    if not is_file(os.path.join(path, "HEAD")) or not all(os.path.isdir(part) for part in parts):
        return None
    try:
        return _used(path, path)
    except Refused:
        return None


def _used(path: str, common: str) -> Directory:
    """Git's directory, `common` being where its settings are. Raises Refused where git would open something else than a file."""
    try:
        with os.scandir(path) as entries:
            files = {entry.name: entry.is_file(follow_symlinks=False) for entry in entries if entry.name.startswith(_READ)}
    except OSError as error:
        raise Refused(f"its directory cannot be read: {error.strerror}") from None
    if not files.get("HEAD"):
        raise Refused("its directory holds no HEAD")
    if strange := [name for name, is_file in files.items() if not is_file]:
        raise Refused(f"{strange[0]} in its directory is no regular file")
    excludes = os.path.join(common, "info", "exclude")
    known = not os.path.islink(os.path.dirname(excludes)) and is_file(excludes)
    kind = "sha256" if re.search(_SHA256, small(os.path.join(common, "config"))) else "sha1"
    return Directory(path, excludes if known else "", kind, common)


def small(path: str) -> bytes:
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


def is_file(path: str, *, links: bool = False) -> bool:
    """Whether a regular file lies there; with `links`, or a link, which is not followed."""
    try:
        mode = os.lstat(path).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(mode) or (links and stat.S_ISLNK(mode))
