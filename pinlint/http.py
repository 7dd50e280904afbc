"""The only way to the network: one client with limits, retries and rules about who may be told a secret.

Knows addresses, credentials and patience; must not know any registry. Loaded only by what goes online.
"""

from __future__ import annotations

import ipaddress
import os
import random
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import httpx

from pinlint import __version__

__all__ = ["Client", "Failed", "Response", "origin"]

#: Seconds a whole exchange may take, redirects and retries apart; bytes an answer may have after decompression.
_DEADLINE, _CONNECT, _READ = 60.0, 10.0, 20.0
_LARGEST = 64 * 1024 * 1024
_REDIRECTS, _TRIES, _LONGEST_WAIT = 5, 4, 30.0
_PER_HOST = 16
_PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy")
_LATER = frozenset((429, 500, 502, 503, 504))
#: Addresses at which clouds hand out credentials to whoever asks; no registry lives there.
_METADATA = frozenset(map(ipaddress.ip_address, ("100.100.100.200", "fd00:ec2::254", "fd20:ce::254", "192.0.0.192")))


class Failed(Exception):
    """A request without an answer. str() says why, without any secret; `retry` is whether it may go better later."""

    def __init__(self, why: str, *, retry: bool = False) -> None:
        super().__init__(why)
        self.retry = retry


class Response(NamedTuple):
    """An answer: `headers` by lower-case name, `body` as received (decompressed where the request allowed that), `url` of whoever
    answered after redirects."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    def listed(self, name: str) -> list[str]:
        """Every value of a header that was sent several times."""
        return self.headers.get(name, "").split("\n") if name in self.headers else []


def origin(url: str) -> tuple[str, str, int]:
    """(scheme, host, port) with the default port filled in. Raises Failed for what is no http(s) address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Failed("the address is malformed") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Failed(f"{parts.scheme or 'an empty'} is no scheme that pinlint speaks")
    return parts.scheme, parts.hostname.lower(), port or (443 if parts.scheme == "https" else 80)


