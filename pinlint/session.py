"""What every command over files begins with: the files that are asked for, the policies that hold for them, and what was checked.

Knows where files and settings come from; must not know formats, what a command does with a file, or how anything is reported.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, TextIO

from pinlint.checks import ON_THE_WAY, ONLINE
from pinlint.commands import COMMANDS
from pinlint.config import Policy, load
from pinlint.discover import CONFIGURATIONS, Found, Skipped, discover, place, together
from pinlint.engine import Checked
from pinlint.errors import PinlintError, suggestion
from pinlint.model import Diagnostic
from pinlint.options import Options
from pinlint.streams import standard_input
from pinlint.text import SIZE_LIMIT
from pinlint.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinlint.commit import CommitTree
    from pinlint.entries import EntryTree
    from pinlint.report.progress import Progress

__all__ = ["Session", "answerable", "codes", "counted", "effective", "is_online", "listed", "shown"]


class Session:
    """The options with what they lead to: policies by root, the files found, contents given by hand, and what was seen: by root and
    path why there is no such file ("" = it was judged). `remarks` are for a report's notes. `audits` is whether the run judges what
    only a network shows. `far` are repositories elsewhere, which some of the paths name."""

    def __init__(self, options: Options, *, audits: bool = False, far: Sequence[EntryTree] = ()) -> None:
        self.options = options
        self.audits = audits
        self._far = far
        self.policies: dict[str, Policy] = {}
        self.trees: dict[str, EntryTree] = {}
        self.overlay: dict[str, bytes] = {}
        self.seen: dict[str, dict[str, str]] = {}
        self.warnings: list[str] = []
        self.remarks: list[str] = []
        self.found, self.skipped = self.files()

    def policy(self, root: str) -> Policy:
        """The root's policy with what the command line adds."""
        if root not in self.policies:
            options = self.options
            policy = Policy() if options.isolated else load(root, options.config, self.trees.get(root))
            self.policies[root] = effective(policy, options, audits=self.audits)
        return self.policies[root]

    def files(self) -> tuple[list[Found], Skipped]:
        """The files that are there now, by root, and what was left out."""
        options = self.options
        paths = options.paths or ["."]
        if self._far:
            return self._elsewhere()
        if options.rev:
            return self._committed(paths)
        if "-" in paths:
            return self._standard_input(paths)
        if options.stdin_filename:
            raise PinlintError("--stdin-filename does nothing without -", "pinlint - --stdin-filename NAME < FILE")
        try:
            return discover(paths, lambda root: self.policy(root).exclude, force_exclude=options.force_exclude)
        except PinlintError as error:
            meant = suggestion(paths[0], COMMANDS)
            if meant.startswith("did you mean") and not os.path.lexists(paths[0]):
                raise PinlintError(str(error), meant) from None
            raise

    def _committed(self, paths: list[str]) -> tuple[list[Found], Skipped]:
        """Those of the commit that is asked for."""
        from pinlint import committed  # most runs look at the work tree

        if self.options.fix or self.options.diff or "-" in paths:
            raise PinlintError("--rev reads a commit, in which nothing can be written", "check the commit out, or leave --rev out")

        def excluded(tree: CommitTree) -> tuple[str, ...]:
            self.trees[tree.root] = tree
            return self.policy(tree.root).exclude

        return committed.files(paths, self.options.rev, excluded)

    def _elsewhere(self) -> tuple[list[Found], Skipped]:
        """Those of repositories elsewhere."""
        from pinlint import committed

        options = self.options
        if options.fix or options.diff or options.rev or options.since or len(options.paths) != len(self._far):
            raise PinlintError(
                "a repository elsewhere is read at one commit, alone or with others, and nothing can be written there",
                "name the commit behind an @, and leave local paths, --fix, --diff, --rev and --since out",
            )
        found, hidden, links, nested = [], 0, 0, list[str]()
        for tree in self._far:
            self.trees[tree.root] = tree
            tree.fetch((*CONFIGURATIONS, "pyproject.toml"))
            one, left = committed.whole(tree, self.policy(tree.root).exclude)
            tree.fetch([path for path, _ in one.files])
            found.append(one._replace(commit=tree))
            hidden, links, nested = hidden + left.excluded, links + left.links, [*nested, *left.configurations]
        return found, Skipped(hidden, links, (), tuple(nested))

    def _standard_input(self, paths: list[str]) -> tuple[list[Found], Skipped]:
        name = self.options.stdin_filename
        if paths != ["-"] or not name:
            raise PinlintError(
                "- stands alone and needs --stdin-filename", "pinlint - --stdin-filename services/api/Dockerfile < FILE"
            )
        root, path, format_ = place(name)
        if format_ is None:
            raise PinlintError(f"no format is known for the name {name}", "pinlint formats lists the names")
        self.overlay = {path: standard_input(SIZE_LIMIT)}
        return [Found(root, together(root, path, format_), frozenset((path,)))], Skipped(0, 0, (), ())

    def checked(self, wanted: str, known: Mapping[str, list[Checked]] | None = None) -> Iterator[tuple[Found, list[Checked]]]:
        """The files of each root checked, with what the report wants of the source (see `engine.check`); but for the roots of which
        that is `known`."""
        from pinlint.schedule import check_all  # not needed to list files or settings

        progress = self._progress()
        heard = partial(progress.step, "checking files") if progress else None
        for found in self.found:
            checked = (known or {}).get(found.root)
            if checked is None:
                try:
                    checked = check_all(found, self.policy(found.root), wanted, self.options.jobs, self.overlay, heard)
                finally:
                    if progress:
                        progress.clear()
            self.seen[found.root] = {one.path: one.absent for one in checked}
            yield found, [one for one in checked if not one.absent]

    def _progress(self) -> Progress | None:
        """Who shows how far a run is, where somebody sees it."""
        if self.options.no_progress or self.options.quiet or not sys.stderr.isatty():
            return None
        from pinlint.report.progress import Progress, wanted

        return Progress(sys.stderr) if wanted(sys.stderr) else None

    def aged(self, found: Found, checked: list[Checked], wanted: str) -> list[Diagnostic]:
        """Findings about the configuration's own exceptions, if the run was over all of the root; they can be told only then."""
        policy = self.policy(found.root)
        if not (policy.ignores or policy.overrides) or not self.whole(found.root) or self.options.since:
            return []
        import time

        from pinlint.ageing import aged

        tree = self.trees.get(found.root) or Tree(found.root, list)
        return aged(policy, tree, checked, time.strftime("%Y-%m-%d"), wanted)

    def whole(self, root: str) -> bool:
        """Whether every file of a root was asked for."""
        return any(os.path.realpath(path) == os.path.realpath(root) for path in self.options.paths or ["."])

    def missed(self, unread: Mapping[str, str] | None = None) -> bool:
        """Whether something that was named was not judged, or nothing at all.

        Says on standard error, whatever the report is written in, what of a directory could not be looked at, what was not read to
        its end (`unread`, and why), and what was named in vain.
        """
        vain = self._vain()
        warnings = [*self.skipped.notes, *_unread(unread or {}), *_of_no_kind(vain)]
        self.warn(*warnings)
        return bool(vain) or not any("" in seen.values() for seen in self.seen.values())

    def warn(self, *warnings: str) -> None:
        """Says something of the run on standard error, whatever the report is written in."""
        if warnings:
            from pinlint.report.escapes import visible  # most runs have nothing to say

            said = [visible(warning) for warning in warnings]
            self.warnings += said
            sys.stderr.writelines(f"pinlint: note: {warning}\n" for warning in said)

    def _vain(self) -> list[str]:
        """The files that were named and that no format judged: those without a format, and those that were not seen, or are none. A
        hook names every YAML file, and means those that are of some kind."""
        vain = list(self.skipped.unrecognised)
        for one in self.found:
            seen, by_hook = self.seen.get(one.root, {}), self.options.force_exclude
            vain += [shown(one.root, path) for path in sorted(one.named - seen.keys()) if not by_hook]
            vain += [f"{shown(one.root, path)} ({seen[path]})" for path in sorted(one.named & seen.keys()) if seen[path]]
        return vain

    def prelude(self, out: TextIO) -> bool:
        """Whether the run only shows files or settings; shows them."""
        if not (self.options.show_files or self.options.show_settings):
            return False
        from pinlint.report import prelude

        if self.options.show_files:  # what a file is and what it includes is seen by reading it
            checked = ((found.root, one) for found, some in self.checked("") for one in some if not one.skipped)
            prelude.files(((shown(root, one.path), one.format) for root, one in checked), out)
        else:
            prelude.settings(((found.root, self.policy(found.root)) for found in self.found), out)
        return True


