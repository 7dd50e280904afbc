"""Connections: to addresses that were looked at, under a deadline, with the certificates that the user trusts.

Knows names, addresses, TLS and compression; must not know requests or registries.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

import httpcore

from pinlint.ecosystems.url.names import local_host

__all__ = [
    "Failed", "Large", "Origin", "Wire", "check", "decoded", "is_here", "is_loopback", "literal", "origin", "proxy_failed", "trust",
]  # fmt: skip

_CONNECT, _READ = 10.0, 20.0
#: Seconds after which a waiting thread looks whether the run was interrupted.
_SLICE = 0.25
#: Addresses at which clouds hand out credentials to whoever asks; no registry lives there.
_METADATA = frozenset(
    map(ipaddress.ip_address, ("100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254", "192.0.0.192"))
)
#: Their names, for where a proxy looks names up.
_METADATA_NAMES = (
    "metadata", "metadata.goog", "metadata.google.internal", "metadata.azure.internal", "metadata.tencentyun.com", "instance-data",
    "instance-data.ec2.internal",
)  # fmt: skip
#: IPv6 addresses whose last 32 bits are an IPv4 one: NAT64's, its local ones, and those of the first days of IPv6.
_EMBEDDING = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "::/96")))
#: IPv4 as the system's own reader takes it: 2852039166, 0xa9.254.0251.254, 127.1.
_NUMBERS = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+)){0,3}", re.IGNORECASE)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Origin = tuple[str, str, int]


class Failed(Exception):
    """A request without an answer. str() says why, without any secret; `retry` is whether it may go better later, `silent` who it
    is that does not answer, `untrusted` whether the other side speaks TLS with a certificate that nobody vouches for."""

    def __init__(self, why: str, *, retry: bool = False, silent: str = "", untrusted: bool = False) -> None:
        super().__init__(why)
        self.retry = retry
        self.silent = silent
        self.untrusted = untrusted


class Large(Failed):
    """An answer of this `status` that is larger than what is wanted of it."""

    def __init__(self, why: str, status: int) -> None:
        super().__init__(why)
        self.status = status


def origin(url: str) -> Origin:
    """(scheme, host, port) with the default port filled in. Raises Failed for what is no http(s) address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Failed("an address is malformed") from None
    if parts.scheme and parts.scheme not in ("http", "https"):
        raise Failed(f"pinlint speaks http and https, not {parts.scheme[:20]}: write the pin by hand")
    if not parts.scheme or not parts.hostname:
        raise Failed("an address is malformed")
    return parts.scheme, parts.hostname.lower(), port or (443 if parts.scheme == "https" else 80)


class Wire(httpcore.NetworkBackend):
    """Connects to addresses that were looked at, and to no others: what a name leads to can change between two questions.

    Holds the deadline of each thread's attempt; a byte now and then does not extend it, neither in the headers nor in the body.
    """

    def __init__(self, cancelled: threading.Event) -> None:
        self._cancelled = cancelled
        self._attempt = threading.local()
        #: Hosts that lie on this machine, and proxies, wherever they lie.
        self._near: set[str] = set()
        self._proxies: set[tuple[str, int]] = set()

    def begin(self, deadline: float, host: str, leader: str) -> None:
        """An attempt of this thread begins, to ask `host`, which `leader` named: the host itself, or who answered with it."""
        self._attempt.deadline, self._attempt.host, self._attempt.leader = deadline, host, leader

    def left(self) -> float:
        """Seconds that this thread's attempt has left. Raises Failed where there are none."""
        left: float = self._attempt.deadline - time.monotonic()
        if self._cancelled.is_set():
            raise Failed("the run was interrupted")
        if left <= 0:
            host = self._attempt.host
            raise Failed(f"{host} is too slow", retry=True, silent=host)
        return left

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address of `host` that answers, if registries may live at all of them."""
        try:
            return self._connected(host, port, timeout, local_address, socket_options)
        except (httpcore.ConnectError, httpcore.ConnectTimeout, Failed) as error:
            if (host, port) not in self._proxies or getattr(error, "silent", host) != host:
                raise
            raise proxy_failed(f"{host}:{port}", f"cannot be reached: {error or 'no answer in time'}") from None

    def _connected(
        self, host: str, port: int, timeout: float | None, local_address: str | None, socket_options: Any
    ) -> httpcore.NetworkStream:
        backend = httpcore.SyncBackend()
        addresses = _addresses(host, port)
        check(host, addresses)
        self._check_nearness(host, addresses)
        for address in addresses:
            try:
                patience = min(timeout or _CONNECT, self.left())
                return _Stream(backend.connect_tcp(str(address), port, patience, local_address, socket_options), self)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if address == addresses[-1]:
                    raise
        raise Failed(f"{host} has no address")

    def _check_nearness(self, host: str, addresses: list[Address]) -> None:
        """Raises Failed where another machine leads here by a name that is looked up to this one; the user's own names may."""
        first = self._attempt.leader
        if not any(_plain_address(address).is_loopback for address in addresses) or host in self._near:
            return
        if host != first and first not in self._near and not is_loopback(first):
            raise Failed(f"{first} leads to this machine, where only your own configuration may lead")
        self._near.add(host)

    def pool(self, context: ssl.SSLContext) -> httpcore.ConnectionPool:
        """A pool whose connections are made here."""
        return httpcore.ConnectionPool(
            ssl_context=context, max_connections=64, max_keepalive_connections=32, keepalive_expiry=5.0, network_backend=self
        )

    def proxied(self, context: ssl.SSLContext, proxy: str) -> httpcore.ConnectionPool:
        """A pool whose connections lead through a proxy ("http://user:password@host:port"), under the same deadlines. It is the
        proxy that looks hosts up and decides where they lie. Raises Failed for an address that is none of an http(s) proxy."""
        scheme, host, port = origin(proxy)
        self._near.add(host)
        self._proxies.add((host, port))
        login = urlsplit(proxy)
        auth = (unquote(login.username or ""), unquote(login.password or "")) if "@" in login.netloc else None
        return httpcore.HTTPProxy(
            f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}", proxy_auth=auth, ssl_context=context,
            proxy_ssl_context=trust(()) if scheme == "https" else None, max_connections=64, max_keepalive_connections=32,
            keepalive_expiry=5.0, network_backend=self,
        )  # fmt: skip


