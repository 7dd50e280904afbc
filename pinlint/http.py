"""The only way to the network: one client with limits, retries and rules about who may be told a secret.

Knows addresses, credentials and patience; must not know any registry. Loaded only by what goes online.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit, urlunsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from pinlint import __version__
from pinlint.patience import Patience
from pinlint.wire import Failed, Large, Origin, Wire, check, decoded, is_here, is_loopback, literal, origin, proxy_failed, trust

__all__ = ["Client", "Failed", "Response", "loaded", "origin"]

#: Seconds an attempt may take with its redirects; a second one may follow, so twice that is the longest request.
_DEADLINE, _CONNECT, _READ = 60.0, 10.0, 20.0
#: How much longer a download may take that is summed up, and the bytes of it that are kept to see what it is.
_SUMMED, _BEGINNING = 5, 64
#: Bytes an answer may have after decompression.
_LARGEST = 64 * 1024 * 1024
#: Bytes and seconds that all answers to one question may take together, as pages and files that others name; and bytes of a run.
_QUESTION_BYTES, _QUESTION_SECONDS, _RUN_BYTES = 1024 * 1024 * 1024, 600.0, 32 * 1024 * 1024 * 1024
#: Values that a JSON document may hold: a hundred times those of the longest list of versions, and a fifth of a gigabyte at most.
_VALUES = 3_000_000
_REDIRECTS, _TRIES, _LONGEST_WAIT = 5, 4, 30.0
_PER_HOST = 16
_LATER = frozenset((429, 500, 502, 503, 504))


class Response(NamedTuple):
    """An answer: `headers` by lower-case name, `body` as received (decompressed where it was compressed), `url` of whoever
    answered after redirects. Of what is too large to be kept `body` is the beginning, and `sums` are the digests of all of it, in
    hexadecimal by algorithm."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    sums: Mapping[str, str] = {}

    @property
    def whole(self) -> bool:
        """Whether the answer said where it ends: one that merely stops may have been cut off, and nobody could tell."""
        return bool({"content-length", "transfer-encoding"} & self.headers.keys())

    def listed(self, name: str) -> list[str]:
        """Every value of a header that was sent several times."""
        return self.headers.get(name, "").split("\n") if name in self.headers else []


class _Wanted(NamedTuple):
    """What is wanted of an answer: how many bytes at most, the sums of them by algorithm, and within how many seconds."""

    largest: int
    sums: Sequence[str]
    seconds: float