def _unread(unread: Mapping[str, str]) -> Iterator[str]:
    if unread:
        some = listed([f"{path} ({why})" for path, why in unread.items()])
        yield f"{counted(len(unread), 'file')} could not be read to the end, so the list may lack something: {some}"


def _of_no_kind(vain: list[str]) -> Iterator[str]:
    if vain:
        yield f"{counted(len(vain), 'named file')} of no kind that pinlint reads: {listed(vain)}"


def effective(policy: Policy, options: Options, *, audits: bool = False) -> Policy:
    """A policy with what the command line adds. Raises PinlintError for rules that there are not, or that the run cannot judge."""
    policy = policy.audited() if options.no_ignores else policy
    select, extend = codes(options.select, "--select"), codes(options.extend_select, "--extend-select")
    ignore = (*policy.ignore, *codes(options.ignore, "--ignore"))
    chosen, more = (select, extend) if select else (policy.select, (*policy.extend_select, *extend))
    if audits:
        auditable((*select, *extend))
        chosen = chosen if any(map(is_online, chosen)) else ()  # a configuration may speak of files alone
    else:
        answerable((*select, *extend), (*chosen, *more), asks=options.fix or options.diff)
    if not options.show_unknown and "PIN006" not in (*chosen, *more):
        ignore = (*ignore, "PIN006")
    chosen = (*chosen, *more) if chosen else ()
    ignore = tuple(code for code in ignore if code not in extend)
    return policy._replace(select=chosen, extend_select=more, ignore=ignore)


