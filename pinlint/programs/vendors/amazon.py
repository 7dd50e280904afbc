"""Amazon's command line and actions, where they deploy, tag and push images."""

READ = "2026-11-30"
SOURCES = (
    "aws 2.32: the help of its commands",
    "aws-actions/amazon-ecs-render-task-definition: action.yml, v1",
)

COMMANDS = {
    "aws": (
        {
            "ecs ": "", "ecs update-service": "ecs", "ecs deploy": "deploy", "ecr ": "", "ecr put-image": "put",
            "ecr batch-get-image": "get", "deploy ": "", "deploy create-deployment": "deploy", "lambda ": "",
            "lambda update-function-code": "deploy",
        },
        "--force-new-deployment --no-force-new-deployment --no-cli-pager --debug --no-verify-ssl --no-paginate",
    ),
}  # fmt: skip
ACTIONS = {"aws-actions/amazon-ecs-render-task-definition": "image"}
