"""What would mend a finding, in words and as replacements of text, for reports that offer it.

Knows patches and what findings are told apart by; must not know how anything is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pinlint.fix.plans import Fix, Patch
from pinlint.model import Diagnostic, Remedy, Replacement
from pinlint.report.escapes import visible

__all__ = ["Key", "change", "key", "remedies"]

Key = tuple[str, str, int, int, str]


def key(found: Diagnostic) -> Key:
    """What tells a finding from every other one of a root; a file has one that is about all that is installed together."""
    if found.rule == "PIN007" and not found.name:
        return found.rule, found.path, 0, 0, ""
    return found.rule, found.path, found.line, found.column, found.name


def remedies(patches: Iterable[Patch]) -> Iterator[tuple[Key, Remedy]]:
    """What would be written for each finding of a root. Files that are changed together are one remedy for a finding that is about
    all of them; for one about a place in them it is what is written for that place."""
    sets: dict[tuple[str, ...], list[Patch]] = {}
    for patch in patches:
        if patch.together:
            sets.setdefault(patch.together, []).append(patch)
        for fix in patch.fixes:
            if fix.pin is not None:
                yield key(fix.attempt.place), Remedy(visible(change(fix)), tuple(_replacements(patch, fix)))
    for together, some in sets.items():
        count = sum(len(patch.fixes) for patch in some)
        made = tuple(replacement for patch in some for fix in patch.fixes for replacement in _replacements(patch, fix))
        for path in together:
            yield ("PIN007", path, 0, 0, ""), Remedy(f"hashes for {count:,} requirement{'s' if count != 1 else ''}", made)


def _replacements(patch: Patch, fix: Fix) -> Iterator[Replacement]:
    for edit in fix.edits:
        yield Replacement(patch.path, *patch.document.region(*edit.span), edit.text, patch.created)


def change(fix: Fix) -> str:
    """What is written, in a few words; "" where nothing is."""
    pin = fix.pin
    if pin is None:
        return ""
    if fix.attempt.finding.reference is None:
        return f"{pin.version} → {pin.digests[0][:19]}…"
    reference = fix.attempt.reference
    kind, name = reference.artifact.kind, reference.artifact.name
    asked = reference.version.partition("@")[0]
    remark = f" ({pin.remark})" if pin.remark else ""
    if kind == "image":
        name = name.rpartition("/")[2]
        return f"{name}{':' + asked if asked else ''} → {name}:{pin.version}@{pin.digests[0][:14]}…{remark}"
    if kind in ("git", "url"):
        name = name.rpartition("/")[2]
    if kind == "url" and asked in name:  # apache-maven-3.9.9-bin.zip
        asked = ""
    chosen = [pin.version] if pin.version and pin.version != reference.version and kind != "git" else []
    hashes = [f"{len(pin.digests)} hashes"] if len(pin.digests) > 1 else [f"{digest[:14]}…" for digest in pin.digests]
    return f"{name}{' ' + asked if asked else ''} → {', '.join([*chosen, *hashes])}{remark}"
