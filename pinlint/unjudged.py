"""What was named and not judged, which nobody may take for clean.

Knows which files were asked for and which were read; must not know how either is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from pinlint.discover import Found

__all__ = ["notes", "unjudged"]


def unjudged(
    found: Iterable[Found],
    unrecognised: Iterable[str],
    seen: Mapping[str, Mapping[str, str]],
    shown: Callable[[str, str], str],
    *,
    by_hook: bool,
) -> list[str]:
    """The files that were named and that no format judged: those without a format, and by root those that are not among the ones
    `seen`, or are there with the reason why they are none. A hook (`by_hook`) names every YAML file, and means those that are of
    some kind.
    """
    vain = list(unrecognised)
    for one in found:
        judged = seen.get(one.root, {})
        vain += [shown(one.root, path) for path in sorted(one.named - judged.keys()) if not by_hook]
        vain += [f"{shown(one.root, path)} ({judged[path]})" for path in sorted(one.named & judged.keys()) if judged[path]]
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
