"""From what a user names to repositories: folders of clones or bare mirrors, lists, addresses.

Knows where repositories may be; opens none. A login in an address is left out here and gets nowhere else.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from pinlint.errors import PinlintError
from pinlint.fleet.records import Failure, Task
from pinlint.fleet.tables import cleaned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["again", "is_remote", "sources"]

#: What an organisation begins with, where only its name is said.
_FORGES = ("github", "gitlab", "gitea")
#: Folders one in the other in which repositories are looked for, and characters of a line of a list.
_DEEPEST, _LONGEST = 6, 4096
_SCHEMES = ("https", "http", "ssh", "git+ssh", "file")
_SCP = re.compile(r"(?:[\w.+-]+@)?([\w.-]+):(?!//)([^\s:][^\s]*)")


class _Wrong(Exception):
    """What is no source; str() says why."""


def is_remote(place: str) -> bool:
    """Whether a place is an address, and not a path of this machine."""
    return "://" in place


class _Archived:
    """What becomes of repositories that a forge lists and nobody can change: whether they are read, and else how many are not."""

    def __init__(self, wanted: bool) -> None:
        self.wanted = wanted
        self.left: Counter[str] = Counter()


def sources(
    named: Sequence[str], archived: bool = False, told: Callable[[str, int], object] = lambda *_: None
) -> tuple[list[Task], list[Failure]]:
    """(every repository that is named, each once, in order; what is none of them and why). `told(why, number)` hears how many
    that a forge lists are left out: "disabled" ones, and without `archived` those that are. Raises PinlintError for a source that
    does not exist, or holds no repository at all: whoever names one means it."""
    tasks: dict[str, Task] = {}
    old = _Archived(archived)
    failures: list[Failure] = []
    for source in named:
        before = len(tasks) + len(failures)
        if os.path.isdir(source):
            found = [_local(source)] if _looks_like_one(source) else [_local(path) for path in _below(source)]
        elif os.path.isfile(source):
            found = list(_listed(source, failures, old))
        else:
            found = _alone(source, old)
        for task in found:
            tasks.setdefault(task.repository, task)
        if not found and +old.left and len(tasks) + len(failures) == before:
            raise PinlintError(f"{cleaned(source)} names no repository that is not archived", "--archived reads those, too")
        if not found and len(tasks) + len(failures) == before:
            raise PinlintError(f"{source} names no repository", "name a folder of clones or bare mirrors, or a list of them")
    for why, number in sorted((+old.left).items()):
        told(why, number)
    return list(tasks.values()), failures


def again(repository: str, revision: str) -> Task:
    """The repository that has this name in the tables."""
    place = repository if revision == "HEAD" else repository.removesuffix(f"@{revision}")
    return Task(repository, place, "" if revision == "HEAD" else revision)


def _alone(source: str, old: _Archived) -> list[Task]:
    try:
        return list(_entries(source, os.getcwd(), old))
    except _Wrong as error:
        raise PinlintError(f"{cleaned(source)}: {error}", "name a folder, a list, or the address of a repository") from None


def _listed(path: str, failures: list[Failure], old: _Archived) -> Iterator[Task]:
    """The repositories of a list, a line each; # begins a comment. What is wrong with a line is a failure."""
    folder = os.path.dirname(os.path.abspath(path))
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        for number, line in enumerate(file, 1):
            text = re.sub(r"(?:^|\s)#.*", "", line[:_LONGEST]).strip()
            if not text:
                continue
            try:
                if len(line) > _LONGEST:
                    raise _Wrong(f"it has more than {_LONGEST:,} characters")
                yield from _entries(text, folder, old)
            except _Wrong as error:
                failures.append(Failure(cleaned(text), "", "source", cleaned(f"line {number} of {path}: {error}")))


