"""What a run left out, and why: the notes of a report.

Knows what a session skipped; must not know how anything is judged or shown.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pinlint.config import OFF
from pinlint.executables import lies_in
from pinlint.session import Session, counted, listed

if TYPE_CHECKING:
    from pinlint.engine import Checked
    from pinlint.options import Options

__all__ = ["for_people", "left_out"]


def for_people(options: Options) -> bool:
    """Whether people read the report."""
    return options.output_format in ("", "text")


def left_out(session: Session, checked: list[Checked]) -> list[str]:
    """What was left out, and why."""
    options, skipped = session.options, session.skipped
    notes = list(session.warnings) if options.output_format in ("json", "sarif") else []  # people have read them already
    notes += session.remarks
    for found in session.found:
        policy = session.policy(found.root)
        if policy.beside:
            notes.append(f"{os.path.relpath(policy.source)} counts, and {', '.join(policy.beside)} beside it is not read: keep one")
        elif policy.source and not options.config and not lies_in(policy.source, found.root):
            notes.append(f"the settings are yours ({policy.source}), as the repository has none; --isolated leaves them out")
        if vain := [code for code in policy.severity if code in OFF and not policy.enabled(code)]:
            notes.append(f"severity says how grave {', '.join(vain)} is, which is off by default: extend-select switches it on")
    if skipped.excluded:
        notes.append(f"{counted(skipped.excluded, 'file')} in excluded directories skipped (exclude, in the configuration)")
    if skipped.links:
        notes.append(f"{counted(skipped.links, 'symbolic link')} skipped")
    if nested := skipped.configurations:
        names = ", ".join(os.path.relpath(path) for path in nested[:3]) + (" …" if nested[3:] else "")
        notes.append(f"only the configuration of a root counts; ignored: {names} (use [[overrides]] there)")
    reasons: dict[str, list[str]] = {}
    for one in checked:
        if one.skipped:
            reasons.setdefault(one.skipped, []).append(one.path)
    notes += [f"not judged: {listed(paths)}: {reason}" for reason, paths in reasons.items()]
    if not checked:
        where = options.paths or ["."]
        if for_people(options) and not options.force_exclude:  # they have read of the files that were named
            where = [path for path in where if os.path.isdir(path)]
        if where:
            kinds = "no file there is of a kind that pinlint reads (pinlint formats lists them)"
            notes.append(f"nothing to check in {', '.join(where)}: {kinds}")
    return notes
