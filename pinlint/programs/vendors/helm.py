"""The command lines of Helm and helmfile where they deploy. Read on 2026-11-30: the helps of Helm 4.0 and helmfile 1.2. The
options of Helm stand where its charts are read."""

COMMANDS = {
    "helm": ({"upgrade": "helm", "install": "helm"}, ""),
    "helmfile": ({"apply": "deploy", "sync": "deploy"}, "--debug -q --quiet"),
}