def listed(names: list[str]) -> str:
    """The first of some names, and how many more there are."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if names[3:] else "")


def counted(number: int, word: str) -> str:
    """A number with the noun that it counts."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def codes(text: str, option: str) -> tuple[str, ...]:
    """The rule codes that an option names. Raises PinlintError for one that is none."""
    if not text:
        return ()
    from pinlint.rulebook import check_codes

    return check_codes(tuple(code.strip() for code in text.split(",") if code.strip()), option)


def is_online(code: str) -> bool:
    """Whether a code, or a prefix of codes, stands for a rule that only an answer from outside can break."""
    return code.startswith(ONLINE) or ONLINE.startswith(code)


def answerable(given: Iterable[str], chosen: tuple[str, ...], *, asks: bool) -> None:
    """Raises PinlintError where rules are chosen that this run cannot judge: those need a network, and some of them a file to
    mend."""
    online = [code for code in given if code and is_online(code)]
    if beyond := [code for code in online if not any(one.startswith(code) for one in ON_THE_WAY)]:
        raise PinlintError(f"{', '.join(beyond)} needs the network, and this run reads files only", "pinlint verify asks")
    if online and not asks:
        raise PinlintError(
            f"{', '.join(online)} needs the network, and this run reads files only",
            "pinlint verify asks; so does --fix, or --diff to write nothing, for what it mends",
        )
    if chosen and all(code and is_online(code) for code in chosen):
        raise PinlintError(
            f"only {', '.join(chosen)} is selected, which --fix finds on its way",
            "select the rules that are to be fixed too, or ALL; pinlint verify looks for nothing else",
        )


def auditable(given: Iterable[str]) -> None:
    """Raises PinlintError where rules are chosen that an audit does not judge."""
    if offline := [code for code in given if not is_online(code)]:
        raise PinlintError(f"{', '.join(offline)} needs no network, and an audit judges nothing else", "pinlint check judges it")


def shown(root: str, path: str) -> str:
    """The path as seen from the working directory."""
    here = os.getcwd()
    if here == root:
        return path
    if root.startswith(here + os.sep):  # nothing to compare, and a run may show thousands
        return f"{root[len(here) + 1 :]}/{path}".replace(os.sep, "/")
    if "://" in root:  # an address with the commit behind it
        return f"{root.partition('://')[2].rpartition('@')[0]}/{path}"
    return os.path.relpath(os.path.join(root, path), here).replace(os.sep, "/")
