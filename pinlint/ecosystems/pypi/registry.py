"""What indexes say about a version of a Python project: the sha256 of every file of it, and what it asks for itself.

Source: the simple repository API (PEP 503, 592, 691, 700). All indexes that pip would ask are asked, because pip may take a file
from any of them. A version is never changed unless none was asked for.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
import time
from contextlib import nullcontext
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from pinlint.cooldown import Cooldown, moment
from pinlint.ecosystems.pypi.configuration import Configuration
from pinlint.ecosystems.pypi.environments import wheel_order
from pinlint.ecosystems.pypi.metadata import Ranged, metadata_of
from pinlint.ecosystems.pypi.names import InvalidRequirement, normalise, parse, without_secrets
from pinlint.ecosystems.pypi.pages import ALGORITHMS, LARGEST, File, Page
from pinlint.ecosystems.pypi.pages import page as read
from pinlint.ecosystems.pypi.uv import Indexes
from pinlint.ecosystems.pypi.versions import newest, satisfies, sound
from pinlint.http import Client, Failed, origin
from pinlint.logins import refused, strange
from pinlint.once import Late, Once
from pinlint.pins import CONTRADICTED, NoPin, Pin
from pinlint.question import REQUIRES, VERSION, Question
from pinlint.wire import is_loopback

__all__ = ["Registry", "Release"]

_ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"
_PROVENANCE = "application/vnd.pypi.integrity.v1+json, application/json"
_LARGEST_PROVENANCE = 8 << 20
_SDISTS = (".tar.gz", ".zip", ".tgz", ".tar.bz2", ".tar.xz")
_MOST_DOWNLOADS = 40
#: Files that are remembered of all projects in a run.
_MOST_FILES = 1_000_000
#: Bytes of a file that is fetched whole, and of a page that is read while no other large one is.
_LARGEST, _LARGE = 64 << 20, 1 << 20
#: What to do where an index lacks something.
_ELSEWHERE = ": correct it, or name the index that has it (pip.conf or PIP_INDEX_URL)"


class Release(NamedTuple):
    """The files of a version, whether the project has any files at all, and its status with the reason; `where` are the indexes."""

    files: list[File]
    known: bool
    status: str
    reason: str
    where: str


class Registry:
    """Resolves requirements; one for a run, shared by its threads. Each page of an index is asked for once."""

    def __init__(self, client: Client, configuration: Configuration | None = None) -> None:
        self._client = client
        self._configuration = Late(lambda: configuration or Configuration())
        self._page = Once(self._listed)
        self._reading = threading.Lock()
        self._listed_files = 0

    @property
    def known(self) -> Configuration | None:
        """The user's configuration, once it was needed."""
        return self._configuration.known

    def resolve(self, question: Question) -> Pin | NoPin:
        """The sha256 of every file of the version that the requirement names with ==, sorted; where it names none, of the newest
        version that pip would take now."""
        try:
            found = self._pages(question.name, question.told(Indexes))
            if isinstance(found, NoPin):
                return found
            files, where = [file for page in found[0] for file in page.files], found[1]
            version = question.version
            if question.loose:
                version = self._newest(question, files)
                if not version:
                    return NoPin(f"{where} has no release of {question.name} that fits, pre-releases and yanked ones apart")
                if question.cooldown:
                    return self._cooled(question, version, files, where)
                if question.wanted == VERSION:
                    return Pin(version, (), where)
            return self._pin(question, version, files, where)
        except Failed as error:
            return NoPin(str(error), retry=error.retry, silent=error.silent)
        except ValueError:  # urlsplit has no other way to say it
            return NoPin("the address of an index, or one that it names, is malformed: correct it in pip.conf or the file")

    def release(self, question: Question) -> Release | NoPin:
        """What the indexes have of the version that is asked for, and what they say of the project."""
        try:
            found = self._pages(question.name, question.told(Indexes))
        except Failed as error:
            return NoPin(str(error), retry=error.retry, silent=error.silent)
        except ValueError:  # urlsplit has no other way to say it
            return NoPin("the address of an index, or one that it names, is malformed: correct it in pip.conf or the file")
        if isinstance(found, NoPin):
            return found
        pages, where = found
        files = [file for page in pages for file in page.files if _is_version(file.name, question.name, question.version)]
        status, reason = next(((page.status, page.reason) for page in pages if page.status), ("", ""))
        return Release(files, any(page.files for page in pages), status, reason, where)

    def attestations(self, file: File) -> bytes | NoPin | None:
        """What the index has at the address of a file's attestations; None for nothing. No login goes there. Raises Failed."""
        if "@" in urlsplit(file.provenance).netloc or not (file.provenance.startswith("https://") or _is_here(file.provenance)):
            return NoPin(f"the attestations of {file.name} lie at an address without TLS, or with a login in it")
        answer = self._client.request(
            "GET", file.provenance, {"Accept": _PROVENANCE}, largest=_LARGEST_PROVENANCE, named_by=file.page
        )
        if answer.status == 404:
            return None
        if answer.status == 403:
            return NoPin(f"the attestations of {file.name} are withheld by the index")
        return answer.body if answer.status == 200 else refused(str(urlsplit(file.provenance).hostname), answer.status)

    def _pages(self, name: str, told: Indexes) -> tuple[list[Page], str] | NoPin:
        """(the page of a project on every index, the indexes' names); NoPin if any of them could not be asked."""
        user = self._configuration()
        if user.no_index and not told.first:
            return NoPin("pip is configured to ask no index (no-index)")
        indexes = [*([told.first] if told.first else user.indexes), *told.more]
        if not indexes:
            return NoPin("no index is known: there is no pip to ask for its default; set PIP_INDEX_URL")
        pages = []
        for page in (*(f"{index.rstrip('/')}/{name}/" for index in indexes), *user.find_links):
            found = self._page(page)
            if isinstance(found, NoPin):
                return found
            pages.append(found)
        return pages, " and ".join(without_secrets(index) for index in indexes)

    def _newest(self, question: Question, files: list[File]) -> str:
        """The newest release in the range of the requirement that the Python of the user's pip can run; "" if there is none."""
        name, python = question.name, self._configuration().python
        limits = _limits(question.version)
        fitting = {
            version
            for file in files
            if not file.yanked and (version := _version_of(file.name, name)) and satisfies(version, limits)
            if not python or satisfies(python, _limits(file.python))
        }
        return newest(fitting)

    def _cooled(self, question: Question, newest_: str, files: list[File], where: str) -> Pin | NoPin:
        """As for all files, of those that are old enough; like pip and uv, file by file."""
        name, until = question.name, question.cooldown.limit(time.time())
        dated = [(file, moment(file.uploaded)) for file in files]
        ages = [age for file, age in dated if _is_version(file.name, name, newest_)]
        known = [age for age in ages if age is not None]
        if len(known) < len(ages) or not known:
            return NoPin(f"{where} does not say when {name} {newest_} was released, so no cool-down can be kept")
        old = [file for file, age in dated if age is not None and age < until]
        version = self._newest(question, old)
        remark = Cooldown.refusal(newest_, min(known), until) if version != newest_ else ""
        if not version:
            return NoPin(f"{name}: {remark}, and nothing older fits")
        pin = Pin(version, (), where) if question.wanted == VERSION else self._pin(question, version, old, where)
        return pin._replace(remark=remark) if isinstance(pin, Pin) else pin

    def _pin(self, question: Question, version: str, files: list[File], where: str) -> Pin | NoPin:
        name = question.name
        chosen = [file for file in files if _is_version(file.name, name, version)]
        if question.wanted == REQUIRES:
            some = {digest.partition(":")[2] for digest in question.digests}
            held = [file for file in chosen if some & set(file.hashes.values())] or chosen
            return self._telling(Pin(version, (), where), name, held)
        if not chosen:
            lacks = f"has no file of {name} {version}" if files else f"knows no project {name}"
            return NoPin(f"{where} {lacks}{_ELSEWHERE}")
        if all(file.yanked for file in chosen):
            return NoPin(f"{name} {version} was yanked by its authors: choose another version, then its hashes can be written")
        digests = self._digests("sha256", chosen)
        if isinstance(digests, NoPin):
            return digests
        if quarrel := self._quarrel(question.digests, chosen):
            return quarrel
        return self._telling(Pin(version, tuple(f"sha256:{digest}" for digest in sorted(digests)), where), name, chosen)

    def _telling(self, pin: Pin, name: str, files: list[File]) -> Pin:
        """The pin with what the version asks for itself."""
        pages = {file.url: file.page for file in files}

        def fetch(url: str, stretch: tuple[int, int] | None) -> Ranged | str:
            try:
                return self._ranged(url, pages.get(url) or pages.get(url.removesuffix(".metadata"), ""), stretch)
            except Failed as error:
                return str(error)

        found = metadata_of(files, wheel_order, name, pin.version, fetch)
        return pin._replace(requires=found.requires, python=found.python, unclear=found.unclear)

    def _ranged(self, url: str, page: str, stretch: tuple[int, int] | None) -> Ranged | str:
        """The bytes of a file, or a stretch of them where the server has it alone. Raises Failed."""
        headers = {}
        if stretch and not _local(url):
            headers = {"Range": f"bytes={stretch[0]}" if stretch[0] < 0 else f"bytes={stretch[0]}-{stretch[1] - 1}"}
        got = self._bytes(url, headers, page)
        if isinstance(got, NoPin):
            return "the index lists it and does not have it: ask who runs it" if got.why == "404" else got.why
        body, _, _, placed = got
        if not placed:
            return Ranged(body, 0, len(body))
        match = re.fullmatch(r"bytes ([0-9]{1,15})-([0-9]{1,15})/([0-9]{1,15})", placed)
        if not match or int(match[2]) - int(match[1]) + 1 != len(body) or int(match[2]) >= int(match[3]):
            return "the index sends another part of it than was asked for"
        return Ranged(body, int(match[1]), int(match[3]))

    def _quarrel(self, written: tuple[str, ...], files: list[File]) -> NoPin | None:
        """Why hashes that pip does not honour are not replaced: each has to be that of a file, or its beginning. What is no
        hexadecimal number, or of an algorithm that nobody knows, says nothing."""
        for algorithm, _, digest in (one.lower().partition(":") for one in written):
            if algorithm not in ALGORITHMS or not re.fullmatch("[0-9a-f]+", digest):
                continue
            right = self._digests(algorithm, files)
            if isinstance(right, NoPin):
                return right
            if not any(one.startswith(digest) for one in right):
                why = f"the index has no file of it whose {algorithm} is {digest[:12]}…, as the requirement says"
                return NoPin(f"{why}: find out who is right", rule=CONTRADICTED)
        return None

    def _digests(self, algorithm: str, files: list[File]) -> set[str] | NoPin:
        found = set()
        if sum(algorithm not in file.hashes for file in files) > _MOST_DOWNLOADS:
            return NoPin(f"the index has no {algorithm} of its files, and they are too many to download them all")
        for file in files:
            digest = file.hashes.get(algorithm) or self._computed(algorithm, file)
            if isinstance(digest, NoPin):
                return digest
            found.add(digest)
        return found

    def _computed(self, algorithm: str, file: File) -> str | NoPin:
        """The digest of a file's own bytes, which must fit what the index says of them."""
        data = self._bytes(file.url, {}, file.page)
        if isinstance(data, NoPin):
            why = f"the index lists {file.name} and does not have it: ask who runs it, or choose another version"
            return data._replace(why=why) if data.why == "404" else data
        if any(hashlib.new(one, data[0], usedforsecurity=False).hexdigest() != digest for one, digest in file.hashes.items()):
            return NoPin(f"the index sends a {file.name} that is not the one it describes", rule=CONTRADICTED)
        return hashlib.new(algorithm, data[0], usedforsecurity=False).hexdigest()

    def _listed(self, url: str) -> Page | NoPin:
        """A page of an index, or a directory that the user's configuration names; an empty one where there is none."""
        folder = _local(url)
        if folder:
            return Page(_in_folder(folder))
        got = self._bytes(url, {"Accept": _ACCEPT, "Accept-Encoding": "gzip"}, largest=LARGEST)
        if isinstance(got, NoPin):
            return Page([]) if got.why == "404" else got
        body, kind, address, _ = got
        try:
            with self._reading if len(body) > _LARGE else nullcontext():
                found = read(body, kind, address)
        except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
            return strange(str(urlsplit(url).hostname), "no index page")
        files = [file for file in found.files if file.url.startswith(("https://", "http://"))]
        with self._reading:
            self._listed_files += len(files)
        if self._listed_files > _MOST_FILES:
            return NoPin(f"the indexes list more than {_MOST_FILES} files, which is more than a run can keep: fix fewer at a time")
        if not _is_here(url) and any(_is_here(file.url) for file in files):
            return NoPin(f"{urlsplit(url).hostname} lists files on this machine, and no index has those")
        return found._replace(files=files)

    def _bytes(
        self, url: str, headers: dict[str, str], page: str = "", largest: int = _LARGEST
    ) -> tuple[bytes, str, str, str] | NoPin:
        """(bytes, type, address after redirects, which of the bytes) of an address, which the index page `page` named, if any did:
        then a login goes with the question only to the host of the page and those that the user's own configuration names."""
        if (folder := _local(url)) and os.path.isfile(folder):
            with open(folder, "rb") as file:
                return file.read(), "", url, ""
        parts = urlsplit(url)
        bare = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        user = self._configuration()
        known = not page or origin(page) == origin(bare) or user.names(bare)
        answer = self._client.request("GET", bare, headers, secret=user.authorization(bare) if known else "", largest=largest)
        if answer.status == 401 and known and origin(answer.url) == origin(bare) and (secret := user.second(bare)):
            answer = self._client.request("GET", bare, headers, secret=secret, largest=largest)
        if answer.status in (200, 206) and not answer.whole:
            return NoPin(f"{parts.hostname} does not say how long its answer is, so it may lack its end", retry=True)
        if answer.status in (200, 206):
            placed = answer.headers.get("content-range", "") if answer.status == 206 else ""
            return answer.body, answer.headers.get("content-type", ""), answer.url, placed
        if answer.status == 404:
            return NoPin("404")
        return refused(str(parts.hostname), answer.status, "not logged in or not allowed (pip.conf, netrc or a keyring)")


