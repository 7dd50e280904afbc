"""The folder in which the tables of a fleet lie: who may write there, what is whole, and how new rows take the place of old ones.

    pinlint-fleet.json         which files are the tables now; written last, by renaming
    000007/references.parquet  a table; a folder is never changed once the file above names it, and stays while somebody reads it
    000007/known.json          what the next scan has to know of each repository, so that it opens no table where nothing is new
    incoming/000042/           what a scan has read and not yet put into the tables: a killed one's next run goes on from here
    lock                       held by the scan at work, and by nobody once its process has ended

Whoever looks, at any moment and after any crash, finds whole tables. Knows files; must not know what rows mean.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from pinlint import __version__
from pinlint.errors import PinlintError
from pinlint.fleet import parquet
from pinlint.fleet.tables import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pinlint.fleet.parquet import Arrow

__all__ = ["DataSet", "Known", "Manifest", "Writer", "locked", "noted", "opened"]

_MANIFEST, _INCOMING, _LOCK, _KNOWN = "pinlint-fleet.json", "incoming", "lock", "known.json"
_HINT = "pinlint fleet scan SOURCE --into DIR makes one"
#: What the system says where another process holds a lock.
_BUSY = (errno.EACCES, errno.EAGAIN)
#: How often tables are looked for that a scan puts newer ones in the place of.
_TRIES = 5


class Manifest(NamedTuple):
    """What the file says: the folder of the tables ("" = there are none yet), how many rows each has, every scan so far, and the
    number of the last stretch that is in the tables."""

    folder: str = ""
    rows: dict[str, int] = {}  # noqa: RUF012 - never changed in place
    scans: tuple[dict[str, Any], ...] = ()
    taken: int = 0


class Known(NamedTuple):
    """What the next scan has to know: by repository what its revision named and the key under which it was read ("" = it is to be
    read again), and the rows of `failures`, in order."""

    repositories: dict[str, tuple[str, str]] = {}  # noqa: RUF012 - never changed in place
    failures: tuple[tuple[str, ...], ...] = ()


class DataSet:
    """The tables in a folder."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.manifest = _read(os.path.join(folder, _MANIFEST))

    def path(self, table: str) -> str:
        """The file that holds a table, "" where there is none yet."""
        return os.path.join(self.folder, self.manifest.folder, f"{table}.parquet") if self.manifest.folder else ""

    def known(self) -> Known:
        """What the last scan left for the next one; nothing where that cannot be read: then all is read again."""
        if not self.manifest.folder:
            return Known()
        try:
            with open(os.path.join(self.folder, self.manifest.folder, _KNOWN), encoding="utf-8") as file:
                said = json.load(file)
            repositories = {str(name): (str(named), str(key)) for name, named, key in said["repositories"]}
            return Known(repositories, tuple(tuple(map(str, row)) for row in said["failures"]))
        except (OSError, ValueError, KeyError, TypeError):
            return Known()

    def read(self, table: str, columns: list[str]) -> list[dict[str, Any]]:
        """Some columns of a table that is small."""
        path = self.path(table)
        return list(parquet.read(path, columns)) if path else []


def opened(folder: str) -> DataSet:
    """The data set in a folder. Raises PinlintError where there is none."""
    for _ in range(_TRIES):
        found = DataSet(folder)
        if not found.manifest.folder:
            raise PinlintError(f"{folder} holds no data set of a fleet", _HINT)
        if _holds(found):
            break
    return found


def _holds(data: DataSet) -> bool:
    """Whether its tables stay where they are while it is in use; False where a scan has just put newer ones in their place. Where
    the file system knows no such lock, they are read without."""
    import weakref

    try:
        descriptor = os.open(os.path.dirname(data.path("repositories")), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    weakref.finalize(data, os.close, descriptor)
    with suppress(ImportError, OSError):
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_SH)
    return os.path.isfile(data.path("repositories"))


def _is_held(folder: str) -> bool:
    """Whether somebody reads the tables in a folder."""
    import fcntl

    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in _BUSY
    finally:
        os.close(descriptor)
    return False


def _read(path: str) -> Manifest:
    try:
        with open(path, encoding="utf-8") as file:
            said = json.load(file)
        if said["schema"] != SCHEMA:
            raise PinlintError(
                f"{path} has schema {said['schema']!r}, and this pinlint reads {SCHEMA}",
                "scan into a new folder, or use that version",
            )
        rows = {str(name): int(count) for name, count in said["rows"].items()}
        return Manifest(str(said["folder"]), rows, tuple(said["scans"]), int(said.get("taken", 0)))
    except FileNotFoundError:
        return Manifest()
    except OSError as error:
        raise PinlintError(f"{path} cannot be read: {error.strerror}", _HINT) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise PinlintError(f"{path} describes no data set of a fleet", _HINT) from None


def noted(folder: str, known: Iterable[Sequence[str]], failures: Sequence[Sequence[str]]) -> None:
    """Writes beside new tables what the next scan has to know, a line a repository, of which there may be very many."""
    with open(os.path.join(folder, _KNOWN), "w", encoding="utf-8") as file:
        file.write('{"repositories": [')
        for number, row in enumerate(known):
            file.write(("," if number else "") + "\n" + json.dumps(row))
        file.write(f'\n], "failures": {json.dumps(failures)}}}\n')


