"""The judgement: which reference or fact breaks which rule, and the sentence that says so. To be read in one sitting.

Knows verdicts and policies; must not know any file format, and says nothing about severity (the rule's page does).
"""

from __future__ import annotations

import re

from pinlint.config import Policy
from pinlint.model import STRENGTH, Fact, Reference

__all__ = [
    "FACT_RULES", "MANIFEST_FACTS", "MANIFEST_RULES", "MILD", "ONLINE", "ON_THE_WAY", "SAID_BY", "is_beyond_releases", "judge",
    "judge_fact", "judge_host", "subject",
]  # fmt: skip

#: Which rule each fact breaks; "" = it is no finding ("foreign" files are skipped and counted).
FACT_RULES = {
    "detached-hash": "PIN005",
    "erased-digest": "PIN009",
    "partly-hashed": "PIN007",
    "missing-lock": "LCK101",
    "stale-lock": "LCK102",
    "passed-lock": "LCK105",
    "unreadable-lock": "LCK103",
    "unreadable-file": "PIN901",
    "insecure-transport": "SRC201",
    "unexpected-host": "SRC202",
    "ambiguous-index": "SRC203",
    "unkept-repository": "RET501",
    "refused-retention": "RET502",
    "contrary-retention": "RET502",
    "retention-of-pins": "RET503",
    "expired-pin": "RET503",
    "retention-of-releases": "RET504",
    "mutable-repository": "PRO304",
    "mutable-deployment": "PRO304",
    "template": "PIN902",
    "signed-by-tag": "SIG401",
    "open-identity": "SIG402",
    "unnamed-signer": "SIG402",
    "weak-verification": "SIG402",
    "unsigned-build": "SIG403",
    "rebuilt-image": "PRO301",
    "promoted-by-tag": "PRO302",
    "deployed-again": "PRO303",
    "deployed-unverified": "SIG404",
    "foreign": "",
}

#: Facts that are a milder case of their rule, and how severe they are.
MILD = {
    "contrary-retention": "warning", "expired-pin": "note", "mutable-repository": "note", "unnamed-signer": "note",
    "weak-verification": "warning",
}  # fmt: skip

#: A manifest whose lock is missing, stale or unreadable is reported once, not once a line: these facts stand for these rules there,
#: but where what is asked for is no release of a registry (see `is_beyond_releases`).
MANIFEST_FACTS = frozenset(("missing-lock", "stale-lock", "unreadable-lock"))
MANIFEST_RULES = frozenset(("PIN001", "PIN002", "PIN003"))

#: One place, one finding: who is told to fetch over TLS and check what arrives need not hear of the checksum again, nor who is told
#: that a tag takes a digest away that the tag has none, nor who is told that a policy deletes releases that it deletes a pinned
#: image.
SAID_BY = {"SRC204": "SRC201", "SRC205": "SRC201", "PIN001": "PIN009", "PIN003": "PIN009", "RET503": "RET504"}

#: Roles of packages for which a range is right: a constraint asks for nothing, whoever installs a library decides for it, an
#: example is there to be copied, what builds a project nobody can lock, and a line of a tool's releases is a choice. The lock of an
#: application is missing as a whole, or settles them.
LEFT_OPEN = frozenset((
    "library's dependency", "library's development dependency", "library's optional dependency", "example's dependency",
    "example's development dependency", "example's optional dependency", "example's override", "example's package manager",
    "constraint", "build requirement", "project dependency", "extra dependency", "group dependency", "environment dependency",
    "tool of a release line",
))  # fmt: skip

#: The role of what `kubectl` applies from an address: it is data to whoever downloads it, and runs all the same.
MANIFEST = "applied manifest"
#: Roles of downloads: what is run as it arrives, and what nothing runs, unpacks or installs.
RUN, DATA = "script that is run", "downloaded file"

#: What the codes of rules begin with that only an answer from outside can break.
ONLINE = "NET"
#: Those of them that `--fix` finds on its way.
ON_THE_WAY = ("NET904", "NET905")

#: What stands before a release of a registry in package.json: another name, another registry, a list of the workspace, a patch.
_RELEASES = ("npm:", "jsr:", "catalog:", "patch:")

_LONG_DIGEST = r"(sha\d+:[0-9a-f]{12})[0-9a-f]{20,}"  # compiled where it is used: most runs have nothing to say
_DIGEST, _VERSION, _WEAK = STRENGTH["digest"], STRENGTH["version"], STRENGTH["weak-digest"]


def is_beyond_releases(reference: Reference) -> bool:
    """Whether a repository or an address is asked for, or a branch of one: of those even a lock that is made today says nothing
    about who may put what there."""
    kind, version = reference.artifact.kind, reference.version
    branch = kind == "composer" and (version.startswith("dev-") or version.endswith("-dev"))
    elsewhere = kind == "npm" and not version.startswith(_RELEASES) and bool({":", "/"} & set(version))
    return kind in ("git", "url") or branch or elsewhere


