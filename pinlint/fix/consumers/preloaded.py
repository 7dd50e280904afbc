"""Images that nobody pulls: what bears the name on the machine is run, and nothing is brought there under a digest.

Source: Kubernetes, Images (`imagePullPolicy: Never`): the kubelet starts what is there by the reference as it is written;
`kind load`, `minikube image load` and `docker load` bring names with tags.
"""

from __future__ import annotations

import re

from pinlint.fix.consumers.site import Objection, Site

__all__ = ["never_pulled"]

_NEVER = re.compile(r"[\s{,-](?:imagePullPolicy|pullPolicy|pull_policy)[\"']?[ \t]*:[ \t]*[\"']?[Nn]ever\b")


def never_pulled(site: Site) -> Objection | None:
    """An objection where the container, or the values of its image, say that it is never pulled."""
    found = next((found for line in site.beside if (found := _NEVER.search(f" {line}"))), None)
    if found is None:
        return None
    said = found[0].strip(" {,-")
    return Objection(f"`{said}`: what was loaded there under this name is run, and a digest names nothing of that")
