"""Which of the things that commands fetch anybody wants to hear of: by default the newest is sometimes what is meant.

Knows what people mean by a command; must not know how any command is read. The choice follows verdicts on commands of a hundred and
seventy repositories: a gate that would have silenced something they care for is none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.model import Fact, Reference

if TYPE_CHECKING:
    from pinlint.programs.words import Context, Invocation

__all__ = ["gated"]

#: Tools that look for what became known yesterday: an old one is worth little.
_SCANNERS = frozenset((
    "golang.org/x/vuln/cmd/govulncheck", "pip-audit", "safety", "osv-scanner", "github.com/google/osv-scanner/cmd/osv-scanner",
    "github.com/google/osv-scanner/v2/cmd/osv-scanner", "snyk", "retire", "npm-check-updates", "cargo-audit", "cargo-deny",
    "bundler-audit", "zizmor", "semgrep", "better-npm-audit", "audit-ci", "auditjs", "checkov", "cargo-outdated",
    "github.com/psampaz/go-mod-outdated", "docker.io/aquasec/trivy", "ghcr.io/aquasecurity/trivy", "docker.io/anchore/grype",
    "docker.io/semgrep/semgrep", "docker.io/returntocorp/semgrep", "ghcr.io/google/osv-scanner", "docker.io/snyk/snyk",
))  # fmt: skip
#: The role of what a command tells something to run: that it is built here is no excuse for naming it by a tag that moves.
DEPLOYED = "deployed image"
#: Names of files and steps that keep something up to date.
_UPDATES = r"(?:auto[-_ ]?)?(?:update|bump|sync|vendor|refresh|upgrade|renovate)(?:s|r|d|ing)?"
_FILE = re.compile(rf"(?:^|[/._-]){_UPDATES}(?=[/._-]|$)", re.IGNORECASE)
_STEP = re.compile(
    rf"(?:^|[\s:/._-])(?<!\band )(?<!& ){_UPDATES}(?=[\s:/._-]|$)"
    r"(?!\W+(?:and\W+\w+\W+)?(?:pip|apt|brew|npm|yarn|node|python|conda|rust|system|os|packages?|path)\b)",
    re.IGNORECASE,
)
#: Folders of what is there to be read, tried or developed with.
_ASIDE = re.compile(
    r"(?:^|/)(?:docs?|examples?|samples?|demos?|tutorials?|(?:__)?tests?(?:__)?|testing|testdata|test-data|testfiles|fixtures?|"
    r"__fixtures__|e2e|playgrounds?|benchmarks?|"
    r"\.devcontainer|contrib)/",
    re.IGNORECASE,
)
#: Programs that are told a version by an option, and what may hold options that nobody sees.
_BY_OPTION = frozenset(("helm", "cargo", "gem", "dotnet", "nuget", "git"))
_ARGUMENTS = re.compile(r"\$(?:[@*]|[({]?\w*(?:\[[@*]\]|(?:args?|opts?|options?|flags?|params?)\b))", re.IGNORECASE)
_ONWARD = {"git": ("commit", "push"), "gh": ("pr",), "hub": ("pull-request",), "ncu": ("",), "glab": ("mr",)}


def gated(item: Reference | Fact, call: Invocation, context: Context) -> Reference | Fact | None:
    """An item with whether a build asks for it or it is somebody's own choice, or with why it is local; None for a fact that nobody
    wants to hear of."""
    if isinstance(item, Fact):
        return None if item.kind == "passed-lock" and _updates(call, context) else item
    if item.verdict in ("local", "digest"):
        return item._replace(command=item.command or "build")
    if item.role != DEPLOYED and (why := _local(item, context)):
        return item._replace(verdict="local", why=why, site=None, notation="", command="build")
    if item.verdict == "floating" and not item.version and call.program in _BY_OPTION and (hidden := _hidden(call)):
        why = f"{hidden} may say which version"
        return item._replace(verdict="unknown", why=why, site=None, notation="", command=item.command or "build")
    if item.command:
        newest = item.artifact.kind in ("git", "url") and item.role != "script that is run" and _updates(call, context)
        return item._replace(command="meant") if newest else item
    return item._replace(command=_command(item, call, context))


def _hidden(call: Invocation) -> str:
    """The word of a call that may hold options which are not known; "" without one."""
    made = call.script is not None and call.script.foreign == "make"  # where $@ is a file
    found = (word.text for word in call.words if not word.clear and _ARGUMENTS.match(word.text))
    return next((text[:40] for text in found if not (made and text.startswith(("$@", "$*")))), "")


def _command(item: Reference, call: Invocation, context: Context) -> str:
    name = item.artifact.name
    if name in _SCANNERS or _updates(call, context):
        return "meant"
    setting = call.script.setting if call.script is not None else "script"
    publishes = call.script is not None and call.script.publishes
    if call.program in ("uvx", "pipx") or (call.program == "uv" and "pip" not in [word.text for word in call.words[:3]]):
        return "build" if publishes else "hand"
    if (call.program in ("pip", "uv") and setting == "script") or _ASIDE.search(context.document.path):
        return "hand"
    if item.artifact.kind == "image" and name.startswith("docker.io/library/"):
        from pinlint.semantics.built_images import FAMOUS, OFFICIAL

        # Docker alone publishes names of one word: any other is built somewhere on the machine.
        return "hand" if item.version == "latest" or name.removeprefix(OFFICIAL) not in FAMOUS else "build"
    return "build"


def _local(item: Reference, context: Context) -> str:
    """Why an artifact comes from its own repository; "" if nothing says so."""
    kind, name = item.artifact.kind, item.artifact.name
    if kind == "image":
        return _built(item, context)
    if kind == "git":
        from pinlint.semantics.own_repository import is_own

        return "it is this repository" if is_own(name, context.tree) else ""
    if item.verdict in ("floating", "range", "tag"):
        from pinlint.semantics.own_packages import made

        manifest = made(kind, name, context.tree)
        return f"{manifest} makes it here" if manifest else ""
    return ""


def _built(item: Reference, context: Context) -> str:
    """Why an image is not pulled; what the commands of a repository build is known to the engine."""
    from pinlint.semantics.own_images import builder

    host = item.artifact.name.partition("/")[0].partition(":")[0]
    if host in ("localhost", "127.0.0.1", "kind-registry", "registry"):
        return "it lies on this machine"
    written = item.artifact.name.removeprefix("docker.io/library/").removeprefix("docker.io/")
    text = f"{written}:{item.version}" if item.version else written
    return builder(text, context.document.path, context.tree)


def _updates(call: Invocation, context: Context) -> bool:
    """Whether a call is part of keeping something up to date, where the newest is what is wanted."""
    script = call.script
    if script is None:
        return False
    if _FILE.search(context.document.path.rpartition(".")[0] or context.document.path):
        return True
    if _STEP.search(script.name):
        return True
    return context.once("onward", lambda: _onward(context.calls)).get(id(script), -1) > call.span.start


def _onward(calls: list[Invocation]) -> dict[int, int]:
    """Where the last call of a script stands that hands changes on, by the script."""
    found: dict[int, int] = {}
    for call in calls:
        if _goes_on(call):
            found[id(call.script)] = max(call.span.start, found.get(id(call.script), -1))
    return found


def _goes_on(call: Invocation) -> bool:
    """Whether a call hands changes on: it commits or pushes them, or opens a pull request."""
    words = _ONWARD.get(call.program)
    if words is None:
        return False
    operands = [word.text for word in call.words if not word.text.startswith("-") and "=" not in word.text]
    if call.program == "git" and any(word.text in ("-C", "-c") for word in call.words):
        return any(word in operands for word in words)
    return words == ("",) or operands[:1] == [words[0]] or operands[:1] == [words[-1]]