def judge(reference: Reference, policy: Policy) -> tuple[str, str] | None:
    """(rule, message) for a reference that is not pinned as firmly as the policy wants, else None.

    One place, one finding: the first that fits of ineffective pin, weak digest, floating, missing digest, mutable version.
    """
    artifact, verdict = reference.artifact, reference.verdict
    required = policy.required(artifact.kind, artifact.name, bool(reference.command))
    if required == "any" or verdict == "local":
        return None
    if verdict == "unknown":
        return "PIN901" if reference.refused else "PIN006", _sentence(reference, "cannot be judged")
    strength = STRENGTH[verdict]
    if reference.digests and strength < _WEAK:
        return "PIN005", _sentence(reference, "looks pinned and is not")
    if reference.command and (artifact.kind != "url" or reference.role == MANIFEST or reference.command == "meant"):
        return _commanded(reference, strength, required)
    if artifact.kind == "url":
        return _downloaded(reference, strength)
    if strength == _WEAK and (required == "digest" or artifact.kind == "pypi"):
        return "PIN004", _weak(reference)
    if reference.settled_by or reference.role in LEFT_OPEN:
        return None
    if verdict == "floating":
        return "PIN001", _sentence(reference, _floating(reference))
    if required == "digest" and strength < _DIGEST:
        return "PIN003", _sentence(reference, _digestless(reference))
    if required == "version" and strength < _VERSION:
        return "PIN002", _sentence(reference, _mutable(verdict))
    if artifact.kind == "image" and verdict == "digest" and reference.version == reference.digests[0]:
        return "PIN008", _sentence(
            reference, "has a digest and no tag, so neither people nor update bots can tell which version it is"
        )
    return None


def _commanded(reference: Reference, strength: int, required: str) -> tuple[str, str] | None:
    """The same for what a command fetches. What is meant to be the newest is no finding, nor is what something else decides."""
    settled = bool(reference.settled_by) and required != "digest"
    if reference.command == "meant" or settled or strength >= STRENGTH.get(required, _VERSION):
        return None
    rule = "PIN010" if reference.command == "build" else "PIN011"
    if reference.verdict == "floating":
        return rule, _sentence(reference, _floating(reference))
    return rule, _sentence(reference, _digestless(reference) if required == "digest" else _mutable(reference.verdict))


def _downloaded(reference: Reference, strength: int) -> tuple[str, str] | None:
    """The judgement of what is fetched by its address: a script that is run, a file that is used, or only data."""
    if strength > _WEAK or reference.role == DATA or (strength < _WEAK and reference.settled_by):
        return None
    if strength == _WEAK:
        return "PIN004", _weak(reference)
    if reference.role == RUN:
        return "SRC204", _sentence(reference, "has no checksum, so whatever the server sends is run")
    return "SRC205", _sentence(reference, "has no checksum, so whatever the server sends is accepted")


def judge_fact(fact: Fact) -> tuple[str, str] | None:
    """(rule, message) for what a format noticed, or None for what is no finding."""
    rule = FACT_RULES[fact.kind]
    if fact.kind == "template":
        return rule, f"what it asks for is not judged, because it is written as {fact.detail}"
    return (rule, fact.detail) if rule else None


def judge_host(reference: Reference, policy: Policy) -> tuple[str, str] | None:
    """(rule, message) for an artifact from a host that the policy does not list for its kind."""
    allowed = policy.hosts.get(reference.artifact.kind)
    if allowed is None:
        return None
    source, name = reference.artifact.source, reference.artifact.name
    host = name.partition("/")[0] if reference.artifact.kind in ("image", "git") else source.partition("://")[2].partition("/")[0]
    if not host or host.startswith("$") or reference.verdict in ("local", "unknown") or host in allowed:
        return None
    return "SRC202", f"{reference.role} {name} comes from {host}, which hosts.{reference.artifact.kind} does not list"


def subject(reference: Reference) -> str:
    """The artifact as people write it: name and version. The address of a download says both."""
    name, version, kind = reference.artifact.name, reference.version, reference.artifact.kind
    if len(name) > 300:
        name = f"{name[:299]}…"
    if not version or kind == "url":
        return name
    if kind == "image":
        return f"{name}{'@' if version in reference.digests else ':'}{_short(version)}"
    return f"{name}{'@' if kind in ('action', 'git') else ' '}{_short(version)}"


def _short(text: str) -> str:
    """A version fit for a sentence: of a digest the first twelve digits, as container tools show it."""
    if "sha" in text:
        text = re.sub(_LONG_DIGEST, r"\1…", text)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _sentence(reference: Reference, otherwise: str) -> str:
    separator, what = (": ", reference.why) if reference.why else (" ", otherwise)
    return f"{reference.role} {subject(reference)}{separator}{what}"


def _floating(reference: Reference) -> str:
    if reference.artifact.kind == "image":
        every = "so every pull may get another image"
        return f"has no tag, {every}" if not reference.version else f"moves with every release, {every}"
    return "asks for no particular version, so every run may get another one"


def _mutable(verdict: str) -> str:
    return "is named by a tag, which can be moved" if verdict == "tag" else "is a range, so the next release changes what you get"


def _digestless(reference: Reference) -> str:
    if reference.artifact.kind == "image":
        return "has no digest, and its tag can be moved"
    if reference.verdict == "tag":
        return "is a tag, which can be moved; a full commit cannot"
    return "has no hash, so nothing says which bytes it is"


def _weak(reference: Reference) -> str:
    algorithm = (
        reference.digests[0].partition("-")[0].partition(":")[0].partition("=")[0] if reference.digests else "an old algorithm"
    )
    return _sentence(reference, f"has only a {algorithm} hash, which can be forged")
