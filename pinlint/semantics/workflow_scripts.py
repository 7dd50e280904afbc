"""The scripts of workflows and composite actions: `run` of steps, and commands that actions are given to run.

Knows which shell reads a step and what its variables are; must not know what commands do. Source: GitHub's "Workflow syntax"
(`shell`, `defaults.run`, `runs-on`, `env`, `permissions`), "Metadata syntax" (`runs.steps[*].shell` is required); the inputs of the
actions.
"""

from __future__ import annotations

import re
from collections import ChainMap
from typing import TYPE_CHECKING

from pinlint.model import Script
from pinlint.programs import fetches
from pinlint.semantics.scripts import (
    COSIGN,
    COSIGNS,
    EITHER,
    chosen,
    deployed_to,
    partial_values,
    plain_values,
    script,
    shell_of,
    written_for,
)
from pinlint.semantics.workflow_expressions import expand
from pinlint.syntax.yaml import select

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pinlint.semantics.workflow_expressions import Scope
    from pinlint.semantics.workflow_outputs import Outputs
    from pinlint.syntax.yaml import Node
    from pinlint.text import Document

__all__ = ["Job", "job_scripts"]

#: Which inputs of an action are scripts. A shell reads them as if they were a step of the job.
_RUNNERS = {
    "nick-fields/retry": ("command", "on_retry_command"),
    "nick-invision/retry": ("command", "on_retry_command"),
    "wandalen/wretry.action": ("command",),
    "reactivecircus/android-emulator-runner": ("script", "pre-emulator-launch-script"),
    "uraimo/run-on-arch-action": ("install", "run", "setup"),
    "cross-platform-actions/action": ("run",),
    "addnab/docker-run-action": ("run",),
    "vmactions/freebsd-vm": ("prepare", "run"),
    "vmactions/openbsd-vm": ("prepare", "run"),
    "vmactions/netbsd-vm": ("prepare", "run"),
    "vmactions/solaris-vm": ("prepare", "run"),
    "vmactions/dragonflybsd-vm": ("prepare", "run"),
    "vmactions/omnios-vm": ("prepare", "run"),
}
#: A condition that lets a step run on machines of one system, or on all others.
_MACHINE = (
    r"(?i)(?:\b(?:runner\.os|matrix\.[\w.-]+)\s*(?:==|(?P<no>!=))\s*|(?P<not>!\s*)?\b(?:startsWith|contains)\(\s*(?:runner\.os|matrix\.[\w.-]+)"
    r"\s*,\s*)'(?P<system>windows|linux|macos|ubuntu)"
)
#: Programs that are told which image, and what that may be called.
_ACTING = (
    r"\b(?:cosign|notation|crane|gcrane|skopeo|regctl|oras|imagetools|docker|podman|kubectl|helm|kustomize|argocd|gcloud|az|aws|oc|flux"
    r"|yq|sed)\b"
)
_NAMED = (
    r"\$\{\{\s{0,9}((?:steps|needs)\.[\w-]{1,100}\.outputs\.[\w-]{1,100}|(?:inputs|matrix|env)\.[\w.-]{1,100})\s{0,9}\}\}"
    r"|env\(\s{0,9}(\w{1,100})\s{0,9}\)"
)
_RELEASES = ("contents", "id-token", "packages")
_HOSTED = 64  # names of machines of one job that are looked at


