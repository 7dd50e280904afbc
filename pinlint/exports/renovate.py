"""Package rules of Renovate, so that what is pinned stays pinned and current.

Source: renovatebot/renovate, docs/usage/configuration-options.md (packageRules, pinDigests, minimumReleaseAge, rangeStrategy),
lib/modules/manager (the managers), lib/config/presets/internal/docker.preset.ts (those for which a digest is no pin).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pinlint.config import COMMAND, Policy
from pinlint.exports import Asked, Made

__all__ = ["made", "rules"]

#: Renovate's manager for the files of a format.
_MANAGERS = {
    "dockerfile": "dockerfile", "compose": "docker-compose", "kubernetes": "kubernetes", "kustomize": "kustomize",
    "helm_values": "helm-values", "helmfile": "helmfile", "gitlab_ci": "gitlabci", "circleci": "circleci", "drone": "droneci",
    "bitbucket_pipelines": "bitbucket-pipelines", "cloud_build": "cloudbuild", "tekton": "tekton",
    "azure_pipelines": "azure-pipelines", "github_workflow": "github-actions", "github_action": "github-actions",
    "forgejo_workflow": "github-actions", "pre_commit": "pre-commit", "requirements": "pip_requirements",
    "terraform": "terraform", "chart": "helmv3", "pom": "maven",
}  # fmt: skip
_DATASOURCES = {"image": "docker", "action": "github-tags"}


def made(everything: Sequence[Asked], policy: Policy) -> Made:
    """The configuration: what the policy wants pinned, by the managers that read the files there are."""
    found = rules(everything, policy)
    config: dict[str, Any] = {"$schema": "https://docs.renovatebot.com/renovate-schema.json"}
    if any("pre-commit" in rule["matchManagers"] for rule in found):
        config["pre-commit"] = {"enabled": True}  # which Renovate leaves alone otherwise
    config["packageRules"] = found
    unread = {one.format for one in everything if one.digest and one.format not in _MANAGERS}
    left = {f"Renovate has no manager for {name}": 1 for name in sorted(unread)}
    return Made(json.dumps(config, indent=2, ensure_ascii=True) + "\n", left)


def rules(everything: Sequence[Asked], policy: Policy) -> list[dict[str, Any]]:
    """The package rules: of each kind that the policy wants by digest, then what it leaves as it is, which has the last word."""
    managers: dict[str, set[str]] = {}
    for one in everything:
        if one.format in _MANAGERS and one.reference.verdict not in ("local", "unknown"):
            managers.setdefault(one.reference.artifact.kind, set()).add(_MANAGERS[one.format])
    found: list[dict[str, Any]] = []
    for kind in ("image", "action", "git"):
        if kind not in managers or policy.require.get(kind) != "digest":
            continue
        rule: dict[str, Any] = {"description": f"pinlint: every {kind} by digest", "matchManagers": sorted(managers[kind])}
        rule |= {"matchDatasources": [_DATASOURCES[kind]]} if kind == "image" else {}
        found.append(rule | {"pinDigests": True})
        spared = sorted(_names(kind, policy))
        if spared:
            found.append(
                rule | {"description": "pinlint: a tag is enough for these", "matchPackageNames": spared, "pinDigests": False}
            )
    if policy.cooldown:
        everyone = sorted({manager for some in managers.values() for manager in some})
        age = {"description": "pinlint: min-age", "matchManagers": everyone, "minimumReleaseAge": _age(policy.cooldown)}
        found += [age] if everyone else []
    return found


def _names(kind: str, policy: Policy) -> list[str]:
    """The patterns of what needs no digest, as Renovate compares them: minimatch, whose `*` ends at a slash."""
    found = []
    for pattern, level in policy.require.items():
        if pattern.startswith(f"{kind}:") and not pattern.startswith(COMMAND) and level != "digest":
            name = pattern.partition(":")[2].replace("*", "**")
            found += [name, *([name.removeprefix("docker.io/").removeprefix("library/")] if name.startswith("docker.io/") else [])]
    return found


def _age(seconds: int) -> str:
    days, rest = divmod(seconds, 86_400)
    return f"{days} days" if not rest else f"{-(-seconds // 3_600)} hours"
