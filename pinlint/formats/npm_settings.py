"""Settings of npm and pnpm (.npmrc) and of Yarn 1 (.yarnrc) in a project: registries that are asked without TLS or without a
look at their certificate. What else they say is a choice.

Source: npm docs (npmrc, config), pnpm docs, yarn 1 (`key value`, quotes around what has odd characters).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.model import Fact, Span
from pinlint.semantics.insecure_settings import asked, unchecked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Reference
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["references"]

_NPM = re.compile(r"^[ \t]*(?P<key>[^=;#\s]+)[ \t]*=[ \t]*(?P<quote>[\"']?)(?P<value>[^\r\n\"';#]*)", re.MULTILINE)
_YARN = re.compile(r"^(?P<quote>\"?)(?P<key>[^\"\s#]+)\"?[ \t]+\"?(?P<value>[^\"\r\n#]+)", re.MULTILINE)
_CONFLICT = re.compile(r"^(?:<{7}|>{7})(?: |$)", re.MULTILINE)


def references(document: Document, tree: Tree) -> Iterator[Reference | Fact]:  # noqa: ARG001
    """No reference: facts about the registries alone."""
    if broken := _CONFLICT.search(document.text):
        yield Fact("unreadable-file", Span(*broken.span()), "it holds merge-conflict markers; resolve them")
        return
    for found in (_YARN if document.path.endswith(".yarnrc") else _NPM).finditer(document.text):
        key, value = found["key"].lower(), found["value"].rstrip()
        span = Span(found.start("value"), found.start("value") + len(value))
        if key == "registry" or key.endswith(":registry"):
            yield from asked(value, span)
        elif key == "strict-ssl":
            yield from unchecked(value, span)
