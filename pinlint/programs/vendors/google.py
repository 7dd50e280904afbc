"""Google's command line and actions, where they build, tag and deploy images."""

READ = "2026-11-30"
SOURCES = (
    "gcloud 550: the help of its commands",
    "google-github-actions/deploy-cloudrun: action.yml, v3",
)

_RUN = {
    "run ": "", "run deploy": "image", "run services ": "", "run services update": "image", "run jobs ": "",
    "run jobs update": "image", "run jobs deploy": "image", "run jobs create": "image",
}  # fmt: skip
COMMANDS = {
    "gcloud": (
        {
            **_RUN, "beta ": "", **{f"beta {name}": how for name, how in _RUN.items()}, "artifacts ": "", "artifacts docker ": "",
            "artifacts docker tags ": "", "artifacts docker tags add": "retag", "container ": "", "container images ": "",
            "container images add-tag": "retag",
            "builds ": "", "builds submit": "build",
            "app ": "", "app deploy": "deploy", "functions ": "", "functions deploy": "deploy",
            "deploy ": "", "deploy releases ": "", "deploy releases create": "deploy",
        },
        ("-q --quiet --allow-unauthenticated --no-allow-unauthenticated --no-traffic --async --wait --execute-now --cpu-boost "
        "--no-cpu-throttling --cpu-throttling --use-http2 --clear-env-vars --clear-secrets --promote --no-promote"),
    ),
}  # fmt: skip
ACTIONS = {"google-github-actions/deploy-cloudrun": "image"}