class Job:
    """What the scripts of a job have in common. `outer` is the workflow, None for an action, whose steps say their shell; `default`
    is the shell where nothing in the file tells it."""

    def __init__(
        self,
        name: str,
        node: Node,
        outer: Node | None,
        scope: Callable[[], Scope],
        outputs: Callable[[], Outputs],
        default: str = "",
    ) -> None:
        self.name, self._node, self._outer, self._outputs = name, node, outer, outputs
        self._scope = scope
        self._default = default
        self._known: dict[int, ChainMap[str, str | None]] = {}
        self._asked = False
        self._said: str | None = None
        self._shell: str | None = None
        own = [one for one in (node.get("env"), outer.get("env") if outer is not None else None) if one is not None]
        self.variables: ChainMap[str, str | None] = ChainMap(*(plain_values(one, "${{") for one in own))
        self.environment = deployed_to(node)
        self._partial = [pair for one in reversed(own) for pair in partial_values(one, "${{")]

    @property
    def publishes(self) -> bool:
        """Whether its token may release something, by its own word."""
        granted = self._node.get("permissions")
        if granted is None and self._outer is not None:
            granted = self._outer.get("permissions")
        if granted is None:
            return False
        held = [granted.get(key) for key in _RELEASES]
        return granted.value == "write-all" or any(one is not None and one.value == "write" for one in held)

    def known(self, own: Node | None) -> Mapping[str, str | None]:
        """The variables of a step that has an environment of its own, which steps may share."""
        if own is None:
            return self.variables
        if id(own) not in self._known:
            self._known[id(own)] = self.variables.new_child(plain_values(own, "${{"))
        return self._known[id(own)]

    def partial(self, own: Node | None, text: str) -> tuple[tuple[str, str], ...]:
        """The variables that a step's text names and that hold what only the run fills in; the last of a name counts."""
        pairs = [*self._partial, *(partial_values(own, "${{") if own is not None else ())]
        found = [pair for pair in pairs if pair[0] in text or (pair[0].startswith(COSIGNS) and COSIGN in text)]
        texts = " ".join([text, *[value for _, value in found]])
        if ("${{" not in texts and "env(" not in texts) or not re.search(_ACTING, text):
            return tuple(found)
        for one in dict.fromkeys(re.findall(_NAMED, texts)):
            found += [(one[0].removeprefix("env.") or one[1], value) for value in self._held(one[0], one[1], own)]
        return tuple(found)

    def _held(self, expression: str, variable: str, own: Node | None) -> list[str]:
        """What an expression, or a variable that a program looks up itself, may hold, as far as the file says it."""
        if expression.startswith(("steps.", "needs.")):
            return self._outputs().values(self._node, expression)
        if variable or expression.startswith("env."):
            value = self.known(own).get(variable or expression[4:])
            return [value] if value else []
        values = expand(f"${{{{ {expression} }}}}", self._scope())
        return [] if any(one.why for one in values) else [one.text for one in values if one.text]

    def inside(self) -> str:
        """The version of cosign that the job's container brings, as that of an installer is told; else ""."""
        held = self._node.get("container")
        image = held.get("image") if held is not None and held.kind == "mapping" else held
        name, _, tag = image.value.partition("@")[0].rpartition(":") if image is not None else ("", "", "")
        return f"cosign={tag}" if name.endswith("/cosign") else ""

    def used(self, action: Node, step: Node, document: Document) -> str:
        """An action that runs beside the scripts; of the installer of cosign the version that it brings, too."""
        if not action.value.startswith("sigstore/cosign-installer@"):
            return action.value
        from pinlint.programs.verifying import installed
        from pinlint.semantics.workflow_steps import named  # few jobs install it

        release = next((node.value for node in select(step, "with", "cosign-release")), "")
        comment = document.text[action.end : action.end + 80].partition("\n")[0]
        return (
            f"{action.value} {installed(action.value, comment, named(release, self._outer or self._node, self._node) or release)}"
        )

    def shell(self, step: Node) -> str:
        """The shell that reads a step."""
        own = step.get("shell")
        if own is not None:
            return self._shell_of(own)
        if not self._asked:
            self._asked, self._said = True, self._by_default()
        if self._said is not None:
            return self._said
        condition = step.get("if")
        if condition is not None and (shell := _only_on(condition.value)):
            return shell
        if self._shell is None:
            self._shell = chosen(self._machines()) or self._default or EITHER
        return self._shell

    def _by_default(self) -> str | None:
        """The shell of all steps that name none, by the word of the file; None where the machine decides."""
        for holder in (self._node, self._outer):
            if holder is not None and (named := next(select(holder, "defaults", "run", "shell"), None)) is not None:
                return self._shell_of(named)
        if self._outer is None:
            return ""
        return "sh" if self._node.get("container") is not None else None

    def _shell_of(self, node: Node) -> str:
        found = {shell_of(text) for text in self._texts(node)}
        return found.pop() if len(found) == 1 else "sh" if "sh" in found else "" if found else EITHER

    def _machines(self) -> list[str]:
        """What the machines are called that the job may run on; the labels of one together."""
        wanted = self._node.get("runs-on")
        if wanted is None:
            return []
        if wanted.kind == "mapping":
            wanted = wanted.get("labels") or wanted.get("group") or wanted
        if wanted.kind == "sequence":
            return [" ".join(text for one in wanted.elements for text in self._texts(one))]
        return self._texts(wanted)

    def _texts(self, node: Node) -> list[str]:
        """What a scalar may say, as far as the file tells."""
        if "${{" not in node.value:
            return [node.value]
        return [one.text for one in expand(node.value, self._scope())[:_HOSTED] if not one.why]


def _only_on(condition: str) -> str:
    """The shell of the machines that a condition leaves; "" where it does not tell."""
    found = re.search(_MACHINE, condition)
    if not found:
        return ""
    negated = found["no"] or found["not"]
    if found["system"].lower() == "windows":
        return "sh" if negated else "powershell"
    return "" if negated else "sh"


def job_scripts(job: Job, steps: Iterable[Node], document: Document) -> Iterator[Script]:
    """What the steps of a job run, all of it if any may fetch something: what one downloads another may check."""
    steps = list(steps)
    held = [
        (step, nodes) for step in steps if (nodes := [one for one in step.every("run") if one.kind == "scalar"] or _given(step))
    ]
    if not any(fetches(node.value.encode("utf-8", "replace")) for _, nodes in held for node in nodes):
        return
    file = document.path.rpartition("/")[2].partition(".")[0]
    uses = " ".join([job.inside(), *[job.used(used, step, document) for step in steps if (used := step.get("uses")) is not None]])
    for step, nodes in held:
        called, goes_on, variables = step.get("name"), step.get("continue-on-error"), job.known(step.get("env"))
        name = " ".join(filter(None, (file, job.name, called.value if called is not None else "")))
        shell = job.shell(step) if step.get("uses") is None else "sh"
        place = Script("", [], shell, "ci", f"job {job.name}", name, foreign="github", publishes=job.publishes, uses=uses,
                       environment=job.environment, forgiven=goes_on is not None and goes_on.value == "true")  # fmt: skip
        for node in nodes:
            one = place._replace(shell=written_for(node.value)) if shell == EITHER else place
            yield script(node, document, one._replace(partial=job.partial(step.get("env"), node.value)), variables)


def _given(step: Node) -> list[Node]:
    """The scripts that an action is given to run."""
    used, inputs = step.get("uses"), step.get("with")
    if used is None or inputs is None:
        return []
    names = _RUNNERS.get(used.value.partition("@")[0].lower(), ())
    shell = inputs.get("shell") if names else None
    if shell is not None and shell_of(shell.value) != "sh":
        return []
    return [node for name in names if (node := inputs.get(name)) is not None and node.kind == "scalar"]
