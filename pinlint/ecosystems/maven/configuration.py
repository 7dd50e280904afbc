"""Where Maven would ask: the repositories of the user's settings.xml and of Maven itself, by way of the user's mirrors.

A credential is bound to an address by the user's settings alone: what a pom calls "corp" is not the user's "corp". Source: Maven's
settings reference, DefaultMirrorSelector, the super POM in maven-model-builder.
"""

from __future__ import annotations

import glob
import os
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from pinlint.executables import program
from pinlint.logins import basic
from pinlint.syntax.xml import Element, XmlError, parse

__all__ = ["Repository", "Settings", "settings"]

_SUPER_POM = "org/apache/maven/model/pom-4.0.0.xml"
_ENVIRONMENT = re.compile(r"\$\{env\.([A-Za-z_][A-Za-z0-9_]*)\}")
_LARGEST_POM = 1024 * 1024


class Repository(NamedTuple):
    """A repository as somebody names it; `authorization` is the value of a header that goes to its host, "" without one."""

    id: str
    url: str
    authorization: str = ""


class _Mirror(NamedTuple):
    id: str
    of: str
    url: str
    blocked: bool


class Settings:
    """What the user's Maven knows; `builtin` are the repositories of Maven itself."""

    def __init__(self, roots: list[Element], builtin: list[Repository], environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._servers: dict[str, str] = {}
        self._mirrors: list[_Mirror] = []
        self._own: list[Repository] = []
        for root in roots:  # the user's own settings come first, and win
            for server in root.find("servers", "server"):
                self._servers.setdefault(self._read(server, "id"), self._login(server))
            for mirror in root.find("mirrors", "mirror"):
                blocked = self._read(mirror, "blocked") == "true"
                made = _Mirror(self._read(mirror, "id"), self._read(mirror, "mirrorOf"), self._read(mirror, "url"), blocked)
                if made.id not in [one.id for one in self._mirrors]:
                    self._mirrors.append(made)
            self._own += self._active(root)
        self._builtin = [one._replace(authorization=self._servers.get(one.id, "")) for one in builtin]
        self.complete = (
            bool(builtin) or any(one.id == "central" for one in self._own) or self._mirror(Repository("central", "")) is not None
        )

    def _read(self, element: Element, name: str) -> str:
        return _ENVIRONMENT.sub(lambda found: self._environment.get(found[1], ""), element.read(name))

    def _login(self, server: Element) -> str:
        user, password = self._read(server, "username"), self._read(server, "password")
        if not user or not password or password.startswith("{"):  # the latter are encrypted with a key that only Maven reads
            return ""
        return basic(user, password)

    def _active(self, root: Element) -> Iterator[Repository]:
        chosen = {element.text for element in root.find("activeProfiles", "activeProfile")}
        for profile in root.find("profiles", "profile"):
            default = any(one.text == "true" for one in profile.find("activation", "activeByDefault"))
            if profile.read("id") in chosen or (default and not chosen):
                for element in (
                    *profile.find("repositories", "repository"),
                    *profile.find("pluginRepositories", "pluginRepository"),
                ):
                    name = self._read(element, "id")
                    yield Repository(name, self._read(element, "url"), self._servers.get(name, ""))

    def asked(self, named: list[Repository]) -> list[Repository | str]:
        """Where Maven asks when a pom names repositories, each once; a text where it refuses to, and why."""
        every: dict[str, Repository] = {}
        # Active profiles win over a pom, and a pom may give Maven's own another address.
        for one in (*self._own, *named, *(self._builtin or [Repository("central", "")])):
            every.setdefault(one.id, one)
        found: dict[Repository | str, None] = {}
        for one in every.values():
            mirror = self._mirror(one)
            if mirror is None:
                found[one] = None
            elif mirror.blocked:
                found[f"your Maven blocks {one.id} ({mirror.id})"] = None
            else:
                found[Repository(mirror.id, mirror.url, self._servers.get(mirror.id, ""))] = None
        return list(found)

    def _mirror(self, one: Repository) -> _Mirror | None:
        exact = next((mirror for mirror in self._mirrors if mirror.of == one.id), None)
        return exact or next((mirror for mirror in self._mirrors if _matches(mirror.of, one)), None)


def _matches(pattern: str, one: Repository) -> bool:
    """As DefaultMirrorSelector.matchPattern: the first that names the repository decides, a wildcard only if none does."""
    found = False
    for part in (part.strip() for part in pattern.split(",")):
        if part == one.id:
            return True
        if part == f"!{one.id}":
            return False
        external = urlsplit(one.url).hostname not in ("localhost", "127.0.0.1") and not one.url.startswith("file:")
        found = (
            found
            or part == "*"
            or (external and (part == "external:*" or (part == "external:http:*" and one.url.startswith("http:"))))
        )
    return found


def settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of the user and of the Maven that is installed; what cannot be read counts as absent."""
    home = environment.get("HOME") or os.path.expanduser("~")
    maven = _maven_home(environment)
    paths = [os.path.join(home, ".m2", "settings.xml"), *([os.path.join(maven, "conf", "settings.xml")] if maven else [])]
    roots = []
    for path in paths:
        try:
            with open(path, encoding="utf-8") as file:
                roots.append(parse(file.read()))
        except (OSError, UnicodeDecodeError, XmlError):
            continue
    return Settings(roots, _builtin(maven) if maven else [], environment)


def _maven_home(environment: Mapping[str, str]) -> str:
    for name in ("MAVEN_HOME", "M2_HOME"):
        if environment.get(name):
            return environment[name]
    found = program("mvn", environment)
    return os.path.dirname(os.path.dirname(os.path.realpath(found))) if found else ""


def _builtin(maven: str) -> list[Repository]:
    """The repositories of the super POM of an installed Maven: where it asks when nobody says otherwise."""
    for jar in sorted(glob.glob(os.path.join(glob.escape(maven), "lib", "maven-model-builder-*.jar"))):
        try:
            with zipfile.ZipFile(jar) as archive, archive.open(_SUPER_POM) as file:
                root = parse(file.read(_LARGEST_POM).decode("utf-8"))
        except (OSError, KeyError, zipfile.BadZipFile, UnicodeDecodeError, XmlError):
            continue
        return [Repository(one.read("id"), one.read("url")) for one in root.find("repositories", "repository")]
    return []
