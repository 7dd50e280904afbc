"""Docker's command line where it deploys, and what its actions hand on."""

READ = "2026-11-30"
SOURCES = (
    "docker 29: the help of its commands",
    "docker/build-push-action, docker/metadata-action: action.yml, v6 and v5, outputs",
)

COMMANDS = {
    "docker": (
        {"service ": "", "service update": "image", "service create": "run", "stack ": "", "stack deploy": "deploy"},
        "-d --detach --force -q --quiet --with-registry-auth --prune",
    ),
}
#: metadata-action has no digest; `imageid` is the digest of a configuration, which no registry pulls by.
OUTPUTS = {
    "docker/build-push-action": {"digest": "digest"},
    "docker/metadata-action": {"tags": "images by tag"},
}