def _limits(specifiers: str) -> list[tuple[str, str]]:
    """(operator, version) of each specifier in the text; none where nobody can read it."""
    try:
        return [(one.operator, one.version) for one in parse(f"x{specifiers}").specifiers]
    except InvalidRequirement:
        return []


def _is_here(url: str) -> bool:
    """Whether an address is one of this machine, however it is written."""
    return is_loopback(urlsplit(url).hostname or "")


def _local(url: str) -> str:
    """The path of a file URL or a path; only the user's own configuration gets here with one."""
    if url.startswith("file://"):
        return unquote(urlsplit(url).path)
    return "" if "://" in url else url


def _in_folder(folder: str) -> list[File]:
    """The files of a directory, or those that its page names."""
    page = os.path.join(folder, "index.html")
    if os.path.isfile(page):
        with open(page, "rb") as file:
            return read(file.read(), "text/html", f"file://{folder.rstrip('/')}/").files
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    return [File(name, f"file://{os.path.join(folder, name)}", {}, yanked=False) for name in names]


def _version_of(file: str, project: str) -> str:
    """The version in the name of a wheel or source distribution of the project; "" if it is none. Source: pip's package finder."""
    if file.endswith(".whl"):
        parts = file[:-4].split("-")
        return parts[1] if len(parts) in (5, 6) and normalise(parts[0]) == project else ""
    stem = next((file[: -len(end)] for end in _SDISTS if file.endswith(end)), "")
    at = stem.find("-")
    while at >= 0:
        if normalise(stem[:at]) == project:
            return stem[at + 1 :]
        at = stem.find("-", at + 1)
    return ""


def _is_version(file: str, project: str, version: str) -> bool:
    """Whether `==version` takes the file: all spellings of the version, and its local builds unless one is asked for; what is no
    version ("0.6.linux-i686") is none of these."""
    found = _version_of(file, project)
    return bool(found) and (found.lower() == version.lower() or (sound(found) and satisfies(found, [("==", version)])))
