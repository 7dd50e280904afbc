"""Docker's command line where it deploys, and what its actions hand on. Read on 2026-11-30: the help of docker 29,
docker/build-push-action v6, docker/bake-action v6, docker/metadata-action v5 (action.yml, "outputs")."""

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
