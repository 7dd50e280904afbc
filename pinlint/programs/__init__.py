"""What the commands of scripts fetch. A program whose commands are read is a line of `PROGRAMS`.

Knows which module reads which program; must not know which file holds a script, and no rule. Modules load when a script names their
program.
"""

from __future__ import annotations

from bisect import bisect_right
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinlint.model import Fact, Reference, Script
    from pinlint.programs.words import Context, Invocation, Word
    from pinlint.text import Document
    from pinlint.tree import Tree

__all__ = ["PROGRAMS", "fetched", "fetches", "started"]

#: By program, the module that reads its commands. Some are called by several names, and some by a number behind them.
PROGRAMS = {
    "apk": "os_packages",
    "apt": "os_packages",
    "apt-get": "os_packages",
    "aptitude": "os_packages",
    "argocd": "deploying",
    "az": "deploying",
    "brew": "os_packages",
    "bun": "npm",
    "bundle": "",
    "bunx": "npm",
    "cargo": "cargo",
    "choco": "os_packages",
    "composer": "",
    "conda": "os_packages",
    "corepack": "npm",
    "deno": "npm",
    "dnf": "os_packages",
    "dnf5": "os_packages",
    "dnx": "dotnet",
    "docker": "images",
    "dotnet": "dotnet",
    "gcloud": "deploying",
    "gem": "gem",
    "go": "go",
    "helm": "helm",
    "kubectl": "kubectl",
    "kustomize": "deploying",
    "mamba": "os_packages",
    "microdnf": "os_packages",
    "micromamba": "os_packages",
    "nerdctl": "images",
    "npm": "npm",
    "npx": "npm",
    "nuget": "dotnet",
    "oc": "kubectl",
    "pacman": "os_packages",
    "pip": "pip",
    "pipx": "pip",
    "pnpm": "npm",
    "pnpx": "npm",
    "podman": "images",
    "sed": "editing",
    "tdnf": "os_packages",
    "terraform": "",
    "uv": "pip",
    "uvx": "pip",
    "winget": "os_packages",
    "yarn": "npm",
    "yq": "editing",
    "yum": "os_packages",
    "zypper": "os_packages",
}
#: Bytes of which a file must hold one for a command of its to be looked at: words that mean little else, and names that are parts
#: of other words, with what ends them.
_WORDS = (
    b"curl", b"wget", b"aria2c", b"Invoke-", b"iwr ", b"irm ", b"npm", b"npx", b"pip3", b"pipx", b"uvx", b"yarn",
    b"apt-get", b"bunx", b"cargo", b"kubectl", b"nuget", b"dnx", b"nerdctl", b"winget", b"corepack", b"zypper",
    b"pacman", b"conda", b"aptitude", b"dnf5",
    b"cosign", b"flux tag", b"notation ", b"crane ", b"regctl", b"skopeo", b"oras ", b"imagetools", b"kustomize edit",
    b"argocd app", b"yq ", b"|image: ", b"/image: ", b"#image: ", b"@image: ", b"image:\\)", b"newTag: ",
    b"gcloud run", b"gcloud artifacts", b"gcloud app", b"gcloud beta", b"gcloud deploy", b"gcloud functions", b"add-tag",
    b"helmfile", b"az acr", b"acr purge", b"az webapp", b"az containerapp", b"aws ecs", b"aws ecr",
    b"docker service", b"docker stack", b"gcloud builds", b"aws deploy", b"aws lambda", b"slsa-verifier", b"gh attestation",
    *(b"oc " + name for name in (b"tag", b"set", b"run", b"create", b"replace", b"rollout", b"patch")),
    b"docker run", b"docker pull", b"docker create", b"docker container", b"docker image", b"docker -", b"git clone", b"git -",
    b"go install", b"go get", b"go run", b"go -", b"oc apply", b"gh release", b"DownloadFile", b"DownloadString", b"trusted=yes",
    *(name + end for name in (
        b"pip", b"uv", b"apt", b"apk", b"yum", b"dnf", b"brew", b"bun", b"gem", b"helm", b"dotnet", b"podman", b"mamba", b"choco",
        b"deno", b"bundle", b"composer", b"terraform", b"go", b"docker", b"rpm",
    ) for end in ((b'"', b"'", b"\n") if name in (b"go", b"docker") else (b" ", b'"', b"'", b"\n", b"\\"))),
)  # fmt: skip

#: Programs that promote, sign or verify images, and words beside which others do.
_ACTING = frozenset(("cosign", "crane", "flux", "gcrane", "notation", "oras", "regctl", "skopeo"))
_ACTING_BESIDE = frozenset(("imagetools", "tag", "import", "put-image", "add", "add-tag", "update-service"))
_DEPLOYING = frozenset(("aws", "az", "docker", "gcloud", "nerdctl", "oc", "podman"))
#: Programs that give a registry a policy about keeping images, and words that do.
_KEEPING = frozenset(("acr", "aws", "az", "curl", "gcloud"))
_KEPT = frozenset(("purge", "put-lifecycle-policy", "start-lifecycle-policy-preview", "task", "run", "set-cleanup-policies"))
_TELLING = frozenset(("argocd", "az", "gcloud", "helm", "kubectl", "kustomize", "oc"))
_TOLD = frozenset(("deploy", "deployment", "edit", "image", "run", "set", "update"))
#: Programs that download by address, and those whose commands may switch checks off.
_FETCHERS = frozenset(("aria2c", "curl", "gh", "wget"))
_UNCHECKED = frozenset((
    "add-apt-repository", "apk", "apt", "apt-get", "cat", "dnf", "echo", "microdnf", "pip", "pip3", "printf", "rpm", "sh", "tdnf",
    "tee", "uv", "yum", "zypper",
))  # fmt: skip


