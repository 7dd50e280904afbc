"""OpenShift's command line, and what Red Hat's actions hand on."""

from pinlint.programs.vendors.kubernetes import KUBECTL, SWITCHES

READ = "2026-11-30"
SOURCES = (
    "oc 4.20: the help of its commands",
    "redhat-actions/buildah-build, redhat-actions/push-to-registry: action.yml, v2, outputs",
)

COMMANDS = {"oc": ({"tag": "tag", "rollout latest": "deploy", **KUBECTL}, SWITCHES)}
OUTPUTS = {
    "redhat-actions/buildah-build": {"image-with-tag": "image by tag"},
    "redhat-actions/push-to-registry": {"registry-path": "image by tag", "digest": "digest"},
}
