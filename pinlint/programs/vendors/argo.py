"""Argo CD's command line. Read on 2026-11-30: the help of argocd 3.2 (`app set`, `app create`, cmd/util/app.go)."""

COMMANDS = {
    "argocd": (
        {"app ": "", "app set": "argocd", "app create": "argocd", "app sync": "deploy"},
        (
            "--grpc-web --insecure --plaintext --core --upsert --auto-prune --self-heal --validate --helm-pass-credentials "
            "--helm-skip-crds --kustomize-force-common-label --kustomize-force-common-annotation --directory-recurse"
        ),
    ),
}
