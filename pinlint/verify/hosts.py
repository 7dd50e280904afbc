"""Those who can be asked, for all checks of a run: one client, and each registry once with its pages, tokens and logins."""

from __future__ import annotations

from typing import TypeVar

from pinlint.ecosystems import ECOSYSTEMS
from pinlint.ecosystems.git.registry import Registry as Git
from pinlint.http import Client
from pinlint.once import Once
from pinlint.pins import NoPin, Pin
from pinlint.question import Question
from pinlint.registries import Registries
from pinlint.remote import RemoteTree, opened

__all__ = ["Hosts"]

T = TypeVar("T")


class Hosts:
    """Shared by the threads of a run. `most` is how many requests may be sent, 0 for any number; `trees` are those of commits, by
    the address of the repository and the commit."""

    def __init__(self, most: int = 0) -> None:
        self._registries = Registries()
        self.client: Client = self._registries.client
        self.client.most = most
        self.trees: Once[tuple[str, str], RemoteTree] = Once(lambda asked: opened(*asked, self.registry(Git)))

    def registry(self, kind: type[T]) -> T:
        """The registry of a class `pinlint.ecosystems.FOLDER.registry.Registry`."""
        made = self._registries.of(kind.__module__.split(".")[2])
        assert isinstance(made, kind)
        return made

    def resolve(self, question: Question) -> Pin | NoPin:
        """What the registry of the question's kind says, as when a pin is wanted."""
        return self._registries.of(ECOSYSTEMS[question.kind].registry).resolve(question)

    def close(self) -> None:
        """Lets go of every connection."""
        self.client.close()
