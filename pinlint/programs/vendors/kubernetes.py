"""The command lines of Kubernetes where they deploy images."""

READ = "2026-11-30"
SOURCES = ("kubectl 1.34, kustomize 5.7: the help of their commands",)

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