class _Stream(httpcore.NetworkStream):
    """A connection that is read in short waits, so that a deadline or an interruption ends them."""

    def __init__(self, inner: httpcore.NetworkStream, wire: Wire) -> None:
        self._inner, self._wire = inner, wire

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        idle = time.monotonic() + (timeout or _READ)
        while True:
            try:
                return self._inner.read(max_bytes, min(_SLICE, self._wire.left()))
            except httpcore.ReadTimeout:
                if time.monotonic() > idle:
                    raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, min(timeout or _READ, self._wire.left()))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, min(timeout or _CONNECT, self._wire.left())), self._wire)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def proxy_failed(place: str, what: str, *, retry: bool = True) -> Failed:
    """What is raised where it is the proxy at "host:port" that is in the way, and not who was to be asked through it."""
    by = "HTTPS_PROXY or your tool's configuration names it, NO_PROXY goes past it"
    return Failed(f"the proxy {place} {what} ({by})", retry=retry, silent=f"the proxy {place}")


def trust(more: Sequence[str], own: tuple[str, str] = ("", "")) -> ssl.SSLContext:
    """The certificates that the system trusts (SSL_CERT_FILE and SSL_CERT_DIR say otherwise), and those in the files of `more`;
    `own` are the files of a certificate and key to show. Raises Failed where those cannot be read."""
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if not paths.cafile and not paths.capath:
        import certifi  # a system without a store of its own

        context.load_verify_locations(certifi.where())
    for path in more:
        try:
            context.load_verify_locations(path)
        except (OSError, ssl.SSLError):
            continue
    if own[0]:
        try:
            context.load_cert_chain(*own, password="")  # nobody is asked for one
        except (OSError, ssl.SSLError, ValueError):
            raise Failed(f"the certificate {own[0]} or its key cannot be read") from None
    return context


def decoded(chunks: Iterable[bytes], encoding: str, host: str) -> Iterator[bytes]:
    """The chunks decompressed piece by piece: a bomb is met by the limit of its reader before it is in memory."""
    if encoding.strip().lower() in ("", "identity"):
        yield from chunks
        return
    if encoding.strip().lower() not in ("gzip", "x-gzip"):
        raise Failed(f"{host} answers in an encoding that nobody asked for")
    inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        for chunk in chunks:
            rest = chunk
            while rest:
                if inflate.eof:
                    inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
                yield inflate.decompress(rest, 65536)
                rest = inflate.unconsumed_tail or inflate.unused_data
    except zlib.error:
        raise Failed(f"{host} answers with broken gzip") from None
    if not inflate.eof:
        raise Failed(f"{host} broke off in the middle of its answer", retry=True, silent=host)


def literal(host: str) -> list[Address]:
    """The address that a host is written as, in any form that connects; empty for a name."""
    try:
        return [ipaddress.ip_address(host.strip("[]"))]
    except ValueError:
        pass
    try:
        return [ipaddress.IPv4Address(socket.inet_aton(host.rstrip(".")))] if _NUMBERS.fullmatch(host.rstrip(".")) else []
    except OSError:
        return []


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its name or address alone, whoever looks it up: that much gives it leave."""
    return host.lower().rstrip(".") == "localhost" or any(_plain_address(address).is_loopback for address in literal(host))


def is_here(host: str) -> bool:
    """Whether a host is this machine, or what some resolvers and systems take for it: that much is guarded."""
    return local_host(host) or is_loopback(host)


def _plain_address(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one, where it is only a way to write it."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped or address.sixtofour:
            return address.ipv4_mapped or address.sixtofour or address
        if any(address in network for network in _EMBEDDING) and int(address) > 1:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def check(host: str, addresses: Iterable[Address]) -> None:
    """Raises Failed where one of the addresses of a host, or its name, is one at which no registry lives."""
    for address in map(_plain_address, addresses):
        if address.is_link_local or address in _METADATA or address.is_multicast or address.is_unspecified:
            is_what = "" if host == str(address) else f" is {address}"
            raise Failed(f"{host}{is_what}: no registry lives at that address, so it is not asked; write another one")
    if host.lower().rstrip(".") in _METADATA_NAMES:
        raise Failed(f"{host} is a name at which no registry lives")


def _addresses(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Failed(
            f"{host} cannot be found: {getattr(error, 'strerror', None) or 'no valid name'}", retry=True, silent=host
        ) from None
    return list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))
