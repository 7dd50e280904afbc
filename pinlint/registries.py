"""Everybody who can be asked, by artifact kind, and the one client by which they are.

Knows whose configuration speaks of the way to a host; must not know what is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, cast

from pinlint.ecosystems import ECOSYSTEMS
from pinlint.ecosystems.oci.configuration import Configuration as Images
from pinlint.ecosystems.oci.credentials import authorities
from pinlint.http import Client
from pinlint.once import Once
from pinlint.pins import NoPin, Pin
from pinlint.question import Question, Registry

if TYPE_CHECKING:
    from pinlint.ecosystems.npm.configuration import Configuration as Npm

__all__ = ["Registries"]


class Registries:
    """Answers questions about any kind of artifact by the registry of that kind, which is made when it is first asked; one for a
    run, shared by its threads."""

    def __init__(self) -> None:
        self.client = Client(
            may_be_plain=self._may_be_plain, authorities=self._authorities, identity=self._identity, proxy=self._proxy
        )
        self._images = Images()
        self._made: dict[str, Registry] = {}
        self._of = Once(self._make)

    def resolve(self, question: Question) -> Pin | NoPin:
        """The answer of the registry for the question's kind."""
        with self.client.question():
            return self._of(ECOSYSTEMS[question.kind].registry).resolve(question)

    def _make(self, folder: str) -> Registry:
        made: Registry = import_module(f"pinlint.ecosystems.{folder}.registry").Registry(self.client)
        self._made[folder] = made
        return made

    @property
    def _npm(self) -> Npm | None:
        """The user's configuration of npm, if it was needed already: only then is npm's own way to a host taken."""
        return cast("Npm | None", getattr(self._made.get("npm"), "known", None))

    def _may_be_plain(self, host: str) -> bool:
        plain: list[set[str]] = [getattr(one, "plain_hosts", set()) for one in list(self._made.values())]
        return self._images.may_be_plain(host) or any(host in hosts for hosts in plain)

    def _authorities(self, place: str) -> Sequence[str]:
        return [*authorities(place), *(self._npm.authorities(place) if self._npm else ())]

    def _identity(self, place: str) -> tuple[str, str]:
        return self._npm.identity(place) if self._npm else ("", "")

    def _proxy(self, scheme: str, place: str) -> str | None:
        return self._npm.proxy(scheme, place) if self._npm else None
