"""What a digest is covered by: a signature of its own, one of every platform, or one of the index that lists it.

Pure: whatever is named by a digest is hashed again here, since a record may hold anything.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence

from pinlint.trust import Trust
from pinlint.verify.evidence import MISSING, TRUE, UNKNOWN, Evidence
from pinlint.verify.signed.candidate import Candidate
from pinlint.verify.signed.images import CHILDREN, attests, children
from pinlint.verify.signed.judgement import Judgement, best, judged
from pinlint.verify.signed.trusted import Trusted

__all__ = ["Coverage"]


#: Signatures of one manifest that are judged: copies of a good one of somebody else are cheap to make.
_MOST = 200


class Coverage:
    """The evidence about one image, under one rule."""

    def __init__(self, evidence: Evidence, rule: Trust, trusted: Trusted) -> None:
        self._rule, self._trusted = rule, trusted
        self._candidates = [one for one in map(Candidate.read, evidence.facts.get("candidates", ())) if one]
        bodies = [_decoded(one) for one in evidence.facts.get("manifests", ())]
        self._manifests = {"sha256:" + hashlib.sha256(body).hexdigest(): body for body in bodies}
        self._chains = [found for one in evidence.facts.get("chains", ()) if (found := _pair(one))]
        self._unlooked = list(evidence.facts.get("unlooked", ()))

    def of(self, digest: str) -> Judgement:
        """What the signatures of an image are worth, all in all."""
        body = self._manifests.get(digest, b"")
        platforms = children(body)
        if self._rule.covers == "platforms" and not body:
            return Judgement(MISSING, "the registry does not have its manifest, which says what its platforms are")
        own = self._signed(digest)
        if own.state == TRUE and not (platforms and self._rule.covers == "platforms"):
            return own
        if len(platforms) > CHILDREN:
            return Judgement(UNKNOWN, f"it has {len(platforms)} platforms, of which only {CHILDREN} are looked at")
        found = [] if platforms and self._rule.covers == "platforms" else [own]
        if platforms:
            found.append(self._all([self._platform(one) for one in platforms]))
        elif self._rule.covers == "index":
            found += [
                self._signed(index) for index, held in self._manifests.items() if index != digest and digest in children(held)
            ]
        judgement = best(found)
        if judgement.state != TRUE and self._unlooked:
            return Judgement(UNKNOWN, self._unlooked[0])
        return judgement

    def _all(self, found: Sequence[Judgement]) -> Judgement:
        """Of every platform: the worst counts."""
        left = [one for one in found if one.state != TRUE]
        if not left:
            return Judgement(TRUE)
        worst = best(left)
        return (
            worst
            if len(left) == len(found)
            else worst._replace(why=worst.why or f"{len(left)} of its {len(found)} platforms are unsigned")
        )

    def _platform(self, child: str) -> Judgement:
        """Of a platform: what is signed about it, or about a manifest of attestations that names it."""
        attested = [one for about, one in self._chains if about == child and attests(self._manifests.get(one, b""), child)]
        return best([self._signed(child), *(self._signed(one) for one in attested)])

    def _signed(self, digest: str) -> Judgement:
        some = list(dict.fromkeys(one.text for one in self._candidates if one.beside == digest))
        if len(some) > _MOST:
            self._unlooked.append(f"{len(some)} signatures lie beside it, of which only {_MOST} are looked at")
        found = []
        for one in filter(None, map(Candidate.read, some[:_MOST])):
            found.append(judged(one, digest, self._rule, self._trusted))
            if found[-1].state == TRUE:
                break
        return best(found)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def _pair(text: str) -> tuple[str, str] | None:
    try:
        child, attested = json.loads(text)
    except (ValueError, TypeError):
        return None
    return (child, attested) if isinstance(child, str) and isinstance(attested, str) else None