def fetches(data: bytes) -> bool:
    """Whether a file of these bytes may hold a command that is read: worth a look at its scripts, no more."""
    return any(word in data for word in _WORDS)


def fetched(scripts: list[Script], document: Document, tree: Tree) -> Iterator[Reference | Fact]:
    """What the commands of a document's scripts ask for, in order, and what is noticed about them."""
    from pinlint.programs.asking import asks

    groups: dict[str, list[Script]] = {}
    for script in scripts:
        groups.setdefault(script.group, []).append(script)
    for group in groups.values():
        asking = [asks(script) for script in group]
        if any(asking):
            yield from sorted(_of_group(_context(group, asking, document, tree)), key=lambda item: item.span)


def _context(group: list[Script], asking: list[bool], document: Document, tree: Tree) -> Context:
    """The calls of those scripts that may fetch something; of all where another one may go on with it."""
    from pinlint.programs.reading import invocations
    from pinlint.programs.words import Context

    read = [invocations(script, document) if asks else [] for script, asks in zip(group, asking, strict=True)]
    if not all(asking) and any(_leads_on(call) for calls in read for call in calls):
        read = [calls if asks else invocations(one, document) for one, asks, calls in zip(group, asking, read, strict=True)]
    return Context(document, tree, [call for calls in read for call in calls], known={})


def _downloads(call: Invocation) -> bool:
    """Whether a call may download a file by its address."""
    return call.program in _FETCHERS or (call.script is not None and call.script.shell == "powershell")


def _acts(call: Invocation) -> bool:
    """Whether a call may promote, sign, verify or deploy an image, also in a container."""
    if call.program not in _DEPLOYING:
        return call.program in _ACTING
    if any(word.text in _ACTING_BESIDE for word in call.words[:4]):
        return True
    return any(word.text == "run" for word in call.words[:3]) and any(_called(word.text) in _ACTING for word in call.words)


def _called(image: str) -> str:
    return image.rpartition("/")[2].partition("@")[0].partition(":")[0]


def _deploys(call: Invocation) -> bool:
    """Whether a call may tell something which image to run: what that is may be a cluster that another script has started."""
    return call.program in _TELLING and any(word.text in _TOLD or word.text.startswith("--set") for word in call.words[:8])


def _keeps(call: Invocation) -> bool:
    """Whether a call may give a registry a policy about keeping images, or purge some."""
    if call.program == "curl":
        return any("container_expiration_policy" in word.text for word in call.words)
    return call.program in _KEEPING and any(word.text in _KEPT for word in call.words[:6])


def _edits(call: Invocation) -> bool:
    """Whether what a call edits may be an image: most of what sed does is something else."""
    return any("mage" in word.text or "newTag" in word.text for word in call.words)


def _leads_on(call: Invocation) -> bool:
    """Whether what becomes of a call may stand in a later script."""
    return (
        _downloads(call)
        or _acts(call)
        or _deploys(call)
        or (call.program == "git" and any(word.text == "clone" for word in call.words))
    )


def _of_group(context: Context) -> Iterator[Reference | Fact]:
    """What the calls of scripts that run one after another ask for, and what is noticed about them. Modules load when a call needs
    them."""
    for call in context.calls:
        if call.program not in PROGRAMS and call.program not in _UNCHECKED and call.program not in _KEEPING:
            continue
        items = [*_asked(call, context)]
        if call.program in PROGRAMS:
            from pinlint.programs.locks import passed_by

            items += passed_by(call, context)
        if call.program in _UNCHECKED:
            from pinlint.programs.unchecked import unchecked

            items += unchecked(call)
        if _keeps(call):
            from pinlint.programs.keeping import kept

            items += kept(call, context)
        for item in items:
            yield from _gated(item, call, context)
    items = []
    if any(_downloads(call) for call in context.calls):
        from pinlint.programs.downloads import downloads

        items += downloads(context)
    if any(call.program == "git" for call in context.calls):
        from pinlint.programs.clones import clones

        items += clones(context)
    if any(_acts(call) for call in context.calls) or _is_guarded(context):
        from pinlint.programs.lifecycle import judged

        yield from judged(context)
    if items:
        by_place = {call.span.start: call for call in reversed(context.calls)}
        starts = sorted(by_place)
        for item in items:
            yield from _gated(item, by_place[starts[bisect_right(starts, item.span[0]) - 1]], context)


def _is_guarded(context: Context) -> bool:
    if "lifecycle.verify-before-deploy" not in context.tree.settings:
        return False
    from pinlint.programs.lifecycle import is_guarded

    return is_guarded(context)


def _gated(item: Reference | Fact, call: Invocation, context: Context) -> Iterable[Reference | Fact]:
    from pinlint.programs.gates import gated

    kept = gated(item, call, context)
    return () if kept is None else (kept,)


def started(words: list[Word], document: Document, tree: Tree, role: str) -> Iterator[Reference | Fact]:
    """What a command fetches that no script holds, before it runs it."""
    from pinlint.programs.reading import called
    from pinlint.programs.words import Context

    calls = called(words, document)
    context = Context(document, tree, calls, role, {})
    for call in calls:
        yield from _asked(call, context)


def _asked(call: Invocation, context: Context) -> Iterable[Reference | Fact]:
    module = PROGRAMS.get(call.program)
    if not module or (module == "editing" and not _edits(call)):
        return ()
    found: Iterable[Reference | Fact] = import_module(f"pinlint.programs.{module}").read(call, context)
    return found
