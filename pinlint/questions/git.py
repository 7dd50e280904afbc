"""Which GitLab the repositories of a pipeline's own GitLab lie on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.git.names import INSTANCE
from pinlint.semantics.own_repository import origin

if TYPE_CHECKING:
    from pinlint.model import Reference
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["contexts"]

#: Hosts that are no GitLab, whatever lies there of a mirror.
_OTHERS = ("github.com", "bitbucket.org", "codeberg.org", "dev.azure.com", "ssh.dev.azure.com")


def contexts(references: list[Reference], document: Document, tree: Tree) -> list[tuple[str, ...]]:  # noqa: ARG001
    """For each reference to a repository of the pipeline's own GitLab the address of the GitLab that this one was cloned from."""
    host = origin(tree).partition("/")[0]
    known = (f"https://{host}",) if host and host not in _OTHERS else ()
    return [known if one.artifact.source.startswith(INSTANCE) else () for one in references]