class Client:
    """A client for all threads of a run.

    `may_be_plain(host)` says where plain http is fine: loopback always is, other hosts only by the user's own configuration.
    `authorities(host)` names files with certificates that the user trusts for "host:port", besides the system's; `identity(host)`
    the files of the certificate and key that the user shows there, ("", "") for none; `proxy(scheme, host)` the proxy that a tool's
    own configuration names for the way there, "" for none, None where it says nothing and the environment's counts.
    `requests` is how many were sent, `most` how many may be, 0 for any number. `sleep`, `deadline` (seconds) and `transport` are
    seams for tests.
    """

    def __init__(
        self,
        *,
        may_be_plain: Callable[[str], bool] = lambda _: False,
        authorities: Callable[[str], Sequence[str]] = lambda _: (),
        identity: Callable[[str], tuple[str, str]] = lambda _: ("", ""),
        proxy: Callable[[str, str], str | None] = lambda *_: None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], object] | None = None,
        deadline: float = _DEADLINE,
    ) -> None:
        self.cancelled = threading.Event()
        self.requests = self.most = 0
        self._plain = may_be_plain
        self._authorities = authorities
        self._identity, self._proxy = identity, proxy
        self._transport = transport
        self._sleep = sleep or self.cancelled.wait
        self._seconds = deadline
        self._wire = Wire(self.cancelled)
        self._lock = threading.Lock()
        self._transports: dict[tuple[str, tuple[str, ...], tuple[str, str]], httpx.BaseTransport] = {}
        self._hosts: dict[str, threading.Semaphore] = {}
        self._patience = Patience()
        self._rest: dict[str, float] = {}
        self._taken = 0
        self._question = threading.local()

    @contextmanager
    def question(self) -> Iterator[None]:
        """What this thread asks inside belongs to one question, and all its answers together have a limit of size and of time."""
        self._question.left, self._question.until = _QUESTION_BYTES, time.monotonic() + _QUESTION_SECONDS
        try:
            yield
        finally:
            del self._question.left, self._question.until

    def _take(self, size: int, host: str) -> None:
        """Counts bytes of an answer. Raises Failed where a question, or the run, has had too many, or taken too long."""
        self._taken += size  # a lost addition between threads matters to nobody
        if hasattr(self._question, "left"):
            self._question.left -= size
            if self._question.left < 0:
                raise Failed(f"{host} sends more than {_QUESTION_BYTES // 2**20} MiB in answer to one question")
            if time.monotonic() > self._question.until:
                raise Failed(f"{host} takes more than {_QUESTION_SECONDS:.0f} seconds to answer one question")
        if self._taken > _RUN_BYTES:
            raise Failed(f"this run has taken more than {_RUN_BYTES // 2**30} GiB, so nothing more is asked")

    def may_be_plain(self, host: str) -> bool:
        """Whether a host ("localhost:5000") may be asked without TLS: this machine, and what the user's configuration lists."""
        return is_loopback(host.rpartition(":")[0] if re.fullmatch(r".*:\d+", host) else host) or self._plain(host)

    def close(self) -> None:
        """Ends what is under way and lets go of every connection."""
        self.cancelled.set()
        with self._lock:
            for transport in self._transports.values():
                transport.close()

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        content: bytes = b"",
        secret: str = "",
        largest: int = _LARGEST,
        tries: int = _TRIES,
        named_by: str = "",
        sums: Sequence[str] = (),
    ) -> Response:
        """The answer, whatever its status but for those that ask for patience, which are asked again a few times.

        `secret` is the value of an Authorization header: it goes to the origin of `url` and to no other, whatever redirects say,
        and so does `content`. `named_by` is the address whose answer named this one, "the repository" where one of its files did,
        "" where the user's own configuration leads there: nobody else may name this machine. No compression is asked for unless
        `headers` do. With `sums`, algorithms, a download of any size within `largest` is not kept but summed up, and takes
        its time. Raises Failed.
        """
        host = origin(url)[1]
        if "#" in url:  # whatever a caller added behind it would be asked of nobody
            raise Failed("an address ends in a fragment, and servers are told none")
        places = (host, self._proxy_place(url))
        seconds = self._seconds * (_SUMMED if sums else 1)
        given_up = time.monotonic() + 2 * seconds
        if (rest := self._rest.get(host, 0.0) - time.monotonic()) > 0:  # another thread was asked for patience
            self._wait(min(rest, _LONGEST_WAIT))
        wanted = _Wanted(largest, sums, seconds)
        for attempt in range(1, tries + 1):
            last = attempt == tries
            self._patience.check(places)
            rounds = self._patience.rounds(places)
            try:
                response = self._follow(method, url, dict(headers or {}), content, secret, wanted, named_by)
            except Failed as error:
                if error.silent and tries > 1:
                    self._patience.lost(error, rounds)
                if not error.retry or last or time.monotonic() > given_up - seconds:
                    raise
                pause = _backoff(attempt)
                self._rest[host] = time.monotonic() + pause
                self._wait(pause)
                continue
            self._patience.answered(places)
            if response.status not in _LATER or last:
                return response
            patience = _retry_after(response.headers.get("retry-after", ""))
            if patience > _LONGEST_WAIT or time.monotonic() > given_up - seconds:
                return response
            self._rest[host] = time.monotonic() + patience
            self._wait(max(patience, _backoff(attempt)))
        raise AssertionError  # the last attempt returns or raises

    def _wait(self, seconds: float) -> None:
        if not self.cancelled.is_set():
            self._sleep(seconds)
        if self.cancelled.is_set():
            raise Failed("the run was interrupted")

    def _follow(
        self, method: str, url: str, headers: dict[str, str], content: bytes, secret: str, wanted: _Wanted, named_by: str
    ) -> Response:
        first = here = origin(url)
        leader = origin(named_by)[1] if "://" in named_by else named_by or first[1]
        self._wire.begin(time.monotonic() + wanted.seconds, first[1], leader)
        for _ in range(_REDIRECTS + 1):
            self._guard(first, here, leader)
            told = {**headers, **({"Authorization": secret} if secret and here == first else {})}
            response = self._exchange(method, url, here, told, content, wanted)
            if response.status not in (301, 302, 303, 307, 308) or "location" not in response.headers:
                return response
            url = _joined(url, response.headers["location"])
            here = origin(url)
            if response.status == 303 or (response.status in (301, 302) and method == "POST"):
                method, content = "GET" if method == "POST" else method, b""
            if content and here != first:
                raise Failed(f"{first[1]} redirects what was meant for it alone to {here[1]}")
        raise Failed(f"{first[1]} redirects more than {_REDIRECTS} times")

    def _guard(self, first: Origin, here: Origin, leader: str) -> None:
        """Refuses plain http to other machines, redirects that lower the guard, and addresses at which no registry lives."""
        scheme, host, _ = here
        if first[0] == "https" and scheme == "http":
            raise Failed(f"{first[1]} redirects to an address without TLS")
        if is_here(host) and not is_here(leader):
            raise Failed(f"{leader} leads to this machine, where only your own configuration may lead")
        check(host, [*literal(host)])
        if scheme == "http" and not self.may_be_plain(f"{host}:{here[2]}") and not self.may_be_plain(host):
            raise Failed(f"{host} is asked without TLS, which only your own configuration can allow: write https")

    def _exchange(self, method: str, url: str, here: Origin, headers: dict[str, str], content: bytes, wanted: _Wanted) -> Response:
        host = here[1]
        headers.setdefault("Accept-Encoding", "identity")
        with self._turn(host):
            if self.cancelled.is_set():
                raise Failed("the run was interrupted")
            with self._lock:
                if self.most and self.requests >= self.most:
                    raise Failed(f"the {self.most:,} requests of --max-requests were sent")
                self.requests += 1
            try:
                with self._sent(method, url, here, headers, content) as answer:
                    body, sums = self._body(answer, host, wanted, empty=method == "HEAD")
                    found: dict[str, str] = {}
                    for name, value in answer.headers.multi_items():
                        key = name.lower()
                        found[key] = f"{found[key]}\n{value}" if key in found else value
                    return Response(answer.status_code, found, body, url, sums)
            except httpx.TimeoutException:
                raise Failed(f"{host} did not answer in time", retry=True, silent=host) from None
            except httpx.ProxyError as error:
                raise self._stopped(url, host, str(error)) from None
            except (httpx.LocalProtocolError, UnicodeError, httpx.InvalidURL):
                # What they say may quote a header or an address, and with it a secret.
                raise Failed(f"the question for {host} cannot be put in HTTP") from None
            except httpx.TransportError as error:
                raise _unanswered(host, error) from None
            except (httpx.HTTPError, httpx.StreamError, ValueError, RuntimeError) as error:
                raise Failed(f"the exchange with {host} went wrong ({type(error).__name__})") from None

    def _stopped(self, url: str, host: str, said: str) -> Failed:
        """Why a proxy lets nothing through; what it says begins with a status."""
        place, said = self._proxy_place(url).removeprefix("the proxy "), " ".join(said.split())[:100]
        if said.startswith("407"):
            return proxy_failed(place, "wants a name and password, as in http://NAME:PASSWORD@HOST:PORT", retry=False)
        return Failed(f"{host} cannot be reached: the proxy {place} answers {said}", retry=said.startswith("5"), silent=host)

    def _body(self, answer: httpx.Response, host: str, wanted: _Wanted, *, empty: bool) -> tuple[bytes, dict[str, str]]:
        """(the whole body, or its beginning where it is summed up; its sums), never more than is `wanted`. One that is `empty`,
        whatever its headers announce, is read to its end all the same: before that, the connection serves nobody else."""
        if empty:
            any(answer.iter_raw())
            return b"", {}
        largest, kept = wanted.largest, _BEGINNING if wanted.sums else wanted.largest
        summed = [hashlib.new(one, usedforsecurity=False) for one in wanted.sums]
        declared = answer.headers.get("content-length", "")
        if re.fullmatch("[0-9]{1,18}", declared) and int(declared) > largest:
            raise Large(f"{host} announces {int(declared) // 2**20} MiB, more than pinlint takes", answer.status_code)
        chunks, size = [], 0
        for chunk in decoded(answer.iter_raw(), answer.headers.get("content-encoding", ""), host):
            size += len(chunk)
            self._take(len(chunk), host)
            if size > largest:
                raise Large(f"{host} sends more than {largest // 2**20} MiB", answer.status_code)
            self._wire.left()
            if size - len(chunk) < kept:
                chunks.append(chunk)
            for one in summed:
                one.update(chunk)
        return b"".join(chunks), {one.name: one.hexdigest() for one in summed}

    @contextmanager
    def _sent(self, method: str, url: str, here: Origin, headers: dict[str, str], content: bytes) -> Iterator[httpx.Response]:
        """The answer of one server to one request; nothing is followed, kept or made of it."""
        patience = httpx.Timeout(_READ, connect=_CONNECT).as_dict()
        own = {"User-Agent": f"pinlint/{__version__}", "Accept": "*/*", **headers}
        request = httpx.Request(method, url, headers=own, content=content or None, extensions={"timeout": patience})
        sent = request.url.raw_host.decode("ascii")
        if sent.lower() != here[1] and "xn--" not in sent:  # two readers of addresses disagree about who is asked
            raise Failed("an address is malformed")
        answer = self._transport_for(here).handle_request(request)
        try:
            yield answer
        finally:
            answer.close()

    def _proxy_for(self, here: Origin) -> str:
        """The address of the proxy on the way to a host, "" for none."""
        scheme, host, port = here
        proxy = "" if self._transport or is_loopback(host) else self._proxy(scheme, f"{host}:{port}")
        if proxy is None:
            proxies = {} if proxy_bypass(host) else getproxies()
            proxy = proxies.get(scheme) or proxies.get("all") or ""
        return proxy if "://" in proxy or not proxy else f"http://{proxy}"

    def _proxy_place(self, url: str) -> str:
        """What the proxy on the way to an address is called, "" where there is none."""
        proxy = self._proxy_for(origin(url))
        return "the proxy {1}:{2}".format(*origin(proxy)) if proxy else ""

    def _transport_for(self, here: Origin) -> httpx.BaseTransport:
        """The way to a host: by its proxy, and with the certificates that the user trusts for it."""
        if self._transport:
            return self._transport
        (scheme, host, port), proxy = here, self._proxy_for(here)
        place, secure = f"{host}:{port}", scheme == "https"
        trusted, own = tuple(self._authorities(place)) if secure else (), self._identity(place) if secure else ("", "")
        with self._lock:
            if (proxy, trusted, own) not in self._transports:
                self._transports[proxy, trusted, own] = _Guarded(trust(trusted, own), self._wire, proxy)
            return self._transports[proxy, trusted, own]

    @contextmanager
    def _turn(self, host: str) -> Iterator[None]:
        with self._lock:
            semaphore = self._hosts.setdefault(host, threading.Semaphore(_PER_HOST))
        with semaphore:
            yield


