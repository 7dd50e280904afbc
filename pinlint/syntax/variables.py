"""Variables in the values of CI files, however they are written: `$NAME`, `$(name)`, `<< parameters.name >>`, `${{ … }}`.

Knows how a variable is written and what a text becomes when it is filled in; must not know where values come from, nor what the
text means. A variable may have several values (a matrix, jobs that share a template): then there are several texts.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import islice, product
from typing import NamedTuple

from pinlint.budget import spend

__all__ = ["SHELL", "Filled", "fill", "fill_each", "names"]

#: `$NAME` and `${NAME}`; `$$` is a dollar sign and names nothing. A pattern's first group that took part is the name.
SHELL = re.compile(r"\$\$|\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})", re.ASCII)

_TEXTS = 64  # that one text may become; a matrix is smaller
_STEPS = 5  # of an account, for looking through a text
_ROUNDS = 8  # of values that hold variables themselves
_LONGEST = 2000  # characters: an image reference has less than 1,024


class Filled(NamedTuple):
    """What a text becomes. `texts` are those in which every variable has its value, `open` those that lack some (they stand in them
    as they were written). `used` are the names that were filled in, `missing` those without a value, in order and once each.
    """

    texts: tuple[str, ...]
    open: tuple[str, ...]
    used: tuple[str, ...]
    missing: tuple[str, ...]


def fill(text: str, values: Mapping[str, Sequence[str]], written: re.Pattern[str] = SHELL) -> Filled:
    """`text` with every variable filled in that has values, and the variables in those too; at most 64 texts.

    `written` says how a variable is written. What refers to itself, and what grows beyond all measure, counts as without a value.
    """
    texts, used = [text], dict[str, None]()
    for _ in range(_ROUNDS if len(text) <= _LONGEST else 0):
        made: dict[str | None, None] = {}
        spend(_STEPS + sum(map(len, texts)) // 8)
        for one in texts:
            here = [name for name in dict.fromkeys(names(one, written)) if values.get(name)]
            used.update(dict.fromkeys(here))
            for choice in islice(product(*(values[name][:_TEXTS] for name in here)), _TEXTS):
                made[_replaced(one, dict(zip(here, choice, strict=True)), written)] = None
        spend(len(made))
        if list(made) == texts:
            break
        if None in made:
            texts, used = [text], {}
            break
        texts = [one for one in islice(made, _TEXTS) if one is not None]
    texts = [one[: 2 * _LONGEST] for one in texts]  # who looks at them need not be careful
    open_ = {one: found for one in texts if (found := names(one, written))}
    missing = dict.fromkeys(name for found in open_.values() for name in found)
    return Filled(tuple(one for one in texts if one not in open_), tuple(open_), tuple(used), tuple(missing))


def fill_each(text: str, sets: Sequence[Mapping[str, Sequence[str]]], written: re.Pattern[str] = SHELL) -> Filled:
    """What `text` becomes under any of several sets of values (the jobs that share it, the rows of a matrix)."""
    results = [fill(text, values, written) for values in sets or [{}]]
    if len(results) == 1:
        return results[0]
    parts = [tuple(dict.fromkeys(part for one in results for part in one[place])) for place in range(4)]
    return Filled(*parts)


def names(text: str, written: re.Pattern[str] = SHELL) -> list[str]:
    """The names of the variables in a text, in order."""
    return [name for match in written.finditer(text) if (name := _name(match))]


def _name(match: re.Match[str]) -> str:
    return next((group for group in match.groups() if group), "")


def _replaced(text: str, values: dict[str, str], written: re.Pattern[str]) -> str | None:
    """The text with the values in it; None where it would be too long, which is seen before it is made."""
    pieces: list[str] = []
    at = size = 0
    for match in written.finditer(text):
        piece = text[at : match.start()] + values.get(_name(match), match[0])
        size += len(piece)
        if size > _LONGEST:
            return None
        pieces.append(piece)
        at = match.end()
    return "".join([*pieces, text[at:]]) if size + len(text) - at <= _LONGEST else None
