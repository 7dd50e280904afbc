"""What a registry says about a locked package: the integrity of its tarball, compared with what the lock already holds.

Source: npm registry docs (package metadata, `dist`). The version is never changed: a lock is given evidence, no upgrade.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable
from contextlib import nullcontext
from typing import NamedTuple, TypeVar
from urllib.parse import quote, unquote, urlsplit

from pinlint.ecosystems.npm.configuration import Configuration, Locked
from pinlint.ecosystems.npm.names import integrity_verdict, is_name, is_public, strongest
from pinlint.ecosystems.npm.signed import Signed, ending, has_keys, is_before, signatures
from pinlint.ecosystems.url.names import origin
from pinlint.http import Client, Failed, Response, loaded
from pinlint.logins import refused, strange
from pinlint.once import Late, Once
from pinlint.pins import CONTRADICTED, NoPin, Pin
from pinlint.question import Question

__all__ = ["Attested", "Registry", "Release"]

Answer = TypeVar("Answer")

_ACCEPT = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*"
_ALGORITHMS = ("sha512", "sha384", "sha256", "sha224", "sha1", "md5")
_STRONG = _ALGORITHMS[:3]
#: npm takes this host for the public registry's, because Yarn writes it into locks.
_MIRRORS = ("registry.yarnpkg.com",)
#: Bytes of package metadata from which on one is read at a time.
_LARGE = 8 * 1024 * 1024
_LARGEST = 64 * 1024 * 1024
_SHA1 = re.compile("[0-9a-f]{40}")
_RELEASE = re.compile(r"(?:0|[1-9]\d{0,8})\.(?:0|[1-9]\d{0,8})\.(?:0|[1-9]\d{0,8})")
#: Releases before one that are looked at: who published without attestations for longer has stopped.
_RECENT = 3
#: What a registry that signs nothing answers where others have their keys. Source: npm, verify-signatures.js; npm/cli#5479.
_NO_KEYS = (400, 404, 405, 501)
#: Bytes of a registry's keys.
_LARGEST_KEYS = 1024 * 1024
_LOGIN = "not logged in or not allowed (npm login --registry …)"
_DISAGREES = "the registry disagrees with the lock"


class _Dist(NamedTuple):
    """What a registry says about the bytes of one version: digests in base64 by algorithm, and where the tarball lies."""

    digests: dict[str, str]
    tarball: str


class Release(NamedTuple):
    """What a registry says about a version of a package: why its authors advise against it ("" = they do not), when it was taken
    away ("" = it was not), and the versions that are there where it is the only other thing that is known."""

    deprecated: str = ""
    unpublished: str = ""
    versions: tuple[str, ...] = ()


class Attested(NamedTuple):
    """What a registry publishes about where a version comes from: whether it says that there are attestations, the answer that
    holds them, the address of the repository that the package names, and the earlier releases that had some, the latest first."""

    said: bool
    attestations: bytes = b""
    repository: str = ""
    earlier: tuple[str, ...] = ()


class Registry:
    """Resolves locked packages; one for a run, shared by its threads. Each packument is asked for once."""

    def __init__(self, client: Client, configuration: Configuration | None = None) -> None:
        self._client = client
        self._configuration = Late(lambda: configuration or Configuration())
        self._versions = Once(self._packument)
        self._taken_away = Once(self._when)
        self._keys = Once(self._keys_of)
        #: When anything of a package was last changed.
        self._changed: dict[tuple[str, str], str] = {}
        self._reading = threading.Lock()

    @property
    def known(self) -> Configuration | None:
        """The user's configuration, once it was needed."""
        return self._configuration.known

    def resolve(self, question: Question) -> Pin | NoPin:
        """The integrity that the registry gives for exactly the locked version, if nothing that the lock says speaks against it."""
        return self._asked(question, self._integrity)

    def _integrity(self, question: Question, url: str) -> Pin | NoPin:
        dist = self._dist(url, question.name, question.version)
        return dist if isinstance(dist, NoPin) else self._pin(question, question.told(Locked), dist, url)

    def release(self, question: Question) -> Release | NoPin:
        """What the registry says about exactly that version."""
        return self._asked(question, self._released)

    def _released(self, question: Question, url: str) -> Release | NoPin:
        name, version = question.name, question.version
        found = self._versions((url, name))
        if isinstance(found, NoPin):
            return found
        if version in found:
            return Release(found[version].split("\t")[3])
        if when := self._taken_away((url, name)).get(version, ""):
            return Release(unpublished=when, versions=tuple(found))
        return NoPin(f"{_host(url)} has no version {version} of {name}: a private one needs its registry in .npmrc")

    def _asked(self, question: Question, answer: Callable[[Question, str], Answer | NoPin]) -> Answer | NoPin:
        """What is answered of a package's page, whose address is made here, or why nobody can be asked for it."""
        name = question.name
        if not is_name(name) or not question.version:
            return NoPin("the entry names no package and version that a registry could be asked for")
        try:
            base = self._base(name, question.told(Locked))
            return base if isinstance(base, NoPin) else answer(question, f"{base.rstrip('/')}/{quote(name, safe='@')}")
        except Failed as error:
            return NoPin(str(error), retry=error.retry, silent=error.silent)
        except ValueError:  # urlsplit has no other way to say it
            return NoPin("the address of the registry, or one that it names, is malformed: correct it in .npmrc")

    def _when(self, asked: tuple[str, str]) -> dict[str, str]:
        """When each version was published that ever was, by the whole document of a package; nothing where there is none."""
        answer = self._get(asked[0], "application/json")
        try:
            document = loaded(answer.body) if answer.status == 200 else {}
            return {version: when for version, when in document["time"].items() if isinstance(when, str)}
        except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
            return {}

    def _get(self, url: str, accept: str, largest: int = _LARGEST) -> Response:
        known = self._configuration()
        own = any(origin(one) == origin(url) for one in known.registries())
        headers, led = {"Accept": accept, "Accept-Encoding": "gzip"}, "" if own else "the repository"
        return self._client.request("GET", url, headers, secret=known.authorization(url), named_by=led, largest=largest)

    def attested(self, question: Question) -> Attested | NoPin:
        """What the registry of a locked package publishes about where its version comes from. Raises Failed."""
        name, version = question.name, question.version
        if not is_name(name) or not version:
            return NoPin("the entry names no package and version that a registry could be asked for")
        try:
            base = self._base(name, question.told(Locked))
        except ValueError:  # urlsplit has no other way to say it
            return NoPin("the address of the registry, or one that it names, is malformed: correct it in .npmrc")
        if isinstance(base, NoPin):
            return base
        base = base.rstrip("/")
        url = f"{base}/{quote(name, safe='@')}"
        found = self._versions((url, name))
        if isinstance(found, NoPin):
            return found
        if version not in found:
            return NoPin(f"{_host(url)} has no version {version} of {name}: a private one needs its registry in .npmrc")
        if not found[version].endswith("\tattested"):
            return Attested(False, earlier=_earlier(found, version))
        answer = self._get(f"{base}/-/npm/v1/attestations/{quote(f'{name}@{version}', safe='@')}", "application/json")
        if answer.status == 404:
            return NoPin(f"{_host(url)} says that {name} {version} is attested, and does not have the attestations")
        if answer.status != 200:
            return refused(f"{name}: {_host(url)}", answer.status, _LOGIN)
        about = self._get(f"{url}/{quote(version, safe='')}", "application/json")
        return Attested(True, answer.body, _repository(about.body) if about.status == 200 else "")

    def signed(self, question: Question) -> Signed | NoPin:
        """What the registry of a locked package has signed of its version, and by which keys."""
        return self._asked(question, self._signed)

    def _signed(self, question: Question, url: str) -> Signed | NoPin:
        name, version = question.name, question.version
        found = self._versions((url, name))
        if isinstance(found, NoPin):
            return found
        if version not in found:
            return NoPin(f"{_host(url)} has no version {version} of {name}: a private one needs its registry in .npmrc")
        keys = self._keys(url.removesuffix(quote(name, safe="@")))
        if isinstance(keys, NoPin):
            return keys
        integrity, shasum, *_, said, _ = found[version].split("\t")
        pairs = tuple((key, signature) for key, signature in json.loads(said or "[]"))
        published, ends = "", ending(keys)
        if end := min((ends[key] for key, _ in pairs if key in ends), default=""):
            changed = self._changed.get((url, name), "")  # of what was not touched since, the short document is enough
            published = changed if is_before(changed, end) else self._taken_away((url, name)).get(version, "")
        sha1 = f"sha1-{_in_base64(shasum)}" if _SHA1.fullmatch(shasum) else ""
        return Signed(integrity or sha1, pairs, any(one.split("\t")[4] for one in found.values()), keys, published)

    def _keys_of(self, base: str) -> bytes | NoPin:
        """The keys of the registry at an address that ends in "/". Raises Failed."""
        answer = self._get(f"{base}-/npm/v1/keys", "application/json", largest=_LARGEST_KEYS)
        if answer.status in _NO_KEYS:
            return b""
        if answer.status == 200 and not has_keys(answer.body):
            return strange(_host(base), "no list of keys")
        return answer.body if answer.status == 200 else refused(f"the keys of {_host(base)}", answer.status, _LOGIN)

    def _base(self, name: str, locked: Locked) -> str | NoPin:
        """The registry to ask: the one that the entry's address leads to; for the public one's, whichever is configured."""
        configured, source = self._configuration().registry(name, locked), origin(locked.resolved)
        if "${" in configured:
            return NoPin("the project's .npmrc names its registry by a variable, which pinlint does not expand")
        if not source or is_public(source) or source.partition("//")[2] in _MIRRORS:
            base = configured or source
        else:
            base = _before_name(locked.resolved, name)
            candidates = [configured, *self._configuration().registries()]
            base = base or next((url for url in candidates if url and origin(url) == source), "")
            if not base:
                return NoPin(
                    "it comes from a URL and not from a registry, so nobody but npm can say what is in it; run `npm install`"
                )
        if not base:
            return NoPin("no registry is configured, and the entry does not say where it comes from")
        parts = urlsplit(base)
        if {".", ".."} & set(unquote(parts.path).replace("\\", "/").split("/")):
            return NoPin("its address leads out of the registry by `..`: remove the entry and run `npm install`")
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    def _dist(self, url: str, name: str, version: str) -> _Dist | NoPin:
        found = self._versions((url, name))
        if isinstance(found, NoPin):
            return found
        if version not in found:
            return NoPin(f"{_host(url)} has no version {version} of {name}: a private one needs its registry in .npmrc")
        integrity, shasum, tarball, *_ = found[version].split("\t")
        digests = {"sha1": _in_base64(shasum)} if _SHA1.fullmatch(shasum) else {}
        for token in integrity.split():
            algorithm, digest = strongest(token)
            if algorithm and integrity_verdict(token).verdict != "version":
                digests.setdefault(algorithm, digest[0])
        return _Dist(digests, tarball)

    def _packument(self, asked: tuple[str, str]) -> dict[str, str] | NoPin:
        """(integrity, shasum, tarball, why it is deprecated, its signatures in JSON, "attested" or "") of every version, joined by
        tabs: thousands of packages are kept for a run."""
        url, name = asked
        answer, host = self._get(url, _ACCEPT), _host(url)
        if answer.status == 404:
            return NoPin(f"{host} knows no package {name}: a private one needs its registry in .npmrc")
        if answer.status != 200:
            return refused(f"{name}: {host}", answer.status, _LOGIN)
        try:
            with self._reading if len(answer.body) > _LARGE else nullcontext():  # one at a time: it takes several times its size
                document = loaded(answer.body)
            versions = document["versions"]
            told = {version: one for version, one in versions.items() if isinstance(one, dict)}
        except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
            return strange(f"{name}: {host}", "no package metadata")
        changed = document.get("modified")
        self._changed[asked] = changed if isinstance(changed, str) else ""
        found = {}
        for version, one in told.items():
            dist = one.get("dist")
            fields = [dist.get(key) if isinstance(dist, dict) else "" for key in ("integrity", "shasum", "tarball")]
            fields += [one.get("deprecated"), signatures(dist)]
            found[version] = "\t".join(field.replace("\t", " ") if isinstance(field, str) else "" for field in fields)
            found[version] += "\tattested" if isinstance(dist, dict) and isinstance(dist.get("attestations"), dict) else "\t"
        return found

    def _pin(self, question: Question, locked: Locked, dist: _Dist, url: str) -> Pin | NoPin:
        here, there = _file_name(locked.resolved), _file_name(dist.tarball)
        if here and there and here != there:
            return NoPin(f"{_DISAGREES}: it keeps this version in {there}, the lock in {here}", rule=CONTRADICTED)
        held = " ".join(question.digests)
        if not any(one in dist.digests for one in _STRONG) or not set(_written(held)) <= set(dist.digests):
            computed = self._computed(dist, url)
            if isinstance(computed, NoPin):
                return computed
            dist = dist._replace(digests=computed)
        if why := _disagreement(held, dist.digests):
            return NoPin(f"{_DISAGREES}: {why}", rule=CONTRADICTED)
        algorithm = next(one for one in _STRONG if one in dist.digests)
        return Pin(question.version, (f"{algorithm}-{dist.digests[algorithm]}",), url)

    def _computed(self, dist: _Dist, url: str) -> dict[str, str] | NoPin:
        """Every digest of the tarball's own bytes, for a registry that does not offer the one that is needed; `url` named it."""
        if not dist.tarball or not dist.digests:
            return NoPin("the registry has no integrity for this version: ask who runs it, or take a version that has one")
        known = self._configuration()
        own = origin(dist.tarball) == origin(url)  # a login goes where the question went, whatever its answer names
        led = own or any(origin(one) == origin(dist.tarball) for one in known.registries())
        secret = known.authorization(dist.tarball) if own else ""
        answer = self._client.request("GET", dist.tarball, secret=secret, named_by="" if led else url)
        if answer.status != 200:
            return refused(f"the tarball at {_host(dist.tarball)}", answer.status, _LOGIN)
        computed = {
            one: base64.b64encode(hashlib.new(one, answer.body, usedforsecurity=False).digest()).decode("ascii")
            for one in _ALGORITHMS
        }
        if any(computed[one] != digest for one, digest in dist.digests.items()):
            return NoPin("the registry sends a tarball that is not the one its own metadata describes", rule=CONTRADICTED)
        return computed


