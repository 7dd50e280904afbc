"""Repositories that the command line names by their address: each as the tree of a commit.

The user names them, so that what the user's git would send along goes to them, and to nobody else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pinlint.ecosystems.git.credentials import gitlab, server
from pinlint.ecosystems.git.registry import Registry
from pinlint.errors import PinlintError
from pinlint.http import Failed
from pinlint.registries import Registries
from pinlint.remote import RemoteTree, opened

__all__ = ["address", "trees"]

_NAMED = re.compile(r"(github|gitlab):/{0,2}([\w.-]+(?:/[\w.-]+)+)(?:@([^@\s]+))?")
_WEB = re.compile(r"(https?://[^/@\s?#]+/[^@\s?#]+?)/?(?:@([^@\s]+))?")
_HINT = "write github:OWNER/REPOSITORY[@REF], gitlab:GROUP/PROJECT[@REF] or https://HOST/PATH[@REF], without a name or password"


def address(text: str) -> tuple[str, str]:
    """(the address of a repository, the revision that is meant, "" = the default branch). Raises PinlintError."""
    if match := _NAMED.fullmatch(text):
        site = server() if match[1] == "github" else gitlab() or "https://gitlab.com"
        return f"{site}/{match[2]}", match[3] or ""
    if match := _WEB.fullmatch(text):
        return match[1], match[2] or ""
    raise PinlintError("an argument is no address of a repository", _HINT)  # which may hold a password


@contextmanager
def trees(paths: Sequence[str]) -> Iterator[list[RemoteTree]]:
    """The trees of the repositories, whose files can be read until this ends. Raises PinlintError where one cannot be had."""
    registries = Registries()
    registry = registries.of("git")
    assert isinstance(registry, Registry)
    try:
        with registries.client.question():
            yield [_opened(*address(path), registry) for path in dict.fromkeys(paths)]
    finally:
        registries.client.close()


def _opened(url: str, revision: str, registry: Registry) -> RemoteTree:
    try:
        return opened(url, revision, registry)
    except Failed as error:
        raise PinlintError(str(error), _HINT) from None
