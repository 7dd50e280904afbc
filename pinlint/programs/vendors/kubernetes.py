"""The command lines of Kubernetes. Read on 2026-11-30: the helps of kubectl 1.34 and Kustomize 5.7."""

KUBECTL = {
    "set ": "", "set image": "set", "apply": "deploy", "rollout ": "", "rollout restart": "deploy", "run": "image", "create ": "",
    "create deployment": "image", "replace": "deploy", "patch": "deploy",
}  # fmt: skip
SWITCHES = (
    "--all --local --record -R --recursive --rm -i --stdin -t --tty --expose --attach --quiet --command --wait --force "
    "--server-side --force-conflicts --prune --dry-run --show-managed-fields --scheduled --insecure --reference -d --delete"
)
COMMANDS = {
    "kubectl": (KUBECTL, SWITCHES),
    "kustomize": ({"edit ": "", "edit set ": "", "edit set image": "kustomize"}, "--stack-trace"),
}
