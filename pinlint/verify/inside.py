"""NET910: what a pinned thing itself runs or fetches without a pin, however far down.

A pin says which bytes of a repository are used, and nothing of what these bytes ask for. Their tree is read as any other, each
commit once, and each use of it once for each pinned reference, nearest first.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

from pinlint.checks import judge
from pinlint.config import Policy
from pinlint.ecosystems.git.registry import address
from pinlint.http import Failed
from pinlint.model import Artifact, Reference, Span
from pinlint.pins import NoPin
from pinlint.questions import questions
from pinlint.text import Unread
from pinlint.tree import Tree
from pinlint.verify import overlays, patches, pipelines
from pinlint.verify.evidence import CONTRADICTED, TRUE, Evidence, Inquiry, Outcome, Pinned, Run
from pinlint.verify.hosts import Hosts
from pinlint.verify.overlays import Overlays
from pinlint.verify.patches import Held
from pinlint.verify.uses import BASE, Asked, Use, asks, use_of

__all__ = ["HELP", "Loose", "evidence", "inquiry", "is_bad", "outcomes", "said"]

_RULE = "NET910"
#: Uses that are followed from one reference, and things that are kept of what they ask for.
_USES, _KEPT = 100, 200
#: Rules that say that the bytes of what is run or fetched are not settled.
_LOOSE = ("PIN001", "PIN002", "PIN003", "PIN004", "PIN005", "PIN010", "SRC204", "SRC205")
_SHOWN = 3
_COMMIT = re.compile(r"\b([0-9a-f]{7})[0-9a-f]{33,57}\b")


class Loose(NamedTuple):
    """Something that is asked for on the way: the uses that lead there, the file and line, the reference, how the image is
    written that whoever uses the first of them may replace, the jobs that run it if they are theirs, and the container that it is
    the image of. `patched` is whether something on the way may put another one in its place."""

    chain: tuple[str, ...]
    path: str
    line: int
    reference: Reference
    images: tuple[str, ...] = ()
    jobs: tuple[tuple[str, ...], ...] = ()
    held: Held | None = None
    patched: bool = False


def inquiry(pinned: Pinned, run: Run) -> Inquiry | None:
    """What is inside, as the document uses it."""
    if not run.deep or pinned.reference.artifact.kind not in ("action", "git"):
        return None
    url, problem = address(pinned.question)
    use = None if problem else use_of(pinned.reference, pinned.document, url)
    pinned.document.parsed = None
    if use is None:
        return None
    question = pinned.question._replace(source=url, version=use.commit, digests=(use.commit,))
    return Inquiry("inside", question, (str(run.deep), use.kind, use.path, *use.more))


def evidence(inquiry: Inquiry, hosts: Hosts) -> Evidence:
    """Everything on the way that is not at a digest, whatever a policy makes of it, and what could not be looked at."""
    deep, kind, path, *more = inquiry.more
    name = f"{inquiry.question.name}@{inquiry.question.version[:7]}"
    first = Use(kind, inquiry.question.source, inquiry.question.version, path, tuple(more), name)
    found, unread, seen = _followed(first, int(deep), hosts)
    return Evidence({"asks": [_written(one) for one in found], "unread": unread, "uses": [str(seen)]})


def _followed(first: Use, deep: int, hosts: Hosts) -> tuple[list[Loose], list[str], int]:
    """(what is asked for without a digest, what could not be looked at and why, how many uses were)."""
    waiting: deque[tuple[Use, tuple[str, ...], Overlays]] = deque([(first, (first.name,), ())])
    seen: set[tuple[Use, Overlays]] = {(first._replace(name=""), ())}
    beyond = 0
    found: list[Loose] = []
    unread: list[str] = []
    while waiting:
        use, chain, over = waiting.popleft()
        asked: list[Asked] = []
        try:
            tree = hosts.trees((use.url, use.commit))
            for one in asks(use, tree):
                asked.append(one)  # noqa: PERF402 - what was read before something could not be
        except (Failed, Unread) as error:
            if len(chain) == 1 and isinstance(error, Failed):
                raise
            unread.append(f"{' → '.join(chain)}: {error}")
        for one in asked:
            found += [loose] if len(found) < _KEPT and (loose := _loose(one, use, chain, over)) else []
            inner = one.use or _used(one, tree)
            if inner is None or (known := (inner._replace(name=""), overlays.inner(use, one, over))) in seen:
                continue
            if len(chain) > deep or len(seen) >= _USES:
                beyond += 1
                continue
            seen.add(known)
            waiting.append((inner, (*chain, inner.name), known[1]))
    if beyond:
        unread.append(f"{first.name}: {beyond} more uses inside lie deeper than --deep={deep}, or are too many")
    return found, unread, len(seen)


def _loose(one: Asked, use: Use, chain: tuple[str, ...], over: Overlays) -> Loose | None:
    """What is asked for as it is kept, None where its bytes settle it, or those that use it, or it lies in the same commit."""
    reference = one.reference
    if reference.verdict in ("digest", "local", "unknown") or reference.command == "meant":
        return None
    if (images := overlays.leaving(use, one, over)) is None:
        return None
    held = _held(use, one)
    becomes = _becoming(held, one, over) if held else patches.UNTOUCHED
    if becomes == patches.REPLACED:
        return None
    jobs = pipelines.jobs_of(use, one) if len(chain) == 1 else ()
    kept = reference._replace(span=Span(0, 0), site=None, notation="")
    return Loose(chain, one.path, one.line, kept, tuple(images), jobs, held, becomes == patches.UNSURE)


def _held(use: Use, one: Asked) -> Held | None:
    """The container of a base that an image is that of."""
    span = one.reference.span
    if use.kind != BASE or one.reference.artifact.kind != "image" or not isinstance(span, Span):
        return None
    found = patches.holder(span, one.document)
    one.document.parsed = None
    return found


def _becoming(held: Held, one: Asked, over: Overlays) -> str:
    """What those make of it that take it in, in its own repository and in those on the way."""
    ways = [patches.fate(held, one.path, one.tree, own=False), *(patches.fate(held, *overlay) for overlay in reversed(over))]
    return next((word for word in (patches.REPLACED, patches.UNSURE) if word in ways), patches.UNTOUCHED)


def _used(one: Asked, tree: Tree) -> Use | None:
    """How something that is pinned inside is used there."""
    if one.reference.verdict != "digest" or one.reference.artifact.kind not in ("action", "git"):
        return None
    [question] = questions([one.reference], one.document, tree)
    url, problem = address(question)
    found = None if problem else use_of(one.reference, one.document, url)
    one.document.parsed = None
    return found


def _written(one: Loose) -> str:
    reference = one.reference._asdict()
    told = {**reference, "artifact": list(one.reference.artifact), "span": 0}
    return json.dumps([list(one.chain), one.path, one.line, told, one.images, one.jobs, one.held, one.patched])


def _read(text: str) -> Loose:
    """Raises ValueError, TypeError or KeyError for what no evidence holds."""
    chain, path, line, fields, images, jobs, held, patched = json.loads(text)
    told: dict[str, Any] = {**fields, "artifact": Artifact(*fields["artifact"]), "digests": tuple(fields["digests"])}
    reference, told_of = Reference(**{**told, "span": Span(0, 0)}), Held(*held) if held else None
    return Loose(tuple(chain), path, line, reference, tuple(images), tuple(map(tuple, jobs)), told_of, bool(patched))


def outcomes(pinned: Pinned, evidence: Evidence, run: Run) -> Iterator[Outcome]:
    """What the policy for the file would not accept of it, were it written there."""
    if evidence.none is not None:
        yield Outcome.unknown(_RULE, evidence.none)
        return
    try:
        asked = list(map(_read, evidence.facts.get("asks", ())))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        yield Outcome.unknown(_RULE, NoPin("what a record says of it is damaged; make the record anew"))
        return
    policy = run.policy.at(pinned.path)
    judged = [one for one in asked if is_bad(one.reference, policy)]
    left = [(one, _left_by_patches(one, pinned, run)) for one in judged if not _is_replaced(one, pinned, run)]
    bad = [one for one, becomes in left if becomes == patches.UNTOUCHED]
    unsure = [one.reference.artifact.name for one, becomes in left if becomes == patches.UNSURE]
    named = [one for one in bad if not _is_command(one.reference)]
    if named:
        yield Outcome(_RULE, CONTRADICTED, f"it asks for what is not pinned: {said([*named, *bad])}; {HELP}")
    elif bad:
        yield Outcome(_RULE, CONTRADICTED, f"its commands may fetch what is not pinned: {said(bad)}", severity="note")
    unread = list(evidence.facts.get("unread", ()))
    if unsure:
        unread.append(f"a patch or replacement may put another image in the place of {unsure[0]}")
    for why in unread:
        yield Outcome.unknown(_RULE, NoPin(why))
    if not bad and not unread:
        yield Outcome(_RULE, TRUE)


HELP = "take a version that is pinned inside, or a copy of your own that is"


def is_bad(reference: Reference, policy: Policy) -> bool:
    """Whether a policy would not accept it, were it written in its file."""
    judged = judge(reference, policy)
    return judged is not None and judged[0] in _LOOSE and not any(code and judged[0].startswith(code) for code in policy.ignore)


def _is_replaced(one: Loose, pinned: Pinned, run: Run) -> bool:
    """Whether the files that use it say what is taken instead, and are judged for that."""
    if one.jobs and not pipelines.is_run(one.jobs, pinned.path, run.tree):
        return True
    return overlays.put_through(one.images, pinned.path, run.tree)


def _left_by_patches(one: Loose, pinned: Pinned, run: Run) -> str:
    """What the user's kustomizations make of it by patches and replacements."""
    if one.held is None:
        return patches.UNTOUCHED
    becomes = patches.fate(one.held, pinned.path, run.tree)
    return patches.UNSURE if one.patched and becomes == patches.UNTOUCHED else becomes


def _is_command(reference: Reference) -> bool:
    """Whether a command asks for it: inputs and the machine decide whether that runs."""
    return bool(reference.command) or reference.artifact.kind == "url"


def said(bad: list[Loose]) -> str:
    """The ways to the first of them, each place once, and how many more there are. All begin where the first begins."""
    first, *others = list(dict.fromkeys(_way(one) for one in bad))
    shown = ", ".join((f"{bad[0].chain[0]} → {first}", *(f"→ {way}" for way in others[: _SHOWN - 1])))
    return shown + (f" and {len(others) - _SHOWN + 1} more" if len(others) >= _SHOWN else "")


def _way(one: Loose) -> str:
    """`c/d@2222222 → e/f@v3 (action.yml:12)`: how it goes on from what is pinned."""
    reference = one.reference
    colon = ":" if reference.artifact.kind == "image" else "@"
    name = reference.artifact.name + (f"{colon}{reference.version}" if reference.version else "")
    return _COMMIT.sub(r"\1", f"{' → '.join((*one.chain[1:], name))} ({one.path}:{one.line})")
