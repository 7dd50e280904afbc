"""What was named and not judged, which nobody may take for clean.

Knows which files were asked for and which were read; must not know how either is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from pinlint.discover import Found
from pinlint.formats import BY_CONTENT, Format, kinds
from pinlint.text import Unread
from pinlint.tree import Tree

__all__ = ["notes", "of_kinds", "unjudged"]


def unjudged(
    found: Iterable[Found],
    unrecognised: Iterable[str],
    judged: Mapping[str, set[str]],
    shown: Callable[[str, str], str],
    *,
    by_hook: bool,
) -> list[str]:
    """The files that were named and that no format judged: those without a format, and by root those that are not among `judged`,
    with the reason where they could not be read. A hook (`by_hook`) names every YAML file, and means those that are of some kind.
    """
    vain = list(unrecognised)
    for one in found:
        left = sorted(one.named - judged.get(one.root, set()))
        tree = Tree(one.root, list)
        reasons = {path: _unread(tree, path) for path in left}
        vain += [shown(one.root, path) + why for path, why in reasons.items() if why or not by_hook]
    return vain


def notes(seen: Iterable[str], vain: list[str], unread: Mapping[str, str]) -> list[str]:
    """What people have to know in whatever the report is written, safe to print: what could not be looked at, what was named in
    vain, and what an inventory could not read, and why."""
    found = list(seen)
    if silent := [f"{path} ({why})" for path, why in unread.items() if f"{path} ({why})" not in vain]:
        more = f" and {len(silent) - 3} more" if silent[3:] else ""
        number = f"{len(silent):,} file{'s' if silent[1:] else ''}"
        found.append(f"{number} could not be read to the end, so the list may lack something: {', '.join(silent[:3])}{more}")
    if vain:
        more = f" and {len(vain) - 3} more" if vain[3:] else ""
        number = f"{len(vain):,} named file{'s' if vain[1:] else ''}"
        found.append(f"{number} of no kind that pinlint reads: {', '.join(vain[:3])}{more}")
    if found:
        from pinlint.report.escapes import visible  # most runs have nothing to say

        found = [visible(note) for note in found]
    return found


def _unread(tree: Tree, path: str) -> str:
    try:
        tree.bytes(path)
    except Unread as error:
        return f" ({error})"
    return ""


def of_kinds(found: Found, overlay: dict[str, bytes]) -> set[str]:
    """The files of a root that are of some kind; those that were named are looked into where their names do not say it."""
    tree = Tree(found.root, list, overlay)

    def of_a_kind(path: str, format_: Format) -> bool:
        if path not in found.named or format_.name != BY_CONTENT.name:
            return True
        try:
            return bool(kinds(format_, tree.bytes(path)))
        except Unread:
            return False

    return {path for path, format_ in found.files if of_a_kind(path, format_)}
