"""yarn.lock, whose language depends on who wrote it: yarn 1 has one of its own, later ones write YAML.

Knows how to tell one from the other; must not know what any key means.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.syntax import plain_yaml, syml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinlint.model import KeyPath, Span
    from pinlint.text import Document

__all__ = ["comments", "is_yaml", "locate", "statements"]


def is_yaml(text: str) -> bool:
    """Whether a later yarn than the first one wrote the lock."""
    return re.compile(r"^(?:__metadata|\"__metadata\"|'__metadata') *:", re.MULTILINE).search(text) is not None


def locate(text: str, places: Iterable[KeyPath]) -> dict[KeyPath, Span]:
    """Where each place stands, in whichever language."""
    return plain_yaml.locate(text, places) if is_yaml(text) else syml.locate(text, places)


def comments(document: Document) -> Iterator[Span]:
    """Every comment."""
    if not is_yaml(document.text):
        return syml.comments(document.text)
    from pinlint.syntax import yaml

    return yaml.comments(document)


def statements(document: Document) -> Iterable[tuple[int, Span]]:
    """Every entry, over its fields."""
    if not is_yaml(document.text):
        return syml.statements(document.text)
    from pinlint.syntax import yaml

    return yaml.statements(document)