class Client:
    """A client for all threads of a run.

    `may_be_plain(host)` says where plain http is fine: loopback always is, other hosts only by the user's own configuration.
    `sleep` and `transport` are seams for tests.
    """

    def __init__(
        self,
        *,
        may_be_plain: Callable[[str], bool] = lambda _: False,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        self._plain = may_be_plain
        # Behind a proxy it is the proxy that looks hosts up and decides where they lie.
        self._guarded = transport is None and not any(os.environ.get(name) for name in _PROXIES)
        self._sleep = sleep
        self._http = httpx.Client(
            transport=transport,
            verify=verify,
            follow_redirects=False,
            timeout=httpx.Timeout(_READ, connect=_CONNECT),
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=32),
            headers={"User-Agent": f"pinlint/{__version__}"},
        )
        self._lock = threading.Lock()
        self._hosts: dict[str, threading.Semaphore] = {}
        self.cancelled = threading.Event()
        self.requests = 0

    def may_be_plain(self, host: str) -> bool:
        """Whether a host ("localhost:5000") may be asked without TLS: this machine, and what the user's configuration lists."""
        bare = host.rpartition(":")[0] if re.fullmatch(r".*:\d+", host) else host
        literal = _literal(bare)
        return bare == "localhost" or (bool(literal) and literal[0].is_loopback) or self._plain(host)

    def close(self) -> None:
        """Lets go of every connection."""
        self._http.close()

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
    ) -> Response:
        """The answer, whatever its status but for those that ask for patience, which are asked again a few times.

        `secret` is the value of an Authorization header: it goes to the origin of `url` and to no other, whatever redirects say.
        Bodies are fetched as they are (no compression) unless `headers` ask otherwise. Raises Failed.
        """
        for attempt in range(1, tries + 1):
            try:
                response = self._follow(method, url, dict(headers or {}), content, secret, largest)
            except Failed as error:
                if not error.retry or attempt == tries:
                    raise
                self._wait(_backoff(attempt))
                continue
            if response.status not in _LATER or attempt == tries:
                return response
            patience = _retry_after(response.headers.get("retry-after", ""))
            if patience > _LONGEST_WAIT:
                return response
            self._wait(max(patience, _backoff(attempt)))
        raise AssertionError  # the last attempt returns or raises

    def _wait(self, seconds: float) -> None:
        if self.cancelled.is_set():
            raise Failed("the run was interrupted")
        self._sleep(seconds)

    def _follow(self, method: str, url: str, headers: dict[str, str], content: bytes, secret: str, largest: int) -> Response:
        first = origin(url)
        deadline = time.monotonic() + _DEADLINE
        for _ in range(_REDIRECTS + 1):
            here = origin(url)
            if first[0] == "https" and here[0] == "http":
                raise Failed(f"{first[1]} redirects to an address without TLS")
            self._guard(here)
            told = {**headers, **({"Authorization": secret} if secret and here == first else {})}
            response = self._exchange(method, url, here[1], told, content, largest, deadline)
            if response.status not in (301, 302, 303, 307, 308) or "location" not in response.headers:
                return response
            url = urljoin(url, response.headers["location"])
            if response.status == 303 or (response.status in (301, 302) and method == "POST"):
                method, content = "GET", b""
        raise Failed(f"{first[1]} redirects more than {_REDIRECTS} times")

    def _guard(self, here: tuple[str, str, int]) -> None:
        """Refuses plain http to other machines, and addresses at which no registry lives."""
        scheme, host, port = here
        addresses = _addresses(host, port) if self._guarded else []
        for address in addresses:
            if address.is_link_local or address in _METADATA or address.is_multicast or address.is_unspecified:
                raise Failed(f"{host} is {address}, an address at which no registry lives")
        if scheme == "http" and not self.may_be_plain(host):
            raise Failed(f"{host} is asked without TLS, which only your own configuration can allow")

    def _exchange(
        self, method: str, url: str, host: str, headers: dict[str, str], content: bytes, largest: int, deadline: float
    ) -> Response:
        headers.setdefault("Accept-Encoding", "identity")
        with self._turn(host):
            if self.cancelled.is_set():
                raise Failed("the run was interrupted")
            self.requests += 1
            try:
                with self._http.stream(method, url, headers=headers, content=content or None) as answer:
                    body = _body(answer, host, largest, deadline)
                    found: dict[str, str] = {}
                    for name, value in answer.headers.multi_items():
                        key = name.lower()
                        found[key] = f"{found[key]}\n{value}" if key in found else value
                    return Response(answer.status_code, found, body, url)
            except httpx.TimeoutException:
                raise Failed(f"{host} did not answer in time", retry=True) from None
            except httpx.TransportError as error:
                raise Failed(
                    f"{host} cannot be reached: {_plain(error)}", retry=not isinstance(error, httpx.UnsupportedProtocol)
                ) from None
            except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ValueError) as error:
                raise Failed(f"the exchange with {host} went wrong: {_plain(error)}") from None

    @contextmanager
    def _turn(self, host: str) -> Iterator[None]:
        with self._lock:
            semaphore = self._hosts.setdefault(host, threading.Semaphore(_PER_HOST))
        with semaphore:
            yield


def _body(answer: httpx.Response, host: str, largest: int, deadline: float) -> bytes:
    chunks, size = [], 0
    declared = answer.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > largest and answer.request.method != "HEAD":
        raise Failed(f"{host} announces {int(declared) // 2**20} MiB, more than pinlint takes")
    for chunk in answer.iter_bytes(65536):
        size += len(chunk)
        if size > largest:
            raise Failed(f"{host} sends more than {largest // 2**20} MiB")
        if time.monotonic() > deadline:
            raise Failed(f"{host} is too slow", retry=True)
        chunks.append(chunk)
    return b"".join(chunks)


def _plain(error: Exception) -> str:
    """The reason without addresses, which may hold a secret."""
    text = str(error) or type(error).__name__
    return " ".join("…" if "://" in word else word for word in text.split())[:200]


def _backoff(attempt: int) -> float:
    return min(8.0, (1 << attempt) / 4) * random.uniform(0.8, 1.2)  # noqa: S311 - spreads the load, hides nothing


def _retry_after(value: str) -> float:
    """Seconds that a Retry-After header asks for; an HTTP date counts from now, nonsense is 0."""
    if value.strip().isdigit():
        return float(value)
    from email.utils import parsedate_to_datetime

    try:
        moment = float(parsedate_to_datetime(value).timestamp())
    except (TypeError, ValueError):
        return 0.0
    return moment - time.time() if moment > time.time() else 0.0


def _literal(host: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        return [ipaddress.ip_address(host.strip("[]"))]
    except ValueError:
        return []


def _addresses(host: str, port: int) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Failed(f"{host} cannot be found: {getattr(error, 'strerror', None) or error}", retry=True) from None
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    return [address.ipv4_mapped or address if isinstance(address, ipaddress.IPv6Address) else address for address in addresses]
