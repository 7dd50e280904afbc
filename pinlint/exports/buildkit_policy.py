"""A source policy of BuildKit, which has a build use digests that its Dockerfile does not say.

Source: moby/buildkit, sourcepolicy/pb/policy.pb.go (its JSON tags) and sourcepolicy/engine.go: the first rule that converts a
source wins, and all are asked again about what came of it. An identifier is what the Dockerfile frontend makes of a name: in full,
with its tag, `latest` where it has none (client/llb/source.go).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from pinlint.exports import Asked, Digests, Made

__all__ = ["made"]

#: Formats whose images a build of BuildKit fetches.
_BUILT = ("dockerfile", "docker_bake")


def made(everything: Sequence[Asked], digests: Digests) -> Made:
    """The policy for the images of the Dockerfiles that have no digest there; `digests` are known by what is asked for."""
    rules, left = [], dict[str, int]()
    here = [one for one in everything if one.format in _BUILT and one.reference.artifact.kind == "image"]
    for one in {one.key: one for one in here if one.reference.verdict in ("floating", "tag")}.values():
        _, name, _, tag = one.key
        digest = digests.get(one.key, "")
        if not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
            left["no digest is known"] = left.get("no digest is known", 0) + 1
            continue
        identifier = f"docker-image://{name}:{tag}"
        selector = {"identifier": identifier, "match_type": "EXACT"}
        rules.append({"action": "CONVERT", "selector": selector, "updates": {"identifier": f"{identifier}@{digest}"}})
    if unknown := sum(one.reference.verdict == "unknown" for one in here):
        left["only the build knows what is meant"] = unknown
    rules.sort(key=lambda rule: str(rule["selector"]))
    return Made(json.dumps({"version": 1, "rules": rules}, indent=2) + "\n", left)
