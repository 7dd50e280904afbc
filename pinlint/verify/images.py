"""NET901, NET902 and NET903 of what lies in OCI registries: whether the tag is still at the pinned digest, whether the digest is
still there, and whether it is all of the image or one platform of it.

A tag that is at the pin needs one HEAD, any other healthy pin two. Nothing leads from a platform's manifest to its index but a tag:
where that names none, nothing is guessed. Source: opencontainers/distribution-spec, opencontainers/image-spec (image index).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pinlint.ecosystems.oci.registry import Registry, Seen
from pinlint.http import loaded
from pinlint.pins import NoPin
from pinlint.question import Question
from pinlint.verify.evidence import CONTRADICTED, MISSING, TRUE, Evidence, Inquiry, Outcome, Pinned, Run
from pinlint.verify.grades import is_whole, moved
from pinlint.verify.hosts import Hosts
from pinlint.verify.platforms import is_asked

__all__ = ["evidence", "inquiry", "outcomes"]

_MOVED, _GONE, _SINGLE = "NET901", "NET902", "NET903"
_DIGEST = re.compile("sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_TAG = re.compile(r"(?a)\w[\w.-]{0,127}")
_INDEXES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
_SINGLES = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")
_WORD = re.compile(r"[\w.-]{1,32}", re.ASCII)
#: Configurations of images; what has another one (a chart, an artifact) has no platforms.
_CONFIGURATIONS = ("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json")
#: An annotation of what BuildKit puts beside the platforms of an index.
_ATTESTATION = "vnd.docker.reference.type"
#: Dates that builds write who are to be the same whenever they are made, and others that nobody made an image on.
_LIKELY = re.compile(r"20(?:1[3-9]|[2-9]\d)-\d\d-\d\dT\d\d:")


def inquiry(pinned: Pinned, run: Run) -> Inquiry | None:  # noqa: ARG001
    """What the registry has at the tag and the digest; how old both are where a tag that says that it stays differs."""
    kind, name, source = pinned.reference.artifact
    digest = next((one for one in pinned.reference.digests if _DIGEST.fullmatch(one)), "")
    if kind == "helm" and source.startswith("oci://"):
        name = f"{source.removeprefix('oci://').rstrip('/')}/{name}"
    elif kind != "image":
        return None
    if not digest:
        return None
    tag = pinned.reference.version.partition("@")[0]
    tag = tag if _TAG.fullmatch(tag) else ""
    dated = ("dated",) if is_whole(tag) else ()  # whatever the policy wants to hear: a record is to answer under any
    return Inquiry("images", Question("image", name, version=tag, digests=(digest,)), dated)


def evidence(inquiry: Inquiry, hosts: Hosts) -> Evidence:
    """The digest and type at the tag, the type at the digest, or that it is gone; of a single platform what the tag's index knows
    of it; and when both were made."""
    name, tag, registry = inquiry.question.name, inquiry.question.version, hosts.registry(Registry)
    [digest], now = inquiry.question.digests, registry.look(name, tag) if tag else None
    facts: dict[str, list[str]] = {}
    if isinstance(now, Seen):
        facts["tag"] = [now.digest, now.type]
        if now.digest == digest:
            return Evidence({**facts, "type": [now.type]})
    here = registry.look(name, digest)
    if isinstance(here, NoPin):
        return Evidence(facts, here)
    if isinstance(now, NoPin):
        facts["tag unknown"] = [now.why]
    elif tag and now is None:
        facts["no tag"] = [tag]
    if here is None:
        return Evidence({**facts, "gone": [digest]})
    facts["type"] = [here.type]
    if isinstance(now, Seen) and here.type in _SINGLES and now.type in _INDEXES:
        found = _of_index(registry, here, now)
        if isinstance(found, NoPin):
            return Evidence(facts, found)
        facts.update(found)
    if isinstance(now, Seen) and "dated" in inquiry.more and "index" not in facts:
        made = [_created(registry, one) for one in (here, now)]
        facts.update({"created": made} if all(made) else {})
    return Evidence(facts)


def _of_index(registry: Registry, here: Seen, now: Seen) -> dict[str, list[str]] | NoPin:
    """What the index that the tag names knows of a single manifest: its platform, the index's digest where it lists it; else the
    platform that its own configuration names. Nothing of what is no image; why one of them cannot be read, or what contradicts
    itself."""
    index = registry.bytes(now.source, now.digest)
    if isinstance(index, NoPin):  # it may list the pin
        return index if index.rule else {"tag unknown": [index.why], "unread": [index.why]}
    entries = _entries(_json(index))
    runnable = {one["digest"]: platform for one in entries if (platform := _platform(one))}
    for one in entries:
        if one["digest"] == here.digest:
            return {"index": [now.digest], "platform": [runnable.get(here.digest, "")], "platforms": sorted(runnable.values())}
    manifest = registry.bytes(here.source, here.digest)
    if isinstance(manifest, NoPin):
        return manifest if manifest.rule else {"unread": [manifest.why]}
    config = _json(manifest).get("config")
    if not isinstance(config, dict) or config.get("mediaType") not in _CONFIGURATIONS:
        return {}
    found = _configuration(registry, here.source, config)
    if isinstance(found, NoPin):
        return found if found.rule else {"unread": [found.why]}
    return {
        "platform": ["/".join(_words(_json(found)))],
        "platforms": sorted(runnable.values()),
    }


def _created(registry: Registry, seen: Seen) -> str:
    """When an image was made, of an index its first platform; "" where nobody says anything likely."""
    document = _json(registry.bytes(seen.source, seen.digest))
    if first := next((one["digest"] for one in _entries(document) if _platform(one)), ""):
        document = _json(registry.bytes(seen.source, first))
    config = document.get("config")
    made = _json(_configuration(registry, seen.source, config)).get("created") if isinstance(config, dict) else ""
    return made[:16] if isinstance(made, str) and _LIKELY.match(made) else ""


def _configuration(registry: Registry, source: Any, config: Mapping[str, Any]) -> bytes | NoPin:
    digest = config.get("digest")
    return registry.bytes(source, digest, "blobs") if isinstance(digest, str) and _DIGEST.fullmatch(digest) else b""


def _json(body: bytes | NoPin) -> dict[str, Any]:
    """The object in a body; an empty one where there is none."""
    try:
        found = loaded(body) if isinstance(body, bytes) else {}
    except (ValueError, RecursionError):
        found = {}
    return found if isinstance(found, dict) else {}


def _entries(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The entries of an index; none of what is no index."""
    entries = document.get("manifests")
    return (
        [one for one in entries if isinstance(one, dict) and isinstance(one.get("digest"), str)]
        if isinstance(entries, list)
        else []
    )


