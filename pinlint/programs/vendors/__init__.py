"""What the command lines and the actions of vendors deploy, sign and verify: data alone, a file a vendor. Each says when it was
read (`READ`) and where (`SOURCES`).

`COMMANDS` of a file has, by program, its subcommands with what they do and its options that take no word (all others take one);
`ACTIONS`, by action, its input that names images; `OUTPUTS`, by action, what its outputs hold. Knows which file is whose; must not
know how a command is read.
"""

from __future__ import annotations

from importlib import import_module

__all__ = ["PROGRAMS", "commands", "input_of", "outputs_of"]

#: By program, the file of its vendor.
PROGRAMS = {
    "argocd": "argo", "aws": "amazon", "az": "azure", "cosign": "sigstore", "docker": "docker", "gcloud": "google", "gh": "github",
    "helm": "helm", "helmfile": "helm", "kubectl": "kubernetes", "kustomize": "kubernetes", "notation": "notary_project",
    "oc": "red_hat", "slsa-verifier": "slsa_framework",
}  # fmt: skip
#: By owner of an action, the same.
_OWNERS = {
    "aws-actions": "amazon", "azure": "azure", "docker": "docker", "google-github-actions": "google", "redhat-actions": "red_hat",
}  # fmt: skip


def commands(program: str) -> tuple[dict[str, str], str]:
    """The subcommands of a program with what they do, and its options that take no word."""
    found: tuple[dict[str, str], str] = import_module(f"{__name__}.{PROGRAMS[program]}").COMMANDS[program]
    return found


def input_of(action: str) -> str:
    """The input of an action that names what it deploys, in small letters as its name is; "" for none that is known."""
    found: str = _of_action("ACTIONS", action).get(action, "")
    return found


def outputs_of(action: str) -> dict[str, str]:
    """What the outputs of an action hold."""
    found: dict[str, str] = _of_action("OUTPUTS", action).get(action, {})
    return found


def _of_action(table: str, action: str) -> dict:  # type: ignore[type-arg]
    module = _OWNERS.get(action.partition("/")[0])
    return getattr(import_module(f"{__name__}.{module}"), table, {}) if module else {}
