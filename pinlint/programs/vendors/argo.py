"""Argo CD's command line."""

READ = "2026-11-30"
SOURCES = (
    "argoproj/argo-cd: cmd/util/app.go, 3.2",
    "argocd 3.2: the help of its commands",
)

COMMANDS = {
    "argocd": (
        {"app ": "", "app set": "argocd", "app create": "argocd", "app sync": "deploy"},
        (
            "--grpc-web --insecure --plaintext --core --upsert --auto-prune --self-heal --validate --helm-pass-credentials "
            "--helm-skip-crds --kustomize-force-common-label --kustomize-force-common-annotation --directory-recurse"
        ),
    ),
}