def _earlier(found: dict[str, str], version: str) -> tuple[str, ...]:
    """The releases before a version that are said to be attested, the latest first; none for a version that is no release."""
    releases = {one: tuple(map(int, one.split("."))) for one in found if _RELEASE.fullmatch(one)}
    if version not in releases:
        return ()
    before = sorted((one for one in releases if releases[one] < releases[version]), key=releases.__getitem__, reverse=True)
    return tuple(one for one in before[:_RECENT] if found[one].endswith("\tattested"))


def _repository(body: bytes) -> str:
    """The address of the repository in the document of a version."""
    try:
        said = loaded(body).get("repository")
    except (ValueError, RecursionError, AttributeError):
        return ""
    found = said.get("url") if isinstance(said, dict) else said
    return found if isinstance(found, str) else ""


def _in_base64(shasum: str) -> str:
    return base64.b64encode(bytes.fromhex(shasum)).decode("ascii")


def _before_name(resolved: str, name: str) -> str:
    """The part of a tarball's address before `/NAME/-/`, which is its registry; "" for an address of another shape."""
    address = resolved.partition("#")[0].partition("?")[0]
    at = max(address.find(f"/{spelling}/-/") for spelling in (name, name.replace("/", "%2f"), name.replace("/", "%2F")))
    return address[: at + 1] if at > address.find("://") + 3 else ""


def _written(integrity: str) -> dict[str, list[str]]:
    """The digests as written, right or wrong, by algorithm; of algorithms that npm knows."""
    found: dict[str, list[str]] = {}
    for token in integrity.split():
        algorithm, _, digest = token.partition("?")[0].partition("-")
        if algorithm in _ALGORITHMS:
            found.setdefault(algorithm, []).append(digest)
    return found


def _disagreement(integrity: str, digests: dict[str, str]) -> str:
    """What the old integrity says that the digests do not; "" if nothing. A digest that was cut short is no evidence, unless it is
    no part of the right one; an algorithm that npm does not know says nothing."""
    for algorithm, written in _written(integrity).items():
        right = digests[algorithm]
        if right in written or any(one.rstrip("=") and right.startswith(one.rstrip("=")) for one in written):
            continue
        return f"it has {algorithm}-{right[:12]}…, the lock {algorithm}-{written[0][:12]}…"
    return ""


def _file_name(url: str) -> str:
    return unquote(urlsplit(url).path.rpartition("/")[2]) if "://" in url else ""


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]
