"""Azure's command line and actions, where they build, copy, deploy and lock images."""

READ = "2026-11-30"
SOURCES = (
    "az 2.80: the help of its commands",
    "Azure/container-apps-deploy-action: action.yml, v2",
    "Azure/k8s-deploy: action.yml, v5",
    "Azure/webapps-deploy: action.yml, v3",
)

COMMANDS = {
    "az": (
        {
            "acr ": "", "acr build": "build", "acr repository ": "", "acr repository update": "lock", "acr import": "import",
            "containerapp ": "", "containerapp update": "image", "containerapp up": "image",
            "containerapp create": "image", "webapp ": "", "webapp config ": "", "webapp config container ": "",
            "webapp config container set": "image", "webapp create": "image", "webapp up": "deploy",
        },
        "--force --no-push --no-logs --no-format --no-wait --debug --verbose --only-show-errors",
    ),
}  # fmt: skip
ACTIONS = {"azure/container-apps-deploy-action": "imagetodeploy", "azure/k8s-deploy": "images", "azure/webapps-deploy": "images"}