@contextmanager
def locked(folder: str) -> Iterator[Writer]:
    """The one who writes into a folder, which is made. Raises PinlintError where another one does, or nobody can."""
    import fcntl

    try:
        os.makedirs(folder, exist_ok=True)
        others = set(os.listdir(folder)) - {_LOCK, _INCOMING}
        if others and not os.path.exists(os.path.join(folder, _MANIFEST)) and not _ours(others):
            raise PinlintError(
                f"{folder} holds other things, and no data set of a fleet", "name a folder that is empty or not there"
            )
        descriptor = os.open(os.path.join(folder, _LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise PinlintError(f"{folder} cannot be written: {error.strerror}", "name a folder that may be made or written") from None
    try:
        try:
            # The kernel's, of this process alone: no child inherits it, and it ends with the process, however that ends.
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _BUSY:
                raise PinlintError(
                    f"{folder} cannot be kept from other scans: {error.strerror}", "name a folder on a file system that has locks"
                ) from None
            who = os.pread(descriptor, 100, 0).decode("ascii", "replace").strip()
            raise PinlintError(
                f"another scan writes into {folder}" + (f" ({who})" if who else ""), "wait for it, or scan into another folder"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()}\n".encode("ascii"), 0)
        yield Writer(folder)
    finally:
        os.close(descriptor)


def _ours(names: set[str]) -> bool:
    """Whether a scan that was killed before its end may have left these."""
    return all(name.isdigit() or name.startswith(".") for name in names)


class Writer(DataSet):
    """The data set of a folder, to which rows are added; a `locked` one."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder)
        self._incoming = os.path.join(folder, _INCOMING)
        os.makedirs(self._incoming, exist_ok=True)
        self._sweep()
        self._next = max([int(name) for name in self.stretches()], default=self.manifest.taken) + 1

    def _sweep(self) -> None:
        """Takes away what a killed scan left half written, tables that are no longer named and that nobody reads any more, and
        what is in the tables."""
        for folder in (self.folder, self._incoming):
            for name in os.listdir(folder):
                if folder == self.folder:
                    stale = name.isdigit() and name != self.manifest.folder and not _is_held(os.path.join(folder, name))
                else:
                    stale = name.isdigit() and int(name) <= self.manifest.taken
                if name.startswith(".") or stale:
                    _removed(os.path.join(folder, name))

    def stretches(self) -> list[str]:
        """The names of what was read and is in no table yet, in order."""
        return sorted(name for name in os.listdir(self._incoming) if name.isdigit())

    def stretch(self, name: str, table: str) -> str:
        """The file of a table's rows in a stretch."""
        return os.path.join(self._incoming, name, f"{table}.arrows")

    def kept(self, tables: dict[str, Arrow]) -> str:
        """The name of a new stretch that holds these rows, all of them or, after a crash, none."""
        name = f"{self._next:06d}"
        self._next += 1

        def write(folder: str) -> None:
            for table, rows in tables.items():
                parquet.stretched(rows, os.path.join(folder, f"{table}.arrows"))

        self._whole(self._incoming, name, write)
        return name

    def renewed(self, write: Callable[[str], dict[str, int]], scan: dict[str, Any]) -> None:
        """Makes new tables the ones that count: `write(folder)` writes the files and says how many rows each table has. What was
        incoming is in them, and goes."""
        rows: dict[str, int] = {}
        name = f"{int(self.manifest.folder or 0) + 1:06d}"
        self._whole(self.folder, name, lambda folder: rows.update(write(folder)))
        self._named(Manifest(name, rows, (*self.manifest.scans, scan), self._next - 1))
        self._sweep()

    def seen(self, scan: dict[str, Any]) -> None:
        """Adds a scan that brought nothing new."""
        self._named(self.manifest._replace(scans=(*self.manifest.scans, scan)))

    def _named(self, manifest: Manifest) -> None:
        said = {"schema": SCHEMA, "pinlint": __version__, **manifest._asdict()}
        new = os.path.join(self.folder, f".{_MANIFEST}")
        with _room(self.folder), open(new, "w", encoding="utf-8") as file:
            json.dump(said, file, indent=1)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, os.path.join(self.folder, _MANIFEST))
        _synced(self.folder)
        self.manifest = manifest

    def _whole(self, above: str, name: str, write: Callable[[str], None]) -> None:
        """Puts a folder in its place once everything in it is on disk."""
        new = os.path.join(above, f".{name}")
        _removed(new)
        try:
            with _room(self.folder):
                os.mkdir(new)
                write(new)
                for file in os.listdir(new):
                    _synced(os.path.join(new, file))
                _synced(new)
                os.rename(new, os.path.join(above, name))
                _synced(above)
        except BaseException:
            _removed(new)
            raise


@contextmanager
def _room(folder: str) -> Iterator[None]:
    """Raises PinlintError where a folder has no room for what is written, or cannot be written."""
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise PinlintError(
            f"{folder} cannot be written: {why}", "make room and run the same again: what was read so far is kept"
        ) from None


def _synced(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _removed(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            os.unlink(path)