def _entries(text: str, folder: str, old: _Archived) -> Iterator[Task]:
    """The repositories that a source means which is neither folder nor list: one, or those of an organisation. Raises _Wrong."""
    forge, colon, name = text.partition(":")
    if not colon or forge not in _FORGES:
        yield _entry(text, folder)
        return
    from pinlint.ecosystems.git.credentials import server  # what asks a server is loaded for nobody else
    from pinlint.fleet.forges import listed
    from pinlint.http import Failed
    from pinlint.registries import Registries

    if forge == "github" and "/" in name:
        yield _address(f"{server()}/{name}")
        return
    if not re.fullmatch(r"[\w.-]+(?:/[\w.-]+)*", name):
        raise _Wrong(f"{name!r} is no organisation; write {forge}:NAME")
    client = Registries().client
    try:
        yield from [_address(address) for address in listed(forge, name, client, old.left, archived=old.wanted)]
    except Failed as error:
        raise _Wrong(str(error)) from None
    finally:
        client.close()


def _entry(text: str, folder: str) -> Task:
    """The repository that `path-or-url[@revision]` means. Raises _Wrong."""
    if match := re.match(r"([a-z+]+)://", text):
        if match[1] not in _SCHEMES:
            raise _Wrong(f"{match[1]} is no way to a repository; {', '.join(_SCHEMES)} are")
        return _address(text)
    full = os.path.join(folder, os.path.expanduser(text))
    for at in [len(full), *(match.start() for match in reversed(list(re.finditer("@", full))))]:
        if os.path.isdir(full[:at]):
            return _local(full[:at], _revision(full[at + 1 :]))
    if match := _SCP.fullmatch(text):
        user = text[: match.start(1)]
        return _address(f"ssh://{user}{match[1]}/{match[2]}")
    raise _Wrong("there is no such folder")


def _address(text: str) -> Task:
    """The repository at an address, without its login; of ssh the user's name stays, for it says where to go."""
    try:
        parts = urlsplit(text)
        port = f":{parts.port}" if parts.port else ""
    except ValueError as error:
        raise _Wrong(f"it is no address: {error}") from None
    if parts.query or parts.fragment:
        raise _Wrong("an address of a repository has neither ? nor #")
    path, _, revision = parts.path.partition("@")
    if parts.scheme == "file":
        if parts.netloc not in ("", "localhost"):
            raise _Wrong("file: is for this machine")
        return _local(unquote(path), _revision(revision))
    path = path.rstrip("/")
    if not parts.hostname or not path.strip("/") or any(one in ("", ".", "..") for one in path.split("/")[1:]):
        raise _Wrong("it says neither host nor path of a repository")
    user = f"{parts.username}@" if "ssh" in parts.scheme and parts.username else ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    place = f"{parts.scheme}://{user}{host}{port}{path}"
    revision = _revision(revision)
    name = f"{parts.scheme}://{host}{port}{path.removesuffix('.git')}"
    return Task(cleaned(f"{name}@{revision}" if revision else name), place, revision)


def _revision(text: str) -> str:
    if text.startswith("-") or not text.isprintable() or " " in text:
        raise _Wrong(f"{text!r} is no revision")
    return text


def _local(path: str, revision: str = "") -> Task:
    full = os.path.realpath(path)
    return Task(cleaned(f"{full}@{revision}" if revision else full), full, revision)


def _below(folder: str) -> Iterator[str]:
    """Every repository below a folder, without those within others, and without what links lead to."""
    waiting = [(folder, 0)]
    while waiting:
        path, depth = waiting.pop()
        if _looks_like_one(path):
            yield path
        elif depth < _DEEPEST:
            try:
                with os.scandir(path) as entries:
                    names = sorted(
                        one.path for one in entries if not one.name.startswith(".") and one.is_dir(follow_symlinks=False)
                    )
            except OSError:
                continue
            waiting += [(name, depth + 1) for name in reversed(names)]


def _looks_like_one(path: str) -> bool:
    """Whether a folder is meant to be a repository: whether it is one, reading it tells."""
    if os.path.lexists(os.path.join(path, ".git")):
        return True
    return os.path.lexists(os.path.join(path, "HEAD")) and all(
        os.path.isdir(os.path.join(path, name)) for name in ("objects", "refs")
    )
