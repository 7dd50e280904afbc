"""Where the user's own container tools would fetch an image: mirrors, other locations, registries without TLS.

Reads the user's and the machine's configuration of podman and docker, never a file of a repository under lint. What cannot be
read counts as absent. Source: containers-registries.conf(5) and containers/image (pkg/sysregistriesv2: prefixes, drop-ins),
docker's documentation of daemon.json (registry-mirrors, insecure-registries).
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import threading
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

__all__ = ["Configuration", "Source"]

_SYSTEM = "/etc"
_MIRROR = re.compile(r"(https?)://([^/?#@]+)/?\Z")


class Source(NamedTuple):
    """A place to ask for an image: its name there ("mirror.example/hub/library/python"), and whether the user lets that registry
    be asked without TLS."""

    name: str
    insecure: bool = False


class _Registry(NamedTuple):
    """A `[[registry]]` of podman: what names begin with, where they are fetched, first from its mirrors."""

    prefix: str
    location: str
    insecure: bool
    blocked: bool
    mirrors: Sequence[Source]


class Configuration:
    """Where images are fetched; the files are read when the first one is asked for."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment
        self._lock = threading.Lock()
        self._read: tuple[list[_Registry], list[Source], list[str]] | None = None

    def sources(self, name: str) -> list[Source]:
        """The places to ask for an image ("docker.io/library/python") by tag, in order; none if the user's podman blocks it.

        The registry with the longest prefix counts. Its mirrors come first, then docker's for docker.io, then the registry.
        """
        registries, mirrors, insecure = self._files()
        found = max((one for one in registries if _matched(name, one.prefix)), key=lambda one: len(one.prefix), default=None)
        host, _, path = name.partition("/")
        hub = [Source(f"{one.name}/{path}", one.insecure) for one in mirrors if host == "docker.io"]
        if found is None:
            return [*hub, Source(name, _listed(host, insecure))]
        if found.blocked:
            return []
        length = len(_matched(name, found.prefix))
        moved = [one._replace(name=one.name + name[length:]) for one in found.mirrors]
        last = found.location + name[length:] if found.location else name
        return [*moved, *hub, Source(last, found.insecure or _listed(last.partition("/")[0], insecure))]

    def may_be_plain(self, host: str) -> bool:
        """Whether anything that the user configured lets "host" or "host:port" be asked without TLS."""
        registries, mirrors, insecure = self._files()
        places = [Source(one.location or one.prefix, one.insecure) for one in registries]
        places += [*mirrors, *(mirror for one in registries for mirror in one.mirrors)]
        hosts = [place.name.partition("/")[0] for place in places if place.insecure]
        return _listed(host, insecure) or any(_matched(host, one) == host for one in hosts)

    def _files(self) -> tuple[list[_Registry], list[Source], list[str]]:
        with self._lock:
            if self._read is None:
                self._read = (_of_podman(self._environment), *_of_docker(self._environment))
            return self._read


def _matched(name: str, prefix: str) -> str:
    """The part of `name` that a prefix stands for, "" if it is not one of its names; `*.` stands for any subdomain."""
    if prefix.startswith("*."):
        at = name.find(prefix[1:])
        end = at + len(prefix) - 1
        if at < 1 or "/" in name[:at]:
            return ""
    else:
        end = len(prefix)
        if not prefix or not name.startswith(prefix):
            return ""
    return name[:end] if name[end : end + 1] in ("", ":", "/", "@") else ""


def _listed(host: str, insecure: Sequence[str]) -> bool:
    """Whether docker's list of insecure registries holds "host:port" or, for an address, a network that it lies in."""
    if host in insecure:
        return True
    with suppress(ValueError):
        address = ipaddress.ip_address(re.sub(r":\d+\Z", "", host).strip("[]") if host.count(":") < 2 or "]" in host else host)
        return any(address in network for network in map(_network, insecure) if network is not None)
    return False


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False) if "/" in text else None
    except ValueError:
        return None


def _of_podman(environment: Mapping[str, str]) -> list[_Registry]:
    """The registries of registries.conf (the user's in place of the machine's) and of every drop-in, which replace by prefix."""
    own, system = os.path.join(_own(environment), "containers"), os.path.join(_SYSTEM, "containers")
    user, common = os.path.join(own, "registries.conf"), os.path.join(system, "registries.conf")
    paths = [environment.get("CONTAINERS_REGISTRIES_CONF") or (user if os.path.exists(user) else common)]
    for folder in (os.path.join(system, "registries.conf.d"), os.path.join(own, "registries.conf.d")):
        with suppress(OSError):
            paths += [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(".conf")]
    found: dict[str, _Registry] = {}
    for path in paths:
        with suppress(OSError, ValueError, RecursionError), open(path, "rb") as file:
            found |= {one.prefix: one for one in map(_registry, _tables(tomllib.load(file), "registry")) if one is not None}
    return list(found.values())


def _registry(table: dict[str, Any]) -> _Registry | None:
    location, prefix = (str(table.get(key) or "").rstrip("/") for key in ("location", "prefix"))
    if not (location or prefix.startswith("*.")):
        return None
    mirrors = []
    for one in _tables(table, "mirror"):
        digests_alone = table.get("mirror-by-digest-only") is True or one.get("pull-from-mirror") == "digest-only"
        if (where := str(one.get("location") or "").rstrip("/")) and not digests_alone:
            mirrors.append(Source(where, one.get("insecure") is True))
    return _Registry(prefix or location, location, table.get("insecure") is True, table.get("blocked") is True, mirrors)


def _tables(table: dict[str, Any], key: str) -> list[dict[str, Any]]:
    listed = table.get(key)
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _of_docker(environment: Mapping[str, str]) -> tuple[list[Source], list[str]]:
    """(the mirrors of docker.io, the registries that may be asked without TLS) of the first daemon.json there is."""
    home = environment.get("HOME") or os.path.expanduser("~")
    for folder in (os.path.join(_own(environment), "docker"), os.path.join(home, ".docker"), os.path.join(_SYSTEM, "docker")):
        with suppress(OSError, ValueError, RecursionError), open(os.path.join(folder, "daemon.json"), encoding="utf-8") as file:
            document: Any = json.load(file)
            found = {key: value for key, value in document.items() if isinstance(value, list)} if isinstance(document, dict) else {}
            mirrors = [match for one in found.get("registry-mirrors", ()) if (match := _MIRROR.match(str(one)))]
            insecure = [str(one) for one in found.get("insecure-registries", ())]
            return [Source(one[2], one[1] == "http" or _listed(one[2], insecure)) for one in mirrors], insecure
    return [], []


def _own(environment: Mapping[str, str]) -> str:
    return environment.get("XDG_CONFIG_HOME") or os.path.join(environment.get("HOME") or os.path.expanduser("~"), ".config")
