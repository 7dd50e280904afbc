"""The command lines of Helm and helmfile where they deploy. The options of Helm stand where its charts are read."""

READ = "2026-11-30"
SOURCES = ("helm 4.0, helmfile 1.2: the help of their commands",)

COMMANDS = {
    "helm": ({"upgrade": "helm", "install": "helm"}, ""),
    "helmfile": ({"apply": "deploy", "sync": "deploy"}, "--debug -q --quiet"),
}
