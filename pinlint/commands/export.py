"""`pinlint export`: the pins of a repository as other tools read them.

Knows the order of things; must not know what a tool reads.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from pinlint.engine import stream
from pinlint.errors import PinlintError, suggestion
from pinlint.exports import EXPORTS, Asked, Digests, Made
from pinlint.model import Reference
from pinlint.session import Session, counted, listed
from pinlint.streams import report
from pinlint.walk import walk

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from pinlint.discover import Found
    from pinlint.formats import Format
    from pinlint.options import Options
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["ABOUT", "USAGE", "WORDS", "arguments", "run"]

USAGE = f"export {'|'.join(EXPORTS)} [options] [PATH ...]"
ABOUT = "Writes the pins of a repository as other tools read them."
#: What has to stand behind the command.
WORDS = tuple(EXPORTS)
#: Kinds of which a registry tells the digest of a tag.
_TOLD = ("image", "action", "git")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this command."""
    from pinlint.arguments import file_options

    file_options(parser, "\n".join(f"{word:16} {about}" for word, about in EXPORTS.items()))
    group = parser.add_argument_group("digests that no file holds")
    group.add_argument("--ask", action="store_true", help="ask registries for them; left out otherwise")
    group.add_argument("--save-resolutions", metavar="FILE", help="record what was asked and answered")
    group.add_argument("--resolutions", metavar="FILE", help="take the answers from such a record, ask nobody")


def run(options: Options) -> int:
    """The exit code: 2 with `--strict` where something was not looked at, else 0."""
    if not options.what:
        raise PinlintError("export takes a word first that says what", suggestion((options.paths or [""])[0], EXPORTS))
    if options.save_resolutions and not options.ask:
        raise PinlintError("--save-resolutions does nothing without --ask", "add --ask")
    session = Session(options)
    with report(options.output_file) as out:
        if session.prelude(out):
            return 0
        if len(session.found) > 1:
            raise PinlintError("an export is about one repository", "name one repository")
        made = Made("", {})
        for found in session.found:
            made = _made(session, found, options)
        out.write(made.text)
    missed = session.missed()
    for why, count in made.left.items():
        session.warn(f"{counted(count, 'reference')} left out: {why}" if count > 1 else f"left out: {why}")
    return 2 if options.strict and missed else 0


def _made(session: Session, found: Found, options: Options) -> Made:
    from pinlint.schedule import new_tree

    policy = session.policy(found.root)
    tree = new_tree(found.root, session.overlay, policy.looks(), found.commit)
    seen = session.seen.setdefault(found.root, {})
    read = list(_read(tree, found, seen))
    everything = [Asked(document.path, format_.name, one) for document, format_, some in read for one in some]
    module = import_module(f"pinlint.exports.{options.what.replace('-', '_')}")
    if options.what == "renovate":
        made: Made = module.made(everything, policy)
        return made
    known = _known(everything)
    if options.ask or options.resolutions:
        known = {**_answered(session, read, tree), **known}
    made = module.made(everything, known)
    return made  # noqa: RET504 - a module that is found by its name says no type


#: A document, what it was read as, and what it asks for as that.
_Read = tuple["Document", "Format", list["Reference"]]


def _read(tree: Tree, found: Found, seen: dict[str, str]) -> Iterator[_Read]:
    """Every document that asks for something, with what it asks for; one that is of several kinds once for each."""

    def make(document: Document, format_: Format) -> tuple[list[_Read], Sequence[str]]:
        from pinlint.engine import included
        from pinlint.formats import kinds

        read = [
            (document, kind, [one for one in stream(document, kind, tree) if isinstance(one, Reference)])
            for kind in kinds(format_, document.data)
        ]
        document.parsed = None
        return [one for one in read if one[2]], included(document, format_, tree)

    for one in walk(tree, found.files, make):
        seen[one.path] = one.unread if one.absent else ""
        if one.failed:
            raise PinlintError(f"pinlint failed on {one.path}: {one.failed}", "tell those who gave you pinlint, with this line")
        yield from one.made or ()


def _known(everything: Sequence[Asked]) -> Digests:
    """The digests that the files hold, by what is asked for; not of what has several."""
    found: dict[tuple[str, str, str, str], set[str]] = {}
    for one in everything:
        if one.digest and one.tag:
            found.setdefault(one.key, set()).add(one.digest)
    return {key: digests.pop() for key, digests in found.items() if len(digests) == 1}


def _answered(session: Session, read: Sequence[_Read], tree: Tree) -> Digests:
    """The digests that registries tell of tags; says why they do not."""
    from pinlint.exports.asking import answered
    from pinlint.fix.resolutions import resolver

    options = session.options
    with resolver(options.resolutions, options.save_resolutions) as resolve:
        found, left = answered(read, tree, resolve, _TOLD)
    for why, names in left.items():
        session.warn(f"{listed(names)}: {why}")
    return found
