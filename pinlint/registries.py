"""Everybody who can be asked, by artifact kind, and the one client by which they are.

Knows that tools have a configuration that speaks of the way to hosts; must not know which ecosystems there are, or what is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Protocol, runtime_checkable

from pinlint.ecosystems import ECOSYSTEMS
from pinlint.ecosystems.oci.configuration import Configuration as Images
from pinlint.ecosystems.oci.credentials import authorities
from pinlint.http import Client
from pinlint.once import Once
from pinlint.pins import NoPin, Pin
from pinlint.question import Question, Registry
from pinlint.ways import Way

__all__ = ["Registries"]


@runtime_checkable
class _Configured(Protocol):
    """A registry of a tool whose configuration says something of the way to its hosts."""

    @property
    def known(self) -> Way | None:
        """That configuration, once it was needed."""


class Registries:
    """Answers questions about any kind of artifact by the registry of that kind, which is made when it is first asked; one for a
    run, shared by its threads. `client` is what makes the way to the network."""

    def __init__(self, client: type[Client] = Client) -> None:
        self.client = client(
            may_be_plain=self._may_be_plain, authorities=self._authorities, identity=self._identity, proxy=self._proxy
        )
        self._images = Images()
        self._made: dict[str, Registry] = {}
        self._of = Once(self._make)

    def resolve(self, question: Question) -> Pin | NoPin:
        """The answer of the registry for the question's kind."""
        with self.client.question():
            return self.of(ECOSYSTEMS[question.kind].registry).resolve(question)

    def of(self, folder: str) -> Registry:
        """The registry of an ecosystem's folder."""
        return self._of(folder)

    def _make(self, folder: str) -> Registry:
        made: Registry = import_module(f"pinlint.ecosystems.{folder}.registry").Registry(self.client)
        self._made[folder] = made
        return made

    def _ways(self) -> list[Way]:
        """What users' tools say of the way to hosts, of those whose configuration was needed by now."""
        return [one.known for one in list(self._made.values()) if isinstance(one, _Configured) and one.known]

    def _may_be_plain(self, host: str) -> bool:
        return self._images.may_be_plain(host) or any(host in way.plain_hosts for way in self._ways())

    def _authorities(self, place: str) -> Sequence[str]:
        return [*authorities(place), *(file for way in self._ways() for file in way.authorities(place))]

    def _identity(self, place: str) -> tuple[str, str]:
        return next((found for way in self._ways() if any(found := way.identity(place))), ("", ""))

    def _proxy(self, scheme: str, place: str) -> str | None:
        return next((found for way in self._ways() if (found := way.proxy(scheme, place)) is not None), None)
