"""Package rules of Renovate, so that what is pinned stays pinned and current.

Source: renovatebot/renovate, docs/usage/configuration-options.md (packageRules, pinDigests, minimumReleaseAge, rangeStrategy),
lib/modules/manager (the managers, as of 2026-08-22, c2dd4f8), lib/config/presets/internal/docker.preset.ts (those for which a
digest is no pin), lib/workers/repository/update/branch/auto-replace.ts (what a manager cannot write fails the update).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from pinlint.config import COMMAND, Policy
from pinlint.exports import Asked, Made

__all__ = ["made", "managers", "rules"]

#: Renovate's managers for the files of a format.
_MANAGERS = {
    "dockerfile": "dockerfile", "compose": "docker-compose", "kubernetes": "kubernetes", "argo_workflows": "kubernetes",
    "kustomize": "kustomize", "helm_values": "helm-values", "helmfile": "helmfile", "gitlab_ci": "gitlabci gitlabci-include",
    "circleci": "circleci", "drone": "droneci woodpecker", "bitbucket_pipelines": "bitbucket-pipelines",
    "cloud_build": "cloudbuild", "tekton": "tekton", "azure_pipelines": "azure-pipelines", "github_workflow": "github-actions",
    "github_action": "github-actions", "forgejo_workflow": "github-actions", "pre_commit": "pre-commit",
    "requirements": "pip_requirements", "terraform": "terraform", "terraform_lock": "terraform", "terragrunt": "terragrunt",
    "chart": "helmv3", "chart_lock": "helmv3", "helm2_requirements": "helm-requirements", "pom": "maven",
    "maven_extensions": "maven", "maven_wrapper": "maven-wrapper", "argo_cd": "argocd", "flux": "flux", "crossplane": "crossplane",
    "devcontainer": "devcontainer", "package_json": "npm", "npm_lock": "npm", "yarn_lock": "npm", "pnpm_lock": "npm",
    "bun_lock": "bun", "deno_json": "deno", "deno_lock": "deno", "pyproject": "pep621 poetry", "setup_cfg": "setup-cfg",
    "setup_py": "pip_setup", "uv_lock": "pep621", "pdm_lock": "pep621", "poetry_lock": "poetry", "pipfile": "pipenv",
    "pipfile_lock": "pipenv", "pixi_lock": "pixi", "cargo_manifest": "cargo", "cargo_lock": "cargo", "go_mod": "gomod",
    "composer_json": "composer", "composer_lock": "composer", "gemfile": "bundler", "gemfile_lock": "bundler",
    "gradle_build": "gradle", "gradle_catalog": "gradle", "gradle_lock": "gradle", "gradle_wrapper": "gradle-wrapper",
    "dotnet_project": "nuget", "nuget_lock": "nuget", "global_json": "nuget", "galaxy": "ansible-galaxy",
    "bazel": "bazel bazel-module", "mise": "mise", "tool_versions": "asdf", "flake_lock": "nix", "package_swift": "swift",
    "package_resolved": "swift", "pubspec": "pub", "pubspec_lock": "pub", "podfile": "cocoapods", "podfile_lock": "cocoapods",
    "mix_exs": "mix", "mix_lock": "mix", "conanfile_txt": "conan", "conanfile_py": "conan",
}  # fmt: skip
#: Managers that read no file unless they are told which.
_NAMELESS = ("argocd", "crossplane", "kubernetes", "tekton")
#: Managers that are off unless they are switched on.
_OFF = ("azure-pipelines", "nix", "pre-commit")
#: Managers that cannot write a digest where there is none: an update that has one would fail.
_UNPINNING = ("argocd", "devcontainer", "helmfile", "helmv3")
#: What tells references of a kind from others of the same manager. Of git repositories no manager writes a commit for a tag.
_KINDS = {"image": {"matchDatasources": ["docker"]}, "action": {"matchDepTypes": ["action"]}}
#: Patterns of files beyond which a folder stands for its files.
_PATTERNS = 20


def managers() -> set[str]:
    """Every manager that an export may name."""
    return {name for names in _MANAGERS.values() for name in names.split()}


def made(everything: Sequence[Asked], policy: Policy) -> Made:
    """The configuration: what the policy wants pinned, by the managers that read the files there are."""
    config: dict[str, Any] = {"$schema": "https://docs.renovatebot.com/renovate-schema.json"}
    files: dict[str, set[str]] = {}
    for one in everything:
        for name in _MANAGERS.get(one.format, "").split():
            files.setdefault(name, set()).add(one.path)
    for name in sorted(files):
        settings: dict[str, Any] = {"enabled": True} if name in _OFF else {}
        settings |= {"managerFilePatterns": _patterns(files[name])} if name in _NAMELESS else {}
        config |= {name: settings} if settings else {}
    config["packageRules"] = rules(everything, policy)
    return Made(json.dumps(config, indent=2, ensure_ascii=True) + "\n", _left(everything))


def _patterns(paths: Iterable[str]) -> list[str]:
    """Regular expressions, as Renovate has them between slashes, for files, or for their folders where those are many."""
    found = sorted(f"/^{_literal(path)}$/" for path in paths)
    if len(found) <= _PATTERNS:
        return found
    folders = sorted({path.rpartition("/")[0] for path in paths})
    return [f"/^{_literal(f'{folder}/') if folder else ''}[^/]+\\.ya?ml$/" for folder in folders]


def _literal(text: str) -> str:
    """A text as a regular expression of RE2: only signs may be escaped."""
    return re.sub(r"[\\^$.|?*+()\[\]{}]", r"\\\g<0>", text)


def _left(everything: Sequence[Asked]) -> dict[str, int]:
    """How many pins stand where no manager looks, by format."""
    found: dict[str, int] = {}
    for one in everything:
        if one.digest and one.reference.artifact.kind in ("image", "action", "git") and one.format not in _MANAGERS:
            reason = f"Renovate has no manager for {one.format}"
            found[reason] = found.get(reason, 0) + 1
    return dict(sorted(found.items()))


def rules(everything: Sequence[Asked], policy: Policy) -> list[dict[str, Any]]:
    """The package rules: of each kind that the policy wants by digest, then what it leaves as it is, which has the last word."""
    managers: dict[str, set[str]] = {}
    for one in everything:
        if one.reference.verdict not in ("local", "unknown"):
            managers.setdefault(one.reference.artifact.kind, set()).update(_MANAGERS.get(one.format, "").split())
    found: list[dict[str, Any]] = []
    for kind, told in _KINDS.items():
        pinning = sorted(managers.get(kind, set()).difference(_UNPINNING))
        if not pinning or policy.require.get(kind) != "digest":
            continue
        rule: dict[str, Any] = {"description": f"pinlint: every {kind} by digest", "matchManagers": pinning, **told}
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
