"""Which GitLab the repositories of a pipeline's own GitLab lie on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinlint.ecosystems.git.names import INSTANCE
from pinlint.ecosystems.git.registry import Instance
from pinlint.question import Question
from pinlint.semantics.own_repository import origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinlint.model import Reference
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["questions"]

#: Hosts that are no GitLab, whatever lies there of a mirror.
_OTHERS = ("github.com", "bitbucket.org", "codeberg.org", "dev.azure.com", "ssh.dev.azure.com")


def questions(references: Sequence[Reference], document: Document, tree: Tree) -> list[Question]:  # noqa: ARG001
    """For a repository of the pipeline's own GitLab with the address of the GitLab that this one was cloned from."""
    host = origin(tree).partition("/")[0]
    known = Instance(f"https://{host}") if host and host not in _OTHERS else ()
    asked = [Question.about(reference) for reference in references]
    return [one._replace(directions=known) if one.source.startswith(INSTANCE) else one for one in asked]
