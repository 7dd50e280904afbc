"""`--fix` and `--diff`: from the files of a run to written pins and an account of them.

Knows which resolver serves which kind; must not know how a pin is found or written.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

from pinlint.config import Policy
from pinlint.discover import Found
from pinlint.fix import Attempt, Context, Fix, Patch, Resolve, attempts, patch, resolve_all
from pinlint.fix.write import Unwritten, replace
from pinlint.formats import Format
from pinlint.model import Reference
from pinlint.pins import NoPin, Pin
from pinlint.schedule import new_tree
from pinlint.text import Document, Unread
from pinlint.tree import Tree

__all__ = ["Mended", "Resolver", "mend", "progress"]


class Mended(NamedTuple):
    """What became of the files of one root: the patches, written or only planned."""

    root: str
    patches: list[Patch]

    @property
    def fixed(self) -> list[tuple[str, Fix]]:
        """(path, fix) for every pin."""
        return [(one.path, fix) for one in self.patches for fix in one.fixes if fix.pin is not None]

    @property
    def unfixed(self) -> list[tuple[str, Fix]]:
        """(path, fix) for everything that could not be pinned."""
        return [(one.path, fix) for one in self.patches for fix in one.fixes if fix.pin is None]


class Resolver:
    """Answers questions about any kind of artifact by the registry of that kind; one for a run."""

    def __init__(self, insecure_hosts: Sequence[str] = ()) -> None:
        from pinlint.ecosystems.git.registry import Registry as Git
        from pinlint.ecosystems.npm.configuration import Project
        from pinlint.ecosystems.npm.registry import Registry as Npm
        from pinlint.ecosystems.oci.credentials import authorities
        from pinlint.ecosystems.oci.registry import Registry as Oci
        from pinlint.http import Client

        self.client = Client(
            may_be_plain=lambda host: host in insecure_hosts or host in npm.plain_hosts, authorities=authorities
        )
        oci, npm, git = Oci(self.client), Npm(self.client), Git(self.client)
        self._kinds: dict[str, Resolve] = {
            "image": lambda reference, _: oci.resolve(reference),
            "npm": lambda reference, context: npm.resolve(reference, Project(*context)),
            "git": lambda reference, _: git.resolve(reference),
        }

    def __call__(self, reference: Reference, context: Context) -> Pin | NoPin:
        """The answer of the registry for the reference's kind; `context` is what the project's own files say about where to ask."""
        return self._kinds[reference.artifact.kind](reference, context)


def mend(
    found: Sequence[Found],
    policy_of: Callable[[str], Policy],
    resolve: Resolve,
    codes: Sequence[str],
    *,
    unsafe: bool,
    write: bool,
    answered: Callable[[int, int, str], None] = lambda *_: None,
) -> list[Mended]:
    """Every file of every root fixed as far as it can be; with `write` the new bytes are on disk when this returns.

    All questions are asked before the first byte is written, so that an interruption while asking changes nothing.
    """
    work: list[tuple[Found, Tree, list[tuple[Document, Format, list[Attempt]]]]] = []
    for one in found:
        tree = new_tree(one.root)
        files = []
        for path, format_ in one.files:
            try:
                document = Document(path, tree.bytes(path), format_.decoding)
            except Unread:
                continue
            wanted = attempts(document, format_, tree, policy_of(one.root), codes, unsafe=unsafe)
            if wanted:
                files.append((document, format_, _in_context(wanted, document, tree)))
        work.append((one, tree, files))
    asked = [attempt for _, _, files in work for _, _, wanted in files for attempt in wanted]
    answers = resolve_all(asked, resolve, answered)
    mended = []
    for one, tree, files in work:
        patches = [patch(document, format_, tree, policy_of(one.root), wanted, answers) for document, format_, wanted in files]
        mended.append(Mended(one.root, [_written(one.root, made) for made in patches] if write else patches))
    return mended


def _in_context(wanted: list[Attempt], document: Document, tree: Tree) -> list[Attempt]:
    """The attempts with what the project's own files say about where to ask for each."""
    if not any(attempt.reference.artifact.kind == "npm" for attempt in wanted):
        return wanted
    from pinlint.ecosystems.npm.configuration import contexts

    found = contexts([attempt.reference for attempt in wanted], document, tree)
    return [attempt._replace(context=context) for attempt, context in zip(wanted, found, strict=True)]


def _written(root: str, made: Patch) -> Patch:
    if made.new == made.old:
        return made
    try:
        replace(os.path.join(root, made.path), made.old, made.new)
    except Unwritten as error:
        fixes = [fix._replace(pin=None, why=str(error)) if fix.pin else fix for fix in made.fixes]
        return made._replace(new=made.old, fixes=fixes)
    return made


def progress(done: int, total: int, subject: str) -> None:
    """A line on standard error that says how far the asking is; only a terminal gets it."""
    if sys.stderr.isatty():
        width = 20
        bar = "━" * (done * width // max(total, 1))
        sys.stderr.write(f"\r\x1b[Kresolving {bar:<{width}} {done}/{total}  {subject[:60]}" + ("\r\x1b[K" if done == total else ""))
        sys.stderr.flush()
