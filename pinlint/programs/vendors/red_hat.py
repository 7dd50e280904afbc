"""OpenShift's command line, and what Red Hat's actions hand on. Read on 2026-11-30: the help of oc 4.20,
redhat-actions/buildah-build v2, redhat-actions/push-to-registry v2 (action.yml, "outputs")."""

from pinlint.programs.vendors.kubernetes import KUBECTL, SWITCHES

COMMANDS = {"oc": ({"tag": "tag", "rollout latest": "deploy", **KUBECTL}, SWITCHES)}
OUTPUTS = {
    "redhat-actions/buildah-build": {"image-with-tag": "image by tag"},
    "redhat-actions/push-to-registry": {"registry-path": "image by tag", "digest": "digest"},
}
