"""Which scripts may fetch something, told by their words alone: no other is read as shell code.

Knows the words that a fetching command has; must not know what it does with them. What this lets pass that fetches nothing costs
time, what it stops is never seen: a program whose commands are read has a line here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinlint.model import Script

__all__ = ["asks"]

_APT = "install build download satisfy upgrade"
_DNF = "install reinstall localinstall groupinstall update upgrade nogpgcheck gpgcheck gpgchecks"
_IMAGES = "run create pull container image imagetools service stack"
_COPIES = "copy cp tag sync"
_CONDA = "install create update"
#: By a word of letters, those of which a script must hold one beside it; "" = none. What follows a hyphen or a digit is another.
_BESIDE = {name: frozenset(beside.split()) for name, beside in {
    "acr": "purge",
    "apk": "add untrusted", "apt": _APT, "argocd": "app", "aws": "ecs ecr deploy lambda",
    "az": "acr webapp containerapp", "aptitude": _APT,
    "aria": "", "brew": "install reinstall upgrade", "bun": "add a install i x create c", "bundle": "update", "bunx": "",
    "cargo": "install binstall", "choco": "install upgrade", "composer": "update", "conda": _CONDA,
    "corepack": "prepare use install", "cosign": "sign attest verify copy", "crane": _COPIES, "curl": "", "deno": "run install i x",
    "dnf": _DNF, "dnx": "", "docker": _IMAGES, "dotnet": "tool dnx add package restore", "gem": "install i",
    "gh": "release attestation at", "git": "clone", "go": "install run get", "helm": "install upgrade template pull fetch add",
    "flux": "tag", "gcrane": _COPIES, "notation": "sign verify", "oras": _COPIES, "regctl": _COPIES, "skopeo": _COPIES,
    "gcloud": "run artifacts builds container deploy", "helmfile": "apply sync", "kustomize": "edit",
    "kubectl": "apply create replace set run rollout patch",
    "sed": "image newTag imageTag", "slsa": "verifier", "mamba": _CONDA, "microdnf": _DNF, "micromamba": _CONDA, "nerdctl": _IMAGES,
    "npm": "install i in ins inst insta instal isnt isnta isntal isntall add a update up upgrade udpate exec x init create innit",
    "npx": "", "nuget": "install", "oc": "apply create replace tag set run rollout patch", "pacman": "",
    "pip": "install download wheel trusted", "pipx": "", "pnpm": "add a install i dlx create update exec", "pnpx": "",
    "podman": _IMAGES, "powershell": "", "pwsh": "", "rm": "lock shrinkwrap", "rpm": "nosignature nodigest", "tdnf": _DNF,
    "terraform": "upgrade", "trusted": "", "uv": "pip tool run sync insecure trusted", "uvx": "", "wget": "",
    "winget": "install add upgrade", "yarn": "", "yq": "image images tag newTag", "yum": _DNF, "zypper": "install in gpg",
}.items()}  # fmt: skip
_PROGRAMS = frozenset(_BESIDE)
_WORD = re.compile("[A-Za-z]+")


def asks(script: Script) -> bool:
    """Whether a command of a script may fetch something, or take away what another one keeps to."""
    if script.shell == "powershell":
        return True  # its commands have many names, in any case
    held = frozenset(_WORD.findall(_text(script)))
    return any(not (beside := _BESIDE[name]) or not beside.isdisjoint(held) for name in _PROGRAMS & held)


def _text(script: Script) -> str:
    values = [value for _, value in script.variables]
    return "\n".join([script.text, *[text for text, _, _ in script.words], *values]) if values or script.words else script.text
