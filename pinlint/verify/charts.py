"""NET910 of charts: the images that a pinned chart deploys without a pin, where the user's values put no others in their place.

An archive has one digest, and what is in it is settled with it: its own values, its templates, the charts packed into it. It is
read once for all who use it; what their values make of it is judged file by file.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import NamedTuple

from pinlint.archives import ArchiveTree
from pinlint.ecosystems.helm import names
from pinlint.ecosystems.helm.registry import Registry
from pinlint.model import STRENGTH, Artifact, Reference, Span
from pinlint.pins import NoPin
from pinlint.semantics.chart_conditions import Path, truth
from pinlint.semantics.chart_data import UNTOLD, at, without
from pinlint.semantics.chart_fields import fields, root_of
from pinlint.syntax.manifest import objects, text
from pinlint.syntax.yaml import Unparsable, read, select
from pinlint.text import Unread
from pinlint.tree import Tree, join
from pinlint.verify import overlays
from pinlint.verify.chart_asks import Asked, asked
from pinlint.verify.chart_slots import Slot, blurred, entries_of, is_whole, judged, keys_of
from pinlint.verify.evidence import CONTRADICTED, INVALID, TRUE, Evidence, Inquiry, Outcome, Pinned, Run
from pinlint.verify.hosts import Hosts
from pinlint.verify.inside import Loose, is_bad, said
from pinlint.verify.releases import ROLES, Release, releases

__all__ = ["evidence", "inquiry", "outcomes"]

_RULE = "NET910"
#: Archives that are read at once: each may take some hundred megabytes while it is.
_READERS = threading.Semaphore(4)
_SHOWN = 3
_HELP = "say them with digests in your values, or take a version that has them"


class _Facts(NamedTuple):
    asked: list[Asked]
    unread: list[str]
    defaults: dict[tuple[Path, Path], object]
    charts: dict[Path, bool | None]


def inquiry(pinned: Pinned, run: Run) -> Inquiry | None:
    """What the chart asks for, whoever uses it."""
    reference, question = pinned.reference, pinned.question
    if not run.deep or reference.role not in ROLES or not _is_settled(pinned, run.tree):
        return None
    if question.kind == "helm" and not question.source:
        question = question._replace(source=_source(pinned, run.tree))
    if question.kind == "image":  # a tag can be moved, so no archive is meant
        question = question._replace(version=reference.digests[0], digests=reference.digests)
    return Inquiry("charts", question._replace(loose=False, notation=""), (str(run.deep),))


def _is_settled(pinned: Pinned, tree: Tree) -> bool:
    """Whether a reference means one archive, and no other reference means it in the same place."""
    reference = pinned.reference
    if reference.artifact.kind == "image":
        return reference.verdict == "digest"
    if reference.artifact.kind != "helm" or STRENGTH.get(reference.verdict, -1) < STRENGTH["version"]:
        return False
    return reference.role != "locked chart" or not _is_exact(reference, pinned.path, tree)


def _is_exact(reference: Reference, lock: str, tree: Tree) -> bool:
    """Whether the manifest of a lock has the version itself: then that is where it is told."""
    for name in ("Chart.yaml", "requirements.yaml"):
        try:
            root = root_of(tree.read(join(lock, name)))
        except (Unread, Unparsable):
            continue
        listed = fields(root).get("dependencies") if root is not None else None
        for entry in listed.elements if listed is not None else ():
            told = fields(entry)
            if text(told.get("name")) == reference.artifact.name and names.classify(text(told.get("version"))) == "version":
                return True
    return False


def _source(pinned: Pinned, tree: Tree) -> str:
    """The address of the chart repository that a release of Flux names, where another file describes it."""
    if pinned.reference.role != "Flux chart":
        return ""
    known: dict[str, str] = tree.memo("chart repositories", "", lambda: _repositories(tree))
    for one in objects(read(pinned.document)):
        for spec in (*select(one.node, "spec", "chart", "spec"), *select(one.node, "spec")):
            version = spec.get("version")
            if version is not None and version.inner == pinned.reference.span:
                return known.get(text(next(select(spec, "sourceRef", "name"), None)), "")
    return ""


def _repositories(tree: Tree) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(tree.listed()):
        if not path.endswith((".yaml", ".yml")):
            continue
        try:
            some = list(objects(read(tree.read(path)))) if b"HelmRepository" in tree.bytes(path) else []
        except (Unread, Unparsable):
            continue
        for one in some:
            name, url = next(select(one.node, "metadata", "name"), None), next(select(one.node, "spec", "url"), None)
            if one.kind == "HelmRepository" and text(name) and "$" not in text(url):
                found[text(name)] = text(url) if found.get(text(name), text(url)) == text(url) else ""
    return found


def evidence(inquiry: Inquiry, hosts: Hosts) -> Evidence:
    """Every image that the chart may deploy and that is not at a digest, whatever a policy makes of it, and when it does."""
    found = hosts.registry(Registry).archive(inquiry.question)
    if isinstance(found, NoPin):
        return Evidence(none=found)
    if found is None:
        return Evidence({"foreign": [inquiry.question.name]})
    try:
        with _READERS:
            told = asked(ArchiveTree(inquiry.question.name, found.packed), int(inquiry.more[0]))
    except Unread as error:
        return Evidence(none=NoPin(f"{inquiry.question.name}: its archive cannot be read: {error}"))
    defaults = [json.dumps([view, path, value]) for (view, path), value in sorted(told.defaults.items())]
    inside = [json.dumps(one) for one in sorted(told.charts.items())]
    return Evidence({"asks": [_written(one) for one in told.asked], "unread": told.unread, "defaults": defaults, "charts": inside})


def _written(one: Asked) -> str:
    reference = one.reference._replace(span=Span(0, 0), site=None, notation="")
    told = {**reference._asdict(), "artifact": list(reference.artifact), "span": 0}
    slot = None
    if one.slot is not None:
        entries = {key: "{{untold}}" if value is UNTOLD else value for key, value in one.slot.entries.items()}
        slot = one.slot._replace(entries=entries)
    return json.dumps([one.chain, one.path, one.line, told, one.condition, slot, one.prefix, one.view])


def _read(written: str) -> Asked:
    """Raises ValueError, TypeError or LookupError for what no evidence holds."""
    chain, path, line, told, condition, slot, prefix, view = json.loads(written)
    told = {**told, "artifact": Artifact(*told["artifact"]), "digests": tuple(told["digests"]), "span": Span(0, 0)}
    place = Slot(tuple(slot[0]), *slot[1:]) if slot is not None else None
    if place is not None and (not isinstance(place.entries, dict) or not isinstance(place.key, str)):
        raise TypeError
    return Asked(tuple(chain), path, line, Reference(**told), condition, place, tuple(prefix), tuple(view))


def _facts(evidence: Evidence) -> _Facts:
    defaults: dict[tuple[Path, Path], object] = {}
    for one in evidence.facts.get("defaults", ()):
        view, path, value = json.loads(one)
        defaults[tuple(view), tuple(path)] = UNTOLD if value == "untold" else value
    charts = {tuple(prefix): differs for prefix, differs in map(json.loads, evidence.facts.get("charts", ()))}
    return _Facts([_read(one) for one in evidence.facts.get("asks", ())], list(evidence.facts.get("unread", ())), defaults, charts)


def outcomes(pinned: Pinned, evidence: Evidence, run: Run) -> Iterator[Outcome]:
    """What the policy for the file would not accept of it, were it written there."""
    if evidence.none is not None:
        if evidence.none.rule:
            yield Outcome("NET904", INVALID, evidence.none.why.removeprefix(f"{pinned.question.name}: "))
        else:
            yield Outcome.unknown(_RULE, evidence.none)
        return
    if "foreign" in evidence.facts:
        return
    used = releases(pinned, run.tree)
    if used is None:
        yield Outcome.unknown(_RULE, NoPin("nothing here says with which values it is installed"))
        return
    try:
        facts = _facts(evidence)
        bad, unsure, doubts = _judged(pinned, facts, used, run)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        yield Outcome.unknown(_RULE, NoPin("what a record says of it is damaged; make the record anew"))
        return
    if bad:
        yield Outcome(_RULE, CONTRADICTED, f"it asks for what is not pinned: {said(bad)}; {_HELP}")
    for why in (*facts.unread, *doubts):
        yield Outcome.unknown(_RULE, NoPin(why))
    if unsure:
        yield Outcome.unknown(_RULE, NoPin(f"whether, and at which version, it deploys {_some(unsure)} only its templates can say"))
    if not bad and not unsure and not doubts and not facts.unread:
        yield Outcome(_RULE, TRUE)


def _judged(pinned: Pinned, facts: _Facts, used: list[Release], run: Run) -> tuple[list[Loose], list[str], list[str]]:
    """(what is asked for and is not pinned, the images of which that cannot be told, why not)."""
    policy = run.policy.at(pinned.path)
    bad: dict[tuple[object, ...], Loose] = {}
    unsure: dict[str, None] = {}
    doubts: dict[str, None] = {}
    for given in used:
        release, alone, refused = _taken_back(given, facts)
        if refused:
            doubts[refused] = None
            continue
        known = _Known(release, facts.defaults, alone)
        for one in facts.asked:
            if one.view != _view(one.prefix, alone):
                continue
            is_used = truth(one.condition, known, UNTOLD)
            if is_used is False:
                continue
            for reference, certain in _of_release(one, release):
                if reference.verdict in ("digest", "local") or _is_taken(reference, release, run.tree):
                    continue
                if reference.verdict != "unknown" and not is_bad(reference, policy):
                    continue
                if release.doubt:
                    doubts[f"{one.chain[0]}: {release.doubt}"] = None
                elif is_used and certain and reference.verdict != "unknown":
                    bad.setdefault(
                        (one.chain, *reference.artifact, reference.version), Loose(one.chain, one.path, one.line, reference)
                    )
                else:
                    unsure[reference.artifact.name] = None
    return list(bad.values()), list(unsure), list(doubts)


def _taken_back(release: Release, facts: _Facts) -> tuple[Release, list[Path], str]:
    """(a release as Helm reads it; the charts in the chart for which null took back what the chart says for them, so that they are
    deployed with values of their own; why Helm refuses it)."""
    nulls: list[Path] = []
    for prefix, differs in sorted(facts.charts.items()):
        found, value = at(release.values, prefix)
        if not found or value is UNTOLD or isinstance(value, dict):
            continue
        if value is not None or differs is None:
            return release, [], f"{'.'.join(prefix)} is a chart in it, so Helm refuses its values, which are no mapping"
        values = without(release.values, prefix)
        assert isinstance(values, dict)
        release = release._replace(values=values)
        nulls += [prefix] if differs else []
    return release, nulls, ""


def _view(path: Path, alone: list[Path]) -> Path:
    return next((one for one in alone if path[: len(one)] == one), ())


class _Known:
    """What stands at a path with the values of a release over those of the chart."""

    def __init__(self, release: Release, defaults: dict[tuple[Path, Path], object], alone: list[Path]) -> None:
        self._release, self._defaults, self._alone = release, defaults, alone

    def __call__(self, path: Path) -> object:
        release, default = self._release, self._defaults.get((_view(path, self._alone), path))
        if any(at(one, path)[0] for one in release.maybe):
            return UNTOLD
        found, value = at(release.values, path)
        if not found:
            return UNTOLD if release.doubt else default
        if isinstance(value, dict):
            return bool(value) or default
        return value


def _of_release(one: Asked, release: Release) -> Iterator[tuple[Reference, bool]]:
    """What an image is with the values of a release, and whether that is certain; nothing where the release says it itself: there
    it is judged."""
    if one.slot is None:
        yield one.reference, True
        return
    slot, certain = one.slot, True
    found, mapping = at(release.values, slot.path)
    if found and not isinstance(mapping, dict):
        if mapping is UNTOLD:
            yield blurred(one.reference, {}), False
        return  # another list, nothing, or no mapping: what the chart has there is gone
    if any(keys_of(_given(one, slot)) for one in release.maybe):
        certain = False
    given = _given(release.values, slot)
    everywhere = release.values.get("global")
    shared = everywhere if isinstance(everywhere, dict) else {}
    if not given and not {"imageRegistry", "image"} & shared.keys():
        yield one.reference, certain
        return
    if UNTOLD in [given[key] for key in keys_of(given)]:
        yield blurred(one.reference, {**slot.entries, **given}), False
        return
    if any(own.verdict != "unknown" for own in judged(Slot(slot.path, slot.key, {}), given, {})):
        return
    if slot.key in given and given[slot.key] is None and not keys_of({**slot.entries, **given}):
        return
    made = judged(slot, given, shared)
    if not made and not is_whole(slot):  # a part of it was taken away, and what is left is no image by its looks
        yield blurred(one.reference, {**slot.entries, **given}), False
    yield from ((reference, certain) for reference in made)


def _given(values: object, slot: Slot) -> dict[str, object]:
    """What values say in a place."""
    return entries_of(at(values, slot.path)[1], slot.key)


def _is_taken(reference: Reference, release: Release, tree: Tree) -> bool:
    """Whether something behind the chart puts another image in its place, which is judged there."""
    if reference.artifact.name in release.taken:
        return True
    if not release.kustomization or reference.verdict == "unknown":
        return False
    image = f"{reference.artifact.name}{'@' if reference.digests else ':'}{reference.version}"
    return overlays.put_through([image], release.kustomization, tree)


def _some(images: list[str]) -> str:
    more = f" and {len(images) - _SHOWN} more" if len(images) > _SHOWN else ""
    return ", ".join(sorted(images)[:_SHOWN]) + more
