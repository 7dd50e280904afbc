"""Azure's command line and actions. Read on 2026-11-30: the help of az 2.80, Azure/container-apps-deploy-action v2,
Azure/k8s-deploy v5, Azure/webapps-deploy v3 (action.yml)."""

COMMANDS = {
    "az": (
        {
            "acr ": "", "acr build": "build", "acr import": "import",
            "containerapp ": "", "containerapp update": "image", "containerapp up": "image",
            "containerapp create": "image", "webapp ": "", "webapp config ": "", "webapp config container ": "",
            "webapp config container set": "image", "webapp create": "image", "webapp up": "deploy",
        },
        "--force --no-push --no-logs --no-format --no-wait --debug --verbose --only-show-errors",
    ),
}  # fmt: skip
ACTIONS = {"azure/container-apps-deploy-action": "imagetodeploy", "azure/k8s-deploy": "images", "azure/webapps-deploy": "images"}