def _platform(entry: Mapping[str, Any]) -> str:
    """The platform of an entry that can be run, "linux/arm64"; "" of attestations and what names none."""
    platform, notes = entry.get("platform"), entry.get("annotations")
    if isinstance(notes, dict) and _ATTESTATION in notes:
        return ""
    words = _words(platform) if isinstance(platform, dict) else []
    return "" if "unknown" in words or len(words) < 2 else "/".join(words)


def _words(described: Mapping[str, Any]) -> list[str]:
    """System, architecture and variant, as far as they are words that anybody would use."""
    found = (described.get(key) for key in ("os", "architecture", "variant"))
    return [word for word in found if isinstance(word, str) and _WORD.fullmatch(word)]


def outcomes(pinned: Pinned, evidence: Evidence, run: Run) -> Iterator[Outcome]:
    """What follows for each of the three rules, as far as it can be told."""
    if evidence.none is not None:
        bad = evidence.none.rule
        yield Outcome(bad, CONTRADICTED, evidence.none.why) if bad else Outcome.unknown(_GONE, evidence.none)
        return
    if evidence.first("gone"):
        yield Outcome(_GONE, MISSING, _gone(evidence))
        return
    yield Outcome(_GONE, TRUE)
    tag = [] if evidence.first("index") else list(_tag(pinned, evidence, run))  # a platform of what the tag names is of this tag
    yield from tag
    if all(one.state != CONTRADICTED for one in tag):  # one place, one finding
        yield from _single(pinned, evidence)


def _gone(evidence: Evidence) -> str:
    now = evidence.first("tag")
    there = f"; the tag is at {now[:19]}… now" if now else ""
    return f"the registry has nothing at this digest any more, so it cannot be pulled{there}"


def _tag(pinned: Pinned, evidence: Evidence, run: Run) -> Iterator[Outcome]:
    """Whether the tag is still at the pin."""
    tag = pinned.reference.version.partition("@")[0]
    digest = next(one for one in pinned.reference.digests if _DIGEST.fullmatch(one))
    if why := evidence.first("tag unknown"):
        yield Outcome.unknown(_MOVED, NoPin(why))
    elif evidence.first("no tag"):
        yield Outcome(_MOVED, MISSING, f"the registry has no tag {tag} any more, only the digest")
    elif now := evidence.first("tag"):
        if now == digest:
            yield Outcome(_MOVED, TRUE)
        elif grade := moved(run.policy, tag):
            yield Outcome(_MOVED, CONTRADICTED, f"{tag} is at {now[:19]}… now{_since(evidence)}", severity=grade.severity, pin=now)


def _since(evidence: Evidence) -> str:
    """How much younger what the tag names now is."""
    made = evidence.facts.get("created", ())
    if len(made) != 2 or made[0][:10] == made[1][:10]:
        return ""
    return f", made on {made[1][:10]}; the pinned one is of {made[0][:10]}"


def _single(pinned: Pinned, evidence: Evidence) -> Iterator[Outcome]:
    """Whether the pin is of all platforms, unless one is asked for."""
    index, platform = evidence.first("index"), evidence.first("platform")
    others = [one for one in evidence.facts.get("platforms", ()) if one != platform]
    if why := evidence.first("unread"):
        yield Outcome.unknown(_SINGLE, NoPin(why))
    elif evidence.first("type") in _INDEXES or "platform" not in evidence.facts:
        if evidence.first("type") in _INDEXES or ("tag" in evidence.facts and evidence.first("type") in _SINGLES):
            yield Outcome(_SINGLE, TRUE)  # of a single manifest nobody knows that without a tag
    elif index and not platform:
        message = f"the digest is that of an attestation and no image, so nothing can be run from it; the image is {index}"
        yield Outcome(_SINGLE, CONTRADICTED, message, pin=index, severity="error")
    elif not others or is_asked(pinned):
        yield Outcome(_SINGLE, TRUE)
    elif index:
        yield Outcome(_SINGLE, CONTRADICTED, f"the digest is that of {platform} alone; {_all(others)}: write {index}", pin=index)
    else:
        message = f"the digest is that of {platform or 'one platform'} alone, and its index is not known; today {_all(others)}"
        yield Outcome(_SINGLE, CONTRADICTED, message, severity="note")


def _all(others: list[str]) -> str:
    """What else the tag has."""
    some = ", ".join(others[:3]) + (f" and {len(others) - 3} more" if others[3:] else "")
    return f"the tag has {some}, too"
