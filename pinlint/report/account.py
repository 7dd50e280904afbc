"""The account of a fix, for people: what was fixed where, what was not and why, and the sum of it.

Reasons are told once each, with how often they hold: what is to be done is the same. Must not know how a fix is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, TextIO

from pinlint.ecosystems import ECOSYSTEMS
from pinlint.report.escapes import visible
from pinlint.report.wrapped import columns, wrapped

if TYPE_CHECKING:
    from pinlint.fix.account import Told

    #: What people call a file of a root.
    Shown = Callable[[str, str], str]

__all__ = ["Open", "reasons", "silence", "total", "write"]

#: Lines about what was fixed, reasons, and places of each reason that are shown; of a reason among few, more.
_FIXED, _REASONS, _PLACES, _PLACES_AMONG_FEW = 10, 8, 2, 8
#: Fixes of one file that have a line each, and columns of the first column.
_LISTED, _WIDEST = 8, 48
_ALL = "--verbose lists all"


class Open(NamedTuple):
    """A place where something is left open: `sentence` says why, without its `subject`, `retry` whether that may pass, `silent` who
    gave no answer."""

    root: str
    path: str
    line: int
    subject: str
    sentence: str
    retry: bool
    silent: str


def write(told: Sequence[Told], shown: Shown, out: TextIO, *, written: bool, verbose: bool = False) -> None:
    """What was fixed and what was not; what would be fixed, a patch shows."""
    fixed, unfixed = [one for one in told if one.change], [one for one in told if not one.change]
    if fixed:
        files = len({(one.root, one.place.path) for one in fixed})
        out.write(f"{'Fixed' if written else 'Would fix'} {len(fixed):,} in {_count(files, 'file')}\n")
        if written:
            _table(_fixed(fixed, shown, verbose=verbose), out)
    if unfixed:
        out.write(f"Not fixed {len(unfixed):,}\n")
        if (asked := [one.silent for one in told if one.asked]) and all(asked):
            silence(asked, out)
            unfixed = unfixed if verbose else [one for one in unfixed if not one.silent]
        reasons([_open(one, now=written) for one in unfixed], shown, out, verbose=verbose)


def _open(one: Told, *, now: bool) -> Open:
    line = one.now if now else one.place.line
    return Open(one.root, one.place.path, line, one.subject, one.sentence, one.retry, one.silent)


def silence(hosts: Iterable[str], out: TextIO) -> None:
    """Says what to do where everybody who was asked was silent."""
    out.write(f"  {wrapped(_alone(hosts), columns(out), '    ', taken=2)}\n")


def _alone(hosts: Iterable[str]) -> str:
    silent = _named(Counter(map(visible, hosts)))
    return (
        f"Nobody could be reached ({silent}): behind a proxy set HTTPS_PROXY; without a network, --resolutions FILE takes the "
        "answers that --save-resolutions FILE has recorded elsewhere"
    )


def _named(counted: Counter[str]) -> str:
    names = [name for name, _ in counted.most_common()]
    return ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if names[3:] else "")


def total(told: Sequence[Told], *, written: bool, others: int = 0) -> str:
    """The sum: how many are fixed, and how many are not, by what would help. `others` are findings that nobody tried to mend."""
    fixed = sum(bool(one.change) for one in told)
    rest: Counter[str] = Counter(_class(one) for one in told if not one.change)
    silent = Counter(visible(one.silent) for one in told if one.silent and not one.change)
    words = {"silent": f"unreachable ({_named(silent)})", "later": "may be answered later", "leave": "with --unsafe-fixes"}
    words["you"] = "needs you" if rest["you"] == 1 else "need you"
    kinds = [f"{rest[name]:,} {word}" for name, word in words.items() if rest[name]]
    done = f"{fixed:,} {'fixed' if written else 'would be fixed'}" if told else "nothing to fix"
    parts = [f"{done}, {rest.total():,} not: {', '.join(kinds)}" if kinds else done]
    if others:
        parts.append(f"{_count(others, 'finding')}{' beside that' if told else ''}, which no fix mends (`pinlint` lists them)")
    return "; ".join(parts)


def _class(one: Told) -> str:
    if one.silent:
        return "silent"
    return "later" if one.retry else "leave" if one.leave else "you"


def _table(rows: Sequence[tuple[str, str]], out: TextIO) -> None:
    width = min(_WIDEST, max(len(place) for place, _ in rows))
    out.writelines(f"  {place:<{width}}  {text}\n" for place, text in rows)


def _fixed(told: Sequence[Told], shown: Shown, *, verbose: bool) -> list[tuple[str, str]]:
    """A line a fix, or a line a file where there are many."""
    by_path: dict[str, list[Told]] = {}
    for one in told:
        by_path.setdefault(visible(shown(one.root, one.place.path)), []).append(one)
    single = {path: verbose or len(some) <= _LISTED for path, some in by_path.items()}
    if not verbose and sum(len(some) if single[path] else 1 for path, some in by_path.items()) > _FIXED:
        single = dict.fromkeys(by_path, False)
    rows = []
    for number, (path, some) in enumerate(by_path.items()):
        if not verbose and len(by_path) > _FIXED and number == _FIXED - 2:
            rest = list(by_path.values())[number:]
            rows.append((f"… {_count(len(rest), 'more file')}", f"{_written(one for some in rest for one in some)} ({_ALL})"))
            break
        if single[path]:
            rows += [(f"{path}:{one.now}", visible(one.change)) for one in some]
        else:
            rows.append((path, _written(some)))
    return rows


def _written(told: Iterable[Told]) -> str:
    nouns = Counter(ECOSYSTEMS[kind].written if (kind := one.place.kind) else "lock" for one in told)
    return ", ".join(f"{count:,} × {noun}" for noun, count in nouns.items())


def reasons(left: Sequence[Open], shown: Shown, out: TextIO, *, verbose: bool) -> None:
    """Each reason with the places where it holds, what many have in common first."""
    by_reason: dict[str, list[Open]] = {}
    for one in left:
        by_reason.setdefault(visible(_sentence(one)), []).append(one)
    groups = sorted(by_reason.items(), key=lambda item: -len(item[1]))
    limit = len(groups) if verbose or len(groups) <= _REASONS else _REASONS - 1
    places = len(left) if verbose else _PLACES_AMONG_FEW if len(groups) <= 3 else _PLACES
    width, digits = columns(out), max((len(f"{len(some):,}") for _, some in groups), default=1)
    for why, some in groups[:limit]:
        head = f"  {len(some):>{digits},} × "
        out.write(f"{head}{wrapped(why, width, ' ' * len(head), taken=len(head))}\n")
        rows = [(visible(shown(one.root, one.path)), one.line, one) for one in some]
        out.writelines(f"{' ' * len(head)}{line}\n" for line in _places(rows, places))
    if rest := groups[limit:]:
        count = sum(len(some) for _, some in rest)
        out.write(f"  {count:>{digits},} for {_count(len(rest), 'other reason')} ({_ALL})\n")


def _sentence(one: Open) -> str:
    """Why, and what to do where only time or a way out helps."""
    if one.silent and not one.retry:
        return one.sentence
    way = "; behind a proxy set HTTPS_PROXY, else try again later" if one.silent else "; try again later"
    return f"{one.sentence}{way}" if one.retry else one.sentence


def _places(rows: Sequence[tuple[str, int, Open]], limit: int) -> Iterator[str]:
    """A line a place, as many as there may be, and how many more there are; of one more alone that would be as long."""
    listed = rows if len(rows) <= limit + 1 else rows[:limit]
    width = min(_WIDEST, max(len(f"{path}:{line}") for path, line, _ in listed))
    for path, line, one in listed:
        yield f"{f'{path}:{line}':<{width}}  {visible(one.subject)}".rstrip()
    if rest := rows[len(listed) :]:
        yield f"… {len(rest):,} more in {_count(len({path for path, _, _ in rest}), 'file')} ({_ALL})"


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