class _Guarded(httpx.HTTPTransport):
    """A transport whose connections are made by a `Wire`."""

    def __init__(self, context: ssl.SSLContext, wire: Wire, proxy: str) -> None:
        super().__init__(verify=context, trust_env=False)
        self._pool = wire.proxied(context, proxy) if proxy else wire.pool(context)


def loaded(body: bytes, tables: Callable[[list[tuple[str, Any]]], Any] | None = None) -> Any:
    """What a JSON document holds. Raises ValueError or RecursionError for what is none, or holds so many values that they take many
    times its size in memory."""
    if sum(map(body.count, (b",", b"[", b"{"))) > _VALUES:
        raise ValueError("too many values")
    return json.loads(body, object_pairs_hook=tables)


def _unanswered(host: str, error: httpx.TransportError) -> Failed:
    """What went wrong on the way, without addresses, which may hold a secret."""
    text = " ".join("…" if "://" in word else word for word in (str(error) or type(error).__name__).split())[:200]
    if "CERTIFICATE_VERIFY_FAILED" in text.upper().replace(" ", "_"):
        reason = text.partition("failed: ")[2].rpartition(" (_ssl")[0] or text
        return Failed(f"{host}: its certificate is not trusted, {reason} (SSL_CERT_FILE can name your own CA)", untrusted=True)
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError):
        return Failed(f"{host} broke off in the middle of its answer, or speaks no HTTP", retry=True, silent=host)
    if isinstance(error, httpx.UnsupportedProtocol):
        return Failed(f"{host} cannot be asked: {text}")
    return Failed(f"{host} cannot be reached: {text}", retry=True, silent=host)


def _joined(url: str, location: str) -> str:
    """Where a redirect leads, without a name and password that its author put into it."""
    try:
        parts = urlsplit(urljoin(url, location))
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))
    except ValueError:
        raise Failed("a redirect leads to a malformed address") from None


def _backoff(attempt: int) -> float:
    return min(8.0, (1 << attempt) / 4) * random.uniform(0.8, 1.2)  # noqa: S311 - spreads the load, hides nothing


def _retry_after(value: str) -> float:
    """Seconds that a Retry-After header asks for; an HTTP date counts from now, nonsense is 0."""
    if re.fullmatch("[0-9]{1,9}", value.strip()):
        return float(value)
    from email.utils import parsedate_to_datetime

    try:
        moment = float(parsedate_to_datetime(value).timestamp())
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return max(0.0, moment - time.time())
