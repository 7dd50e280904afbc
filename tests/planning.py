"""A file as a plan gets it, for tests of single plans."""

from __future__ import annotations

from pinlint import engine
from pinlint.config import Policy
from pinlint.fix.cooldown import Cooldowns
from pinlint.fix.plans import Read, Run
from pinlint.formats import Format
from pinlint.text import Document
from pinlint.tree import Tree


def read_in(run: Run, document: Document, format_: Format) -> Read:
    return Read(document, format_, engine.read(document, format_, run.tree, run.policy))


def run_in(tree: Tree, policy: Policy | None = None, *, unsafe: bool = False) -> Run:
    return Run(tree, policy or Policy(), Cooldowns(tree, 0, None), (), unsafe)
